"""The routes of every kind of log."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.route import Route
from logkeep.snapshot.facts import Facts
from logkeep.sources import sources


def all_routes(facts: Facts, *, intended: bool = False) -> Iterator[Route]:
    """The routes of every kind of log, as they are or as the fleet wants them."""
    for source in sources().values():
        yield from source.routes(facts, facts.fleet.logs_of(source.name), intended)
