"""What is told beside the needs of routes, as each kind of log gives it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from logkeep.diagnose.diagnosis import Diagnosed
from logkeep.fleet import Fleet
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.sources import sources
from logkeep.words.aside import Aside


def asides(
    fleet: Fleet, snapshot: Snapshot, routes: Iterable[Diagnosed]
) -> Mapping[str, tuple[Aside, ...]]:
    """The asides of these routes by the route's name, in the order the kind of log gives them."""
    facts = Facts(fleet, snapshot)
    return {route.name: _of_route(facts, route) for route in routes}


def _of_route(facts: Facts, route: Diagnosed) -> tuple[Aside, ...]:
    logs = facts.fleet.logs_of(route.source)
    given = sources()[route.source].asides(facts, logs, route.account, route.region)
    return tuple(each for each in given if each.route == route.name)
