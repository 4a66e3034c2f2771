"""What becomes of a packet in a lab that runs, and which interfaces take note of it?"""

from __future__ import annotations

from typing import Any

import msgspec

from logkeep.lab.packets.packet import FlowOutcome, Packet, PacketRow, World
from logkeep.lab.packets.walker import OUTSIDE, ping
from logkeep.lab.people import client
from logkeep.lab.statefile import Running

HOME = "203.0.113.12"
"""The address of somebody at home, out on the internet."""
LISTS = {
    "vpcs": ("describe_vpcs", "Vpcs"),
    "subnets": ("describe_subnets", "Subnets"),
    "route_tables": ("describe_route_tables", "RouteTables"),
    "nacls": ("describe_network_acls", "NetworkAcls"),
    "security_groups": ("describe_security_groups", "SecurityGroups"),
    "enis": ("describe_network_interfaces", "NetworkInterfaces"),
    "internet_gateways": ("describe_internet_gateways", "InternetGateways"),
    "nat_gateways": ("describe_nat_gateways", "NatGateways"),
    "vpc_peerings": ("describe_vpc_peering_connections", "VpcPeeringConnections"),
    "prefix_lists": ("describe_prefix_lists", "PrefixLists"),
}
"""What of an account's network the walker looks at."""
NONE = ("tgw_attachments", "tgw_propagations", "tgw_static_routes", "tgw_vpc_attachments")
NUMBERS = {"icmp": "1", "tcp": "6", "udp": "17"}
ECHO = 8


class NoSuchEnd(Exception):
    """One of the two ends is not there, and which."""


class Sent(msgspec.Struct, frozen=True):
    """What became of a packet, and where it left from and went to."""

    src: str
    dst: str
    outcome: FlowOutcome


def network(ec2: Any) -> World:
    """The network of an account's Region, list by list."""
    found: World = {name: [] for name in NONE}
    for name, (call, member) in LISTS.items():
        found[name] = getattr(ec2, call)()[member]
    return found


def send(running: Running, who: str, src: str, dst: str, protocol: str, port: int) -> Sent:
    """Send a packet in the home Region of somebody's account; raises NoSuchEnd."""
    world = network(client(running, "ec2", running.credentials[who]))
    start, end = _interface(world, src), _interface(world, dst)
    outside = start is None
    came, to = _address(start, src, public=False), _address(end, dst, public=outside)
    number = NUMBERS[protocol]
    ports = (0, 0) if protocol == "icmp" else (40000, port)
    packet = Packet(came, to, number, *ports, ECHO if number == "1" else 0)
    packet.sender = start["NetworkInterfaceId"] if start else ""
    outcome = ping(world, packet, packet.sender or OUTSIDE)
    packets = [
        {
            "interface": each.interface,
            "srcaddr": each.srcaddr,
            "dstaddr": each.dstaddr,
            "srcport": each.srcport,
            "dstport": each.dstport,
            "protocol": each.protocol,
            "action": each.action,
        }
        for each in outcome.records
    ]
    running.ask("passed", {"packets": packets})
    return Sent(came, to, outcome)


def _interface(world: World, text: str) -> PacketRow | None:
    """The interface of an instance, or of an id; none is somebody out on the internet."""
    if text == "home":
        return None
    for face in world["enis"]:
        attached: PacketRow = face.get("Attachment") or {}
        instance = attached.get("InstanceId")
        if text in (face["NetworkInterfaceId"], instance, face.get("PrivateIpAddress")):
            return face
    raise NoSuchEnd(f"`{text}` is no instance or interface of the account, and not `home`")


def _address(face: PacketRow | None, text: str, *, public: bool) -> str:
    if face is None:
        return HOME
    associated: PacketRow = face.get("Association") or {}
    found = associated.get("PublicIp") if public else None
    if public and not found:
        raise NoSuchEnd(f"`{text}` has no public address, so nobody outside can name it")
    return str(found or face["PrivateIpAddress"])
