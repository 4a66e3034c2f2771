"""What network do these answers of AWS describe? The one door to it.

The document holds AWS's own Describe answers by list (`vpcs`, `subnets`, `enis` and so on, as
`lists.LISTS` names them). A list that is absent was not collected: what it would hold is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from logkeep.network.address import Address, Longest, longest
from logkeep.network.filters import ruleset
from logkeep.network.read_filters import acls, groups
from logkeep.network.read_gateways import (
    block_mode,
    block_mode_of,
    endpoints,
    exclusions,
    flow_logs,
    gateways,
    nats,
    peerings,
    prefix_lists,
    vpns,
)
from logkeep.network.read_interfaces import instances, interfaces
from logkeep.network.read_routes import tables
from logkeep.network.read_transit import attachments, references, transit_tables
from logkeep.network.reading import RowReader, Unreadable, name_of
from logkeep.network.shapes import AclRow, SubnetRow, VpcRow
from logkeep.network.shapes_ways import GatewayRow
from logkeep.network.values import Interface, Network, Ruleset, SecurityGroup, Subnet, Vpc
from logkeep.value import Json

TRANSIT = "transit_gateway"


def read(document: Mapping[str, Json]) -> Network | Unreadable:
    """The network that a document describes, or every mistake in it."""
    reader = RowReader(document)
    network = _network(reader)
    return Unreadable(tuple(reader.mistakes)) if reader.mistakes else network


def _network(reader: RowReader) -> Network:
    vpcs = _vpcs(reader)
    subnets = _subnets(reader)
    lists = prefix_lists(reader)
    routes = tables(reader, lists, vpcs)
    acl_rows = reader.rows("nacls", AclRow)
    all_groups = {each.id: each for each in groups(reader)}
    faces = {each.id: each for each in interfaces(reader)}
    all_nats = {each.id: each for each in nats(reader)}
    all_vpns = {each.id: each for each in vpns(reader)}
    attached = attachments(reader)
    internet = gateways(reader.rows("internet_gateways", GatewayRow))
    internet += gateways(reader.rows("egress_only_internet_gateways", GatewayRow))
    return Network(
        missing=reader.missing,
        vpcs=vpcs,
        subnets=subnets,
        tables=routes.tables,
        acls={each.id: each for each in acls(reader, acl_rows)},
        groups=all_groups,
        interfaces=faces,
        instances={each.id: each for each in instances(reader)},
        internet_gateways={each.id: each for each in internet},
        vpn_gateways={g.id: g for g in gateways(reader.rows("vpn_gateways", GatewayRow))},
        nats=all_nats,
        peerings={each.id: each for each in peerings(reader)},
        endpoints={each.id: each for each in endpoints(reader)},
        prefix_lists=lists,
        vpns=all_vpns,
        attachments=attached,
        transit_tables=transit_tables(reader, attached, vpcs, all_vpns, lists),
        transit_references=references(reader),
        flow_logs={each.id: each for each in flow_logs(reader)},
        block_mode=block_mode(reader),
        exclusions=exclusions(reader),
        owners=_owners(faces),
        delegated=_delegated(faces),
        public=_public(faces),
        subnets_by_block=_by_block(subnets),
        table_of_subnet=routes.of_subnet,
        main_table=routes.main,
        table_of_gateway=routes.of_gateway,
        propagating=frozenset(routes.writers),
        acl_of_subnet=_acl_of_subnet(acl_rows, subnets),
        nat_of_interface={face: nat.id for nat in all_nats.values() for face in nat.interfaces},
        rulesets={
            ids: ruleset(all_groups, ids) for ids in {f.groups or () for f in faces.values()}
        },
        transit_interfaces={f.subnet: f for f in faces.values() if f.kind == TRANSIT},
        shared=_shared(vpcs, all_groups.values(), faces.values()),
    )


def _shared(
    vpcs: Mapping[str, Vpc], all_groups: Iterable[SecurityGroup], faces: Iterable[Interface]
) -> dict[str, str]:
    """The VPCs of which nothing of their owner's own was described: a participant sees the rest.

    A participant sees its own interfaces alone, and never the owner's default group
    (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html).
    """
    own = {(each.vpc, each.account) for each in faces}
    own |= {(each.vpc, each.account) for each in all_groups if each.name == "default"}
    return {
        each.id: each.account
        for each in vpcs.values()
        if each.account and (each.id, each.account) not in own
    }


def _vpcs(reader: RowReader) -> dict[str, Vpc]:
    found: dict[str, Vpc] = {}
    for row in reader.rows("vpcs", VpcRow):
        four = [a for a in row.cidr_block_association_set if a.cidr_block_state.state in _LIVES]
        six = [
            a
            for a in row.ipv6_cidr_block_association_set
            if a.ipv6_cidr_block_state.state in _LIVES
        ]
        texts = [row.cidr_block, *(a.cidr_block for a in four), *(a.ipv6_cidr_block for a in six)]
        mode = block_mode_of(row.block_public_access_states.internet_gateway_block_mode)
        blocks = reader.blocks(row.vpc_id, texts)
        found[row.vpc_id] = Vpc(row.vpc_id, row.owner_id, blocks, mode, name_of(row.tags))
    return found


_LIVES = ("associated", "associating")


def _subnets(reader: RowReader) -> dict[str, Subnet]:
    found: dict[str, Subnet] = {}
    for row in reader.rows("subnets", SubnetRow):
        six = [
            a.ipv6_cidr_block
            for a in row.ipv6_cidr_block_association_set
            if a.ipv6_cidr_block_state.state in _LIVES
        ]
        found[row.subnet_id] = Subnet(
            row.subnet_id,
            row.vpc_id,
            row.owner_id,
            row.availability_zone_id or row.availability_zone,
            reader.blocks(row.subnet_id, [row.cidr_block, *six]),
            block_mode_of(row.block_public_access_states.internet_gateway_block_mode),
            name_of(row.tags),
        )
    return found


def _by_block(subnets: Mapping[str, Subnet]) -> dict[str, Longest[Subnet]]:
    of_vpc: dict[str, list[Subnet]] = {}
    for subnet in subnets.values():
        of_vpc.setdefault(subnet.vpc, []).append(subnet)
    return {
        vpc: longest((each, subnet) for subnet in there for each in subnet.blocks)
        for vpc, there in of_vpc.items()
    }


def rulesets(
    groups: Mapping[str, SecurityGroup], faces: Mapping[str, Interface]
) -> dict[tuple[str, ...], Ruleset]:
    """The rules of each set of groups that an interface has."""
    return {ids: ruleset(groups, ids) for ids in {face.groups or () for face in faces.values()}}


def _owners(faces: Mapping[str, Interface]) -> dict[tuple[str, Address], Interface]:
    return {(face.vpc, own): face for face in faces.values() for own in face.addresses}


def _delegated(faces: Mapping[str, Interface]) -> dict[str, Longest[Interface]]:
    of_vpc: dict[str, list[Interface]] = {}
    for face in faces.values():
        if face.prefixes:
            of_vpc.setdefault(face.vpc, []).append(face)
    return {
        vpc: longest((each, face) for face in there for each in face.prefixes)
        for vpc, there in of_vpc.items()
    }


def _public(faces: Mapping[str, Interface]) -> dict[Address, tuple[Interface, Address]]:
    return {public: (face, private) for face in faces.values() for private, public in face.public}


def _acl_of_subnet(rows: list[AclRow], subnets: Mapping[str, Subnet]) -> dict[str, str]:
    """Each subnet's ACL; where the answer was cut, its VPC's default one is left."""
    defaults = {row.vpc_id: row.network_acl_id for row in rows if row.is_default}
    found = {s.id: defaults[s.vpc] for s in subnets.values() if s.vpc in defaults}
    for row in rows:
        found |= {each.subnet_id: row.network_acl_id for each in row.associations}
    return found
