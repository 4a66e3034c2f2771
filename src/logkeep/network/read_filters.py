"""What do these security groups and network ACLs say? Each rule made ready to be asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from logkeep.network import protocols
from logkeep.network.reading import RowReader
from logkeep.network.shapes import AclRow, EntryRow, GroupPair, GroupRow, Permission
from logkeep.network.values import Acl, NetworkAclEntry, SecurityGroup, SecurityGroupRule

DEAD_PEERINGS = ("deleted", "deleting", "expired", "failed", "rejected", "inactive")


def groups(reader: RowReader) -> Iterator[SecurityGroup]:
    """Every security group."""
    for row in reader.rows("security_groups", GroupRow):
        inbound = tuple(_rules(reader, row, row.ip_permissions))
        outbound = tuple(_rules(reader, row, row.ip_permissions_egress))
        yield SecurityGroup(
            row.group_id, row.vpc_id, row.group_name, inbound, outbound, row.owner_id
        )


def _rules(
    reader: RowReader, row: GroupRow, permissions: Iterable[Permission]
) -> Iterator[SecurityGroupRule]:
    for permission in permissions:
        protocol = protocols.number(permission.ip_protocol)
        if protocol is None:
            reader.wrong(row.group_id, f"`{permission.ip_protocol}` is no protocol")
            continue
        low, high, odd = _range(protocol, permission)
        rule = partial(SecurityGroupRule, row.group_id, protocol, low, high, odd=odd)
        texts = [each.cidr_ip for each in permission.ip_ranges]
        texts += [each.cidr_ipv6 for each in permission.ipv6_ranges]
        for block in reader.blocks(row.group_id, texts):
            yield rule(block=block)
        for each in permission.prefix_list_ids:
            yield rule(prefix_list=each.prefix_list_id)
        for pair in permission.user_id_group_pairs:
            yield rule(reference=pair.group_id, reference_works=_works(pair))


def _works(pair: GroupPair) -> bool:
    """Whether a reference still means a group; one over a peering that ended is stale."""
    return pair.peering_status not in DEAD_PEERINGS


def _range(protocol: int, permission: Permission) -> tuple[int, int, bool]:
    """A rule's ports, or its type and code; and whether AWS would not take it (rule 6.4.5)."""
    low = -1 if permission.from_port is None else permission.from_port
    high = -1 if permission.to_port is None else permission.to_port
    if protocols.has_types(protocol):
        return low, high, low == -1 and high != -1
    if not protocols.has_ports(protocol) or low == -1:
        return 0, 65535, protocols.has_ports(protocol) and high not in (-1, 65535)
    return low, high, low > high


def acls(reader: RowReader, rows: Sequence[AclRow]) -> Iterator[Acl]:
    """Every network ACL."""
    for row in rows:
        entries = sorted(row.entries, key=lambda each: each.rule_number)
        read = partial(_entries, reader, row)
        yield Acl(
            row.network_acl_id,
            row.vpc_id,
            row.is_default,
            tuple(read(each for each in entries if not each.egress)),
            tuple(read(each for each in entries if each.egress)),
        )


def _entries(
    reader: RowReader, row: AclRow, entries: Iterable[EntryRow]
) -> Iterator[NetworkAclEntry]:
    for each in entries:
        protocol = protocols.number(each.protocol)
        if protocol is None:
            reader.wrong(row.network_acl_id, f"`{each.protocol}` is no protocol")
            continue
        low, high = _entry_range(protocol, each)
        allow = each.rule_action.lower() == "allow"
        for block in reader.blocks(row.network_acl_id, [each.cidr_block, each.ipv6_cidr_block]):
            yield NetworkAclEntry(each.rule_number, allow, protocol, low, high, block)


def _entry_range(protocol: int, entry: EntryRow) -> tuple[int, int]:
    if protocols.has_types(protocol):
        found = entry.icmp_type_code
        return (found.type, found.code) if found else (-1, -1)
    ports = entry.port_range
    if not protocols.has_ports(protocol) or ports is None or ports.from_ == -1:
        return 0, 65535
    return ports.from_, ports.to
