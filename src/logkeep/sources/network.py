"""The network that the kinds of log saw in the accounts of a fleet."""

from __future__ import annotations

from logkeep.network.answers import gathered
from logkeep.network.collected import Collected
from logkeep.snapshot.facts import Facts
from logkeep.sources import sources


def collected(facts: Facts) -> Collected | None:
    """What all of them saw together; None where the fleet asks for none that looks at one."""
    found: list[Collected] = []
    for source in sources().values():
        logs = facts.fleet.logs_of(source.name)
        if source.network is not None and logs:
            found.append(source.network(facts, logs))
    if not found:
        return None
    unreached = tuple(place for each in found for place in each.unreached)
    return Collected(gathered(each.document for each in found), unreached)


def looking() -> tuple[str, ...]:
    """The kinds of log that look at a network."""
    return tuple(name for name, source in sources().items() if source.network is not None)
