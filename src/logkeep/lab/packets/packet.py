"""One packet of the lab, and what became of it."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeAlias

PacketRow: TypeAlias = dict[str, Any]
"""A row of an answer, as EC2 gives it."""
World: TypeAlias = dict[str, list[PacketRow]]
"""The answers of EC2, list by list."""

REPLIES = {("1", 8): 0, ("1", 13): 14, ("58", 128): 129}
"""The ICMP types that are answered here, and the type of the answer."""


@dataclasses.dataclass
class Packet:
    """A packet as it is right now; `protocol` is a number in text, as network ACLs have it."""

    src: str
    dst: str
    protocol: str
    src_port: int = 0
    dst_port: int = 0
    icmp_type: int = 0
    icmp_code: int = 0
    sender: str = ""
    """The interface that sent it, until something on the way forgets it."""


@dataclasses.dataclass
class FlowRecord:
    """A line of a flow log, without times and counts."""

    interface: str
    srcaddr: str
    dstaddr: str
    srcport: int
    dstport: int
    protocol: int
    action: str


@dataclasses.dataclass
class FlowOutcome:
    """How a flow ended: `passes`, or what stopped it; no answer is due where `back` is empty."""

    forward: str
    back: str
    records: list[FlowRecord]


class Stopped(Exception):
    """A packet does not get further; its text says what stopped it."""
