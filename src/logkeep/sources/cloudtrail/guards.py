"""The limits that keep a trail from being made, or from taking more."""

from __future__ import annotations

from logkeep.access.enabled_regions import regions
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.snapshot.setting import Guard, Limit, Write
from logkeep.sources.cloudtrail.trails import used_slots
from logkeep.sources.cloudtrail.widening import too_many
from logkeep.value import AccountId, Region

MOST_TRAILS = 5
"""Trails a Region, shadows and organization trails included, and not to be raised (rule 1.1.9)."""


def _slots(facts: Facts, write: Write) -> Limit | None:
    """A multi-Region trail takes a slot in every Region, an organization's in every account."""
    for account in _accounts(facts, write):
        where = f" of {account}" if account != write.account else ""
        for region, used in _full(facts, account, write.region):
            return Limit("trail-limit", f"{region}{where} has {used} of {MOST_TRAILS} trails")
    return None


@remembered
def _full(facts: Facts, account: AccountId, at_least: Region) -> tuple[tuple[Region, int], ...]:
    """The Regions of an account that take no more trails, and how many each has."""
    asked = regions(facts, account) or (at_least,)
    counted = ((region, seen(used_slots(facts, account, region)) or 0) for region in asked)
    return tuple((region, used) for region, used in counted if used >= MOST_TRAILS)


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
