"""The network that was collected is the one that AWS described; what is hidden is unknown."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinds.vpc_flow.worlds import ACCOUNT, AWAY, HOME
from logkeep.aws.files import write_snapshot
from logkeep.cli.program import run
from logkeep.fleet import Fleet, Logs
from logkeep.network.lists import LISTS
from logkeep.network.read import read
from logkeep.network.values import Network
from logkeep.network.walk import Walk, walk
from logkeep.snapshot import Ask, Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.network import collected
from logkeep.sources.vpc_flow import FlowOptions
from logkeep.sources.vpc_flow.network import SINGLE, WHERE_USED, asks
from support import scenes
from support.examples import examples
from support.networks import Asked, asked, network
from support.two_walkers import flow_of
from support.worlds import NOW, fleet_of

PRODUCTION = "222222222222"
PLACES = ((ACCOUNT, HOME), (PRODUCTION, HOME), (ACCOUNT, AWAY))
OFF = {"VpcBlockPublicAccessOptions": {"InternetGatewayBlockMode": "off"}}
Row = dict[str, Any]


def fleet() -> Fleet:
    logs = (Logs("vpc-flow", (ACCOUNT, PRODUCTION), FlowOptions()),)
    return msgspec.structs.replace(fleet_of(), logs=logs)


def place_of(row: Row) -> tuple[str, str]:
    """Every VPC in a place of its own; what belongs to none is the first one's."""
    attached = row.get("Attachments") or [{}]
    vpc = row.get("VpcId") or attached[0].get("VpcId") or "vpc-0"
    return PLACES[int(str(vpc).removeprefix("vpc-"))]


def snapshot(world: Row) -> Snapshot:
    """What each account answers of the part that it has."""
    answers: dict[Ask, Reply] = {}
    for place in PLACES:
        for name, (member, call) in SINGLE.items():
            rows = [row for row in world.get(name, []) if place_of(row) == place]
            body = (
                {"Reservations": [{"Instances": rows}]} if name == "instances" else {member: rows}
            )
            answers[ask(*place, call)] = reply(body)
        lists = world["prefix_lists"] if place == PLACES[0] else []
        answers[ask(*place, "ec2:DescribeManagedPrefixLists")] = reply({"PrefixLists": lists})
        answers[ask(*place, "ec2:DescribeVpcBlockPublicAccessOptions")] = reply(OFF)
        answers[ask(*place, "ec2:DescribeVpcBlockPublicAccessExclusions")] = reply({})
    for row in world["prefix_lists"]:
        question = ask(*PLACES[0], "ec2:GetManagedPrefixListEntries",
                       PrefixListId=row["PrefixListId"])  # fmt: skip
        answers[question] = reply({"Entries": [{"Cidr": cidr} for cidr in row["Cidrs"]]})
    for name, call in (("tgw_propagations", "GetTransitGatewayRouteTablePropagations"),
                       ("tgw_static_routes", "SearchTransitGatewayRoutes")):  # fmt: skip
        for row in world[name]:
            id_ = row["TransitGatewayRouteTableId"]
            question = ask(*PLACES[0], f"ec2:{call}", TransitGatewayRouteTableId=id_)
            answers[question] = reply({k: v for k, v in row.items() if "TableId" not in k})
    return Snapshot("acme", NOW, answers)


def seen_of(now: Snapshot) -> Network:
    found = collected(Facts(fleet(), now))
    assert found is not None
    made = read(found.document)
    assert isinstance(made, Network), made
    return made


def worlds(seed: int) -> tuple[random.Random, Row, Network]:
    dice = random.Random(seed)
    world = network(dice)
    whole: Row = {name: [] for name in LISTS} | world
    whole["vpc_block_public_access_options"] = OFF["VpcBlockPublicAccessOptions"]
    found = read(whole)
    assert isinstance(found, Network)
    return dice, world, found


def told(found: Walk) -> tuple[str, str, str]:
    back = found.back.verdict if found.back else ""
    stop = f"{found.stop.kind} {found.stop.id} {found.stop.code}" if found.stop else ""
    return found.out.verdict, back, stop


@given(st.integers(0, 2**32))
@examples(120)
def test_a_packet_meets_the_same_in_what_was_collected(seed: int) -> None:
    dice, world, whole = worlds(seed)
    mine = seen_of(snapshot(world))
    for _ in range(4):
        question = asked(dice, world)
        if question.dst != question.src:
            assert told(walk(mine, flow_of(mine, question))) == told(
                walk(whole, flow_of(whole, question))
            )


@given(st.integers(0, 2**32))
@examples(120)
def test_what_is_hidden_only_makes_it_unknown(seed: int) -> None:
    dice, world, _ = worlds(seed)
    now = snapshot(world)
    hidden = now.with_answers(
        {dice.choice(sorted(now.answers)): Reply(error="UnauthorizedOperation")}
    )
    before, after = seen_of(now), seen_of(hidden)
    question: Asked = asked(dice, world)
    if question.dst == question.src:
        return
    start_is_there = question.start == "internet" or question.start in after.interfaces
    if not start_is_there:
        return
    was, is_ = walk(before, flow_of(before, question)), walk(after, flow_of(after, question))
    if set(after.interfaces) == set(before.interfaces):
        assert is_.out.verdict in (was.out.verdict, "unknown"), question


def test_block_public_access_that_was_not_seen_is_unknown() -> None:
    question = ask(*PLACES[0], "ec2:DescribeVpcBlockPublicAccessOptions")
    for seed in range(200):
        dice, world, _ = worlds(seed)
        now = snapshot(world)
        asked_ = asked(dice, world)
        mine = seen_of(now)
        found = walk(mine, flow_of(mine, asked_))
        by_gateway = any(hop.kind == "internet-gateway" for hop in found.out.hops)
        face = mine.interfaces.get(asked_.start)
        if found.out.verdict == "reaches" and by_gateway and face and face.vpc == "vpc-0":
            blind = seen_of(now.with_answers({question: Reply(error="AccessDenied")}))
            after = walk(blind, flow_of(blind, asked_))
            assert after.out.verdict == "unknown"
            assert any(question.call in doubt.settle for doubt in after.doubts)
            return
    raise AssertionError("no packet left by an internet gateway")


def test_only_places_with_an_interface_are_asked_for_more() -> None:
    some = Facts(fleet(), Snapshot("acme", NOW, {}))
    assert len(list(asks(some, ACCOUNT, HOME))) == 3
    empty = {ask(ACCOUNT, HOME, "ec2:DescribeNetworkInterfaces"): reply({"NetworkInterfaces": []})}
    assert len(list(asks(Facts(fleet(), Snapshot("acme", NOW, empty)), ACCOUNT, HOME))) == 3
    _, world, _ = worlds(1)
    used = list(asks(Facts(fleet(), snapshot(world)), ACCOUNT, HOME))
    lists, tables = len(world["prefix_lists"]), len(world["tgw_route_tables"])
    assert len(used) == 3 + len(WHERE_USED) + lists + 2 * tables


FLEET_TEXT = scenes.FLEET_TEXT + '\n[[logs]]\nsource = "vpc-flow"\naccounts = ["staging"]\n'


def said(
    capsys: pytest.CaptureFixture[str], folder: Path, text: str, now: Snapshot, *arguments: str
) -> tuple[int, str, str]:
    (folder / "logkeep.toml").write_text(text, encoding="utf-8")
    write_snapshot(folder / "snapshot.gz", now)
    path = str(folder / "snapshot.gz")
    fleet_ = str(folder / "logkeep.toml")
    code = run(["try", "ping", *arguments, "--snapshot", path, "--fleet", fleet_])
    told_ = capsys.readouterr()
    return code, told_.out, told_.err


def test_ping_walks_through_a_snapshot(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    _, world, _ = worlds(3)
    now = snapshot(world)
    ids = [row["NetworkInterfaceId"] for row in world["enis"] if place_of(row) == PLACES[0]]
    code, out, _ = said(capsys, tmp_path, FLEET_TEXT, now, ids[0], ids[-1])
    assert code in (0, 1, 3)
    assert ids[0] in out
    gone = said(capsys, tmp_path, FLEET_TEXT, now, "eni-gone", ids[0])
    assert gone[0] == 2
    assert "eni-gone" in gone[2]


def test_ping_says_what_was_left_out(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    _, world, _ = worlds(3)
    question = ask(ACCOUNT, AWAY, "ec2:DescribeVpcs")
    now = snapshot(world).with_answers({question: Reply(error="UnauthorizedOperation")})
    ids = [row["NetworkInterfaceId"] for row in world["enis"] if place_of(row) == PLACES[0]]
    _, _, err = said(capsys, tmp_path, FLEET_TEXT, now, ids[0], "internet")
    assert f"left out is {ACCOUNT} {AWAY}: ec2:DescribeVpcs" in err
    assert "UnauthorizedOperation" in err


def test_ping_needs_a_network(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    _, world, _ = worlds(3)
    code, _, err = said(capsys, tmp_path, scenes.FLEET_TEXT, snapshot(world), "a", "b")
    assert code == 2
    assert "`vpc-flow`" in err
    assert "--network" in err
