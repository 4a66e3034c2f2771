"""What does a packet meet in a transit gateway?"""

from __future__ import annotations

from collections.abc import Sequence

from logkeep.network.address import in_any
from logkeep.network.inside import lost
from logkeep.network.lists import call_of
from logkeep.network.packet import Packet
from logkeep.network.steps import Fork, Leave, Next, PacketStep, Transit
from logkeep.network.trip import Doubt, Hop, Stop, Trip
from logkeep.network.values import Attachment, Subnet, TransitRoute

LIVE = ("available", "modifying", "")


def into(trip: Trip, packet: Packet, subnet: Subnet, gateway: str) -> Next:
    """Go in by the VPC's attachment: it must have a subnet in the sender's zone (rule 13.7)."""
    network = trip.network
    there = [a for a in network.attachments.values() if a.gateway == gateway]
    own = next((a for a in there if a.kind == "vpc" and a.resource == subnet.vpc), None)
    if own is None:
        return trip.lost("tgw_vpc_attachments", gateway, "attachment-unseen")
    if own.state not in LIVE:
        code = "BAD_STATE_ATTACHMENT"
        return Stop("transit-gateway", gateway, code, at=subnet.id, packet=packet)
    door = _door(trip, own, subnet)
    if isinstance(door, Stop):
        return door
    if door is not None:
        result = _by_door(trip, packet, door)
        if isinstance(result, Stop):
            return result
        packet = result
    trip.hops.append(Hop("transit-gateway", gateway, packet=packet))
    references = own.group_references and gateway in network.transit_references
    return Transit(packet, gateway, own.id, subnet.zone, references)


def _door(trip: Trip, own: Attachment, subnet: Subnet) -> Subnet | Stop | None:
    """The attachment's subnet in the sender's Availability Zone."""
    known = [trip.network.subnets.get(each) for each in own.subnets or ()]
    here = [each for each in known if each is not None and each.zone == subnet.zone]
    if here and subnet.zone:
        return here[0]
    if own.subnets is None or not subnet.zone or None in known:
        trip.doubt("tgw_vpc_attachments", own.id, "zones-unseen")
        return None
    code = "TGW_ROUTE_AZ_RESTRICTION"
    return Stop("transit-gateway", own.gateway, code, at=subnet.id)


def _by_door(trip: Trip, packet: Packet, door: Subnet) -> Packet | Stop:
    """The attachment's subnet asks its ACL by the source, even where the sender is in it too.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html
    """
    trip.hops.append(Hop("subnet", door.id))
    result = trip.acl(door.id, "inbound", packet)
    stop = result if isinstance(result, Stop) else None
    trip.passed(trip.network.transit_interfaces.get(door.id), False, packet, stop)
    return result


def across(trip: Trip, step: Transit) -> Next:
    """Ask the route table that the attachment is associated with."""
    network, gateway = trip.network, step.gateway
    own = network.attachments[gateway, step.attachment]
    if own.table is None:
        return trip.lost("tgw_attachments", own.id, "table-unseen")
    if not own.table:
        code = "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION"
        return Stop("transit-gateway", gateway, code, at=own.id, packet=step.packet)
    table = network.transit_tables.get(own.table)
    if table is None:
        return trip.lost("tgw_static_routes", own.table, "TGW_RTB_ROUTES_ARE_UNKNOWN")
    if table.doubt:
        settle = table.doubt
        return lost(Doubt("route", table.id, "TGW_RTB_ROUTES_ARE_UNKNOWN", settle), trip)
    route = table.by_block.find(step.packet.dst)
    if route is None:
        code = "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT"
        return Stop("route", table.id, code, at=own.id, packet=step.packet)
    trip.hops.append(Hop("route-table", table.id, by=route))
    if not route.active:
        code = "TGW_RTB_BAD_STATE_ROUTE"
        return Stop("route", table.id, code, by=route, at=own.id, packet=step.packet)
    return _by_route(trip, step, route)


def _by_route(trip: Trip, step: Transit, route: TransitRoute) -> Next:
    network = trip.network
    found = [network.attachments.get((step.gateway, each)) for each in route.attachments]
    target = found[0] if found else None
    if target is None or len(found) > 1:
        return trip.lost("tgw_attachments", step.gateway, "attachment-unseen", route)
    if target.state not in LIVE:
        code = "BAD_STATE_ATTACHMENT"
        return Stop("transit-gateway", step.gateway, code, at=target.id, packet=step.packet)
    if target.kind == "vpc":
        return _out(trip, step, target)
    if target.kind in ("peering", "tgw-peering"):
        other = [a for a in network.attachments.values() if a.id == target.id and a != target]
        if other:
            gateway = other[0].gateway
            trip.hops.append(Hop("transit-gateway", gateway, packet=step.packet))
            return Transit(step.packet.by(None), gateway, target.id, step.zone, references=False)
    settle = f"what lies behind the {target.kind} attachment"
    return lost(Doubt("transit-gateway", target.id, "beyond-aws", settle), trip)


def _out(trip: Trip, step: Transit, target: Attachment) -> Next:
    """Come into a VPC by a subnet of its attachment: the one of the same zone, if there is one.

    In appliance mode any of them may be chosen, flow by flow
    (https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html).
    """
    network = trip.network
    if target.resource not in network.vpcs:
        return trip.lost("vpcs", target.resource, "foreign-vpc")
    known = [network.subnets.get(each) for each in target.subnets or ()]
    there = [each for each in known if each is not None]
    if not there or len(there) < len(known):
        return trip.lost("tgw_vpc_attachments", target.id, "zones-unseen")
    near = [] if target.appliance_mode else [each for each in there if each.zone == step.zone]
    keeps = step.references and target.group_references
    packet = step.packet if keeps else step.packet.by(None)
    alike: dict[tuple[str | None, str | None, bool], Subnet] = {}
    for each in near or there:
        edge = network.acl_of_subnet.get(each.id), network.table_id(each)
        alike.setdefault((*edge, in_any(each.blocks, packet.dst)), each)
    ways = [
        Leave(packet, each, network.transit_interfaces.get(each.id), guarded=False)
        for each in alike.values()
    ]
    settle = call_of("tgw_vpc_attachments")
    doubt = Doubt("tgw_vpc_attachments", target.id, "exit-uncertain", settle)
    return _any_of(ways, doubt)


def _any_of(ways: Sequence[PacketStep], doubt: Doubt) -> PacketStep:
    """One of these ways it goes, and nobody can tell which."""
    *before, chosen = ways
    for each in reversed(before):
        chosen = Fork(each, chosen, doubt)
    return chosen
