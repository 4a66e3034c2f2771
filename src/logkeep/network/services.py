"""Which addresses are AWS's own inside every VPC, which no filter stops and no record shows?

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html and
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html (rules 6.1.6, 6.4.4)
"""

from __future__ import annotations

from typing import Final

import msgspec

from logkeep.network.address import SIX, Address, Block, address, block, in_any
from logkeep.network.packet import Packet
from logkeep.network.protocols import TCP, UDP
from logkeep.network.values import Network


class Service(msgspec.Struct, frozen=True):
    """A service at an address of its own, and where it listens."""

    id: str
    listens: tuple[tuple[int, int], ...]


DNS: Final = Service("amazon-dns", ((UDP, 53), (TCP, 53)))
IMDS: Final = Service("imds", ((TCP, 80),))
AT: Final[dict[Address | None, Service]] = {
    address("169.254.169.253"): DNS,
    address("fd00:ec2::253"): DNS,
    address("169.254.169.254"): IMDS,
    address("fd00:ec2::254"): IMDS,
    address("169.254.170.2"): Service("ecs-metadata", ((TCP, 80),)),
    address("169.254.169.123"): Service("amazon-time", ((UDP, 123),)),
    address("fd00:ec2::123"): Service("amazon-time", ((UDP, 123),)),
    address("169.254.169.250"): Service("windows-activation", ((TCP, 1688),)),
    address("169.254.169.251"): Service("windows-activation", ((TCP, 1688),)),
}

LINK_LOCAL: Final = tuple(
    found
    for found in map(block, ("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32"))
    if isinstance(found, Block)
)
KEPT: Final = ("multicast", "link-local", "reserved")
"""Kinds of addresses of which AWS says what they are for, and no more."""
MULTICAST: Final = tuple(
    found for found in map(block, ("224.0.0.0/4", "ff00::/8")) if isinstance(found, Block)
)


def service(network: Network, vpc: str, dst: Address) -> Service | None:
    """The service at an address, as seen from a VPC; its resolver is the base plus two."""
    found = AT.get(dst)
    known = network.vpcs.get(vpc)
    if found is None and known is not None and known.blocks:
        base = known.blocks[0].low
        if base < SIX and dst == base + 2:
            return DNS
    return found or kept(network, vpc, dst)


def kept(network: Network, vpc: str, dst: Address) -> Service | None:
    """An address that AWS keeps for itself, or carries by rules of its own, and says no more of.

    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html: the second address of a
    subnet is the VPC router's, the next two are reserved. Multicast needs a transit gateway's
    multicast domain (https://docs.aws.amazon.com/vpc/latest/tgw/tgw-multicast-overview.html).
    """
    if in_any(MULTICAST, dst):
        return Service("multicast", ())
    if in_any(LINK_LOCAL, dst):
        return Service("link-local", ())
    there = network.subnets_by_block.get(vpc)
    if there is None or dst >= SIX or network.owner(vpc, dst) is not None:
        return None
    subnet = there.find(dst)
    held = (block for block in subnet.blocks if block.holds(dst)) if subnet is not None else ()
    return next((Service("reserved", ()) for block in held if 1 <= dst - block.low <= 3), None)


def listens(found: Service, packet: Packet) -> bool:
    """Whether a packet is a question to the service."""
    return (packet.protocol, packet.dst_port) in found.listens
