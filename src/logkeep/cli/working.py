"""What is being worked out, said on a terminal for as long as it takes."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from logkeep.cli.answer import ProgressLine
from logkeep.cli.garbage import garbage_waits
from logkeep.cli.settings import Settings


@contextmanager
def working(settings: Settings, on: str) -> Generator[Callable[[str], None]]:
    """Say on a terminal what is being worked out, and how far, where that is told."""
    with waiting(settings, on) as far, garbage_waits():
        yield far


@contextmanager
def waiting(settings: Settings, on: str) -> Generator[Callable[[str], None]]:
    """Say on a terminal what is waited for, and how far it is, where that is told."""
    line = ProgressLine(settings)
    line.show(on)
    try:
        yield lambda far: line.show(f"{on}, {far}")
    finally:
        line.end()
