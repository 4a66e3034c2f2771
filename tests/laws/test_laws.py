"""The three laws of the design, on snapshots (DESIGN.md, section 1)."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.diagnose.diagnosis import diagnose
from logkeep.plan import plan
from logkeep.snapshot import decode, encode
from support.examples import examples
from support.laws import (
    Spoilt,
    World,
    any_fault,
    aspects_of,
    every_fault_is_found,
    every_fault_is_mended,
    first_code,
    hiding_breaks_nothing,
    hiding_heals_nothing,
    mended_or_blocked,
    short_cuts_change_no_delivery,
    short_cuts_change_no_diagnosis,
    short_cuts_change_no_plan,
)
from support.whole_listings import each_change_is_told_of_its_own
from support.worlds import ACCOUNTS, applied, empty, fleet_of, well

TWO = dict(list(ACCOUNTS.items())[:2])
WORLDS = {
    "own trails": World(fleet_of(TWO), well),
    "organization": World(fleet_of(TWO, organization=True), well),
}
"""A fleet in which every account has its own trail, and one in which the organization has one."""


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest) -> World:
    return WORLDS[request.param]


def test_a_fleet_all_well_holds_in_every_aspect(world: World) -> None:
    holds = len(world.before.routes)
    assert world.before.summary == {"holds": holds, "fails": 0, "unknown": 0, "accepted": 0}
    assert set(aspects_of(world.before).values()) == {"holds"}


@pytest.mark.parametrize(
    ("name", "code"),
    [("own trails", "trail-missing"), ("organization", "organization-access-off")],
)
def test_nothing_is_fine_before_anything_is_there(name: str, code: str) -> None:
    fleet = WORLDS[name].fleet
    found = diagnose(fleet, empty(fleet))
    fails = len(found.routes)
    assert found.summary == {"holds": 0, "fails": fails, "unknown": 0, "accepted": 0}
    assert {first_code(route) for route in found.routes} == {code}


def test_law_1_after_a_plan_all_is_configured_and_permitted(world: World) -> None:
    mended_or_blocked(world.fleet, empty(world.fleet))


def test_law_2_a_plan_after_apply_is_empty(world: World) -> None:
    before = empty(world.fleet)
    again = plan(world.fleet, applied(before, plan(world.fleet, before)))
    assert again.changes == ()
    assert again.blocked == ()


def test_short_cuts_change_no_plan(world: World) -> None:
    short_cuts_change_no_plan(world.fleet, empty(world.fleet))
    each_change_is_told_of_its_own(world.fleet, empty(world.fleet))


@given(any_fault(*WORLDS.values()))
@examples(40)
def test_short_cuts_change_no_plan_that_mends(broken: tuple[World, Spoilt]) -> None:
    world, each = broken
    short_cuts_change_no_plan(world.fleet, world.broken(each)[0])
    short_cuts_change_no_diagnosis(world.fleet, world.broken(each)[0])
    short_cuts_change_no_delivery(world.fleet, world.broken(each)[0])


def test_law_3_every_fault_is_found_by_its_own_code(
    world: World, subtests: pytest.Subtests
) -> None:
    every_fault_is_found(world, subtests)


def test_laws_1_and_2_after_every_fault(world: World, subtests: pytest.Subtests) -> None:
    every_fault_is_mended(world, subtests)


def test_hiding_any_fact_of_a_healthy_fleet_breaks_nothing(
    world: World, subtests: pytest.Subtests
) -> None:
    hiding_breaks_nothing(world, sorted(world.healthy.answers), subtests)


@given(st.data(), any_fault(*WORLDS.values()))
@examples(400)
def test_hiding_any_fact_of_a_broken_fleet_heals_nothing(
    data: st.DataObject, broken: tuple[World, Spoilt]
) -> None:
    world, each = broken
    question = data.draw(st.sampled_from(sorted(world.broken(each)[0].answers)))
    hiding_heals_nothing(world, each, question)


def test_the_same_snapshot_gives_the_same_diagnosis_byte_for_byte() -> None:
    world = WORLDS["own trails"]
    again = decode(list(encode(world.healthy)))
    first, second = diagnose(world.fleet, world.healthy), diagnose(world.fleet, again)
    assert msgspec.json.encode(first) == msgspec.json.encode(second)
