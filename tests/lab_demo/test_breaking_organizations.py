"""What the lab breaks of an organization is found by its very code, and undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab_demo.broom import STAGING, Broom, first_code
from logkeep.diagnose.diagnosis import diagnose
from logkeep.lab.breaking.gathered import breaks
from logkeep.lab.breaking.table import Break
from logkeep.lab.documents import bucket_of
from support.labs import bench
from support.worlds import ACCOUNTS, fleet_of

OF_MEMBER = {"account-outside", "home-region-off"}
"""What one account alone of the organization can have."""
ABROAD = ("eu-south-1", "us-east-1")


@pytest.fixture(scope="module")
def shared() -> Iterator[Broom]:
    """A lab with an organization trail, at home in a Region that accounts opt into."""
    with bench(ACCOUNTS, fleet_of(regions=ABROAD, organization=True), regions=ABROAD) as lab:
        lab.mend()
        lab.pass_hours(2.2)
        yield Broom(lab)


def shared_cases() -> list[object]:
    return [pytest.param(each, id=each.code) for each in breaks().values() if each.organization]


@pytest.mark.parametrize("each", shared_cases())
def test_a_broken_organization_is_found_by_its_code_and_undone(shared: Broom, each: Break) -> None:
    broken = shared.spoil(each.code)
    snapshot = shared.collect()
    shared.mend(broken)
    found = diagnose(shared.fleet, snapshot)
    assert {first_code(r) for r in found.routes if r.account == STAGING} == {each.code}
    production = {first_code(r) for r in found.routes if r.account == ACCOUNTS["production"]}
    assert production == ({""} if each.code in OF_MEMBER else {each.code})
    after = diagnose(shared.fleet, shared.collect())
    assert {first_code(route) for route in after.routes} == {""}


def test_an_account_without_the_trails_home_sends_nothing(shared: Broom) -> None:
    """An account that did not opt into the trail's home sends nothing (rule 1.2.3)."""
    broken = shared.spoil("home-region-off")
    shared.lab.pass_hours(0.2)  # what happened before still comes
    before = records_of_staging(shared)
    act_in_staging(shared)
    assert records_of_staging(shared) == before
    shared.mend(broken)
    act_in_staging(shared)
    assert records_of_staging(shared) > before


def act_in_staging(shared: Broom) -> None:
    shared.session.account_client(STAGING, "ec2", "us-east-1").describe_vpcs()
    shared.lab.pass_hours(0.2)


def records_of_staging(shared: Broom) -> int:
    names = bucket_of(shared.fleet.archive.bucket).keys
    return sum(f"/{STAGING}/CloudTrail/" in name for name in names)
