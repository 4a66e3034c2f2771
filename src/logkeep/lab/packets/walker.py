"""Where does a packet of the lab go, gate by gate, and which records does it leave behind?"""

from __future__ import annotations

import copy
import ipaddress

from logkeep.lab.packets.gates import (
    addresses_of,
    next_hop,
    through_acl,
    through_groups,
    within,
)
from logkeep.lab.packets.packet import (
    REPLIES,
    FlowOutcome,
    FlowRecord,
    Packet,
    PacketRow,
    Stopped,
    World,
)

OUTSIDE = "internet"
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
NAT_PORT = 40000


class Walker:
    """The lab's network, and what it remembers of one flow."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.records: list[FlowRecord] = []
        self.open: set[str] = set()
        self.nat: dict[str, Packet] = {}
        self.answering = False

    def send(self, packet: Packet, place: str) -> str:
        """Send a packet from an interface or from the internet; say where it got to."""
        if place == OUTSIDE:
            return self.on_internet(packet)
        interface = self.interface(place)
        return self.leave(packet, interface, self.subnet(interface), groups=True)

    def interface(self, id_: str) -> PacketRow:
        """An interface by its id."""
        return next(e for e in self.world["enis"] if e["NetworkInterfaceId"] == id_)

    def subnet(self, interface: PacketRow) -> PacketRow:
        """The subnet of an interface."""
        return self.subnet_of(interface["SubnetId"])

    def subnet_of(self, id_: str) -> PacketRow:
        """A subnet by its id."""
        return next(s for s in self.world["subnets"] if s["SubnetId"] == id_)

    def owner(self, vpc: str, address: str) -> PacketRow | None:
        """The interface of a VPC that has an address."""
        for interface in self.world["enis"]:
            if interface["VpcId"] == vpc and address in addresses_of(interface):
                return interface
        return None

    def write(
        self, interface: PacketRow | None, packet: Packet, action: str, *, egress: bool
    ) -> None:
        """Write a record: on its own side an interface shows its own IPv4 address."""
        if interface is None:
            return
        own = interface["PrivateIpAddress"]
        six = ":" in packet.src
        src = own if egress and not six else packet.src
        dst = own if not egress and not six else packet.dst
        ports = (packet.src_port, packet.dst_port)
        id_ = interface["NetworkInterfaceId"]
        self.records.append(FlowRecord(id_, src, dst, *ports, int(packet.protocol), action))

    def leave(
        self, packet: Packet, interface: PacketRow | None, subnet: PacketRow, *, groups: bool
    ) -> str:
        """Leave an interface: its groups, its subnet's ACL if the subnet is left, the routes."""
        stays = any(within(packet.dst, block) for block in subnet_blocks(subnet))
        target, dead = "local", None
        if not stays:
            try:
                target = next_hop(self.world, subnet, packet.dst)
            except Stopped as stop:
                dead = stop
        near = self.is_near(target, subnet)
        try:
            if groups and interface is not None:
                self.ask_groups(interface, packet, inbound=False)
            if not stays and not near:
                through_acl(self.world, subnet["SubnetId"], packet, inbound=False)
        except Stopped:
            self.write(interface, packet, "REJECT", egress=True)
            raise
        self.write(interface, packet, "ACCEPT", egress=True)
        if dead is not None:
            raise dead
        return self.follow(packet, subnet, target, stays=stays)

    def is_near(self, target: str, subnet: PacketRow) -> bool:
        """Whether a NAT gateway lies in the very subnet that the packet is in."""
        return any(
            nat["NatGatewayId"] == target and nat["SubnetId"] == subnet["SubnetId"]
            for nat in self.world["nat_gateways"]
        )

    def ask_groups(self, interface: PacketRow, packet: Packet, *, inbound: bool) -> None:
        """Groups remember: what answers a flow that they let by, they let by."""
        id_ = interface["NetworkInterfaceId"]
        if self.answering and id_ in self.open:
            return
        through_groups(self.world, interface, packet, inbound=inbound)
        self.open.add(id_)

    def follow(self, packet: Packet, subnet: PacketRow, target: str, *, stays: bool) -> str:
        """Go where the route leads."""
        vpc = subnet["VpcId"]
        if target == "local":
            return self.arrive(packet, vpc, subnet["SubnetId"] if stays else "")
        if target.startswith("igw-"):
            return self.out(packet, vpc, target)
        if target.startswith("nat-"):
            return self.into_nat(packet, subnet, target)
        if target.startswith("pcx-"):
            return self.over_peering(packet, vpc, target)
        if target.startswith("tgw-"):
            return self.over_transit(packet, subnet, target)
        assert target.startswith("vpce-"), target
        if packet.protocol == "6" or (packet.protocol, packet.icmp_type) == ("1", 8):
            return target
        raise Stopped(f"vpc-endpoint:{target}")

    def arrive(self, packet: Packet, vpc: str, came_from: str) -> str:
        """Come to whoever has the address: the subnet's ACL first, then the groups."""
        interface = self.owner(vpc, packet.dst)
        if interface is None:
            self.nobody(packet, vpc, came_from)
        assert interface is not None
        try:
            if interface["SubnetId"] != came_from:
                through_acl(self.world, interface["SubnetId"], packet, inbound=True)
            if interface["InterfaceType"] == "interface":
                self.ask_groups(interface, packet, inbound=True)
        except Stopped:
            self.write(interface, packet, "REJECT", egress=False)
            raise
        self.write(interface, packet, "ACCEPT", egress=False)
        id_ = interface["NetworkInterfaceId"]
        if interface["InterfaceType"] == "nat_gateway":
            return self.back_through_nat(packet, interface)
        return id_

    def nobody(self, packet: Packet, vpc: str, came_from: str) -> None:
        """No interface has the address: say where it gets lost."""
        for subnet in self.world["subnets"]:
            inside = any(within(packet.dst, block) for block in subnet_blocks(subnet))
            if subnet["VpcId"] == vpc and inside:
                if subnet["SubnetId"] != came_from:
                    through_acl(self.world, subnet["SubnetId"], packet, inbound=True)
                raise Stopped(f"no-host:{subnet['SubnetId']}")
        raise Stopped(f"no-subnet:{vpc}")

    def out(self, packet: Packet, vpc: str, gateway: str) -> str:
        """Out by the internet gateway, which puts the public address in."""
        if is_private(packet.dst):
            raise Stopped(f"igw:{gateway}")
        sender = self.owner(vpc, packet.src)
        if ":" not in packet.src:
            public = str(sender.get("Association", {}).get("PublicIp", "")) if sender else ""
            if not sender or not public or packet.src != sender["PrivateIpAddress"]:
                raise Stopped(f"igw:{gateway}")
            packet.src = public
        elif sender is None:
            raise Stopped(f"igw:{gateway}")
        packet.sender = ""
        return self.on_internet(packet)

    def on_internet(self, packet: Packet) -> str:
        """Whose public address is it? Nobody's here: then it is out in the world."""
        for interface in self.world["enis"]:
            six = [each["Ipv6Address"] for each in interface.get("Ipv6Addresses", [])]
            public = interface.get("Association", {}).get("PublicIp")
            if packet.dst == public or packet.dst in six:
                gateway = self.gateway(interface["VpcId"])
                if is_private(packet.src):
                    raise Stopped(f"igw:{gateway}")
                if packet.dst == public:
                    packet.dst = interface["PrivateIpAddress"]
                return self.arrive(packet, interface["VpcId"], "")
        if is_private(packet.dst):
            raise Stopped("not-internet-routable")
        return OUTSIDE

    def gateway(self, vpc: str) -> str:
        """The internet gateway of a VPC."""
        for each in self.world["internet_gateways"]:
            if any(a["VpcId"] == vpc for a in each["Attachments"]):
                return str(each["InternetGatewayId"])
        raise Stopped(f"igw:{vpc}")

    def into_nat(self, packet: Packet, subnet: PacketRow, id_: str) -> str:
        """Into a NAT gateway, and on as if it were the sender."""
        nat = next(n for n in self.world["nat_gateways"] if n["NatGatewayId"] == id_)
        if self.answering or packet.protocol not in ("1", "6", "17") or ":" in packet.dst:
            raise Stopped(f"nat:{id_}")
        interface = self.interface(nat["NatGatewayAddresses"][0]["NetworkInterfaceId"])
        if interface["NetworkInterfaceId"] in self.nat:
            raise Stopped(f"route:{id_}")
        try:
            if interface["SubnetId"] != subnet["SubnetId"]:
                through_acl(self.world, interface["SubnetId"], packet, inbound=True)
        except Stopped:
            self.write(interface, packet, "REJECT", egress=False)
            raise
        self.write(interface, packet, "ACCEPT", egress=False)
        self.nat[interface["NetworkInterfaceId"]] = copy.copy(packet)
        packet.src, packet.sender = interface["PrivateIpAddress"], ""
        packet.src_port = NAT_PORT if packet.src_port else 0
        return self.leave(packet, interface, self.subnet(interface), groups=False)

    def back_through_nat(self, packet: Packet, interface: PacketRow) -> str:
        """What the NAT gateway did not send out, it does not let in."""
        before = self.nat.get(interface["NetworkInterfaceId"])
        if before is None or not self.answering:
            name = interface["Description"].split()[-1]
            raise Stopped(f"nat:{name}")
        packet.dst, packet.dst_port = before.src, before.src_port
        return self.leave(packet, interface, self.subnet(interface), groups=False)

    def over_peering(self, packet: Packet, vpc: str, id_: str) -> str:
        """Over a peering connection, which carries what is between its two VPCs."""
        peering = next(p for p in self.world["vpc_peerings"] if p["VpcPeeringConnectionId"] == id_)
        if peering["Status"]["Code"] != "active":
            raise Stopped(f"peering:{id_}")
        ends = [peering["RequesterVpcInfo"], peering["AccepterVpcInfo"]]
        other = next(end["VpcId"] for end in ends if end["VpcId"] != vpc)
        if not self.inside(other, packet.dst) or not self.inside(vpc, packet.src):
            raise Stopped(f"peering:{id_}")
        if ends[0]["Region"] != ends[1]["Region"]:
            packet.sender = ""
        return self.arrive(packet, other, "")

    def inside(self, vpc: str, address: str) -> bool:
        """Whether an address is one of a VPC's."""
        found = next(v for v in self.world["vpcs"] if v["VpcId"] == vpc)
        return any(within(address, block) for block in vpc_blocks(found))

    def over_transit(self, packet: Packet, subnet: PacketRow, id_: str) -> str:
        """Into a transit gateway in the sender's zone, and out by the other VPC's attachment."""
        own = self.attachment(subnet["VpcId"], id_)
        doors = [self.subnet_of(each) for each in own["SubnetIds"]]
        here = [d for d in doors if d["AvailabilityZoneId"] == subnet["AvailabilityZoneId"]]
        if not here:
            raise Stopped(f"transit-gateway:{id_}")
        through_acl(self.world, here[0]["SubnetId"], packet, inbound=True)
        target = self.transit_route(packet, own)
        if target["State"] != "available":
            raise Stopped(f"transit-gateway:{id_}")
        exits = [self.subnet_of(each) for each in target["SubnetIds"]]
        near = [e for e in exits if e["AvailabilityZoneId"] == subnet["AvailabilityZoneId"]]
        packet.sender = ""
        return self.leave(packet, None, (near or exits)[0], groups=False)

    def attachment(self, vpc: str, transit: str) -> PacketRow:
        """The attachment of a VPC to a transit gateway."""
        return next(
            a
            for a in self.world["tgw_vpc_attachments"]
            if a["VpcId"] == vpc and a["TransitGatewayId"] == transit
        )

    def transit_route(self, packet: Packet, own: PacketRow) -> PacketRow:
        """The attachment that the route table of an attachment leads to."""
        association = next(
            a
            for a in self.world["tgw_attachments"]
            if a["TransitGatewayAttachmentId"] == own["TransitGatewayAttachmentId"]
        )["Association"]
        table = association["TransitGatewayRouteTableId"]
        best: tuple[int, int, str] | None = None
        for length, rank, target in self.transit_choices(packet, table):
            if best is None or (length, rank) > best[:2]:
                best = (length, rank, target)
        if best is None or not best[2]:
            raise Stopped(f"route:{table}")
        return next(
            a
            for a in self.world["tgw_vpc_attachments"]
            if a["TransitGatewayAttachmentId"] == best[2]
        )

    def transit_choices(self, packet: Packet, table: str) -> list[tuple[int, int, str]]:
        """The routes of a table that match: a static one before one that was propagated."""
        found: list[tuple[int, int, str]] = []
        for each in self.world["tgw_static_routes"]:
            mine: list[PacketRow] = (
                each["Routes"] if each["TransitGatewayRouteTableId"] == table else []
            )
            for route in mine:
                block = str(route["DestinationCidrBlock"])
                if within(packet.dst, block):
                    targets: list[PacketRow] = route["TransitGatewayAttachments"]
                    to = str(targets[0]["TransitGatewayAttachmentId"])
                    length = ipaddress.ip_network(block).prefixlen
                    found.append((length, 1, to if route["State"] == "active" else ""))
        for each in self.world["tgw_propagations"]:
            if each["TransitGatewayRouteTableId"] != table:
                continue
            for spread in each["TransitGatewayRouteTablePropagations"]:
                vpc = next(v for v in self.world["vpcs"] if v["VpcId"] == spread["ResourceId"])
                for block in vpc_blocks(vpc):
                    if within(packet.dst, block):
                        length = ipaddress.ip_network(block).prefixlen
                        found.append((length, 0, spread["TransitGatewayAttachmentId"]))
        return found


def vpc_blocks(vpc: PacketRow) -> list[str]:
    """The blocks of a VPC."""
    four = [each["CidrBlock"] for each in vpc.get("CidrBlockAssociationSet", [])]
    six = [each["Ipv6CidrBlock"] for each in vpc.get("Ipv6CidrBlockAssociationSet", [])]
    return [vpc["CidrBlock"], *four, *six]


def subnet_blocks(subnet: PacketRow) -> list[str]:
    """The blocks of a subnet."""
    six = [each["Ipv6CidrBlock"] for each in subnet.get("Ipv6CidrBlockAssociationSet", [])]
    return [subnet["CidrBlock"], *six]


def is_private(address: str) -> bool:
    """Whether the internet does not carry an address."""
    return any(within(address, block) for block in PRIVATE)


def ping(world: World, packet: Packet, start: str) -> FlowOutcome:
    """Send a packet from an interface or the internet, and let who gets it answer."""
    walker = Walker(world)
    asked = copy.copy(packet)
    sent = copy.copy(packet)
    try:
        where = walker.send(sent, start)
    except Stopped as stop:
        return FlowOutcome(str(stop), "", walker.records)
    icmp = packet.protocol in ("1", "58")
    answer_type = REPLIES.get((packet.protocol, packet.icmp_type))
    if icmp and answer_type is None:
        return FlowOutcome("passes", "", walker.records)
    walker.answering = True
    reply = Packet(
        sent.dst, sent.src, sent.protocol, sent.dst_port, sent.src_port,
        answer_type or 0, sent.icmp_code,
    )  # fmt: skip
    try:
        home = _answer(walker, reply, where, sent)
    except Stopped as stop:
        return FlowOutcome("passes", str(stop), walker.records)
    right = home == start and reply.src == asked.dst and reply.dst == asked.src
    return FlowOutcome("passes", "passes" if right else f"route:{home}", walker.records)


def _answer(walker: Walker, reply: Packet, where: str, sent: Packet) -> str:
    if where.startswith("vpce-"):
        owners = [e["VpcId"] for e in walker.world["enis"] if sent.src in addresses_of(e)]
        return walker.arrive(reply, owners[0], "")
    return walker.send(reply, where)
