"""The limits that keep a trail from being made, or from taking more."""

from __future__ import annotations

from logkeep.access.enabled_regions import regions
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Guard, Limit, Write
from logkeep.sources.cloudtrail.trails import (
    used_slots,
)
from logkeep.sources.cloudtrail.widening import too_many
from logkeep.value import AccountId

MOST_TRAILS = 5
"""Trails a Region, shadows and organization trails included, and not to be raised (rule 1.1.9)."""


def _slots(facts: Facts, write: Write) -> Limit | None:
    """A multi-Region trail takes a slot in every Region, an organization's in every account."""
    for account in _accounts(facts, write):
        where = f" of {account}" if account != write.account else ""
        for region in regions(facts, account) or (write.region,):
            used = seen(used_slots(facts, account, region))
            if used is not None and used >= MOST_TRAILS:
                return Limit("trail-limit", f"{region}{where} has {used} of {MOST_TRAILS} trails")
    return None


def _accounts(facts: Facts, write: Write) -> tuple[AccountId, ...]:
    if not write.arguments.get("IsOrganizationTrail"):
        return (write.account,)
    return tuple(dict.fromkeys((write.account, *facts.fleet.accounts.values())))


def _values(_facts: Facts, write: Write) -> Limit | None:
    """A trail's selectors hold so much and no more (rules 1.12.2, 1.12.3)."""
    says = too_many(write.arguments)
    return Limit("selectors-full", says) if says else None


GUARDS: dict[str, Guard] = {
    "cloudtrail:CreateTrail": _slots,
    "cloudtrail:PutEventSelectors": _values,
}
