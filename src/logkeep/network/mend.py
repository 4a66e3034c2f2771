"""What is the smallest change that would let a flow and its answer by?

Rules and routes are added to the values and the flow is walked again, so that what is proposed is
known to suffice. What cannot be tried that way is advice, and says so.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from logkeep.network import protocols
from logkeep.network.address import Block, block, is_public, is_six, single, with_block
from logkeep.network.filters import LAST, ports_of, ruleset
from logkeep.network.packet import Packet
from logkeep.network.trip import Stop
from logkeep.network.values import (
    Acl,
    Network,
    NetworkAclEntry,
    Route,
    SecurityGroupRule,
    TargetKind,
)
from logkeep.network.walk import Walk, walk

CHANGES_MAX: Final = 8
STEP: Final = 10


class GroupRule(msgspec.Struct, frozen=True):
    """A rule more in a security group."""

    group: str
    egress: bool
    rule: SecurityGroupRule


class AclRule(msgspec.Struct, frozen=True):
    """A rule more in a network ACL, before the one that denies."""

    acl: str
    egress: bool
    entry: NetworkAclEntry


class AddedRoute(msgspec.Struct, frozen=True):
    """A route more in a route table."""

    table: str
    block: Block
    kind: TargetKind
    target: str


class Advice(msgspec.Struct, frozen=True):
    """What somebody must do that cannot be tried here."""

    stop: Stop


NetworkChange: TypeAlias = GroupRule | AclRule | AddedRoute | Advice


class Mended(msgspec.Struct, frozen=True):
    """The changes, and whether the flow and its answer pass with them."""

    changes: tuple[NetworkChange, ...]
    walk: Walk

    @property
    def passes(self) -> bool:
        """Whether nothing stops it any more, and nothing is open."""
        back = self.walk.back
        answered = not self.walk.flow.is_answered or (back and back.verdict == "reaches")
        return self.walk.out.verdict == "reaches" and bool(answered)


def mend(network: Network, found: Walk) -> Mended | None:
    """The changes one after the other until nothing stops the flow; None where nothing does."""
    if found.stop is None:
        return None
    changes: list[NetworkChange] = []
    while found.stop is not None and len(changes) < CHANGES_MAX:
        change = _change(network, found.stop)
        changes.append(change)
        if isinstance(change, Advice):
            break
        network = applied(network, change)
        found = walk(network, found.flow)
    return Mended(tuple(changes), found)


def _change(network: Network, stop: Stop) -> NetworkChange:
    made: NetworkChange | None = None
    if stop.packet is not None:
        if stop.kind == "security-group":
            made = _group_rule(stop, stop.packet)
        elif stop.kind == "network-acl" and stop.id in network.acls:
            made = _acl_rule(network.acls[stop.id], stop, stop.packet)
        elif stop.code == "NO_ROUTE_TO_DESTINATION" and stop.id in network.tables:
            made = _route(network, stop, stop.packet)
    return made or Advice(stop)


def _range(packet: Packet) -> tuple[int, int]:
    """The packet's ports, or its type and code."""
    if protocols.has_types(packet.protocol):
        return packet.icmp_type, packet.icmp_code
    if not protocols.has_ports(packet.protocol):
        return 0, 65535
    ports = ports_of(packet.dst_port)
    return ports[0][0], ports[-1][1]


def _group_rule(stop: Stop, packet: Packet) -> GroupRule:
    egress = stop.direction == "outbound"
    other = single(packet.dst if egress else packet.src)
    low, high = _range(packet)
    return GroupRule(stop.id, egress, SecurityGroupRule(stop.id, packet.protocol, low, high, other))


def _acl_rule(acl: Acl, stop: Stop, packet: Packet) -> AclRule | None:
    egress = stop.direction == "outbound"
    entries = acl.outbound if egress else acl.inbound
    before = LAST if stop.rule is None or stop.rule >= LAST else stop.rule
    number = _free(frozenset(each.number for each in entries), before)
    if number is None:
        return None
    other = single(packet.dst if egress else packet.src)
    return AclRule(
        acl.id, egress, NetworkAclEntry(number, True, packet.protocol, *_range(packet), other)
    )


def _free(taken: frozenset[int], before: int) -> int | None:
    """A number for a rule that decides before another one; a round one where that is `*`."""
    if before == LAST:
        last = max((each for each in taken if each < LAST), default=0)
        wanted = (last // STEP + 1) * STEP
        if wanted < LAST:
            return wanted
    return next((each for each in range(before - 1, 0, -1) if each not in taken), None)


def _route(network: Network, stop: Stop, packet: Packet) -> AddedRoute | None:
    vpc = network.tables[stop.id].vpc
    for peering in network.peerings.values():
        sides = {peering.requester.vpc, peering.accepter.vpc}
        other = network.vpcs.get(next(iter(sides - {vpc}), ""))
        if vpc in sides and other is not None and peering.status == "active":
            for each in other.blocks:
                if each.holds(packet.dst):
                    return AddedRoute(stop.id, each, "peering", peering.id)
    if not is_public(packet.dst):
        return None
    return _to_internet(network, stop.id, vpc, packet)


def _to_internet(network: Network, table: str, vpc: str, packet: Packet) -> AddedRoute | None:
    everything = block("::/0" if is_six(packet.dst) else "0.0.0.0/0")
    if isinstance(everything, str):
        return None
    sender = network.owner(vpc, packet.src)
    has_public = sender is not None and any(own == packet.src for own, _ in sender.public)
    if has_public or is_six(packet.src):
        for gateway in network.internet_gateways.values():
            if vpc in gateway.vpcs and gateway.id.startswith("igw-"):
                return AddedRoute(table, everything, "internet-gateway", gateway.id)
    for nat in network.nats.values():
        usable = nat.vpc == vpc and nat.public and nat.state == "available"
        if usable and not is_six(packet.dst):
            return AddedRoute(table, everything, "nat-gateway", nat.id)
    return None


def applied(network: Network, change: GroupRule | AclRule | AddedRoute) -> Network:
    """The network with a change made."""
    replace = msgspec.structs.replace
    match change:
        case GroupRule():
            return _with_rule(network, change)
        case AclRule():
            acl = network.acls[change.acl]
            side = "outbound" if change.egress else "inbound"
            entries = sorted((*getattr(acl, side), change.entry), key=lambda each: each.number)
            acls = network.acls | {acl.id: replace(acl, **{side: tuple(entries)})}
            return replace(network, acls=acls)
        case AddedRoute():
            table = network.tables[change.table]
            route = Route(change.block.text, change.kind, change.target)
            by_block = with_block(table.by_block, change.block, route)
            made = replace(table, routes=(*table.routes, route), by_block=by_block)
            return replace(network, tables=network.tables | {table.id: made})


def _with_rule(network: Network, change: GroupRule) -> Network:
    group = network.groups[change.group]
    side = "outbound" if change.egress else "inbound"
    made = msgspec.structs.replace(group, **{side: (*getattr(group, side), change.rule)})
    groups = network.groups | {group.id: made}
    rulesets = {
        ids: ruleset(groups, ids) if group.id in ids else known
        for ids, known in network.rulesets.items()
    }
    return msgspec.structs.replace(network, groups=groups, rulesets=rulesets)
