"""What does a packet meet where a route leads out of its subnet?"""

from __future__ import annotations

from typing import Final

from logkeep.network import public, transit
from logkeep.network.address import Block, block, in_any, is_six
from logkeep.network.aim import Aim
from logkeep.network.inside import lost, subnet_of
from logkeep.network.packet import Packet
from logkeep.network.protocols import ECHO, ICMP, TCP, UDP, has_types
from logkeep.network.steps import Fork, Leave, Next, Reach, Through
from logkeep.network.trip import Arrival, Doubt, Hop, NatSession, Stop, Trip
from logkeep.network.values import Nat, Peering, Subnet

NAT64: Final = tuple(found for found in (block("64:ff9b::/96"),) if isinstance(found, Block))


def onward(trip: Trip, found: Aim, packet: Packet, step: Leave) -> Next:
    """Go where the route leads."""
    subnet, id_ = step.subnet, found.target
    match found.kind:
        case "direct" | "local":
            came = subnet.id if found.kind == "direct" else ""
            return Reach(packet, subnet.vpc, came)
        case "none":
            code = "NO_ROUTE_TO_DESTINATION"
            return Stop("route", found.table, code, at=subnet.id, packet=packet)
        case "blackhole":
            code = "BAD_STATE_ROUTE"
            return Stop("route", found.table, code, by=found.route, at=subnet.id, packet=packet)
        case "unseen":
            return trip.lost("route_tables", subnet.id, "table-unseen")
        case "unread":
            return trip.lost("prefix_lists", id_, "list-unseen", found.route)
        case "internet-gateway":
            return public.out(trip, packet, subnet, id_, only=False)
        case "egress-only-internet-gateway":
            return public.out(trip, packet, subnet, id_, only=True)
        case "nat-gateway":
            return nat_gateway(trip, packet, step, id_)
        case "peering":
            return peering(trip, packet, subnet, id_)
        case "transit-gateway":
            return transit.into(trip, packet, subnet, id_)
        case "vpn-gateway":
            return vpn_gateway(trip, packet, subnet, id_)
        case "network-interface":
            return appliance(trip, packet, subnet, id_)
        case "vpc-endpoint":
            return endpoint(trip, packet, subnet, id_)
        case "other":
            return lost(Doubt("route", id_, "target-unseen", f"what {id_} leads to"), trip)


def nat_gateway(trip: Trip, packet: Packet, step: Leave, id_: str) -> Next:
    """Go into a NAT gateway, and out of it as if it had sent the packet."""
    nat = trip.network.nats.get(id_)
    if nat is None:
        return trip.lost("nat_gateways", id_, "gateway-unseen")
    refused = _nat_refuses(trip, packet, step, nat)
    if refused is not None:
        return refused
    named = (trip.network.interfaces.get(each) for each in nat.interfaces)
    face = next((each for each in named if each is not None), None)
    if face is None:
        return trip.lost("enis", id_, "interfaces-unseen")
    stop: Stop | None = None
    if face.subnet != step.subnet.id:
        trip.hops.append(Hop("subnet", face.subnet))
        result = trip.acl(face.subnet, "inbound", packet)
        stop, packet = (result, packet) if isinstance(result, Stop) else (None, result)
    trip.passed(face, False, packet, stop)
    if stop is not None:
        return stop
    trip.sessions.append(NatSession(face.id, packet, face.primary))
    sent = packet.as_of(face.primary, trip.flow.nat_port)
    trip.hops.append(Hop("nat-gateway", id_, packet=sent))
    return Leave(sent, subnet_of(trip.network, face), face, guarded=False)


def _nat_refuses(trip: Trip, packet: Packet, step: Leave, nat: Nat) -> Next | None:
    at = step.subnet.id
    if nat.state != "available":
        return Stop("nat-gateway", nat.id, "BAD_STATE", at=at, packet=packet)
    if trip.is_answer:
        return Stop("nat-gateway", nat.id, "nat-no-session", "outbound", at=at, packet=packet)
    if nat.regional:
        settle = "the routes and addresses of a regional NAT gateway, zone by zone"
        return lost(Doubt("nat-gateway", nat.id, "nat-regional", settle), trip)
    if in_any(NAT64, packet.dst):
        return lost(Doubt("nat-gateway", nat.id, "nat64", "a test of NAT64"), trip)
    if is_six(packet.dst):
        return Stop("nat-gateway", nat.id, "nat-four-only", at=at, packet=packet)
    if packet.protocol not in (TCP, UDP, ICMP):
        return Stop("nat-gateway", nat.id, "PROTOCOL_RESTRICTION", at=at, packet=packet)
    if any(session.interface in nat.interfaces for session in trip.sessions):
        return Stop("route", nat.id, "route-loop", at=at, packet=packet)
    return None


def peering(trip: Trip, packet: Packet, subnet: Subnet, id_: str) -> Next:
    """Go over a peering connection: from a VPC's own address to one of the other's, no further."""
    network = trip.network
    found = network.peerings.get(id_)
    if found is None:
        return trip.lost("vpc_peerings", id_, "peering-unseen")
    if found.status not in ("active", ""):
        return Stop("peering", id_, "BAD_STATE", at=subnet.id, packet=packet)
    own, other = found.requester, found.accepter
    if own.vpc != subnet.vpc:
        own, other = other, own
    vpc = network.vpcs.get(other.vpc)
    trip.hops.append(Hop("peering", id_, packet=packet))
    if vpc is None:
        return trip.lost("vpcs", other.vpc, "foreign-vpc")
    here = network.vpcs.get(subnet.vpc)
    from_here = here is None or in_any(here.blocks, packet.src)
    if not in_any(vpc.blocks, packet.dst) or not from_here:
        code = "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR"
        return Stop("peering", id_, code, at=subnet.id, packet=packet)
    return Reach(_with_references(packet, found), vpc.id)


def _with_references(packet: Packet, found: Peering) -> Packet:
    """References to a peer's groups work in one Region only (VPC-SG)."""
    same = found.requester.region == found.accepter.region
    return packet if same else packet.by(None)


def vpn_gateway(trip: Trip, packet: Packet, subnet: Subnet, id_: str) -> Next:
    """Go out by a virtual private gateway, where what it knows can be told.

    A gateway that writes its routes into a table shows there what it learns by BGP, Direct
    Connect's too; where none of its connections speaks BGP, their static routes are all.
    """
    network = trip.network
    trip.hops.append(Hop("vpn-gateway", id_, packet=packet))
    there = [each for each in network.vpns.values() if each.gateway == id_]
    live = [each for each in there if each.state in ("available", "modifying")]
    if "vpn_connections" in network.missing:
        return trip.lost("vpn_connections", id_, "connections-unseen")
    known = id_ in network.propagating and bool(there) and all(each.static for each in live)
    if known and not any(in_any(each.blocks, packet.dst) for each in live):
        return Stop("route", id_, "NO_ROUTE_TO_DESTINATION", at=subnet.id, packet=packet)
    settle = "the customer's end of the VPN or Direct Connect"
    return lost(Doubt("vpn-gateway", id_, "beyond-aws", settle), trip)


def appliance(trip: Trip, packet: Packet, subnet: Subnet, id_: str) -> Next:
    """Go into an interface that a route names."""
    face = trip.network.interfaces.get(id_)
    if face is None:
        return trip.lost("enis", id_, "interfaces-unseen")
    return Through(packet.by(None), face, subnet.id)


def endpoint(trip: Trip, packet: Packet, subnet: Subnet, id_: str) -> Next:
    """Go into a VPC endpoint that a route names: a gateway's, or one that inspects."""
    found = trip.network.endpoints.get(id_)
    if found is None:
        return trip.lost("vpc_endpoints", id_, "endpoint-unseen")
    if found.state not in ("available", ""):
        return Stop("vpc-endpoint", id_, "BAD_STATE", at=subnet.id, packet=packet)
    if found.kind.lower() == "gateway":
        return _gateway_endpoint(trip, packet, subnet, id_)
    return _inspected(trip, packet, subnet, id_, found.subnets)


def _gateway_endpoint(trip: Trip, packet: Packet, subnet: Subnet, id_: str) -> Next:
    sender = trip.network.owner(subnet.vpc, packet.src)
    if sender is None and not trip.network.may_hold_more(subnet.vpc):
        return Stop("vpc-endpoint", id_, "endpoint-for-its-vpc", at=subnet.id, packet=packet)
    echo = has_types(packet.protocol) and packet.icmp_type == ECHO[packet.protocol]
    if packet.protocol != TCP and not echo:
        code = "VPCE_GATEWAY_PROTOCOL_RESTRICTION"
        return Stop("vpc-endpoint", id_, code, at=subnet.id, packet=packet)
    trip.hops.append(Hop("vpc-endpoint", id_, packet=packet))
    return Arrival("endpoint", packet, vpc=subnet.vpc)


def _inspected(
    trip: Trip, packet: Packet, subnet: Subnet, id_: str, subnets: tuple[str, ...]
) -> Next:
    """A firewall or a Gateway Load Balancer decides; what it lets by goes on from its subnet."""
    trip.hops.append(Hop("vpc-endpoint", id_, packet=packet))
    doubt = Doubt("vpc-endpoint", id_, "appliance", "the rules of the appliance behind it")
    there = next((trip.network.subnets.get(each) for each in subnets), None)
    if there is None:
        return lost(doubt, trip)
    if there.id != subnet.id:
        trip.hops.append(Hop("subnet", there.id))
        result = trip.acl(there.id, "inbound", packet)
        if isinstance(result, Stop):
            return result
        packet = result
    go = Leave(packet.by(None), there, None, guarded=False)
    return Fork(go, go, doubt)
