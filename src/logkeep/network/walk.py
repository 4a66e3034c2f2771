"""Does it get there, and does the answer come back? A flow walked out and back."""

from __future__ import annotations

from typing import Literal, TypeAlias, assert_never

import msgspec

from logkeep.network import ways
from logkeep.network.inside import enter, leave, lost, reach, subnet_of, through, unanswered
from logkeep.network.packet import Flow, Packet, answer, first
from logkeep.network.presence import unsure_of_sender
from logkeep.network.public import on_internet
from logkeep.network.services import listens, service
from logkeep.network.steps import (
    Enter,
    Fork,
    Leave,
    Next,
    PacketStep,
    Public,
    Reach,
    Through,
    Transit,
)
from logkeep.network.transit import across
from logkeep.network.trip import (
    HOPS_MAX,
    Arrival,
    Doubt,
    Ended,
    Hop,
    Lost,
    PacketPassage,
    Stop,
    Trip,
)
from logkeep.network.values import Interface, Network

WalkVerdict: TypeAlias = Literal["reaches", "blocked", "unknown"]
NEEDED = ("vpcs", "subnets")
"""Lists without which nobody can tell a subnet's edge from its inside."""
MUTE_KINDS = ("vpc_endpoint", "transit_gateway", "nat_gateway", "natGateway")
"""Interfaces that open no connection by themselves."""


class Leg(msgspec.Struct, frozen=True):
    """One way, out or back: how it ended, what was met, and what nobody saw."""

    verdict: WalkVerdict
    hops: tuple[Hop, ...]
    passages: tuple[PacketPassage, ...]
    stop: Stop | None = None
    doubts: tuple[Doubt, ...] = ()
    arrival: Arrival | None = None


class Walk(msgspec.Struct, frozen=True):
    """A flow's whole way; without an answer that is due, `back` is None."""

    flow: Flow
    out: Leg
    back: Leg | None = None

    @property
    def stop(self) -> Stop | None:
        """What stops the packet, else what stops the answer."""
        return self.out.stop or (self.back.stop if self.back else None)

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """What leaves it open."""
        if self.out.verdict == "unknown":
            return self.out.doubts
        return self.back.doubts if self.back and self.back.verdict == "unknown" else ()


def walk(network: Network, flow: Flow) -> Walk:
    """Walk a flow out, and where it gets there, the answer back."""
    trip = Trip(network, flow)
    unseen = next((name for name in NEEDED if name in network.missing), None)
    ended = trip.lost(unseen, "", "list-of-all-unseen") if unseen else _opened(trip)
    out = _leg(trip, ended)
    if out.verdict != "reaches" or out.arrival is None or not flow.is_answered:
        return Walk(flow, out)
    if out.arrival.kind == "service":
        return Walk(flow, out, Leg("reaches", (), ()))
    back = Trip(network, flow, trip)
    returned = _returned(back, out.arrival)
    return Walk(flow, out, _leg(back, returned))


def _leg(trip: Trip, ended: Ended) -> Leg:
    hops, passages = tuple(trip.hops), tuple(trip.passages)
    doubts = (*trip.doubts, *trip.depends)
    match ended:
        case Stop():
            return Leg("blocked", hops, passages, ended, doubts)
        case Lost():
            return Leg("unknown", hops, passages, None, doubts)
        case Arrival():
            verdict = "unknown" if doubts else "reaches"
            return Leg(verdict, hops, passages, None, doubts, ended)
        case _:
            assert_never(ended)


def _opened(trip: Trip) -> Ended:
    """Where a flow starts: an interface, a place of a VPC, or the internet."""
    src, packet = trip.flow.src, first(trip.flow)
    if src.interface is not None:
        return _from_interface(trip, packet, src.interface)
    network = trip.network
    if src.where in network.subnets:
        subnet = network.subnets[src.where]
        trip.doubt("enis", src.where, "sender-unseen")
        return run(trip, Leave(packet, subnet, None, guarded=False))
    if src.where in ("internet", "elsewhere"):
        return run(trip, Public(packet))
    vpc = _vpc_of(trip)
    if vpc is None:
        return trip.lost("vpcs", "", "ends-unseen")
    trip.doubt("enis", src.where or vpc, "sender-unseen")
    return run(trip, Reach(packet, vpc))


def _vpc_of(trip: Trip) -> str | None:
    """The VPC that a packet out of the unseen arrives in: the one of whom it is meant for."""
    network, dst = trip.network, trip.flow.dst
    if dst.interface is not None:
        return dst.interface.vpc
    holders = [v.id for v in network.vpcs.values() if any(b.holds(dst.address) for b in v.blocks)]
    return holders[0] if len(holders) == 1 else None


def _from_interface(trip: Trip, packet: Packet, face: Interface) -> Ended:
    instance = trip.network.instances.get(face.instance)
    if instance is not None and instance.state not in ("running", ""):
        return Stop("instance", instance.id, "BAD_STATE", "outbound", at=face.id)
    if not face.attached:
        return Stop("network-interface", face.id, "BAD_STATE", "outbound", at=face.id)
    if face.kind in MUTE_KINDS:
        code = "VPCE_INTRA_VPC_TRAFFIC" if face.kind == "vpc_endpoint" else "opens-nothing"
        return Stop("network-interface", face.id, code, "outbound", at=face.id)
    if not trip.is_answer and (unsure := unsure_of_sender(face)):
        return lost(unsure, trip)
    found = service(trip.network, face.vpc, packet.dst)
    if found is not None:
        return _to_service(trip, packet, face, found.id, asks=listens(found, packet))
    if packet.dst in face.addresses:
        return Arrival("service", packet, face)
    return run(trip, Leave(packet, subnet_of(trip.network, face), face, guarded=True))


def _to_service(trip: Trip, packet: Packet, face: Interface, id_: str, *, asks: bool) -> Ended:
    """No filter stops a question to AWS's own services, and no flow log shows one."""
    trip.hops.append(Hop("network-interface", face.id, packet=packet))
    instance = trip.network.instances.get(face.instance)
    if id_ == "imds" and instance is not None and not instance.metadata:
        return Stop("instance", instance.id, "metadata-disabled", at=face.id)
    if not asks:
        return lost(unanswered(id_), trip)
    trip.hops.append(Hop("service", id_, packet=packet))
    return Arrival("service", packet, face)


def _returned(trip: Trip, arrival: Arrival) -> Ended:
    """The answer's way, from where the packet arrived to who sent it."""
    packet = answer(trip.flow, arrival.packet)
    match arrival.kind:
        case "interface":
            assert arrival.interface is not None
            face = arrival.interface
            ended = run(trip, Leave(packet, subnet_of(trip.network, face), face, guarded=True))
        case "internet":
            ended = run(trip, Public(packet))
        case "endpoint":
            ended = run(trip, Reach(packet, arrival.vpc))
        case "service":
            return arrival
        case _:
            assert_never(arrival.kind)
    return _at_home(trip, ended)


def _at_home(trip: Trip, ended: Ended) -> Ended:
    """The answer must get to who asked, from the address that was asked."""
    if not isinstance(ended, Arrival):
        return ended
    src, dst = trip.flow.src, trip.flow.dst
    who = ended.interface.id if ended.interface else ""
    right = who == (src.interface.id if src.interface else "")
    if not right or ended.packet.src != dst.address or ended.packet.dst != src.address:
        return Stop("route", who, "answer-from-elsewhere", at=who, packet=ended.packet)
    trip.compare_ports(trip.flow.src_port, ended.packet.dst_port, "client")
    return ended


def run(trip: Trip, step: PacketStep) -> Ended:
    """Take one step after the other, until the way ends."""
    current: Next = step
    while not isinstance(current, Stop | Arrival | Lost):
        trip.steps += 1
        if trip.steps > HOPS_MAX:
            last = trip.hops[-1].packet if trip.hops else None
            return Stop("route", "", "route-loop", packet=last)
        current = _next(trip, current)
    return current


def _next(trip: Trip, step: PacketStep) -> Next:
    match step:
        case Leave():
            found = leave(trip, step)
            if isinstance(found, Stop):
                return found
            return ways.onward(trip, found[0], found[1], step)
        case Enter():
            return enter(trip, step)
        case Reach():
            return reach(trip, step)
        case Public():
            return on_internet(trip, step)
        case Transit():
            return across(trip, step)
        case Through():
            return through(trip, step)
        case Fork():
            return _either(trip, step)
        case _:
            assert_never(step)


def _either(trip: Trip, fork: Fork) -> Ended:
    """Stopped only where every way of going on is stopped; otherwise nobody can tell."""
    other = trip.fork()
    hops = len(trip.hops)
    trip.doubts.append(fork.doubt)
    first_end = run(trip, fork.one)
    if not isinstance(first_end, Stop):
        return first_end
    second = first_end if fork.other == fork.one else run(other, fork.other)
    if isinstance(second, Stop):
        return first_end
    del trip.hops[hops:]
    return Lost(fork.doubt)
