"""Which Regions of an account does the fleet want logs of?"""

from __future__ import annotations

import msgspec

from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, seen
from logkeep.value import AccountId, Region


class EnabledRegion(msgspec.Struct, frozen=True, rename="pascal"):
    """A Region in ec2:DescribeRegions."""

    region_name: str
    opt_in_status: str = "opt-in-not-required"


class EnabledRegions(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of ec2:DescribeRegions."""

    regions: tuple[EnabledRegion, ...] = ()


def regions_ask(facts: Facts, account: AccountId) -> Ask:
    """The question which Regions are enabled in an account."""
    return ask(account, facts.fleet.home_region, "ec2:DescribeRegions")


def regions(facts: Facts, account: AccountId) -> tuple[Region, ...]:
    """The Regions whose logs the fleet wants of an account: those listed, else those enabled."""
    if facts.fleet.regions is not None:
        return facts.fleet.regions
    enabled = seen(facts.look(regions_ask(facts, account), EnabledRegions))
    listed = enabled.regions if enabled else ()
    return tuple(sorted(r.region_name for r in listed if r.opt_in_status != "not-opted-in"))
