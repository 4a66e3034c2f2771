"""What does a packet meet inside a VPC: leaving an interface, and arriving at one?"""

from __future__ import annotations

from typing import Final

from logkeep.network.address import Address, is_public, is_six
from logkeep.network.aim import Aim, aim
from logkeep.network.filters import FarEnd
from logkeep.network.packet import Packet
from logkeep.network.presence import unsure_of_taker
from logkeep.network.services import KEPT, kept
from logkeep.network.steps import Enter, Fork, Leave, Next, Reach, Through
from logkeep.network.trip import Arrival, Doubt, Hop, Lost, Stop, Trip
from logkeep.network.values import Interface, Network, Subnet

NAT_KINDS: Final = ("nat_gateway", "natGateway")
SILENT_KINDS: Final = ("transit_gateway",)
FOREIGN: Final = ("peer", "site")
"""Places whose interfaces belong to somebody else."""
WAYS: Final[dict[str, tuple[int, ...]]] = {
    "direct": (1,),
    "local": (1,),
    "nat-gateway": (1,),
    "network-interface": (1,),
    "transit-gateway": (1,),
    "internet-gateway": (2, 8),
    "egress-only-internet-gateway": (2, 8),
    "vpc-endpoint": (2, 7),
    "vpn-gateway": (3,),
    "peering": (4, 5),
}
"""What the field traffic-path may say, by where a route leads (rule 6.2.6)."""


def leave(trip: Trip, step: Leave) -> tuple[Aim, Packet] | Stop:
    """Ask what stands between an interface and where its subnet's routes lead."""
    subnet, face, packet = step.subnet, step.face, step.packet
    found = aim(trip.network, subnet, packet.dst)
    stop: Stop | None = None
    if face is not None:
        trip.hops.append(Hop("network-interface", face.id, packet=packet))
        if step.guarded:
            stop = _outbound(trip, step, face, found)
    if stop is None and found.crosses:
        trip.hops.append(Hop("subnet", subnet.id))
        result = trip.acl(subnet.id, "outbound", packet)
        if isinstance(result, Stop):
            stop = result
        else:
            packet = result
    trip.passed(face, True, packet, stop, WAYS.get(found.kind, ()))
    if stop is not None:
        return stop
    if found.route is not None:
        trip.hops.append(Hop("route-table", found.table, by=found.route))
    return found, packet


def _outbound(trip: Trip, step: Leave, face: Interface, found: Aim) -> Stop | None:
    packet = step.packet
    if face.source_dest_check and not face.has(packet.src):
        code = "ENI_SOURCE_DEST_CHECK_RESTRICTION"
        return Stop("network-interface", face.id, code, "outbound", at=face.id, packet=packet)
    asked = _asked_outbound(trip, face.vpc, packet, found)
    return trip.groups(face, "outbound", packet, asked)


def _asked_outbound(trip: Trip, vpc: str, packet: Packet, found: Aim) -> FarEnd:
    """Who has the address that an outbound rule's group reference is held against."""
    network = trip.network
    if found.kind in ("direct", "local"):
        peer = network.owner(vpc, packet.dst)
        return FarEnd(peer, peer is None and network.may_hold_more(vpc))
    if found.kind == "peering":
        peering = network.peerings.get(found.target)
        sides = (peering.requester.vpc, peering.accepter.vpc) if peering else ()
        if any(each not in network.vpcs for each in sides) or not sides:
            return FarEnd(doubt=True)
    unsure = ("network-interface", "transit-gateway", "unseen", "unread")
    if found.kind in unsure:
        return FarEnd(doubt=True)
    outside = is_public(packet.dst) and not is_six(packet.dst)
    return FarEnd() if outside else FarEnd(_peer(network, vpc, packet.dst))


def _peer(network: Network, vpc: str, dst: Address) -> Interface | None:
    """Who has an address in a VPC whose groups may be referred to: a peer of the same Region."""
    for peering in network.peerings.values():
        one, other = peering.requester, peering.accepter
        works = peering.status == "active" and one.region == other.region
        if works and vpc in (one.vpc, other.vpc):
            face = network.owner(other.vpc if one.vpc == vpc else one.vpc, dst)
            if face is not None:
                return face
    return None


def reach(trip: Trip, step: Reach) -> Next:
    """Find who has an address inside a VPC, and go to its door."""
    network, packet = trip.network, step.packet
    face = network.owner(step.vpc, packet.dst)
    if face is not None:
        return Enter(packet, face, step.came)
    reserved = kept(network, step.vpc, packet.dst)
    if reserved is not None:
        return lost(unanswered(reserved.id), trip)
    subnet = _subnet(trip, step.vpc, packet)
    if subnet is None:
        if "subnets" in network.missing:
            return trip.lost("subnets", step.vpc, "subnets-unseen")
        nowhere = Stop("address", step.vpc, "no-subnet", packet=packet)
        return trip.unseen_in(step.vpc, step.vpc) or nowhere
    if subnet.id != step.came:
        trip.hops.append(Hop("subnet", subnet.id))
        result = trip.acl(subnet.id, "inbound", packet)
        if isinstance(result, Stop):
            return result
    nobody = Stop("address", subnet.id, "no-interface", packet=packet)
    return trip.unseen_in(step.vpc, subnet.id) or nobody


def _subnet(trip: Trip, vpc: str, packet: Packet) -> Subnet | None:
    there = trip.network.subnets_by_block.get(vpc)
    return there.find(packet.dst) if there is not None else None


def enter(trip: Trip, step: Enter) -> Next:
    """Ask what stands before an interface, and hand the packet to whoever has it."""
    result = _door(trip, step.packet, step.face, step.came, forwards=False)
    if not isinstance(result, Packet):
        return result
    face = step.face
    if face.kind in NAT_KINDS:
        return _from_nat(trip, result, face)
    return _home(trip, result, face)


def _door(
    trip: Trip, packet: Packet, face: Interface, came: str, *, forwards: bool
) -> Packet | Stop:
    """The subnet's ACL, if its edge is crossed, and the interface's groups."""
    stop: Stop | None = None
    if face.subnet != came:
        trip.hops.append(Hop("subnet", face.subnet))
        result = trip.acl(face.subnet, "inbound", packet)
        if isinstance(result, Stop):
            stop = result
        else:
            packet = result
    if stop is None:
        trip.hops.append(Hop("network-interface", face.id, packet=packet))
        stop = trip.groups(face, "inbound", packet, _asked_inbound(trip, packet))
    if stop is None and forwards and face.source_dest_check:
        code = "ENI_SOURCE_DEST_CHECK_RESTRICTION"
        stop = Stop("network-interface", face.id, code, "inbound", at=face.id, packet=packet)
    trip.passed(face, False, packet, stop)
    return stop or packet


def _asked_inbound(trip: Trip, packet: Packet) -> FarEnd:
    """Whom an inbound rule's group reference is held against: the sender, where it still tells."""
    if packet.sender is not None:
        return FarEnd(packet.sender)
    end = trip.flow.src
    if trip.is_answer or end.interface is not None or packet.src != end.address:
        return FarEnd()
    foreign = end.where in FOREIGN
    local = end.where not in ("internet", "elsewhere", "", *FOREIGN)
    home = trip.network.subnets.get(end.where)
    vpc = home.vpc if home else end.where
    return FarEnd(doubt=foreign or (local and trip.network.may_hold_more(vpc)))


def _from_nat(trip: Trip, packet: Packet, face: Interface) -> Next:
    """A NAT gateway lets back in what it let out, and nothing else (rule 13.7)."""
    nat = trip.network.nat_of_interface.get(face.id, face.id)
    for session in reversed(trip.sessions):
        if trip.is_answer and session.interface == face.id:
            trip.compare_ports(trip.flow.nat_port, packet.dst_port, nat)
            inside = session.inside
            trip.hops.append(Hop("nat-gateway", nat))
            back = packet.to(inside.src, inside.src_port)
            subnet = subnet_of(trip.network, face)
            return Leave(back, subnet, face, guarded=False)
    return Stop("nat-gateway", nat, "nat-no-session", "inbound", at=face.id, packet=packet)


def subnet_of(network: Network, face: Interface) -> Subnet:
    """The subnet of an interface, or as much of it as the interface itself tells."""
    there = network.subnets.get(face.subnet)
    return there or Subnet(face.subnet, face.vpc, face.account, "", ())


def _home(trip: Trip, packet: Packet, face: Interface) -> Next:
    """Who has the interface takes the packet, if it is there and runs."""
    if not face.attached:
        return Stop("network-interface", face.id, "BAD_STATE", "inbound", at=face.id)
    instance = trip.network.instances.get(face.instance)
    if instance is not None and instance.state not in ("running", ""):
        return Stop("instance", instance.id, "BAD_STATE", "inbound", at=face.id)
    if face.kind in SILENT_KINDS:
        return Stop("network-interface", face.id, "UNSUPPORTED_COMPONENT", "inbound", at=face.id)
    if not trip.is_answer and (unsure := unsure_of_taker(face)):
        return lost(unsure, trip)
    return Arrival("interface", packet, face, face.vpc)


def through(trip: Trip, step: Through) -> Next:
    """Go into an interface that is to hand the packet on: what it does, AWS does not know.

    It may send the packet on as it is, or as its own. Where neither would get through, the packet
    does not; otherwise nobody can tell. References to groups do not survive it (VPC-SG).
    """
    face = step.face
    result = _door(trip, step.packet, face, step.came, forwards=True)
    if not isinstance(result, Packet):
        return result
    if not face.attached:
        return Stop("network-interface", face.id, "BAD_STATE", "inbound", at=face.id)
    instance = trip.network.instances.get(face.instance)
    if instance is not None and instance.state not in ("running", ""):
        return Stop("instance", instance.id, "BAD_STATE", "inbound", at=face.id)
    subnet = subnet_of(trip.network, face)
    doubt = Doubt("network-interface", face.id, "appliance", "the appliance's own configuration")
    as_it_is = Leave(result.by(None), subnet, face, guarded=True)
    if trip.is_answer:
        return Fork(as_it_is, as_it_is, doubt)
    own = result.as_of(face.primary).by(face)
    return Fork(as_it_is, Leave(own, subnet, face, guarded=True), doubt)


def unanswered(id_: str) -> Doubt:
    """Nobody says what an address of AWS's own does with this packet."""
    if id_ in KEPT:
        return Doubt("service", id_, "address-kept", f"a test: AWS says no more of {id_} addresses")
    settle = f"a test: nobody says what answers there besides {id_}"
    return Doubt("service", id_, "service-other-port", settle)


def lost(doubt: Doubt, trip: Trip) -> Lost:
    """Give up with a doubt of its own."""
    trip.doubts.append(doubt)
    return Lost(doubt)
