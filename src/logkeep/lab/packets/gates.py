"""Does a gate of the lab open: a route table, a network ACL, a security group?"""

from __future__ import annotations

import ipaddress

from logkeep.lab.packets.packet import Packet, PacketRow, Stopped, World

TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "VpcPeeringConnectionId",
    "TransitGatewayId",
    "EgressOnlyInternetGatewayId",
    "NetworkInterfaceId",
)
NAMES = {"tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58"}


def within(address: str, block: str) -> bool:
    """Whether an address lies in a block; never in one of the other family."""
    if not block:
        return False
    found = ipaddress.ip_network(block)
    one = ipaddress.ip_address(address)
    return one.version == found.version and one in found


def next_hop(world: World, subnet: PacketRow, address: str) -> str:
    """Where the most specific route of a subnet leads."""
    table = table_of(world, subnet)
    best: tuple[int, int, str, str] | None = None
    for route in table["Routes"]:
        for block in blocks_of(world, route):
            if not within(address, block):
                continue
            length = ipaddress.ip_network(block).prefixlen
            target = next(route[key] for key in TARGETS if route.get(key))
            static = 0 if route.get("Origin") == "EnableVgwRoutePropagation" else 1
            found = (length, static, target, route.get("State", "active"))
            if best is None or found[:2] > best[:2]:
                best = found
    if best is None or best[3] == "blackhole":
        raise Stopped(f"route:{table['RouteTableId']}")
    return best[2]


def table_of(world: World, subnet: PacketRow) -> PacketRow:
    """The route table that a subnet names, else the main one of its VPC."""
    mine = [t for t in world["route_tables"] if t["VpcId"] == subnet["VpcId"]]
    for table in mine:
        if any(a.get("SubnetId") == subnet["SubnetId"] for a in table["Associations"]):
            return table
    return next(t for t in mine if any(a.get("Main") for a in t["Associations"]))


def blocks_of(world: World, route: PacketRow) -> list[str]:
    """The blocks that a route is for."""
    listed = route.get("DestinationPrefixListId")
    if listed:
        lists = [each for each in world["prefix_lists"] if each["PrefixListId"] == listed]
        return list(lists[0]["Cidrs"])
    return [route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock") or ""]


def through_acl(world: World, subnet: str, packet: Packet, *, inbound: bool) -> None:
    """Pass the network ACL at the edge of a subnet: the lowest number that matches decides."""
    acl = next(
        each
        for each in world["nacls"]
        if any(a["SubnetId"] == subnet for a in each["Associations"])
    )
    entries = [each for each in acl["Entries"] if each["Egress"] != inbound]
    for entry in sorted(entries, key=lambda each: each["RuleNumber"]):
        block = entry.get("CidrBlock") or entry.get("Ipv6CidrBlock") or ""
        if not within(packet.src if inbound else packet.dst, block):
            continue
        if entry["Protocol"] not in ("-1", packet.protocol):
            continue
        if entry["Protocol"] != "-1" and not _acl_covers(entry, packet):
            continue
        if entry["RuleAction"] == "allow":
            return
        raise Stopped(_acl_name(acl, entry["RuleNumber"], inbound=inbound))
    raise Stopped(_acl_name(acl, 32767, inbound=inbound))


def _acl_name(acl: PacketRow, number: int, *, inbound: bool) -> str:
    shown = "*" if number >= 32767 else number
    return f"nacl-{'in' if inbound else 'out'}:{acl['NetworkAclId']}#{shown}"


def _acl_covers(entry: PacketRow, packet: Packet) -> bool:
    if packet.protocol in ("1", "58"):
        wanted = entry.get("IcmpTypeCode", {"Type": -1, "Code": -1})
        if wanted["Type"] == -1:
            return True
        same = wanted["Type"] == packet.icmp_type
        return same and wanted["Code"] in (-1, packet.icmp_code)
    if packet.protocol in ("6", "17"):
        ports = entry.get("PortRange", {"From": 0, "To": 65535})
        return bool(ports["From"] <= packet.dst_port <= ports["To"])
    return True


def through_groups(world: World, interface: PacketRow, packet: Packet, *, inbound: bool) -> None:
    """Pass the security groups of an interface: one rule of one group is enough."""
    ids = [each["GroupId"] for each in interface["Groups"]]
    key = "IpPermissions" if inbound else "IpPermissionsEgress"
    for group in world["security_groups"]:
        if group["GroupId"] not in ids:
            continue
        for rule in group[key]:
            if _group_covers(rule, packet) and _group_names(world, rule, packet, inbound=inbound):
                return
    side = "in" if inbound else "out"
    raise Stopped(f"sg-{side}:{interface['NetworkInterfaceId']}")


def _group_covers(rule: PacketRow, packet: Packet) -> bool:
    protocol = NAMES.get(rule["IpProtocol"], rule["IpProtocol"])
    if protocol == "-1":
        return True
    if protocol != packet.protocol:
        return False
    low, high = rule.get("FromPort", -1), rule.get("ToPort", -1)
    if packet.protocol in ("1", "58"):
        return low == -1 or (low == packet.icmp_type and high in (-1, packet.icmp_code))
    if packet.protocol in ("6", "17"):
        return low == -1 or bool(low <= packet.dst_port <= high)
    return True


def _group_names(world: World, rule: PacketRow, packet: Packet, *, inbound: bool) -> bool:
    other = packet.src if inbound else packet.dst
    for each in rule.get("IpRanges", []):
        if within(other, each["CidrIp"]):
            return True
    for each in rule.get("Ipv6Ranges", []):
        if within(other, each["CidrIpv6"]):
            return True
    for each in rule.get("PrefixListIds", []):
        lists = [x for x in world["prefix_lists"] if x["PrefixListId"] == each["PrefixListId"]]
        if any(within(other, block) for one in lists for block in one["Cidrs"]):
            return True
    wanted = {each["GroupId"] for each in rule.get("UserIdGroupPairs", [])}
    return bool(wanted) and _is_member(world, wanted, packet, other, inbound=inbound)


def _is_member(
    world: World, wanted: set[str], packet: Packet, other: str, *, inbound: bool
) -> bool:
    """A reference means the private addresses of the group's members (security group rules)."""
    for interface in world["enis"]:
        if inbound and interface["NetworkInterfaceId"] != packet.sender:
            continue
        if not inbound and not _speaks_of(world, packet.sender, interface["VpcId"]):
            continue
        groups = {each["GroupId"] for each in interface["Groups"]}
        if groups & wanted and other in addresses_of(interface):
            return True
    return False


def _speaks_of(world: World, sender: str, vpc: str) -> bool:
    """Groups may name those of their own VPC, and of its active peers in the same Region."""
    own = next(e["VpcId"] for e in world["enis"] if e["NetworkInterfaceId"] == sender)
    for each in world["vpc_peerings"]:
        sides = each["RequesterVpcInfo"], each["AccepterVpcInfo"]
        same = sides[0]["Region"] == sides[1]["Region"]
        both = {own, vpc} == {side["VpcId"] for side in sides}
        if same and both and each["Status"]["Code"] == "active":
            return True
    return bool(own == vpc)


def addresses_of(interface: PacketRow) -> list[str]:
    """All addresses of an interface itself."""
    four = [each["PrivateIpAddress"] for each in interface.get("PrivateIpAddresses", [])]
    six = [each["Ipv6Address"] for each in interface.get("Ipv6Addresses", [])]
    return [interface["PrivateIpAddress"], *four, *six]
