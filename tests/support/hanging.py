"""Does it end at all? A guard against hanging, and no measure of speed: it is generous.

How much work something takes is counted (`steps.py`): a machine may be busy with other things.
"""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import contextmanager
from typing import NoReturn

SECONDS = 120
"""What takes this long on any machine that runs the tests hangs."""


@contextmanager
def no_hanging(seconds: float = SECONDS) -> Generator[None]:
    """Fail where what is done inside has not ended by then; for the main thread."""

    def hangs(_signal: int, _frame: object) -> NoReturn:
        raise AssertionError(f"has not ended after {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, hangs)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
