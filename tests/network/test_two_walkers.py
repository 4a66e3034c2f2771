"""The walk out and back is that of the lab's naive walker, gate by gate and record by record."""

from __future__ import annotations

import random
from collections import Counter

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from logkeep.network.packet import EPHEMERAL
from logkeep.network.read import read
from logkeep.network.values import Network
from logkeep.network.walk import walk
from logkeep.network.written import written
from support.examples import examples
from support.networks import Row, asked, network
from support.two_walkers import flow_of, naive, ports, told

FLOWS = 6


def world_of(seed: int) -> tuple[random.Random, Row, Network]:
    dice = random.Random(seed)
    world = network(dice)
    found = read(world)
    assert isinstance(found, Network), found
    return dice, world, found


@given(st.integers(0, 2**32))
@examples(500)
def test_both_walkers_tell_the_same(seed: int) -> None:
    dice, world, found = world_of(seed)
    for _ in range(FLOWS):
        question = asked(dice, world)
        if question.dst == question.src:
            continue
        result = walk(found, flow_of(found, question))
        if result.out.doubts:
            # Whether an outbound rule may name a group beyond a transit gateway, no page says.
            assert {doubt.code for doubt in result.out.doubts} == {"members-unseen"}, question
            continue
        other = naive(world, question)
        back = other.back
        if back.startswith("route:") and not back.startswith(("route:rtb", "route:tgw")):
            back = "elsewhere"
        assert told(result) == (other.forward, back), question
        mine = [(r.interface, r.srcaddr, r.dstaddr, r.action, *ports(r)) for r in written(result)]
        theirs = [(r.interface, r.srcaddr, r.dstaddr, r.action, *ports(r)) for r in other.records]
        assert mine == theirs, question


@given(st.integers(0, 2**32))
@examples(150)
def test_an_open_source_port_is_told_as_what_each_port_gives(seed: int) -> None:
    dice, world, found = world_of(seed)
    question = asked(dice, world)
    if not question.src_port or question.dst == question.src:
        return
    flow = msgspec.structs.replace(flow_of(found, question), src_port=EPHEMERAL)
    result = walk(found, flow)
    if result.back is None:
        return
    tried = (1024, 5000, 32767, 32768, 40000, 60999, 61000, 65535)
    each = {naive(world, question._replace(src_port=port)).back for port in tried}
    passes = {back == "passes" for back in each}
    verdicts = {"reaches": {True}, "blocked": {False}}
    assert passes == verdicts.get(result.back.verdict, {True, False}), question


def test_the_networks_made_show_everything() -> None:
    """What the law compares is not always the same end."""
    seen: Counter[str] = Counter()
    for seed in range(150):
        dice, world, _ = world_of(seed)
        for _ in range(FLOWS):
            other = naive(world, asked(dice, world))
            seen[other.forward.split(":")[0]] += 1
            seen["back " + other.back.split(":")[0]] += 1
    wanted = ("passes", "sg-in", "sg-out", "nacl-in", "nacl-out", "route", "igw", "nat", "peering")
    assert all(seen[each] for each in wanted), seen
    backs = ("passes", "nacl-in", "nacl-out", "route")
    assert all(seen[f"back {each}"] for each in backs), seen
