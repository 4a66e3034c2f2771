"""Whose is a resource? Some ARNs name no account: then it is that of who shows it on a route."""

from __future__ import annotations

from collections.abc import Mapping

from logkeep.access.policies import speaking
from logkeep.snapshot.facts import Facts, remembered
from logkeep.sources import sources
from logkeep.sources.routes import all_routes
from logkeep.value import AccountId, Arn, parse_arn


def owner_of(facts: Facts, resource: Arn) -> AccountId:
    """The account whose resource it is; empty where that is not known."""
    known = speaking.owner_of(facts, resource)
    parts = None if known else parse_arn(resource)
    if parts is None or parts.account or parts.service == "s3":  # of buckets all is said
        return known
    return _shown(facts).get(resource, "")


@remembered
def _shown(facts: Facts) -> Mapping[Arn, AccountId]:
    """What routes pass through, and what captures on them, by whose it is."""
    found: dict[Arn, AccountId] = {}
    for route in all_routes(facts):
        captures = sources()[route.source].captures
        for hop in (hop for way in route.ways for hop in way):
            for arn in (hop.arn, *(captures(facts, hop) if hop.speaks else ())):
                found.setdefault(arn, hop.account)
    return found
