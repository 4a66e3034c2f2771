"""What is sent, from where to where? A flow as it is asked about, and a packet on its way."""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from logkeep.network import protocols
from logkeep.network.address import Address
from logkeep.network.values import Interface

Ports: TypeAlias = tuple[tuple[int, int], ...]
"""Ports that a sender may choose from, as ranges in order."""
Port: TypeAlias = int | Ports
EPHEMERAL: Final[Ports] = ((1024, 65535),)
"""Whatever a client, a load balancer or a NAT gateway may choose (rule 6.4.6)."""


class End(msgspec.Struct, frozen=True):
    """One end of a flow: an address, and the interface or the place it belongs to.

    `where` is empty for an interface and for an address that the routes must find; else it is
    `internet`, `elsewhere` (beyond a gateway, whatever the address), a VPC's or a subnet's id.
    """

    address: Address
    interface: Interface | None = None
    where: str = ""


class Flow(msgspec.Struct, frozen=True):
    """A question: may this get there, and does the answer come back?"""

    src: End
    dst: End
    protocol: int
    src_port: Port = EPHEMERAL
    dst_port: int = 0
    icmp_type: int = -1
    icmp_code: int = 0
    nat_port: Port = EPHEMERAL
    beyond: bool = False
    """Whether only filters are asked, and not what the internet carries."""

    @property
    def answer_type(self) -> int | None:
        """The type of the answer to an ICMP message; None where none is due."""
        return protocols.ANSWERS.get(self.protocol, {}).get(self.icmp_type)

    @property
    def is_answered(self) -> bool:
        """Whether an answer belongs to it at all."""
        return not protocols.has_types(self.protocol) or self.answer_type is not None


class Packet(msgspec.Struct, frozen=True):
    """A packet as it is at one moment of its way.

    `sender` is the interface that sent it, as long as group references still tell.
    """

    src: Address
    dst: Address
    protocol: int
    src_port: Port
    dst_port: Port
    icmp_type: int = -1
    icmp_code: int = -1
    sender: Interface | None = None

    def to(self, dst: Address, dst_port: Port | None = None) -> Packet:
        """The same for another destination."""
        port = self.dst_port if dst_port is None else dst_port
        return self._with(self.src, dst, self.src_port, port, self.sender)

    def as_of(self, src: Address, src_port: Port | None = None) -> Packet:
        """The same as if another address had sent it; who did is no longer known."""
        port = self.src_port if src_port is None else src_port
        return self._with(src, self.dst, port, self.dst_port, None)

    def by(self, sender: Interface | None) -> Packet:
        """The same with another known sender, or none."""
        return self._with(self.src, self.dst, self.src_port, self.dst_port, sender)

    def narrowed(self, dst_port: Port) -> Packet:
        """The same for fewer ports."""
        return self._with(self.src, self.dst, self.src_port, dst_port, self.sender)

    def _with(
        self, src: Address, dst: Address, src_port: Port, dst_port: Port, sender: Interface | None
    ) -> Packet:
        """The same with these; the rest of a packet never changes."""
        type_, code = self.icmp_type, self.icmp_code
        return Packet(src, dst, self.protocol, src_port, dst_port, type_, code, sender)


def first(flow: Flow) -> Packet:
    """The packet that opens a flow."""
    return Packet(
        flow.src.address,
        flow.dst.address,
        flow.protocol,
        flow.src_port,
        flow.dst_port,
        flow.icmp_type,
        flow.icmp_code,
        flow.src.interface,
    )


def answer(flow: Flow, arrived: Packet) -> Packet:
    """The packet that answers what arrived."""
    type_ = flow.answer_type
    return Packet(
        arrived.dst,
        arrived.src,
        arrived.protocol,
        arrived.dst_port,
        arrived.src_port,
        arrived.icmp_type if type_ is None else type_,
        arrived.icmp_code,
    )
