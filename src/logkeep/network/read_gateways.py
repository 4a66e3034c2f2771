"""Which ways out of a VPC are there, and what blocks them?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from logkeep.network.address import Block
from logkeep.network.reading import RowReader
from logkeep.network.shapes_ways import (
    BlockOptions,
    EndpointRow,
    ExclusionRow,
    FlowLogRow,
    GatewayRow,
    NatRow,
    PeeringRow,
    PeeringSide,
    PrefixListRow,
    VpnRow,
)
from logkeep.network.values import (
    BlockMode,
    Endpoint,
    Exclusion,
    FlowLog,
    Gateway,
    Nat,
    Peering,
    Side,
    Vpn,
)

BLOCK_MODES: tuple[BlockMode, ...] = (
    "off",
    "block-bidirectional",
    "block-ingress",
    "unseen",
)
GONE = ("detached", "detaching")


def block_mode_of(text: str) -> BlockMode:
    """A mode of VPC Block Public Access; a word that nobody knows counts as unsaid."""
    for mode in BLOCK_MODES:
        if mode == text:
            return mode
    return ""


def gateways(rows: Iterable[GatewayRow]) -> list[Gateway]:
    """Internet, egress-only or VPN gateways."""
    found: list[Gateway] = []
    for row in rows:
        id_ = row.internet_gateway_id or row.egress_only_internet_gateway_id or row.vpn_gateway_id
        every = (*row.attachments, *row.vpc_attachments)
        found.append(Gateway(id_, tuple(a.vpc_id for a in every if a.state not in GONE)))
    return found


def nats(reader: RowReader) -> Iterator[Nat]:
    """Every NAT gateway."""
    for row in reader.rows("nat_gateways", NatRow):
        faces = (each.network_interface_id for each in row.nat_gateway_addresses)
        yield Nat(
            row.nat_gateway_id,
            row.vpc_id,
            row.subnet_id,
            row.connectivity_type == "public",
            row.state,
            tuple(face for face in faces if face),
            row.availability_mode == "regional",
        )


def peerings(reader: RowReader) -> Iterator[Peering]:
    """Every peering connection."""
    for row in reader.rows("vpc_peerings", PeeringRow):
        yield Peering(
            row.vpc_peering_connection_id,
            row.status.code,
            _side(row.requester_vpc_info),
            _side(row.accepter_vpc_info),
        )


def _side(row: PeeringSide) -> Side:
    return Side(row.vpc_id, row.owner_id, row.region)


def endpoints(reader: RowReader) -> Iterator[Endpoint]:
    """Every VPC endpoint."""
    for row in reader.rows("vpc_endpoints", EndpointRow):
        yield Endpoint(
            row.vpc_endpoint_id,
            row.vpc_id,
            row.vpc_endpoint_type,
            row.service_name,
            row.state.lower(),
            row.network_interface_ids,
            row.subnet_ids,
        )


def prefix_lists(reader: RowReader) -> dict[str, tuple[Block, ...]]:
    """The blocks of every prefix list whose entries were seen."""
    found: dict[str, tuple[Block, ...]] = {}
    for row in reader.rows("prefix_lists", PrefixListRow):
        if row.cidrs is not None or row.entries is not None:
            texts = [*(row.cidrs or ()), *(each.cidr for each in row.entries or ())]
            found[row.prefix_list_id] = reader.blocks(row.prefix_list_id, texts)
    return found


def vpns(reader: RowReader) -> Iterator[Vpn]:
    """Every VPN connection; static routes prove that one does not speak BGP."""
    for row in reader.rows("vpn_connections", VpnRow):
        static = row.options.static_routes_only
        texts = [each.destination_cidr_block for each in row.routes if each.state != "deleted"]
        yield Vpn(
            row.vpn_connection_id,
            row.vpn_gateway_id or row.transit_gateway_id,
            row.state,
            bool(row.routes) if static is None else static,
            reader.blocks(row.vpn_connection_id, texts),
        )


def flow_logs(reader: RowReader) -> Iterator[FlowLog]:
    """Every flow log."""
    for row in reader.rows("flow_logs", FlowLogRow):
        active = row.flow_log_status == "ACTIVE"
        yield FlowLog(row.flow_log_id, row.resource_id, row.traffic_type, active)


def block_mode(reader: RowReader) -> BlockMode:
    """The Region's mode of VPC Block Public Access."""
    found = reader.one("vpc_block_public_access_options", BlockOptions)
    return block_mode_of(found.internet_gateway_block_mode) if found else ""


def exclusions(reader: RowReader) -> tuple[Exclusion, ...]:
    """What VPC Block Public Access leaves out."""
    rows = reader.rows("vpc_block_public_access_exclusions", ExclusionRow)
    live = [row for row in rows if row.state.endswith("-complete") and _stays(row.state)]
    return tuple(
        Exclusion(row.resource_arn.rsplit("/", 1)[-1], row.internet_gateway_exclusion_mode)
        for row in live
    )


def _stays(state: str) -> bool:
    return not state.startswith(("delete", "disable"))
