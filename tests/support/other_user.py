"""Another user of this machine, whom only the administrator can become in a test."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from typing import Any

import pytest

ANOTHER_USER = 65534
"""`nobody`, on every system that we know of."""
AS_ROOT = "left out: only root can be another user"


def only_as_root() -> None:
    """Leave the test out where nobody else can be made up."""
    if os.geteuid() != 0:
        pytest.skip(AS_ROOT)


def as_another_user(act: Callable[[], Any]) -> Any:
    """What an act gives that another user of this machine does, in a process of its own."""
    only_as_root()
    "".encode("idna")  # what is imported late lies where the other may not read
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(ANOTHER_USER)
            os.setuid(ANOTHER_USER)
            found = act()
        except BaseException as error:
            found = repr(error)
        with os.fdopen(writes, "wb") as told:
            pickle.dump(found, told)
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads, "rb") as told:
        found = pickle.load(told)
    os.waitpid(child, 0)
    return found
