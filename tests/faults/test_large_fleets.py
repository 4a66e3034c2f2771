"""A fleet of many accounts is answered in steps that grow with it: twice as many, twice the steps.

Counted in lines of code, at three sizes; 20,000 accounts are then two hundred times the largest.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest

from logkeep.aws.scope import policies
from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet
from logkeep.plan import plan
from logkeep.show.listing import listing_text
from logkeep.show.paint import Paint
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.sources.inventory import inventory
from logkeep.sources.wants import wants
from logkeep.who import access
from support.large import large
from support.steps import lines_run
from support.worlds import NOW

SIZES = (25, 50, 100)
grown = functools.cache(large)


def permissions(fleet: Fleet, snapshot: Snapshot) -> None:
    policies(Facts(fleet, snapshot), "apply")


def lists(fleet: Fleet, snapshot: Snapshot) -> None:
    listing_text(fleet, inventory(Facts(fleet, snapshot), ()), Paint(), wide=True)


def asks(fleet: Fleet, snapshot: Snapshot) -> None:
    list(wants(fleet)(snapshot))


def holders(fleet: Fleet, snapshot: Snapshot) -> None:
    access(Facts(fleet, snapshot))


READINGS: tuple[Callable[[Fleet, Snapshot], object], ...] = (
    permissions, diagnose, plan, lists, asks, holders,
)  # fmt: skip


@pytest.mark.parametrize("is_known", [True, False], ids=["all answered", "nothing answered"])
@pytest.mark.parametrize("reading", READINGS, ids=lambda each: each.__name__)
def test_twice_the_accounts_take_twice_the_steps(
    reading: Callable[[Fleet, Snapshot], object], *, is_known: bool
) -> None:
    def steps(accounts: int) -> int:
        fleet, snapshot = grown(accounts, 1)
        if not is_known:
            snapshot = Snapshot(snapshot.fleet, NOW, {})
        return lines_run(lambda: reading(fleet, snapshot))

    steps(2)  # what is imported and remembered the first time
    one, two, four = map(steps, SIZES)
    assert four - two <= 2.6 * max(two - one, 20), (one, two, four)
