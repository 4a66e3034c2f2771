"""Who changed the archive's settings or key lately, as the kinds of log can tell?"""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.archive.lately import EventHistory, Lately, watched
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts
from logkeep.sources import sources
from logkeep.value import Look


def _histories() -> list[EventHistory]:
    return [each.history for each in sources().values() if each.history is not None]


def asks(facts: Facts) -> Iterator[Ask]:
    """What is asked of the event history, where something of the archive is open."""
    for history in _histories():
        for of in watched(facts):
            yield from history.wants(facts, of)


def lately(facts: Facts) -> tuple[Look[Lately], ...]:
    """What the history shows of each that is open; nothing where nothing is."""
    return tuple(history.lately(facts, of) for history in _histories() for of in watched(facts))
