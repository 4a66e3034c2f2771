"""Which interfaces do flow logs capture, which twice, and what do their filters hide?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from logkeep.network.values import FlowLog, Network

ACTIONS: Final = ("ACCEPT", "REJECT")


class Face(NamedTuple):
    """An interface, and what it lies in."""

    id: str
    vpc: str
    subnet: str


class Hiding(msgspec.Struct, frozen=True, gc=False):
    """An interface whose flow logs leave out what was let by, or what was refused."""

    interface: str
    action: str


class Coverage(msgspec.Struct, frozen=True):
    """What captures each interface: the flow logs of its VPC, its subnet and its own (rule 6.1.1).

    `doubled` has a record of the same packet in each of its flow logs (rule 6.1.2); an interface
    whose flow logs take different traffic is not doubled.
    """

    captured: dict[str, tuple[str, ...]]
    uncaptured: tuple[str, ...]
    doubled: tuple[str, ...]
    hiding: tuple[Hiding, ...]


def coverage(network: Network) -> Coverage | None:
    """The coverage of every interface; None where nobody collected the flow logs."""
    if "flow_logs" in network.missing:
        return None
    faces = (Face(each.id, each.vpc, each.subnet) for each in network.interfaces.values())
    return covered(faces, network.flow_logs.values())


def covered(faces: Iterable[Face], logs: Iterable[FlowLog]) -> Coverage:
    """The coverage of some interfaces by some flow logs."""
    by_resource: dict[str, list[FlowLog]] = {}
    for log in logs:
        if log.active:
            by_resource.setdefault(log.resource, []).append(log)
    captured: dict[str, tuple[str, ...]] = {}
    doubled: list[str] = []
    hiding: list[Hiding] = []
    for face in faces:
        there = [log for at in (face.vpc, face.subnet, face.id) for log in by_resource.get(at, ())]
        captured[face.id] = tuple(log.id for log in there)
        if not there:
            continue
        takes = [sum(log.traffic in ("ALL", action) for log in there) for action in ACTIONS]
        if max(takes) > 1:
            doubled.append(face.id)
        hiding += [Hiding(face.id, a) for a, n in zip(ACTIONS, takes, strict=True) if not n]
    uncaptured = tuple(id_ for id_, logs in captured.items() if not logs)
    return Coverage(captured, uncaptured, tuple(doubled), tuple(hiding))
