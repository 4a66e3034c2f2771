"""What would today's rules do with the packets of a record?"""

from __future__ import annotations

import msgspec

from logkeep.network import protocols
from logkeep.network.filters import FarEnd
from logkeep.network.packet import End, Flow, Packet
from logkeep.network.records import Record
from logkeep.network.trip import Doubt, Hop, Stop, Trip
from logkeep.network.values import Interface, Network


class FilterVerdict(msgspec.Struct, frozen=True):
    """What the filters at an interface say of a packet: what stops it, or what lets it by."""

    stop: Stop | None
    hops: tuple[Hop, ...]
    doubts: tuple[Doubt, ...]


class Today(msgspec.Struct, frozen=True):
    """A record's packets held against today's rules at the record's own interface.

    A record does not tell an opening packet from an answer: as an answer, only the network ACL
    is asked (rule 6.4.2). `direction` is None where the interface has neither of the addresses.
    """

    interface: Interface
    direction: str | None
    opening: FilterVerdict | None = None
    answering: FilterVerdict | None = None


def today(network: Network, record: Record) -> Today | None:
    """Today's answer; None where the record's interface is not in the network, or has no packet."""
    face = network.interfaces.get(record.text("interface-id"))
    packet = _packet(record)
    if face is None or packet is None:
        return None
    direction = _direction(face, record, packet)
    if direction is None:
        return Today(face, None)
    opening = _checked(network, face, packet, direction, answering=False)
    answering = _checked(network, face, _as_answer(packet), direction, answering=True)
    return Today(face, direction, opening, answering)


def _packet(record: Record) -> Packet | None:
    """The packet as it was on the wire: the fields pkt-* tell it where they are there."""
    src = record.address("pkt-srcaddr") or record.address("srcaddr")
    dst = record.address("pkt-dstaddr") or record.address("dstaddr")
    protocol = record.number("protocol")
    if src is None or dst is None or protocol is None:
        return None
    if protocols.has_types(protocol):
        # A record has no ICMP type (rule 6.2.5): a ping's question stands for all.
        return Packet(src, dst, protocol, 0, 0, protocols.ECHO[protocol], 0)
    ports = record.number("srcport") or 0, record.number("dstport") or 0
    return Packet(src, dst, protocol, *ports)


def _as_answer(packet: Packet) -> Packet:
    """The same packet as the answer to a question that went the other way."""
    type_ = protocols.ANSWERS.get(packet.protocol, {}).get(packet.icmp_type, packet.icmp_type)
    return msgspec.structs.replace(packet, icmp_type=type_)


def _direction(face: Interface, record: Record, packet: Packet) -> str | None:
    said = record.text("flow-direction")
    if said:
        return "outbound" if said == "egress" else "inbound"
    if face.has(packet.dst) or record.address("dstaddr") == face.primary:
        return "inbound"
    if face.has(packet.src) or record.address("srcaddr") == face.primary:
        return "outbound"
    return None


def _checked(
    network: Network, face: Interface, packet: Packet, direction: str, *, answering: bool
) -> FilterVerdict:
    inbound = direction == "inbound"
    trip = Trip(network, Flow(End(packet.src), End(packet.dst), packet.protocol))
    trip.is_answer = answering
    if answering:
        trip.tracked.add(face.id)
    other = packet.src if inbound else packet.dst
    peer = network.owner(face.vpc, other)
    subnet = network.subnets.get(face.subnet)
    within = subnet is not None and any(each.holds(other) for each in subnet.blocks)
    steps = ("acl", "groups") if inbound else ("groups", "acl")
    stop: Stop | None = None
    for step in steps:
        way = "inbound" if inbound else "outbound"
        if step == "groups":
            stop = stop or trip.groups(face, way, packet, FarEnd(peer))
        elif not within and stop is None:
            result = trip.acl(face.subnet, way, packet)
            stop = result if isinstance(result, Stop) else None
    return FilterVerdict(stop, tuple(trip.hops), tuple(trip.doubts))
