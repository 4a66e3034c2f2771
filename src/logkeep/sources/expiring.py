"""Below which prefixes of the archive do the routes ask that nothing is deleted?"""

from __future__ import annotations

from logkeep.archive.lifecycle import meet
from logkeep.archive.log_places import places
from logkeep.route import Is
from logkeep.snapshot.facts import Facts
from logkeep.sources.routes import all_routes

EXPIRY = "bucket.expiry"


def expiry_needs(facts: Facts) -> tuple[Is, ...]:
    """What the routes ask of the archive's lifecycle, each once."""
    found = {
        need.of: need
        for route in all_routes(facts)
        for hop in route.hops
        if hop.keeps and hop.arn == facts.fleet.bucket_arn
        for need in hop.needs
        if isinstance(need, Is) and need.setting == EXPIRY
    }
    return tuple(found.values())


def may_hold_logs(facts: Facts, prefix: str) -> bool:
    """Whether a log may lie below a prefix; where that could not be seen it may."""
    asked = [places(facts, need) for need in expiry_needs(facts)]
    return not asked or any(not roots or meet(prefix, roots) for roots in asked)
