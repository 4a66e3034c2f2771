"""What nobody collected makes an answer unknown, and never another one."""

from __future__ import annotations

import random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from logkeep.network.mend import mend
from logkeep.network.packet import End, Flow
from logkeep.network.read import read
from logkeep.network.values import Network
from logkeep.network.walk import walk
from logkeep.network.written import written
from logkeep.show.paint import Paint
from logkeep.show.ping import Pinged, ping_json, ping_text
from support.examples import examples
from support.networks import asked, network
from support.two_walkers import flow_of

Verdicts = tuple[str, str | None]


def verdicts(found: Network, flow: Flow) -> Verdicts:
    result = walk(found, flow)
    return result.out.verdict, result.back.verdict if result.back else None


def said_in_words(found: Network, flow: Flow) -> str:
    """What is said of a walk: every code has words of its own."""
    result = walk(found, flow)
    pinged = Pinged(found, result, written(result), mend(found, result))
    text = ping_text(pinged, Paint())
    assert "stops it\n" not in text.replace("out or back stops it", "")
    assert "leaves it open" not in text
    assert ping_json(pinged)["reason"]
    return text


def reread(found: Network, flow: Flow) -> Flow:
    """The same flow, between the interfaces as another reading has them."""
    face = flow.src.interface
    if face is None:
        return flow
    start = End(flow.src.address, found.interfaces.get(face.id, face))
    return msgspec.structs.replace(flow, src=start)


@given(st.integers(0, 2**32), st.data())
@examples(300)
def test_a_hidden_list_only_makes_things_unknown(seed: int, data: st.DataObject) -> None:
    dice = random.Random(seed)
    world = network(dice)
    whole = read(world)
    assert isinstance(whole, Network)
    name = data.draw(st.sampled_from(sorted(world)))
    hidden = read({key: rows for key, rows in world.items() if key != name})
    assert isinstance(hidden, Network)
    for _ in range(4):
        flow = flow_of(whole, asked(dice, world))
        before, after = verdicts(whole, flow), verdicts(hidden, reread(hidden, flow))
        assert said_in_words(whole, flow)
        assert said_in_words(hidden, reread(hidden, flow))
        assert after[0] in (before[0], "unknown"), (name, flow)
        if after[1] is not None and before[1] is not None:
            assert after[1] in (before[1], "unknown"), (name, flow)
