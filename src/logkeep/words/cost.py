"""What a plan may cost, as a value: the unit that AWS bills by and the counts that are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeAlias

import msgspec

from logkeep.fleet import Fleet
from logkeep.snapshot.change import Change
from logkeep.snapshot.facts import Facts
from logkeep.value import AccountId, Arn, Region


class Cost(msgspec.Struct, frozen=True):
    """One thing that AWS bills for once a plan is made; never a price, which AWS may change."""

    code: str
    """What is billed; its words are the archive's or those of a kind of log."""
    unit: str
    """What is billed by: an event, a request, a gigabyte."""
    page: str
    """AWS's page that says so."""
    count: int | None = None
    """How many units; None where only the future tells."""
    per: Literal["", "hour", "month"] = ""
    places: int = 0
    """In how many accounts and Regions, or by how many resources, it comes about."""
    places_unknown: int = 0
    """In how many more it may, for what is there could not be read."""
    kinds: tuple[str, ...] = ()
    accounts: tuple[AccountId, ...] = ()
    resources: tuple[Arn, ...] = ()
    beyond: bool = False
    """Whether it also comes about in accounts that the fleet does not name."""
    regions: tuple[Region, ...] = ()
    """Where its places lie, if they are accounts and Regions."""


Costs: TypeAlias = Callable[[Facts, Facts, Sequence[Change]], Iterable[Cost]]
"""What some changes may cost, given what was there before them and what will be after."""
CostWords: TypeAlias = Callable[[Fleet, Cost], str]
"""What is said of a cost."""
