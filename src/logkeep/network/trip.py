"""What does a packet meet on its way? The notes of one journey, and how filters are asked on it."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from logkeep.network.address import Address, is_six
from logkeep.network.filters import (
    LAST,
    LAST_SIX,
    FarEnd,
    admitted,
    deciding,
    ends,
    joined,
    ports_of,
    ruleset,
    screened,
)
from logkeep.network.lists import call_of
from logkeep.network.packet import Flow, Packet, Port
from logkeep.network.values import (
    Interface,
    Network,
    NetworkAclEntry,
    Route,
    SecurityGroupRule,
    TransitRoute,
)

Direction: TypeAlias = Literal["inbound", "outbound"]
Action: TypeAlias = Literal["ACCEPT", "REJECT", "unknown"]
HOPS_MAX: Final = 24
UNFILTERED: Final = frozenset(
    {
        *("nat_gateway", "natGateway", "transit_gateway"),
        *("gateway_load_balancer", "gateway_load_balancer_endpoint"),
    }
)
"""Interfaces that have no security groups, and none that would refuse."""
MAY_LACK: Final = frozenset({"network_load_balancer"})
"""Interfaces that may have none, and then nothing refuses: where the answer says so.

Elastic Load Balancing guide, "Update the security groups for your Network Load Balancer".
"""
By: TypeAlias = SecurityGroupRule | NetworkAclEntry | Route | TransitRoute | None


class Stop(msgspec.Struct, frozen=True):
    """What ends a packet's way. In capitals the code is one of AWS's Reachability Analyzer."""

    kind: str
    id: str
    code: str
    direction: Direction | None = None
    rule: int | None = None
    by: By = None
    at: str = ""
    packet: Packet | None = None


class Doubt(msgspec.Struct, frozen=True):
    """What nobody saw on a packet's way, and the call or question that would settle it."""

    kind: str
    id: str
    code: str
    settle: str
    by: By = None


class Hop(msgspec.Struct, frozen=True):
    """One thing that a packet meets, and what let it by."""

    kind: str
    id: str
    direction: Direction | None = None
    rule: int | None = None
    by: By = None
    packet: Packet | None = None


class PacketPassage(msgspec.Struct, frozen=True):
    """A packet at an interface, as a flow log of that interface sees it."""

    interface: Interface
    egress: bool
    packet: Packet
    action: Action
    way: tuple[int, ...] = ()


class Arrival(msgspec.Struct, frozen=True):
    """Where a packet got to: an interface, the internet, a service, or a gateway endpoint."""

    kind: Literal["interface", "internet", "service", "endpoint"]
    packet: Packet
    interface: Interface | None = None
    vpc: str = ""


class Lost(msgspec.Struct, frozen=True):
    """The way goes on where nobody can see."""

    doubt: Doubt


Ended: TypeAlias = Stop | Arrival | Lost


class NatSession(msgspec.Struct, frozen=True):
    """What a NAT gateway remembers of a flow: who sent it, and as whom it was sent on."""

    interface: str
    inside: Packet
    outside: Address


class Trip:
    """One packet's journey: it only ever takes notes."""

    def __init__(self, network: Network, flow: Flow, before: Trip | None = None) -> None:
        self.network = network
        self.flow = flow
        self.is_answer = before is not None
        self.tracked: set[str] = set(before.tracked) if before else set()
        self.sessions: list[NatSession] = list(before.sessions) if before else []
        self.gateways: dict[str, str] = dict(before.gateways) if before else {}
        self.hops: list[Hop] = []
        self.doubts: list[Doubt] = []
        self.passages: list[PacketPassage] = []
        self.depends: list[Doubt] = []
        self.steps = 0

    def fork(self) -> Trip:
        """Another journey that begins as this one did."""
        other = Trip(self.network, self.flow)
        other.is_answer, other.steps = self.is_answer, self.steps
        other.tracked, other.sessions = set(self.tracked), list(self.sessions)
        other.gateways = dict(self.gateways)
        return other

    def doubt(self, list_name: str, id_: str, code: str, by: By = None) -> Doubt:
        """Note what nobody collected."""
        found = Doubt(list_name, id_, code, call_of(list_name), by)
        self.doubts.append(found)
        return found

    def lost(self, list_name: str, id_: str, code: str, by: By = None) -> Lost:
        """Give up where the way goes on unseen."""
        return Lost(self.doubt(list_name, id_, code, by))

    def unseen_in(self, vpc: str, id_: str) -> Lost | None:
        """Give up where an interface may be that nobody collected."""
        if "enis" in self.network.missing:
            return self.lost("enis", id_, "interfaces-unseen")
        owner = self.network.shared.get(vpc)
        if owner is None:
            return None
        settle = f"{call_of('enis')} in {owner}, which shares {vpc}"
        found = Doubt("enis", id_, "shared-unseen", settle)
        self.doubts.append(found)
        return Lost(found)

    def groups(
        self, face: Interface, direction: Direction, packet: Packet, asked: FarEnd
    ) -> Stop | None:
        """Ask the security groups of an interface; a tracked flow's answer they let by."""
        if self.is_answer and face.id in self.tracked:
            self.hops.append(Hop("security-group", face.id, direction))
            return None
        if face.groups is None or not face.groups:
            return self._without_groups(face)
        network = self.network
        rules = network.rulesets.get(face.groups) or ruleset(network.groups, face.groups)
        inbound = direction == "inbound"
        other = packet.src if inbound else packet.dst
        side = rules.inbound if inbound else rules.outbound
        found = admitted(side, packet, other, asked, network.prefix_lists)
        if found.rule is not None:
            self.tracked.add(face.id)
            self.hops.append(Hop("security-group", found.rule.group, direction, None, found.rule))
            return None
        if rules.unseen:
            self.doubt("security_groups", rules.unseen[0], "group-unseen")
            return None
        if found.doubtful is not None:
            self._doubtful(found.doubtful)
            return None
        code = "ENI_SG_RULES_MISMATCH" if any(side.values()) else "SG_HAS_NO_RULES"
        return Stop("security-group", face.groups[0], code, direction, None, None, face.id, packet)

    def _without_groups(self, face: Interface) -> None:
        none = face.kind in MAY_LACK and face.groups == ()
        if face.kind not in UNFILTERED and not none:
            self.doubt("enis", face.id, "groups-unseen")

    def _doubtful(self, rule: SecurityGroupRule) -> None:
        if rule.odd:
            self.doubt("security_groups", rule.group, "rule-odd", rule)
        elif rule.prefix_list:
            self.doubt("prefix_lists", rule.prefix_list, "list-unseen", rule)
        else:
            self.doubt("enis", rule.reference, "members-unseen", rule)

    def acl(self, subnet: str, direction: Direction, packet: Packet) -> Packet | Stop:
        """Ask the network ACL at a subnet's edge; the packet may go on for fewer ports."""
        acl = self.network.acl(subnet)
        if acl is None:
            self.doubt("nacls", subnet, "acl-unseen")
            return packet
        inbound = direction == "inbound"
        entries = acl.inbound if inbound else acl.outbound
        other = packet.src if inbound else packet.dst
        if isinstance(packet.dst_port, int):
            entry = deciding(entries, packet, other)
            if entry is not None and entry.allow:
                self.hops.append(Hop("network-acl", acl.id, direction, entry.number, entry))
                return packet
        else:
            found = screened(entries, packet, other)
            if found.allowed and found.allows is not None:
                number, by = found.allows.number, found.allows
                self.hops.append(Hop("network-acl", acl.id, direction, number, by))
                return packet.narrowed(found.allowed)
            entry = found.denies
        last = LAST_SIX if is_six(other) else LAST
        number = last if entry is None else entry.number
        code = "SUBNET_ACL_RESTRICTION"
        return Stop("network-acl", acl.id, code, direction, number, entry, subnet, packet)

    def passed(
        self,
        face: Interface | None,
        egress: bool,
        packet: Packet,
        stop: Stop | None,
        way: tuple[int, ...] = (),
    ) -> None:
        """Note what a flow log of the interface sees; behind a doubt that is open too."""
        if face is not None:
            action: Action = "unknown" if self.doubts else "REJECT" if stop else "ACCEPT"
            self.passages.append(PacketPassage(face, egress, packet, action, way))

    def compare_ports(self, wanted: Port, got: Port, who: str) -> None:
        """Note where an answer gets through to some of the ports only that it may be meant for."""
        through = joined(ports_of(got))
        if joined(ports_of(wanted)) != through:
            self.depends.append(Doubt(who, ends(through), "depends-on-port", "--from-port"))
