"""The limits that keep a trail from being made."""

from __future__ import annotations

from logkeep.facts import Facts, seen
from logkeep.setting import Guard, Limit, Write
from logkeep.sources.cloudtrail.trails import regions, used_slots

MOST_TRAILS = 5
"""Trails a Region, shadows and organization trails included, and not to be raised (rule 1.1.9)."""


def _slots(facts: Facts, write: Write) -> Limit | None:
    """A multi-Region trail takes a slot in every Region."""
    for region in regions(facts, write.account) or (write.region,):
        used = seen(used_slots(facts, write.account, region))
        if used is not None and used >= MOST_TRAILS:
            return Limit("trail-limit", f"{region} has {used} of {MOST_TRAILS} trails")
    return None


GUARDS: dict[str, Guard] = {"cloudtrail:CreateTrail": _slots}
