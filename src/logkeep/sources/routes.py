"""The routes of every kind of log."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.route import Route
from logkeep.snapshot.facts import Facts
from logkeep.sources import sources


def passing_routes(facts: Facts) -> Iterator[Route]:
    """The routes as the fleet wants them, as far as they let logs through and keep them.

    Hops that only tell what has arrived may be left out.
    """
    for source in sources().values():
        logs = facts.fleet.logs_of(source.name)
        yield from (
            source.passing(facts, logs) if source.passing else source.routes(facts, logs, True)
        )


def all_routes(facts: Facts, *, intended: bool = False) -> Iterator[Route]:
    """The routes of every kind of log, as they are or as the fleet wants them."""
    for source in sources().values():
        yield from source.routes(facts, facts.fleet.logs_of(source.name), intended)
