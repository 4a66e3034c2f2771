"""Which records would flow logs write of a walk, interface by interface?

Every packet is recorded at each interface it passes, refused or not, and nothing in a record tells
which of the two filters refused (rules 6.1.5, 6.2.4, 6.4.8, 6.5). What AWS's own services are asked
is never recorded (rule 6.1.6).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from logkeep.network import protocols
from logkeep.network.address import Address, is_six, shown
from logkeep.network.filters import ends
from logkeep.network.packet import Port
from logkeep.network.trip import Action, PacketPassage
from logkeep.network.walk import Leg, Walk

SYN: Final = 2
SYN_ACK: Final = 18
COUNTED: Final = "<packets> <bytes> <start> <end>"
"""What only the traffic itself tells."""


class Written(msgspec.Struct, frozen=True):
    """One record of an interface: the fields of the default format, and some of the others."""

    interface: str
    account: str
    instance: str
    flow_direction: str
    srcaddr: str
    dstaddr: str
    pkt_srcaddr: str
    pkt_dstaddr: str
    srcport: str
    dstport: str
    protocol: int
    action: Action
    tcp_flags: int | None
    traffic_path: tuple[int, ...]

    @property
    def line(self) -> str:
        """The record in the default format, with what only the traffic itself tells left open."""
        account = self.account or "<account>"
        ports = f"{self.srcport} {self.dstport} {self.protocol}"
        action = "ACCEPT|REJECT" if self.action == "unknown" else self.action
        ends_ = f"{self.srcaddr} {self.dstaddr}"
        return f"2 {account} {self.interface} {ends_} {ports} {COUNTED} {action} OK"


def written(found: Walk) -> tuple[Written, ...]:
    """The records of a walk, in the order of the way."""
    legs = [found.out, *([found.back] if found.back else [])]
    return tuple(
        record for number, leg in enumerate(legs) for record in _of_leg(leg, answer=number == 1)
    )


def _of_leg(leg: Leg, *, answer: bool) -> Iterator[Written]:
    for passage in leg.passages:
        yield _record(passage, answer=answer)


def _record(passage: PacketPassage, *, answer: bool) -> Written:
    face, packet = passage.interface, passage.packet
    own = shown(face.primary)
    src, dst = shown(packet.src), shown(packet.dst)
    outbound, inbound = passage.egress, not passage.egress
    flags = (SYN_ACK if answer else SYN) if packet.protocol == protocols.TCP else None
    return Written(
        interface=face.id,
        account=face.account,
        instance=face.instance,
        flow_direction="egress" if passage.egress else "ingress",
        srcaddr=own if outbound and _is_replaced(packet.src, face.primary) else src,
        dstaddr=own if inbound and _is_replaced(packet.dst, face.primary) else dst,
        pkt_srcaddr=src,
        pkt_dstaddr=dst,
        srcport=_port(packet.src_port),
        dstport=_port(packet.dst_port),
        protocol=packet.protocol,
        action=passage.action,
        tcp_flags=flags,
        traffic_path=passage.way,
    )


def _is_replaced(found: Address, primary: Address) -> bool:
    """A record shows the primary IPv4 address on the interface's own side (rule 6.2.4)."""
    return not is_six(found) and not is_six(primary)


def _port(port: Port) -> str:
    return str(port) if isinstance(port, int) else ends(port)
