"""What time is it in the lab? A clock that can be advanced, and that moto follows too."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta


class Clock:
    """The lab's time: real time shifted, or standing still until it is advanced."""

    def __init__(self, start: datetime | None = None, ticking: bool = True) -> None:
        real = datetime.now(UTC)
        first = real if start is None else start.astimezone(UTC)
        self._offset = first - real
        self._stands_at = None if ticking else first

    def now(self) -> datetime:
        """The lab's time, UTC."""
        if self._stands_at is not None:
            return self._stands_at
        return datetime.now(UTC) + self._offset

    def advance(self, by: timedelta) -> datetime:
        """Move the clock forward and give the new time; it never runs backwards."""
        if by < timedelta(0):
            raise ValueError("the lab's clock only moves forward")
        if self._stands_at is not None:
            self._stands_at += by
        else:
            self._offset += by
        return self.now()


def mark_before(at: datetime, every: timedelta) -> datetime:
    """The last mark of a rhythm that begins at midnight: now, where it is just now."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (at - midnight) // every * every


def mark_after(at: datetime, every: timedelta) -> datetime:
    """The next mark of a rhythm that begins at midnight; never now."""
    return mark_before(at, every) + every


_current: list[Clock] = []
_NAME = "utcnow"
"""What moto's modules call the function that tells them the time."""


def _moto_now() -> datetime:
    now = _current[-1].now() if _current else datetime.now(UTC)
    return now.replace(tzinfo=None)


def follow(clock: Clock) -> None:
    """Make moto take its time from this clock, whichever of its modules are loaded already."""
    import moto.core.utils  # importing the lab's clock alone must not load moto

    _current[:] = [clock]
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.") and hasattr(module, _NAME):
            setattr(module, _NAME, _moto_now)
    moto.core.utils.utcnow = _moto_now


def unfollow() -> None:
    """Give moto the real time again."""
    _current.clear()
