"""One packet through a network with something changed."""

from __future__ import annotations

from logkeep.network.walk import Walk, walk
from support.small import (
    Row,
    changed,
    flow_in,
    network_of,
)

REACHES = ("reaches", "reaches", None)


Told = tuple[str, str | None, str | None]


def tried(document: Row, src: str, dst: str, *sent: str | int) -> Told:
    """The verdict, the answer's verdict, and the code of what stops or of what is open."""
    result = walked(document, src, dst, *sent)
    stop = result.stop
    code = stop.code if stop else next((doubt.code for doubt in result.doubts), None)
    return result.out.verdict, result.back.verdict if result.back else None, code


def walked(document: Row, src: str, dst: str, *sent: str | int) -> Walk:
    network = network_of(document)
    protocol = str(sent[0]) if sent else "icmp"
    ports = [int(each) for each in sent[1:]]
    return walk(network, flow_in(network, src, dst, protocol, *ports))


def route(document: Row, id_: str, *routes: Row) -> Row:
    """The document with routes more in a table, which go before those of the same block."""
    rows = {row["RouteTableId"]: row for row in document["route_tables"]}
    blocks = {each.get("DestinationCidrBlock") for each in routes}
    kept = [r for r in rows[id_]["Routes"] if r.get("DestinationCidrBlock") not in blocks]
    return changed(document, "route_tables", "RouteTableId", id_, Routes=[*kept, *routes])
