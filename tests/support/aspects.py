"""Which aspects do the routes of a fleet ask about, and does each kind of log say why not all?"""

from __future__ import annotations

from logkeep.route import Route
from logkeep.snapshot.facts import Facts
from logkeep.sources import not_asked
from logkeep.sources.routes import all_routes
from logkeep.value import ASPECTS, Aspect


def asked(route: Route) -> set[Aspect]:
    """The aspects that some need of the route's wanted way asks about."""
    return {need.aspect for hop in route.hops for need in hop.needs}


def unexplained(facts: Facts) -> dict[str, set[Aspect]]:
    """By the route's name: what it does not ask and no one says why, or asks and says it does not.

    A kind of log that forgets what keeps its logs shows here: not asked is never fine.
    """
    found = {
        route.name: set(ASPECTS) - asked(route) ^ set(not_asked(route.source, route.name))
        for route in all_routes(facts)
    }
    return {name: aspects for name, aspects in found.items() if aspects}
