"""Which network interfaces and instances are there, with which addresses?"""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.network.address import Address
from logkeep.network.reading import RowReader, name_of
from logkeep.network.shapes import (
    InstanceRow,
    InterfaceAttachment,
    InterfaceRow,
    PrivateAddress,
)
from logkeep.network.values import Instance, Interface

DETACHED = ("available", "detaching")
CHANGING = ("attaching", "detaching")


def interfaces(reader: RowReader) -> Iterator[Interface]:
    """Every network interface that has an address."""
    for row in reader.rows("enis", InterfaceRow):
        addresses = _addresses(reader, row)
        if not addresses:
            reader.wrong(row.network_interface_id, "has no address")
            continue
        prefixes = [each.ipv4_prefix for each in row.ipv4_prefixes]
        prefixes += [each.ipv6_prefix for each in row.ipv6_prefixes]
        attachment = row.attachment
        groups = row.groups
        yield Interface(
            id=row.network_interface_id,
            account=row.owner_id,
            vpc=row.vpc_id,
            subnet=row.subnet_id,
            kind=row.interface_type,
            addresses=addresses,
            prefixes=reader.blocks(row.network_interface_id, prefixes),
            public=tuple(_public(reader, row)),
            groups=None if groups is None else tuple(each.group_id for each in groups),
            source_dest_check=row.source_dest_check,
            attached=row.status not in DETACHED,
            changes=row.status == "attaching" or _changes(row.attachment),
            closed_to_internet=row.deny_all_igw_traffic,
            instance=attachment.instance_id if attachment else "",
            device_index=attachment.device_index if attachment else 0,
            name=name_of(row.tag_set),
        )


def _changes(found: InterfaceAttachment | None) -> bool:
    return found is not None and found.status in CHANGING


def _addresses(reader: RowReader, row: InterfaceRow) -> tuple[Address, ...]:
    privates = sorted(row.private_ip_addresses, key=lambda each: not each.primary)
    texts = [row.private_ip_address, *(each.private_ip_address for each in privates)]
    texts += [row.ipv6_address, *(each.ipv6_address for each in row.ipv6_addresses)]
    found = (reader.address(row.network_interface_id, text) for text in dict.fromkeys(texts))
    return tuple(each for each in found if each is not None)


def _public(reader: RowReader, row: InterfaceRow) -> Iterator[tuple[Address, Address]]:
    privates = [*row.private_ip_addresses]
    if not any(each.association.public_ip for each in privates):
        privates.append(PrivateAddress(row.private_ip_address, association=row.association))
    for each in privates:
        public = reader.address(row.network_interface_id, each.association.public_ip)
        private = reader.address(row.network_interface_id, each.private_ip_address)
        if public is not None and private is not None:
            yield private, public


def instances(reader: RowReader) -> Iterator[Instance]:
    """Every instance."""
    for row in reader.rows("instances", InstanceRow):
        metadata = row.metadata_options.http_endpoint != "disabled"
        yield Instance(row.instance_id, row.state.name, metadata, name_of(row.tags))
