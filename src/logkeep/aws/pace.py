"""How fast may a call be made in one account and Region? Waits until it is its turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Final

UNPACED: Final = "LOGKEEP_UNPACED"
"""The variable by which a lab says which endpoint takes calls as fast as they come: its own."""


class Pace:
    """The turns of calls that AWS lets be made only so often, each with a clock of its own."""

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free_at: dict[Hashable, float] = {}

    def wait(self, of: Hashable, pause_s: float) -> None:
        """Wait for the next turn of this kind; turns are at least so many seconds apart."""
        with self._lock:
            now = self._now()
            turn = max(now, self._free_at.get(of, now))
            self._free_at[of] = turn + pause_s
        if turn > now:
            self._sleep(turn - now)
