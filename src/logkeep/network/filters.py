"""Does this security group, does this network ACL let the packet by, and which rule says so?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from logkeep.network import protocols
from logkeep.network.address import Address, Block
from logkeep.network.packet import Packet, Port, Ports
from logkeep.network.values import (
    Interface,
    NetworkAclEntry,
    Ruleset,
    SecurityGroup,
    SecurityGroupRule,
)

LAST: Final = 32767
"""The number of the rule `*`, which denies what no other rule decided (rule 6.4.3)."""
LAST_SIX: Final = 32768
"""The same for IPv6 (Amazon VPC User Guide, "Amazon VPC quotas")."""


def ruleset(groups: Mapping[str, SecurityGroup], ids: Iterable[str]) -> Ruleset:
    """The rules of these groups together: any of them suffices (rule 6.4.2)."""
    named = tuple(ids)
    there = [groups[id_] for id_ in named if id_ in groups]
    return Ruleset(
        _by_protocol(rule for group in there for rule in group.inbound),
        _by_protocol(rule for group in there for rule in group.outbound),
        tuple(id_ for id_ in named if id_ not in groups),
    )


def _by_protocol(rules: Iterable[SecurityGroupRule]) -> dict[int, tuple[SecurityGroupRule, ...]]:
    listed = tuple(rules)
    named = {rule.protocol for rule in listed} | {protocols.ANY}
    return {
        protocol: tuple(r for r in listed if r.protocol in (protocol, protocols.ANY))
        for protocol in named
    }


class FarEnd(msgspec.Struct, frozen=True):
    """What group references are held against: who is at the other end, if that can be told.

    `doubt` is set where someone is there, and nobody can say who.
    """

    peer: Interface | None = None
    doubt: bool = False


class Admitted(msgspec.Struct, frozen=True):
    """Whether groups admit a packet: the rule that does, or one that might."""

    rule: SecurityGroupRule | None = None
    doubtful: SecurityGroupRule | None = None


NOBODY: Final = Admitted()


def admitted(
    rules: Mapping[int, tuple[SecurityGroupRule, ...]],
    packet: Packet,
    other: Address,
    asked: FarEnd,
    lists: Mapping[str, tuple[Block, ...]],
) -> Admitted:
    """The first rule that admits a packet from, or to, the other end."""
    doubtful: SecurityGroupRule | None = None
    for rule in rules.get(packet.protocol) or rules[protocols.ANY]:
        if not covers(rule, packet):
            continue
        block = rule.block
        if block is not None:
            found: bool | None = block.low <= other <= block.high
        elif rule.prefix_list:
            found = _listed(lists.get(rule.prefix_list), other)
        else:
            found = _is_member(rule, other, asked)
        if found and not rule.odd:
            return Admitted(rule)
        if found is None or (found and rule.odd):
            doubtful = rule
    return Admitted(None, doubtful) if doubtful else NOBODY


def covers(rule: SecurityGroupRule | NetworkAclEntry, packet: Packet) -> bool:
    """Whether a rule speaks of the packet's ports, or of its type and code (rule 6.4.5)."""
    protocol = packet.protocol
    if rule.protocol == protocols.ANY:
        return True
    if protocols.has_ports(protocol):
        port = packet.dst_port
        if isinstance(port, int):
            return rule.low <= port <= rule.high
        return rule.low <= port[0][0] and port[-1][1] <= rule.high
    if protocols.has_types(protocol):
        return rule.low == -1 or (
            rule.low == packet.icmp_type and rule.high in (-1, packet.icmp_code)
        )
    return True


def _listed(blocks: tuple[Block, ...] | None, other: Address) -> bool | None:
    return None if blocks is None else any(each.low <= other <= each.high for each in blocks)


def _is_member(rule: SecurityGroupRule, other: Address, asked: FarEnd) -> bool | None:
    """References match private addresses of members, on ways that keep them (VPC-SG)."""
    if not rule.reference_works:
        return False
    if asked.doubt:
        return None
    peer = asked.peer
    if peer is None or not peer.has(other):
        return False
    return None if peer.groups is None else rule.reference in peer.groups


def deciding(
    entries: Iterable[NetworkAclEntry], packet: Packet, other: Address
) -> NetworkAclEntry | None:
    """The first rule of a network ACL that matches; None is the rule `*` (rule 6.4.3)."""
    protocol = packet.protocol
    for entry in entries:
        if entry.protocol not in (protocol, protocols.ANY):
            continue
        block = entry.block
        if block.low <= other <= block.high and covers(entry, packet):
            return entry
    return None


class Screened(msgspec.Struct, frozen=True):
    """For which of the ports a network ACL lets a packet by, and which rules decide first."""

    allowed: Ports
    allows: NetworkAclEntry | None
    denies: NetworkAclEntry | None


def screened(entries: Iterable[NetworkAclEntry], packet: Packet, other: Address) -> Screened:
    """What a network ACL says where the port is one of many."""
    left, allowed = ports_of(packet.dst_port), ()
    allows: NetworkAclEntry | None = None
    denies: NetworkAclEntry | None = None
    for entry in entries:
        if entry.protocol not in (packet.protocol, protocols.ANY) or not left:
            continue
        if not entry.block.holds(other):
            continue
        everything = entry.protocol == protocols.ANY
        reach = (0, 65535) if everything else (entry.low, entry.high)
        hit = _common(left, reach)
        if entry.allow:
            allowed += hit
            allows = allows or (entry if hit else None)
        elif hit:
            denies = denies or entry
        left = _without(left, reach)
    return Screened(joined(allowed), allows, denies)


def ports_of(port: Port) -> Ports:
    """A port as ranges."""
    return ((port, port),) if isinstance(port, int) else port


def _common(ports: Ports, reach: tuple[int, int]) -> Ports:
    both = ((max(low, reach[0]), min(high, reach[1])) for low, high in ports)
    return tuple((low, high) for low, high in both if low <= high)


def _without(ports: Ports, reach: tuple[int, int]) -> Ports:
    below = ((low, min(high, reach[0] - 1)) for low, high in ports)
    above = ((max(low, reach[1] + 1), high) for low, high in ports)
    return tuple(sorted((low, high) for low, high in (*below, *above) if low <= high))


def joined(ports: Ports) -> Ports:
    """Ranges in order, with those that touch made one."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(ports):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return tuple(found)


def ends(ports: Ports) -> str:
    """Ranges as people write them."""
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in ports)
