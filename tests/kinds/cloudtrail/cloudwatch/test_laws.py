"""The three laws of the design over the way into CloudWatch Logs (DESIGN.md, section 1)."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinds.cloudtrail.cloudwatch.streams import GROUP, asking, key_policy, keyed, set_up
from logkeep.diagnose.diagnosis import diagnose
from logkeep.plan import plan
from logkeep.show.paint import Paint
from logkeep.show.plan import plan_text
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from support.aspects import unexplained
from support.examples import examples
from support.laws import (
    Spoilt,
    World,
    any_fault,
    every_fault_is_found,
    every_fault_is_mended,
    first_code,
    hiding_breaks_nothing,
    hiding_heals_nothing,
)
from support.worlds import empty, fleet_of


@functools.cache
def healthy() -> Snapshot:
    """All well, and one of the groups under a key of its own."""
    return keyed(set_up(asking()), key_policy())


WORLDS = {
    "asked for": World(asking(), lambda _: healthy(), "cloudwatch/"),
    "as found": World(fleet_of(), lambda _: healthy(), "cloudwatch/"),
}
"""The same answers of AWS, seen by fleet files that ask for log groups and that do not."""


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest) -> World:
    return WORLDS[request.param]


def test_every_new_fault_has_a_way_of_being_made() -> None:
    codes = {each.fault.code for world in WORLDS.values() for each in world.faults}
    assert {
        "trail-no-loggroup",
        "loggroup-missing",
        "loggroup-key-disabled",
        "loggroup-key-refuses",
        "role-missing",
        "role-trust",
        "role-refuses",
    } <= codes


def test_a_fleet_all_well_holds_in_every_aspect(world: World) -> None:
    assert world.before.summary == {"holds": 9, "fails": 0, "unknown": 0, "accepted": 0}
    ours = [r.aspects for r in world.before.routes if r.name.startswith("cloudwatch/")]
    assert {a["intact"] for a in ours} == {a["protected"] for a in ours} == {"none"}
    assert unexplained(Facts(world.fleet, healthy())) == {}


def test_where_nothing_is_there_the_trail_is_what_is_missing() -> None:
    found = diagnose(asking(), empty(asking()))
    ours = [route for route in found.routes if route.name.startswith("cloudwatch/")]
    assert len(ours) == 3
    assert {first_code(route) for route in ours} == {"trail-missing"}


def test_laws_1_and_2_after_every_fault(world: World, subtests: pytest.Subtests) -> None:
    every_fault_is_mended(world, subtests)


def test_law_3_every_fault_is_found_by_its_own_code(
    world: World, subtests: pytest.Subtests
) -> None:
    every_fault_is_found(world, subtests)


MATTERS = ("logs:", "iam:", "cloudtrail:", "kms:", "organizations:")


def test_hiding_any_fact_of_a_healthy_fleet_breaks_nothing(
    world: World, subtests: pytest.Subtests
) -> None:
    hideable = sorted(q for q in world.healthy.answers if q.call.startswith(MATTERS))
    hiding_breaks_nothing(world, hideable, subtests)


@given(st.data(), any_fault(*WORLDS.values()))
@examples(200)
def test_hiding_any_fact_of_a_broken_fleet_heals_nothing(
    data: st.DataObject, broken: tuple[World, Spoilt]
) -> None:
    world, each = broken
    question = data.draw(st.sampled_from(sorted(world.healthy.answers)))
    hiding_heals_nothing(world, each, question)


def test_a_foreign_statement_is_kept_when_a_role_is_mended(world: World) -> None:
    for each in world.faults:
        if each.fault.code != "role-trust" or "Deny" in each.fault.says:
            continue
        made = plan(world.fleet, world.spoilt(each.fault))
        changed = [c for c in made.changes if c.call == "iam:UpdateAssumeRolePolicy"]
        assert "ec2.amazonaws.com" in changed[0].arguments["PolicyDocument"], each.arn


def test_what_is_denied_is_its_owners_to_open(world: World) -> None:
    denied = [each for each in world.faults if "Deny" in each.fault.says]
    assert len(denied) >= 3
    for each in denied:
        made = plan(world.fleet, world.spoilt(each.fault))
        assert made.changes == ()
        assert {(b.code, b.arn) for b in made.blocked} == {(each.fault.code, each.arn)}
        assert made.blocked[0].routes == (each.route,), GROUP
        assert f"blocked[{each.fault.code}]: " in plan_text(world.fleet, made, Paint())
