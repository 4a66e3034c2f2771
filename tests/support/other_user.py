"""Another user of this machine, whom only the administrator can become in a test."""

from __future__ import annotations

import os

import pytest

ANOTHER_USER = 65534
"""`nobody`, on every system that we know of."""
AS_ROOT = "left out: only root can be another user"


def only_as_root() -> None:
    """Leave the test out where nobody else can be made up."""
    if os.geteuid() != 0:
        pytest.skip(AS_ROOT)
