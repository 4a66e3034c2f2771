"""Where does each route table of a VPC lead? Routes by block, in AWS's order of preference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from logkeep.network.address import Block, longest
from logkeep.network.reading import RowReader
from logkeep.network.shapes import RouteRow, TableRow
from logkeep.network.values import Route, RouteTable, TargetKind, Vpc

GATEWAYS: tuple[tuple[str, TargetKind], ...] = (
    ("igw-", "internet-gateway"),
    ("eigw-", "egress-only-internet-gateway"),
    ("vgw-", "vpn-gateway"),
    ("vpce-", "vpc-endpoint"),
    ("nat-", "nat-gateway"),
)
PREFERENCE = {"CreateRouteTable": 0, "CreateRoute": 1, "": 1}
"""Of routes to one block: the local one, a static one, one of a prefix list, a propagated one.

https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
"""


class RouteTables(msgspec.Struct, frozen=True):
    """The tables, and which of them counts where."""

    tables: dict[str, RouteTable]
    of_subnet: dict[str, str]
    main: dict[str, str]
    of_gateway: dict[str, str]
    writers: set[str]


def tables(
    reader: RowReader, lists: Mapping[str, tuple[Block, ...]], vpcs: Mapping[str, Vpc]
) -> RouteTables:
    """Every route table."""
    found = RouteTables({}, {}, {}, {}, set())
    for row in reader.rows("route_tables", TableRow):
        found.tables[row.route_table_id] = _table(reader, row, lists, vpcs.get(row.vpc_id))
        found.writers.update(each.gateway_id for each in row.propagating_vgws)
        for each in row.associations:
            if each.association_state.state not in ("associated", "associating"):
                continue
            if each.main:
                found.main[row.vpc_id] = row.route_table_id
            if each.subnet_id:
                found.of_subnet[each.subnet_id] = row.route_table_id
            if each.gateway_id:
                found.of_gateway[each.gateway_id] = row.route_table_id
    return found


def _table(
    reader: RowReader, row: TableRow, lists: Mapping[str, tuple[Block, ...]], vpc: Vpc | None
) -> RouteTable:
    routes: list[Route] = []
    blocks: list[tuple[int, Block, Route]] = []
    unread: list[Route] = []
    for each in row.routes:
        if each.state == "filtered":
            continue
        route = _route(each)
        routes.append(route)
        list_id = each.destination_prefix_list_id
        if list_id and list_id not in lists:
            unread.append(route)
        elif list_id:
            blocks += [(2, block, route) for block in lists[list_id]]
        else:
            blocks += [(_rank(each, route), b, route) for b in _block(reader, row, route)]
    blocks += list(_implied(vpc, blocks))
    blocks.sort(key=lambda found: found[0])
    by_block = longest((block, route) for _, block, route in blocks)
    return RouteTable(row.route_table_id, row.vpc_id, tuple(routes), by_block, tuple(unread))


def _rank(row: RouteRow, route: Route) -> int:
    return 0 if route.kind == "local" else PREFERENCE.get(row.origin, 3)


def _block(reader: RowReader, row: TableRow, route: Route) -> Iterator[Block]:
    found = reader.block(row.route_table_id, route.destination)
    if found is not None:
        yield found


def _implied(
    vpc: Vpc | None, blocks: list[tuple[int, Block, Route]]
) -> Iterator[tuple[int, Block, Route]]:
    """The local routes that every table has, where an answer was cut."""
    there = {block for _, block, _ in blocks}
    for block in vpc.blocks if vpc else ():
        if block not in there:
            yield 0, block, Route(block.text, "local", "local")


def _route(row: RouteRow) -> Route:
    kind, target = _target(row)
    text = row.destination_cidr_block or row.destination_ipv6_cidr_block
    return Route(
        text or row.destination_prefix_list_id,
        kind,
        target,
        row.state != "blackhole",
        row.origin == "EnableVgwRoutePropagation",
    )


def _target(row: RouteRow) -> tuple[TargetKind, str]:
    if row.gateway_id == "local":
        return "local", "local"
    for start, kind in GATEWAYS:
        if row.gateway_id.startswith(start):
            return kind, row.gateway_id
    if row.nat_gateway_id:
        return "nat-gateway", row.nat_gateway_id
    if row.vpc_peering_connection_id:
        return "peering", row.vpc_peering_connection_id
    if row.transit_gateway_id:
        return "transit-gateway", row.transit_gateway_id
    if row.network_interface_id:
        return "network-interface", row.network_interface_id
    if row.egress_only_internet_gateway_id:
        return "egress-only-internet-gateway", row.egress_only_internet_gateway_id
    others = (row.local_gateway_id, row.carrier_gateway_id, row.core_network_arn)
    named = (*others, row.odb_network_arn, row.gateway_id, row.instance_id)
    return "other", next((each for each in named if each), "")
