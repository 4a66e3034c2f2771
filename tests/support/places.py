"""Where the project lies, and the evidence from outside that some tests read beside it.

A test that reads `../shared` is left out where it is not there, and the last lines of a run say so.
`LOGKEEP_SHARED` names the folder where it lies elsewhere.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("LOGKEEP_SHARED", ROOT.parent / "shared"))
LEFT_OUT = "left out: there is no ../shared/"
"""How the reason begins for which such a test is skipped."""


def shared(name: str) -> Path:
    """The file or folder `../shared/NAME`; without it the test that asks is left out."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(LEFT_OUT + name)
    return path


def shared_lines(name: str) -> list[Any]:
    """What the lines of a JSONL file of `../shared` hold; the test is left out without it."""
    return [json.loads(line) for line in shared(name).read_text(encoding="utf-8").splitlines()]


def shared_rows(name: str) -> list[Any]:
    """The same for naming a test's cases when it is collected: without the file there are none."""
    return shared_lines(name) if (SHARED / name).exists() else []


def without(name: str) -> pytest.MarkDecorator:
    """Marks a test whose cases are named by `shared_rows`."""
    there = (SHARED / name).exists()
    return pytest.mark.skipif(not there, reason=LEFT_OUT + name)


@contextlib.contextmanager
def nowhere() -> Iterator[None]:
    """Be in an empty folder that is gone afterwards: nothing is left where tests are run."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        yield
