"""The laws over VPC flow logs: found by its code, mended or blocked, and hiding heals nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinds.vpc_flow.worlds import ACCOUNT, bare, fleet, healthy, idle, known_more, only
from logkeep.diagnose.diagnosis import diagnose
from logkeep.plan import plan
from logkeep.snapshot.facts import Facts
from logkeep.sources.vpc_flow import SOURCE, FlowOptions
from logkeep.sources.vpc_flow.network import WHERE_USED
from support.examples import examples
from support.laws import (
    Spoilt,
    World,
    any_fault,
    every_fault_is_found,
    every_fault_is_mended,
    hiding_breaks_nothing,
    hiding_heals_nothing,
)
from support.worlds import applied

TO_ARCHIVE = World(fleet(), healthy, "vpc-flow/")
BOTH = FlowOptions(to=("archive", "cloudwatch"))
TO_BOTH = World(fleet(BOTH), healthy, "vpc-flow-cloudwatch/")
BY_INTERFACE = World(fleet(FlowOptions(capture="interface")), healthy, "vpc-flow/")
STREAM = FlowOptions(to=("firehose",), stream="flow")
OF_ANOTHER = FlowOptions(to=("firehose",), stream="flow", stream_account="security")
TO_ANOTHERS = World(fleet(OF_ANOTHER), idle, "vpc-flow-firehose/")
WORLDS = (TO_ARCHIVE, TO_BOTH, BY_INTERFACE, TO_ANOTHERS)
NAMES = ("archive", "cloudwatch", "interface", "firehose")


@pytest.mark.parametrize("world", WORLDS, ids=NAMES)
def test_law_3_every_fault_is_found(world: World, subtests: pytest.Subtests) -> None:
    every_fault_is_found(world, subtests)


@pytest.mark.parametrize("world", WORLDS, ids=NAMES)
def test_laws_1_and_2_every_fault_is_mended(world: World, subtests: pytest.Subtests) -> None:
    every_fault_is_mended(world, subtests)


def test_every_need_of_its_own_can_be_spoilt() -> None:
    codes = {each.fault.code for world in WORLDS for each in world.faults}
    assert codes >= {
        "flowlog-missing", "capture-too-narrow", "filter-hides", "flowlog-format",
        "bucket-refuses", "role-missing", "role-trust", "role-refuses", "loggroup-missing",
        "stream-unmarked", "delivery-role-missing", "stream-role-missing", "stream-role-trust",
        "stream-role-refuses",
    }  # fmt: skip


def test_hiding_an_answer_breaks_nothing(subtests: pytest.Subtests) -> None:
    snapshot = TO_BOTH.healthy
    asked = [q for q in snapshot.answers if q.account == ACCOUNT and "trail" not in q.call]
    hiding_breaks_nothing(TO_BOTH, asked, subtests)


@examples(60)
@given(chosen=any_fault(*WORLDS), data=st.data())
def test_hiding_any_fact_heals_nothing(chosen: tuple[World, Spoilt], data: st.DataObject) -> None:
    world, each = chosen
    snapshot, _ = world.broken(each)
    asked = sorted(q for q in snapshot.answers if q.account == ACCOUNT or "s3:" in q.call)
    hiding_heals_nothing(world, each, data.draw(st.sampled_from(asked)))


OPTIONS = (
    FlowOptions(),
    BOTH,
    FlowOptions(capture="subnet"),
    FlowOptions(capture="interface", traffic="REJECT"),
    FlowOptions(format=("vpc-id", "srcaddr"), parquet=True),
    STREAM,
    OF_ANOTHER,
)


@pytest.mark.parametrize("options", OPTIONS)
def test_a_plan_from_nothing_sets_all_up_and_is_empty_then(options: FlowOptions) -> None:
    wanted = fleet(options)
    before = bare(wanted)
    made = plan(wanted, before)
    assert made.blocked == ()
    after = known_more(wanted, applied(before, made))
    for route in diagnose(wanted, after).routes:
        assert route.aspects["configured"] == route.aspects["permitted"] == "holds", route.first
    assert plan(wanted, after).changes == ()
    calls = [change.call for change in made.changes]
    first = calls.index("ec2:CreateFlowLogs")
    assert set(calls[first:]) == {"ec2:CreateFlowLogs"}, "what takes the records comes first"


def test_a_fleet_that_asks_for_nothing_else() -> None:
    before = bare(only())
    assert {r.source for r in diagnose(only(), before).routes} == {"vpc-flow"}


@pytest.mark.parametrize("options", [FlowOptions(), BOTH, OF_ANOTHER])
def test_a_collect_asks_no_more_than_its_formula(options: FlowOptions) -> None:
    """As docs/kinds/vpc-flow.md says it."""
    of = fleet(options)
    now = healthy(of)
    facts = Facts(of, now)
    asked = set(SOURCE.wants(facts, of.logs_of("vpc-flow")))
    assert asked <= set(now.answers), "nothing is left to ask"
    regions, used, recorded = len(of.regions or ()), 2, 3
    groups = 2 if "cloudwatch" in options.to else 0
    streams = 2 if "firehose" in options.to else 0
    places = len(options.to)
    assert len(WHERE_USED) == 19
    most = 1 + 3 * regions + 19 * used + 2 * recorded * places + 2 * groups + 2 * streams
    assert len(asked) <= most
