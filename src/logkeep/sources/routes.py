"""The routes of every kind of log."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec

from logkeep.route import Route
from logkeep.snapshot.facts import Facts
from logkeep.sources import OwnLogs, sources
from logkeep.value import AccountId


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


def sending_routes(facts: Facts, of: Collection[AccountId] | None = None) -> Iterator[Route]:
    """The routes as they are, as far as services send on them; of some accounts alone if asked so.

    Hops that only tell what has arrived, or what keeps it, may be left out.
    """
    for source in sources().values():
        logs = facts.fleet.logs_of(source.name)
        if of is not None:
            logs = _only(logs, of)
        found = source.sending(facts, logs) if source.sending else source.routes(facts, logs, False)
        yield from (route for route in found if of is None or route.account in of)


def _only(logs: OwnLogs, of: Collection[AccountId]) -> OwnLogs:
    """What the fleet wants of some accounts."""
    return tuple(
        msgspec.structs.replace(each, accounts=tuple(a for a in each.accounts if a in of))
        for each in logs
    )
