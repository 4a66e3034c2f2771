"""What running a command line gives: the shapes that tests of it share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from logkeep.snapshot import Snapshot


class Said(NamedTuple):
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]
Kept = Callable[[Snapshot], Path]
