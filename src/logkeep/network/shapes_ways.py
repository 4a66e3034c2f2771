"""In which shape does AWS describe the ways out of a VPC: gateways, peerings, transit gateways?"""

from __future__ import annotations

from logkeep.network.shapes import Shape


class GatewayAttachment(Shape, frozen=True):
    """The VPC of a gateway."""

    vpc_id: str = ""
    state: str = ""


class GatewayRow(Shape, frozen=True):
    """A row of the internet, egress-only or VPN gateways."""

    internet_gateway_id: str = ""
    egress_only_internet_gateway_id: str = ""
    vpn_gateway_id: str = ""
    attachments: tuple[GatewayAttachment, ...] = ()
    vpc_attachments: tuple[GatewayAttachment, ...] = ()


class NatAddress(Shape, frozen=True):
    """An address of a NAT gateway."""

    network_interface_id: str = ""
    private_ip: str = ""
    public_ip: str = ""


class NatRow(Shape, frozen=True):
    """A row of DescribeNatGateways."""

    nat_gateway_id: str
    vpc_id: str = ""
    subnet_id: str = ""
    state: str = "available"
    connectivity_type: str = "public"
    availability_mode: str = "zonal"
    nat_gateway_addresses: tuple[NatAddress, ...] = ()


class PeeringSide(Shape, frozen=True):
    """One end of a peering connection."""

    vpc_id: str = ""
    owner_id: str = ""
    region: str = ""


class PeeringStatus(Shape, frozen=True):
    """The state of a peering connection."""

    code: str = ""


class PeeringRow(Shape, frozen=True):
    """A row of DescribeVpcPeeringConnections."""

    vpc_peering_connection_id: str
    accepter_vpc_info: PeeringSide = PeeringSide()
    requester_vpc_info: PeeringSide = PeeringSide()
    status: PeeringStatus = PeeringStatus()


class EndpointRow(Shape, frozen=True):
    """A row of DescribeVpcEndpoints."""

    vpc_endpoint_id: str
    vpc_id: str = ""
    vpc_endpoint_type: str = ""
    service_name: str = ""
    state: str = "available"
    network_interface_ids: tuple[str, ...] = ()
    subnet_ids: tuple[str, ...] = ()


class PrefixEntry(Shape, frozen=True):
    """An entry of a managed prefix list."""

    cidr: str = ""


class PrefixListRow(Shape, frozen=True):
    """A row of DescribePrefixLists, or a managed prefix list with its entries."""

    prefix_list_id: str
    cidrs: tuple[str, ...] | None = None
    entries: tuple[PrefixEntry, ...] | None = None


class VpnRoute(Shape, frozen=True):
    """A static route of a VPN connection."""

    destination_cidr_block: str = ""
    state: str = "available"


class VpnOptions(Shape, frozen=True):
    """Whether a VPN connection speaks BGP."""

    static_routes_only: bool | None = None


class VpnRow(Shape, frozen=True):
    """A row of DescribeVpnConnections."""

    vpn_connection_id: str
    vpn_gateway_id: str = ""
    transit_gateway_id: str = ""
    state: str = "available"
    routes: tuple[VpnRoute, ...] = ()
    options: VpnOptions = VpnOptions()


class TransitOptions(Shape, frozen=True):
    """Options of a transit gateway or an attachment."""

    security_group_referencing_support: str = ""
    appliance_mode_support: str = ""


class TransitRow(Shape, frozen=True):
    """A row of DescribeTransitGateways."""

    transit_gateway_id: str
    options: TransitOptions = TransitOptions()


class AttachmentAssociation(Shape, frozen=True):
    """The route table of an attachment."""

    transit_gateway_route_table_id: str = ""
    state: str = "associated"


class AttachmentRow(Shape, frozen=True):
    """A row of DescribeTransitGatewayAttachments or DescribeTransitGatewayVpcAttachments."""

    transit_gateway_attachment_id: str
    transit_gateway_id: str = ""
    resource_id: str = ""
    resource_type: str = ""
    vpc_id: str = ""
    state: str = "available"
    subnet_ids: tuple[str, ...] | None = None
    association: AttachmentAssociation | None = None
    options: TransitOptions = TransitOptions()


class TransitTableRow(Shape, frozen=True):
    """A row of DescribeTransitGatewayRouteTables."""

    transit_gateway_route_table_id: str
    transit_gateway_id: str = ""


class Propagation(Shape, frozen=True):
    """An attachment that writes its routes into a table."""

    transit_gateway_attachment_id: str = ""
    resource_id: str = ""
    resource_type: str = ""
    state: str = "enabled"


class PropagationRow(Shape, frozen=True):
    """GetTransitGatewayRouteTablePropagations, with the table it was asked for."""

    transit_gateway_route_table_id: str
    transit_gateway_route_table_propagations: tuple[Propagation, ...] = ()


class TransitRouteAttachment(Shape, frozen=True):
    """Where a transit gateway's route leads to."""

    transit_gateway_attachment_id: str = ""


class TransitRouteRow(Shape, frozen=True):
    """A route of a transit gateway."""

    destination_cidr_block: str = ""
    prefix_list_id: str = ""
    transit_gateway_attachments: tuple[TransitRouteAttachment, ...] = ()
    type: str = "static"
    state: str = "active"


class TransitRoutesRow(Shape, frozen=True):
    """SearchTransitGatewayRoutes, with the table it was asked for."""

    transit_gateway_route_table_id: str
    routes: tuple[TransitRouteRow, ...] = ()
    additional_routes_available: bool = False


class FlowLogRow(Shape, frozen=True):
    """A row of DescribeFlowLogs."""

    flow_log_id: str
    resource_id: str = ""
    traffic_type: str = "ALL"
    flow_log_status: str = "ACTIVE"


class ExclusionRow(Shape, frozen=True):
    """A row of DescribeVpcBlockPublicAccessExclusions."""

    resource_arn: str = ""
    internet_gateway_exclusion_mode: str = ""
    state: str = "create-complete"


class BlockOptions(Shape, frozen=True):
    """DescribeVpcBlockPublicAccessOptions."""

    internet_gateway_block_mode: str = ""
