"""Which addresses are AWS's own inside every VPC, which no filter stops and no record shows?

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html and
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html (rules 6.1.6, 6.4.4)
"""

from __future__ import annotations

from typing import Final

import msgspec

from logkeep.network.address import SIX, Address, address
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


def service(network: Network, vpc: str, dst: Address) -> Service | None:
    """The service at an address, as seen from a VPC; its resolver is the base plus two."""
    found = AT.get(dst)
    known = network.vpcs.get(vpc)
    if found is None and known is not None and known.blocks:
        base = known.blocks[0].low
        return DNS if base < SIX and dst == base + 2 else None
    return found


def listens(found: Service, packet: Packet) -> bool:
    """Whether a packet is a question to the service."""
    return (packet.protocol, packet.dst_port) in found.listens
