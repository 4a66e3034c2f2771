"""What the lab breaks of a log group is found by its very code, and undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab_demo.broom import LATER, OF_GROUPS, STAGING, Broom, first_code
from logkeep.diagnose.diagnosis import diagnose
from logkeep.lab.breaking.gathered import breaks
from logkeep.lab.breaking.table import Break
from support.labs import bench
from support.worlds import ACCOUNTS, asking, fleet_of


@pytest.fixture(scope="module")
def grouped() -> Iterator[Broom]:
    """A lab whose trails send to a log group besides."""
    fleet = fleet_of()
    with bench(ACCOUNTS, asking(fleet, log_group="SecurityTrail")) as lab:
        lab.mend()
        lab.pass_hours(2.2)
        yield Broom(lab)


def group_cases() -> list[object]:
    found = [b for b in breaks().values() if OF_GROUPS.match(b.code) and b.code not in LATER]
    return [pytest.param(each, id=each.code) for each in found]


@pytest.mark.parametrize("each", group_cases())
def test_a_broken_log_group_is_found_by_its_code_and_undone(grouped: Broom, each: Break) -> None:
    broken = grouped.spoil(each.code)
    snapshot = grouped.collect()
    grouped.mend(broken)
    found = diagnose(grouped.fleet, snapshot)
    told = {(route.name, first_code(route)) for route in found.routes if first_code(route)}
    assert told == {(f"cloudwatch/{STAGING}/us-east-1", each.code)}
    after = diagnose(grouped.fleet, grouped.collect())
    assert {first_code(route) for route in after.routes} == {""}


def test_a_silent_log_group_is_found_while_the_account_is_active(grouped: Broom) -> None:
    grouped.lab.pass_hours(1.2)  # a group that was made just now may be empty
    grouped.collect()  # which asks, and so is activity
    grouped.lab.pass_hours(0.3)
    assert {first_code(r) for r in diagnose(grouped.fleet, grouped.collect()).routes} == {""}
    broken = grouped.spoil("loggroup-stale")
    snapshot = grouped.collect()
    grouped.mend(broken)
    found = diagnose(grouped.fleet, snapshot)
    assert {(r.account, first_code(r)) for r in found.routes if first_code(r)} == {
        (STAGING, "loggroup-stale")
    }
