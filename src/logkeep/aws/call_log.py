"""Which calls were made, how often, and what time it was by AWS's own clock."""

from __future__ import annotations

import datetime
import threading
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any


class CallLog:
    """Which calls were made and how often, and the newest time AWS answered with.

    A try that the SDK repeats is part of its call; a call that we repeat is a call of its own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._here = threading.local()
        self.counts: Counter[str] = Counter()
        self.pages = 0
        """Calls for the second and further pages of listings."""
        self.repeats = 0
        """Calls made again: throttled, or with credentials that had to be renewed."""
        self.tries = 0
        """Tries that the SDK repeated within a call."""
        self.newest: datetime.datetime | None = None

    def note_call(self, model: Any, **_: object) -> None:
        """Count a call as it is made."""
        with self._lock:
            self.counts[f"{model.service_model.service_name}:{model.name}"] += 1
        self._here.calls = self._made_here() + 1

    def note(self, call: str) -> None:
        """Count a call that the SDK does not count, or counts under another name."""
        with self._lock:
            self.counts[call] += 1

    def note_answer(self, http_response: Any, parsed: Any = None, **_: object) -> None:
        """Keep the newest `Date` that AWS answered with, and count what the SDK had to repeat."""
        if parsed:
            with self._lock:
                self.tries += parsed.get("ResponseMetadata", {}).get("RetryAttempts", 0)
        time = date_of(http_response.headers.get("Date", ""))
        if time is not None:
            self.note_time(time)

    def note_time(self, time: datetime.datetime) -> None:
        """Keep a time if it is the newest."""
        with self._lock:
            self.newest = time if self.newest is None else max(self.newest, time)

    def note_repeat(self) -> None:
        """Count a call that is made although it was made before."""
        with self._lock:
            self.repeats += 1

    @contextmanager
    def one_question(self) -> Generator[None]:
        """All calls of this thread but the first are for further pages of its answer."""
        before = self._made_here()
        try:
            yield
        finally:
            with self._lock:
                self.pages += max(self._made_here() - before - 1, 0)

    def _made_here(self) -> int:
        return getattr(self._here, "calls", 0)

    @property
    def total(self) -> int:
        """How many calls were made."""
        with self._lock:
            return self.counts.total()


def date_of(header: str) -> datetime.datetime | None:
    """The time in a `Date` header, or None where it holds none."""
    try:
        time = parsedate_to_datetime(header)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=datetime.UTC)
