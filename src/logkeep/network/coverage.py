"""Which interfaces do flow logs capture, which twice, and what do their filters hide?"""

from __future__ import annotations

from typing import Final

import msgspec

from logkeep.network.values import FlowLog, Network

ACTIONS: Final = ("ACCEPT", "REJECT")


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
    by_resource: dict[str, list[FlowLog]] = {}
    for log in network.flow_logs.values():
        if log.active:
            by_resource.setdefault(log.resource, []).append(log)
    captured: dict[str, tuple[str, ...]] = {}
    doubled: list[str] = []
    hiding: list[Hiding] = []
    for face in network.interfaces.values():
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
