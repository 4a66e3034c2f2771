"""One question put to both walkers: the product's and the lab's naive one."""

from __future__ import annotations

from logkeep.lab.packets import FlowOutcome, FlowRecord, Packet, ping
from logkeep.lab.packets.walker import NAT_PORT
from logkeep.network.address import address
from logkeep.network.packet import End, Flow
from logkeep.network.values import Network
from logkeep.network.walk import Walk
from logkeep.network.written import Written
from support.networks import Asked, Row
from support.vectors import stopped_by


def flow_of(found: Network, question: Asked) -> Flow:
    src, dst = address(question.src), address(question.dst)
    assert src is not None
    assert dst is not None
    face = found.interfaces.get(question.start)
    start = End(src, face) if face else End(src, where="internet")
    end = End(dst)
    protocol, type_ = question.protocol, question.icmp_type
    both = question.src_port, question.dst_port
    nat_port = NAT_PORT if question.src_port else 0
    return Flow(start, end, protocol, *both, type_, 0, nat_port)


def naive(world: Row, question: Asked) -> FlowOutcome:
    both = question.src_port, question.dst_port
    sender = question.start if question.start != "internet" else ""
    type_ = max(question.icmp_type, 0)
    protocol = str(question.protocol)
    packet = Packet(question.src, question.dst, protocol, *both, type_, 0, sender)
    return ping(world, packet, question.start)


def told(found: Walk) -> tuple[str, str]:
    """How a walk ended out and back, in the words that the naive walker uses."""
    forward = stopped_by(found.out.stop) if found.out.stop else "passes"
    if found.back is None:
        return forward, ""
    if found.back.stop is None:
        return forward, "passes"
    elsewhere = found.back.stop.code == "answer-from-elsewhere"
    return forward, "elsewhere" if elsewhere else stopped_by(found.back.stop)


def ports(record: Written | FlowRecord) -> tuple[str, str, int]:
    return str(record.srcport), str(record.dstport), record.protocol
