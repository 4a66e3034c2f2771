"""When does Python look for cycles of unused values? Seldom: a command makes few, and ends soon."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

GARBAGE_THRESHOLDS: Final = (200_000, 20, 20)
"""After how many new values Python looks for cycles among the young, the older and the oldest.

Almost all of ours are frozen values, which make no cycles, and they live until the answer is
given. Looking through them after every 700, as Python does by itself, took 2.0 of 11.8 seconds
where it was measured, and so seldom 0.5; while an answer is worked out none is looked for.
"""


def look_for_garbage_seldom() -> None:
    """Have Python's garbage collector run as seldom as suits one answer about many values."""
    gc.set_threshold(*GARBAGE_THRESHOLDS)


@contextmanager
def garbage_waits() -> Generator[None]:
    """Look for no cycles of unused values: working out an answer makes none, and many values."""
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked:
            gc.enable()


def leave_garbage() -> None:
    """Look for no more cycles among what there is, for instance as Python ends.

    It does so among all values, which took a sixth of a short command.
    """
    gc.freeze()
