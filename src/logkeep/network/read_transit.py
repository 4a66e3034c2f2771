"""Where do transit gateways lead: what is attached, and what their route tables say?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from logkeep.network.address import Block, longest
from logkeep.network.reading import RowReader
from logkeep.network.shapes_ways import (
    AttachmentRow,
    PropagationRow,
    TransitRoutesRow,
    TransitRow,
    TransitTableRow,
)
from logkeep.network.values import Attachment, TransitRoute, TransitTable, Vpc, Vpn

CHANGES = ("pending", "deleting", "associating", "disassociating", "enabling", "disabling")
"""States of a route, an association or a propagation that is on its way to another."""

Attachments = dict[tuple[str, str], Attachment]


def references(reader: RowReader) -> frozenset[str]:
    """The transit gateways that hand on security group references."""
    rows = reader.rows("transit_gateways", TransitRow)
    return frozenset(
        row.transit_gateway_id
        for row in rows
        if row.options.security_group_referencing_support == "enable"
    )


def attachments(reader: RowReader) -> Attachments:
    """Every attachment: what both lists say of it, put together."""
    found: Attachments = {}
    # Of an account that shares a gateway with its owner only the owner's answer names the table.
    for row in sorted(reader.rows("tgw_attachments", AttachmentRow), key=_says_table):
        key = (row.transit_gateway_id, row.transit_gateway_attachment_id)
        found[key] = Attachment(
            row.transit_gateway_attachment_id,
            row.transit_gateway_id,
            row.resource_type,
            row.resource_id,
            row.state,
            table=_table(row),
        )
    for row in reader.rows("tgw_vpc_attachments", AttachmentRow):
        key = (row.transit_gateway_id, row.transit_gateway_attachment_id)
        known = found.get(key)
        found[key] = Attachment(
            row.transit_gateway_attachment_id,
            row.transit_gateway_id,
            "vpc",
            row.vpc_id or row.resource_id,
            row.state,
            row.subnet_ids,
            known.table if known else None,
            row.options.security_group_referencing_support == "enable",
            row.options.appliance_mode_support == "enable",
        )
    return found


def _says_table(row: AttachmentRow) -> bool:
    return row.association is not None


def _table(row: AttachmentRow) -> str | None:
    """The route table, empty where there is none, None where that is changing just now."""
    association = row.association
    if association is not None and association.state in CHANGES:
        return None
    if association is None or association.state != "associated":
        return ""
    return association.transit_gateway_route_table_id


def transit_tables(
    reader: RowReader,
    attached: Attachments,
    vpcs: Mapping[str, Vpc],
    vpns: Mapping[str, Vpn],
    lists: Mapping[str, tuple[Block, ...]],
) -> dict[str, TransitTable]:
    """Every route table of a transit gateway whose routes were searched."""
    gateways = {
        row.transit_gateway_route_table_id: row.transit_gateway_id
        for row in reader.rows("tgw_route_tables", TransitTableRow)
    }
    propagations = reader.rows("tgw_propagations", PropagationRow)
    found: dict[str, TransitTable] = {}
    for row in reader.rows("tgw_static_routes", TransitRoutesRow):
        id_ = row.transit_gateway_route_table_id
        gateway = gateways.get(id_, "")
        written = [p for p in propagations if p.transit_gateway_route_table_id == id_]
        spread = _spread(row, written, attached, gateway, vpcs, vpns)
        doubt = spread.doubt or _changing(row, written) or _doubt(reader, row, lists)
        routes = [*_static(reader, row, lists), *spread.routes]
        found[id_] = TransitTable(id_, gateway, longest(routes), doubt)
    return found


def _doubt(reader: RowReader, row: TransitRoutesRow, lists: Mapping[str, tuple[Block, ...]]) -> str:
    if row.additional_routes_available:
        return "ec2:SearchTransitGatewayRoutes"
    if any(each.prefix_list_id and each.prefix_list_id not in lists for each in row.routes):
        return "ec2:GetManagedPrefixListEntries"
    whole = any(each.type == "propagated" for each in row.routes)
    if "tgw_propagations" in reader.missing and not whole:
        return "ec2:GetTransitGatewayRouteTablePropagations"
    return ""


def _changing(row: TransitRoutesRow, written: Iterable[PropagationRow]) -> str:
    """What settles it where a route or a propagation is just being made or taken away."""
    states = {each.state for each in row.routes}
    for found in written:
        states |= {each.state for each in found.transit_gateway_route_table_propagations}
    return "ec2:SearchTransitGatewayRoutes" if states & {*CHANGES} else ""


def _static(
    reader: RowReader, row: TransitRoutesRow, lists: Mapping[str, tuple[Block, ...]]
) -> Iterator[tuple[Block, TransitRoute]]:
    """The routes of the answer, the static ones first: of two to one block they count."""
    where = row.transit_gateway_route_table_id
    for each in sorted(row.routes, key=lambda found: found.type != "static"):
        if each.state in ("deleted", *CHANGES):
            continue
        to = tuple(a.transit_gateway_attachment_id for a in each.transit_gateway_attachments)
        text = each.destination_cidr_block or each.prefix_list_id
        route = TransitRoute(text, to, each.state != "blackhole")
        blocks = lists.get(each.prefix_list_id, ())
        if each.destination_cidr_block:
            blocks = reader.blocks(where, [each.destination_cidr_block])
        for block in blocks:
            yield block, route


class _Spread(msgspec.Struct, frozen=True):
    """What attachments write into a table by themselves."""

    routes: list[tuple[Block, TransitRoute]]
    doubt: str = ""


def _spread(
    row: TransitRoutesRow,
    written: Iterable[PropagationRow],
    attached: Attachments,
    gateway: str,
    vpcs: Mapping[str, Vpc],
    vpns: Mapping[str, Vpn],
) -> _Spread:
    routes: list[tuple[Block, TransitRoute]] = []
    doubt = ""
    whole = any(each.type == "propagated" for each in row.routes)
    enabled = [
        each
        for found in written
        for each in found.transit_gateway_route_table_propagations
        if each.state == "enabled"
    ]
    for each in enabled:
        id_ = each.transit_gateway_attachment_id
        known = attached.get((gateway, id_))
        if known is not None and known.state not in ("available", "modifying"):
            continue
        blocks = _written_by(each.resource_type, each.resource_id, vpcs, vpns)
        if blocks is None:
            doubt = doubt if whole else "ec2:SearchTransitGatewayRoutes"
        else:
            routes += [(b, TransitRoute(b.text, (id_,), active=True)) for b in blocks]
    return _Spread(routes, doubt)


def _written_by(
    kind: str, resource: str, vpcs: Mapping[str, Vpc], vpns: Mapping[str, Vpn]
) -> tuple[Block, ...] | None:
    """The blocks that an attachment propagates; None where only BGP, or another account, tells."""
    if kind == "vpc" and resource in vpcs:
        return vpcs[resource].blocks
    if kind == "vpn" and resource in vpns and vpns[resource].static:
        return vpns[resource].blocks
    return None
