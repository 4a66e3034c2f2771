"""What stops a packet, what leaves its way open, and what would mend it, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from logkeep.network import protocols
from logkeep.network.address import shown
from logkeep.network.filters import LAST, ends
from logkeep.network.mend import AclRule, AddedRoute, Advice, GroupRule, NetworkChange
from logkeep.network.packet import Packet
from logkeep.network.trip import By, Doubt, Stop
from logkeep.network.values import NetworkAclEntry, Route, SecurityGroupRule, TransitRoute
from logkeep.words.doubts import CALL, let_answer
from logkeep.words.plain import clean

KINDS: Final = {
    "network-interface": "interface",
    "security-group": "security group",
    "network-acl": "network ACL",
    "subnet": "subnet",
    "route-table": "route table",
    "route": "route table",
    "internet-gateway": "internet gateway",
    "egress-only-internet-gateway": "egress-only internet gateway",
    "nat-gateway": "NAT gateway",
    "peering": "peering connection",
    "transit-gateway": "transit gateway",
    "vpn-gateway": "virtual private gateway",
    "vpc-endpoint": "VPC endpoint",
    "internet": "the internet",
    "service": "AWS's own service",
    "instance": "instance",
    "vpc-block-public-access": "VPC Block Public Access of",
}


def kind_words(kind: str) -> str:
    """What a thing is called."""
    return KINDS.get(kind, kind)


def what(packet: Packet | None) -> str:
    """The protocol of a packet, and its port or type."""
    if packet is None:
        return "it"
    name = protocols.name(packet.protocol)
    if protocols.has_types(packet.protocol):
        code = f" code {packet.icmp_code}" if packet.icmp_code else ""
        return f"{name} type {packet.icmp_type}{code}"
    if not protocols.has_ports(packet.protocol):
        return name
    port = packet.dst_port
    return f"{name} port {port}" if isinstance(port, int) else f"{name} ports {ends(port)}"


def rule_words(by: By, direction: str | None = None) -> str:
    """A rule or route as it is written."""
    match by:
        case None:
            return ""
        case SecurityGroupRule():
            return f"{_reach(by)} {'to' if direction == 'outbound' else 'from'} {_peer(by)}"
        case NetworkAclEntry():
            act = "allows" if by.allow else "denies"
            side = "to" if direction == "outbound" else "from"
            return f"rule {number(by.number)} {act} {_reach(by)} {side} {by.block.text}"
        case Route():
            return f"{clean(by.destination)} to {clean(by.target)}"
        case TransitRoute():
            return f"{clean(by.destination)} to {clean(', '.join(by.attachments) or 'nothing')}"


def number(found: int | None) -> str:
    """The number of a network ACL's rule; the last is `*`."""
    return "*" if found is None or found >= LAST else str(found)


def _reach(rule: SecurityGroupRule | NetworkAclEntry) -> str:
    if rule.protocol == protocols.ANY:
        return "everything"
    name = protocols.name(rule.protocol)
    if protocols.has_types(rule.protocol):
        type_ = f" type {rule.low}" if rule.low != -1 else ""
        return f"{name}{type_}{f' code {rule.high}' if rule.high != -1 else ''}"
    if not protocols.has_ports(rule.protocol):
        return name
    return f"{name} {ends(((rule.low, rule.high),))}"


def _peer(rule: SecurityGroupRule) -> str:
    if rule.block is not None:
        return rule.block.text
    if rule.prefix_list:
        return f"prefix list {clean(rule.prefix_list)}"
    return f"members of {clean(rule.reference)}"


STOPS: Final[Mapping[str, str]] = {
    "ENI_SG_RULES_MISMATCH": "no {direction} rule of {id} at {at} admits {what} {side} {other}",
    "SG_HAS_NO_RULES": "{id} at {at} has no {direction} rule at all",
    "INGRESS_RTB_NO_PUBLIC_IP": "the gateway's own route table sends it to {id}, which has no"
    " public address",
    "BAD_STATE_ROUTE": "the route {by} of {id} is a blackhole",
    "NO_ROUTE_TO_DESTINATION": "{id} has no route to {dst}",
    "route-loop": "the routes lead back to where the packet came from",
    "no-subnet": "{dst} is inside {id}, and no subnet there holds it",
    "no-interface": "{dst} is inside {id}, and no interface has it",
    "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS": "{dst} is a private address, which the internet does"
    " not carry",
    "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS": "{src} has no public address, so {id} lets nothing of"
    " it out",
    "not-internet-routable": "the internet does not carry the addresses of this packet",
    "egress-only": "{id} carries IPv6 only, and only what is opened from inside",
    "closed-to-internet": "{id} refuses all traffic of internet gateways",
    "BAD_STATE_ATTACHMENT": "{id} is not attached to the VPC",
    "nat-no-session": "{id} knows no connection that this packet belongs to: it accepts none from"
    " outside",
    "nat-four-only": "{id} carries IPv4, and of IPv6 only what it translates to IPv4",
    "PROTOCOL_RESTRICTION": "{id} carries tcp, udp and icmp only",
    "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR": "{id} carries only what goes from one of its two VPCs to"
    " the other, and not {src} to {dst}",
    "TGW_ROUTE_AZ_RESTRICTION": "the VPC's attachment to {id} has no subnet in the Availability"
    " Zone of {at}",
    "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION": "attachment {at} of {id} has no route table",
    "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT": "{id} has no route to {dst}",
    "TGW_RTB_BAD_STATE_ROUTE": "the route {by} of {id} is a blackhole",
    "VPC_BLOCK_PUBLIC_ACCESS_ENABLED": "VPC Block Public Access is on for {id}",
    "VPCE_GATEWAY_PROTOCOL_RESTRICTION": "{id} carries tcp and echo requests only",
    "endpoint-for-its-vpc": "{id} serves addresses of its own VPC only",
    "ENI_SOURCE_DEST_CHECK_RESTRICTION": "{id} has its source/destination check on, and the packet"
    " is not its own",
    "VPCE_INTRA_VPC_TRAFFIC": "{id} belongs to a VPC endpoint, which opens no connection",
    "opens-nothing": "{id} opens no connection by itself",
    "UNSUPPORTED_COMPONENT": "nothing answers at {id}",
    "metadata-disabled": "the metadata service of {id} is switched off",
    "answer-from-elsewhere": "it leaves by another way, and so with another address than the one"
    " that was asked",
}


def stop_words(stop: Stop) -> str:
    """Why a packet does not get further, in a sentence."""
    packet = stop.packet
    if stop.kind == "network-acl":
        return _acl_words(stop)
    if stop.code == "BAD_STATE":
        return f"{kind_words(stop.kind)} {clean(stop.id)} is not in use, or does not run"
    if stop.code == "BAD_STATE_ATTACHMENT" and stop.id.startswith("vpc-"):
        return f"no internet gateway is attached to {clean(stop.id)}"
    if stop.code.startswith("IGW_") and "_NOT_IN_" in stop.code:
        end = packet.dst if packet and "DESTINATION" in stop.code else packet and packet.src
        who = shown(end) if end is not None else "the address"
        return f"{who} is a private address, and {clean(stop.id)} refuses those"
    outbound = stop.direction == "outbound"
    return STOPS.get(stop.code, "{id} stops it").format(
        id=clean(stop.id),
        at=clean(stop.at),
        direction=stop.direction,
        side="to" if outbound else "from",
        other=_end(packet, dst=outbound),
        src=_end(packet, dst=False),
        dst=_end(packet, dst=True),
        what=what(packet),
        by=rule_words(stop.by, stop.direction),
    )


def _end(packet: Packet | None, *, dst: bool) -> str:
    if packet is None:
        return "the other end"
    return shown(packet.dst if dst else packet.src)


def _acl_words(stop: Stop) -> str:
    outbound = stop.direction == "outbound"
    edge = "out of" if outbound else "into"
    side = f"{'to' if outbound else 'from'} {_end(stop.packet, dst=outbound)}"
    says = f"{what(stop.packet)} {edge} {clean(stop.at)} {side}"
    if stop.by is None or number(stop.rule) == "*":
        return f"no rule of network ACL {clean(stop.id)} allows {says}, so its last, `*`, denies it"
    return f"rule {number(stop.rule)} of network ACL {clean(stop.id)} denies {says}"


DOUBTS: Final[Mapping[str, str]] = {
    "list-of-all-unseen": "what VPCs and subnets there are was not seen",
    "acl-unseen": "the network ACL of {id} was not seen",
    "group-unseen": "the rules of {id} were not seen",
    "groups-unseen": "which security groups {id} has was not seen",
    "rule-odd": "{id} has a rule ({by}) that AWS would not take, and what it admits is open",
    "list-unseen": "the entries of prefix list {id} were not seen",
    "members-unseen": "who the members of {id} are was not seen",
    "table-unseen": "the route table of {id} was not seen",
    "subnets-unseen": "the subnets of {id} were not seen",
    "interfaces-unseen": "the interfaces at {id} were not seen",
    "shared-unseen": "{id} is shared by another account, which alone sees all interfaces there",
    "public-unseen": "whose public addresses are whose was not seen",
    "gateway-unseen": "{id} was not seen",
    "gateways-unseen": "whether {id} has an internet gateway was not seen",
    "peering-unseen": "{id} was not seen",
    "foreign-vpc": "{id} belongs to an account or Region that was not collected",
    "endpoint-unseen": "{id} was not seen",
    "connections-unseen": "the VPN connections of {id} were not seen",
    "attachment-unseen": "the attachment to {id} was not seen",
    "zones-unseen": "the subnets and Availability Zones of attachment {id} were not seen",
    "exit-uncertain": "attachment {id} has several subnets that a packet may come in by",
    "TGW_RTB_ROUTES_ARE_UNKNOWN": "the routes of {id} were not seen whole",
    "INGRESS_RTB_TRAFFIC_REDIRECTION": "{id} sends what comes in for the sender's subnet to an"
    " appliance, and whether what goes out may pass it by is not known",
    "beyond-aws": "the packet leaves by {id} for a network that AWS does not know",
    "appliance": "{id} decides by rules that AWS does not know",
    "target-unseen": "where {id} leads to is outside what logkeep reads",
    "sender-unseen": "no interface of the network has the sender's address at {id}, so what"
    " stands before it was not asked",
    "ends-unseen": "neither end belongs to an interface of this network",
    "nat-regional": "{id} is a regional NAT gateway, which logkeep does not walk",
    "nat64": "{id} would translate IPv6 to IPv4, which logkeep does not walk",
    "exclusion": "{id} is left out of VPC Block Public Access for what it opens only",
    "mode-unseen": "whether VPC Block Public Access stops it at {id} was not seen",
    "attachment-changes": "{id} is being attached or detached just now",
    "kind-unjudged": "AWS does not say whether the interface {id} opens or takes connections",
    "address-kept": "what becomes of packets to {id} addresses AWS does not tell",
    "service-other-port": "only questions to {id} itself are answered there",
    "depends-on-port": "the answer gets through to ports {id} only, and which one {who} uses is"
    " open",
}


def doubt_words(doubt: Doubt) -> str:
    """What is open, and what would settle it."""
    who = "the client" if doubt.kind == "client" else clean(doubt.kind)
    by = rule_words(doubt.by)
    return DOUBTS.get(doubt.code, "{id} leaves it open").format(
        id=clean(doubt.id or "the network"), by=by, who=who
    )


def settle_words(doubt: Doubt) -> str:
    """What to do so that it can be told."""
    if CALL.fullmatch(doubt.settle):
        return let_answer(doubt.settle, "logkeep try ping")
    if doubt.settle.startswith("--"):
        return f"give it with `{clean(doubt.settle)}`"
    verb = "make" if doubt.settle.startswith("a test") else "look at"
    return f"{verb} {clean(doubt.settle)}"


PRIVATE_AWAY: Final = "lead {dst} to where it is known: an internet gateway is the wrong way"
ADVICE: Final[Mapping[str, str]] = {
    "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS": "give {at} a public address, or lead its subnet's"
    " route to a NAT gateway",
    "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS": "call it by its public address; a private one is"
    " reached from inside only",
    "no-interface": "nothing on the way: call an address that an interface has",
    "no-subnet": "nothing on the way: call an address that an interface has",
    "BAD_STATE": "start or attach {id}, or lead the way elsewhere",
    "BAD_STATE_ATTACHMENT": "attach what is missing again, or lead the way elsewhere",
    "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS": PRIVATE_AWAY,
    "IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS": PRIVATE_AWAY,
    "answer-from-elsewhere": "lead the answer back the way that the question came",
    "egress-only": "lead IPv6 to an internet gateway where it is to be called from outside",
    "TGW_ROUTE_AZ_RESTRICTION": "add a subnet of that Availability Zone to the attachment",
    "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION": "associate {at} with a route table",
    "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT": "add a route to {dst} to {id}, or let its attachment"
    " propagate there",
    "NO_ROUTE_TO_DESTINATION": "add a route to {dst} to {id}",
    "BAD_STATE_ROUTE": "replace the route {by} of {id}: what it led to is gone",
    "TGW_RTB_BAD_STATE_ROUTE": "replace the route {by} of {id}",
    "ENI_SOURCE_DEST_CHECK_RESTRICTION": "switch off the source/destination check of {id}",
    "VPC_BLOCK_PUBLIC_ACCESS_ENABLED": "exclude {id} or the subnet from VPC Block Public Access",
    "INGRESS_RTB_NO_PUBLIC_IP": "give {id} a public address",
    "nat-four-only": "give the subnet a route to an egress-only internet gateway for IPv6",
    "nat-no-session": "no rule makes a NAT gateway accept connections: give the target a public"
    " address or a load balancer, and routes that answer the way the question came",
    "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR": "give the VPC a gateway of its own: peering leads to the"
    " other VPC's own addresses only",
    "SUBNET_ACL_RESTRICTION": "renumber the rules of {id}: none is free before the one that denies",
}


def change_words(change: NetworkChange) -> str:
    """A change as somebody would make it."""
    match change:
        case GroupRule():
            side = "an outbound" if change.egress else "an inbound"
            way = "outbound" if change.egress else "inbound"
            return f"add {side} rule to {clean(change.group)}: {rule_words(change.rule, way)}"
        case AclRule():
            way = "outbound" if change.egress else "inbound"
            says = rule_words(change.entry, way).replace(" allows ", ": allow ", 1)
            return f"add to {clean(change.acl)} the {way} {says}"
        case AddedRoute():
            route = f"{change.block.text} to {clean(change.target)}"
            return f"add to {clean(change.table)} the route {route}"
        case Advice():
            return _advice(change.stop)


def _advice(stop: Stop) -> str:
    text = ADVICE.get(stop.code)
    if text is None:
        return f"no rule and no route mends this by itself: {stop_words(stop)}"
    dst = _end(stop.packet, dst=True)
    by = rule_words(stop.by)
    return text.format(id=clean(stop.id), at=clean(stop.at or "the sender"), dst=dst, by=by)
