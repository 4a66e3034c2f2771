"""Where is a packet at one moment, and what comes next?"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from logkeep.network.packet import Packet
from logkeep.network.trip import Doubt, Ended
from logkeep.network.values import Interface, Subnet


class Leave(msgspec.Struct, frozen=True):
    """It leaves an interface, or what stands for one, and its subnet's routes decide."""

    packet: Packet
    subnet: Subnet
    face: Interface | None
    guarded: bool
    """Whether the interface's security groups are asked."""


class Reach(msgspec.Struct, frozen=True):
    """It is to be delivered inside a VPC; `came` is the subnet it comes from, if one."""

    packet: Packet
    vpc: str
    came: str = ""


class Enter(msgspec.Struct, frozen=True):
    """It is at the door of the interface it is meant for."""

    packet: Packet
    face: Interface
    came: str = ""


class Through(msgspec.Struct, frozen=True):
    """It is at the door of an interface that is to hand it on."""

    packet: Packet
    face: Interface
    came: str = ""


class Public(msgspec.Struct, frozen=True):
    """It is where public addresses count."""

    packet: Packet


class Transit(msgspec.Struct, frozen=True):
    """It is in a transit gateway, come by an attachment, out of an Availability Zone."""

    packet: Packet
    gateway: str
    attachment: str
    zone: str
    references: bool


class Fork(msgspec.Struct, frozen=True):
    """What happens next nobody can see: two ways of going on, and the doubt about them."""

    one: PacketStep
    other: PacketStep
    doubt: Doubt


PacketStep: TypeAlias = Leave | Reach | Enter | Through | Public | Transit | Fork
Next: TypeAlias = PacketStep | Ended
