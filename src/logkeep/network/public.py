"""What does a packet meet between a VPC and the internet?"""

from __future__ import annotations

from logkeep.network.address import RFC1918, RFC6598, Address, in_any, is_public, is_six
from logkeep.network.aim import by_table
from logkeep.network.inside import NAT_KINDS, lost, subnet_of
from logkeep.network.packet import Packet
from logkeep.network.steps import Enter, Next, Public, Through
from logkeep.network.trip import Arrival, Doubt, Hop, Stop, Trip
from logkeep.network.values import BlockMode, Interface, Network, Subnet


def out(trip: Trip, packet: Packet, subnet: Subnet, gateway: str, *, only: bool) -> Next:
    """Leave a VPC by its internet gateway, or by its egress-only one (`only`)."""
    network = trip.network
    kind = "egress-only-internet-gateway" if only else "internet-gateway"
    known = network.internet_gateways.get(gateway)
    if known is not None and subnet.vpc not in known.vpcs:
        return Stop(kind, gateway, "BAD_STATE_ATTACHMENT", "outbound", packet=packet)
    sender = network.owner(subnet.vpc, packet.src)
    behind_nat = sender is not None and sender.kind in NAT_KINDS
    blocked = block_public_access(trip, subnet, inbound=False, only_out=only or behind_nat)
    if blocked is not None:
        return blocked
    if only and (trip.is_answer or not is_six(packet.src)):
        return Stop(kind, gateway, "egress-only", "outbound", packet=packet)
    refused = None if trip.flow.beyond else _refused(packet.dst, outbound=True)
    if refused is not None:
        return Stop(kind, gateway, refused, "outbound", packet=packet)
    _redirected(trip, packet, gateway)
    return _as_public(trip, packet, subnet, sender, kind, gateway)


def _redirected(trip: Trip, packet: Packet, gateway: str) -> None:
    """Doubt the direct way out of a subnet whose incoming packets go to an appliance.

    By AWS's Reachability Analyzer it cannot be used; what the network does no page says.
    """
    network = trip.network
    table = network.tables.get(network.table_of_gateway.get(gateway, ""))
    if table is None or trip.is_answer:
        return
    found = by_table(network, table, "", packet.src)
    if found.kind in ("network-interface", "vpc-endpoint"):
        code = "INGRESS_RTB_TRAFFIC_REDIRECTION"
        settle = "a test: what comes in for this subnet goes to an appliance first"
        trip.doubts.append(Doubt("route", table.id, code, settle, found.route))


def _as_public(
    trip: Trip, packet: Packet, subnet: Subnet, sender: Interface | None, kind: str, gateway: str
) -> Next:
    """Put the public address in the place of the private one; IPv6 has only one."""
    source = packet.src
    if sender is not None and sender.closed_to_internet:
        return Stop("network-interface", sender.id, "closed-to-internet", "outbound", at=sender.id)
    public = _public_of(sender, source)
    if public is None:
        unseen = trip.unseen_in(subnet.vpc, gateway) if sender is None else None
        if unseen is not None:
            return unseen
        code = "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"
        at = sender.id if sender else ""
        return Stop(kind, gateway, code, "outbound", at=at, packet=packet)
    sent = packet.as_of(public)
    trip.gateways[sender.vpc if sender else ""] = gateway
    trip.hops.append(Hop(kind, gateway, "outbound", packet=sent))
    return Public(sent)


def _public_of(sender: Interface | None, source: Address) -> Address | None:
    if sender is None:
        return None
    if is_six(source):
        return source if is_public(source) else None
    return next((public for private, public in sender.public if private == source), None)


def _refused(found: Address, *, outbound: bool) -> str | None:
    """What internet gateways refuse by itself, as AWS's Reachability Analyzer calls it."""
    end, way = ("DESTINATION", "EGRESS") if outbound else ("SOURCE", "INGRESS")
    if in_any(RFC1918, found):
        return f"IGW_{end}_ADDRESS_NOT_IN_RFC1918_{way}"
    if in_any(RFC6598, found):
        return f"IGW_{end}_ADDRESS_NOT_IN_RFC6598_{way}"
    return None if is_public(found) else "not-internet-routable"


def on_internet(trip: Trip, step: Public) -> Next:
    """Find whose public address it is; an address of nobody here is out on the internet."""
    network, packet = trip.network, step.packet
    if packet.dst in network.public:
        face, private = network.public[packet.dst]
        return _in(trip, packet, face, private)
    if is_six(packet.dst):
        for vpc in network.vpcs.values():
            if in_any(vpc.blocks, packet.dst):
                return _in_six(trip, packet, vpc.id)
    if not is_public(packet.dst) and not trip.flow.beyond:
        code = "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"
        return Stop("address", "", code, packet=packet)
    if not trip.hops and trip.flow.src.interface is None and not trip.is_answer:
        return trip.lost("enis", "", "ends-unseen")
    trip.hops.append(Hop("internet", "internet", packet=packet))
    if "enis" in network.missing and not trip.is_answer:
        trip.doubt("enis", "", "public-unseen")
    return Arrival("internet", packet)


def _in_six(trip: Trip, packet: Packet, vpc: str) -> Next:
    face = trip.network.owner(vpc, packet.dst)
    if face is not None:
        return _in(trip, packet, face, packet.dst)
    nobody = Stop("address", vpc, "no-interface", packet=packet)
    return trip.unseen_in(vpc, vpc) or nobody


def _in(trip: Trip, packet: Packet, face: Interface, private: Address) -> Next:
    """Come into a VPC by its internet gateway."""
    network = trip.network
    gateway = trip.gateways.get(face.vpc) or _gateway_of(network, face.vpc)
    if gateway is None:
        if "internet_gateways" in network.missing:
            return trip.lost("internet_gateways", face.vpc, "gateways-unseen")
        return Stop("internet-gateway", face.vpc, "BAD_STATE_ATTACHMENT", "inbound", at=face.id)
    if not trip.hops:
        trip.hops.append(Hop("internet", "internet", packet=packet))
    refused = None if trip.flow.beyond else _refused(packet.src, outbound=False)
    if refused is not None:
        return Stop("internet-gateway", gateway, refused, "inbound", packet=packet)
    subnet = subnet_of(network, face)
    blocked = block_public_access(trip, subnet, inbound=True, only_out=False)
    if blocked is not None:
        return blocked
    if face.closed_to_internet:
        return Stop("network-interface", face.id, "closed-to-internet", "inbound", at=face.id)
    inside = packet.to(private)
    trip.hops.append(Hop("internet-gateway", gateway, "inbound", packet=inside))
    return _by_edge_table(trip, inside, face, gateway)


def _by_edge_table(trip: Trip, packet: Packet, face: Interface, gateway: str) -> Next:
    """A route table of the gateway's own may send what comes in through an appliance."""
    network = trip.network
    table = network.tables.get(network.table_of_gateway.get(gateway, ""))
    if table is None:
        return Enter(packet, face)
    found = by_table(network, table, "", packet.dst)
    if found.route is not None:
        trip.hops.append(Hop("route-table", table.id, by=found.route))
    if found.kind in ("local", "none"):
        return Enter(packet, face)
    if found.kind == "blackhole":
        return Stop("route", table.id, "BAD_STATE_ROUTE", by=found.route, packet=packet)
    target = network.interfaces.get(found.target)
    if found.kind == "network-interface" and target is not None:
        if not is_six(packet.dst) and not target.public:
            # VPC guide, "Gateway route tables": the target must have a public address.
            code = "INGRESS_RTB_NO_PUBLIC_IP"
            return Stop("network-interface", target.id, code, "inbound", packet=packet)
        return Through(packet, target)
    settle = "the appliance behind the internet gateway's own route table"
    return lost(Doubt(found.kind, found.target, "appliance", settle, found.route), trip)


def _gateway_of(network: Network, vpc: str) -> str | None:
    """The internet gateway of a VPC, by its own description or by a live route to it."""
    for gateway in network.internet_gateways.values():
        if vpc in gateway.vpcs and not gateway.id.startswith("eigw-"):
            return gateway.id
    if "internet_gateways" not in network.missing:
        return None
    routes = (r for t in network.tables.values() if t.vpc == vpc for r in t.routes)
    return next((r.target for r in routes if r.kind == "internet-gateway" and r.active), None)


def block_mode(network: Network, subnet: Subnet) -> tuple[BlockMode, str]:
    """The mode of VPC Block Public Access that counts for a subnet, and its exclusion's mode."""
    vpc = network.vpcs.get(subnet.vpc)
    named = (subnet.id, subnet.vpc)
    excluded = next((e.mode for id_ in named for e in network.exclusions if e.resource == id_), "")
    mode = subnet.block_mode or (vpc.block_mode if vpc else "") or network.block_mode
    return mode, excluded


def block_public_access(
    trip: Trip, subnet: Subnet, *, inbound: bool, only_out: bool
) -> Stop | None:
    """Whether VPC Block Public Access stops what opens a flow; answers follow their flow.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcBlockPublicAccessOptions.html:
    the mode block-ingress lets NAT and egress-only gateways be.
    """
    mode, excluded = block_mode(trip.network, subnet)
    if trip.is_answer or mode in ("off", "") or excluded == "allow-bidirectional":
        return None
    if mode == "unseen":
        settle = "ec2:DescribeVpcBlockPublicAccessOptions"
        doubt = Doubt("vpc-block-public-access", subnet.vpc, "mode-unseen", settle)
        trip.doubts.append(doubt)
        return None
    if only_out and (mode == "block-ingress" or excluded == "allow-egress"):
        return None
    if not inbound and excluded == "allow-egress":
        settle = "what allow-egress means for an interface with a public address"
        trip.doubts.append(Doubt("vpc-block-public-access", subnet.vpc, "exclusion", settle))
        return None
    direction = "inbound" if inbound else "outbound"
    code = "VPC_BLOCK_PUBLIC_ACCESS_ENABLED"
    return Stop("vpc-block-public-access", subnet.vpc, code, direction, at=subnet.id)
