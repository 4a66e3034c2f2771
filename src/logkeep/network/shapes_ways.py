"""In which shape does AWS describe the ways out of a VPC: gateways, peerings, transit gateways?"""

from __future__ import annotations

from logkeep.network.shapes import Shape


class GatewayAttachment(Shape):
    """The VPC of a gateway."""

    vpc_id: str = ""
    state: str = ""


class GatewayRow(Shape):
    """A row of the internet, egress-only or VPN gateways."""

    internet_gateway_id: str = ""
    egress_only_internet_gateway_id: str = ""
    vpn_gateway_id: str = ""
    attachments: tuple[GatewayAttachment, ...] = ()
    vpc_attachments: tuple[GatewayAttachment, ...] = ()


class NatAddress(Shape):
    """An address of a NAT gateway."""

    network_interface_id: str = ""
    private_ip: str = ""
    public_ip: str = ""


class NatRow(Shape):
    """A row of DescribeNatGateways."""

    nat_gateway_id: str
    vpc_id: str = ""
    subnet_id: str = ""
    state: str = "available"
    connectivity_type: str = "public"
    availability_mode: str = "zonal"
    route_table_id: str = ""
    nat_gateway_addresses: tuple[NatAddress, ...] = ()


class PeeringSide(Shape):
    """One end of a peering connection."""

    vpc_id: str = ""
    owner_id: str = ""
    region: str = ""


class PeeringStatus(Shape):
    """The state of a peering connection."""

    code: str = ""


class PeeringRow(Shape):
    """A row of DescribeVpcPeeringConnections."""

    vpc_peering_connection_id: str
    accepter_vpc_info: PeeringSide = PeeringSide()
    requester_vpc_info: PeeringSide = PeeringSide()
    status: PeeringStatus = PeeringStatus()


class EndpointRow(Shape):
    """A row of DescribeVpcEndpoints."""

    vpc_endpoint_id: str
    vpc_id: str = ""
    vpc_endpoint_type: str = ""
    service_name: str = ""
    state: str = "available"
    network_interface_ids: tuple[str, ...] = ()
    subnet_ids: tuple[str, ...] = ()


class PrefixEntry(Shape):
    """An entry of a managed prefix list."""

    cidr: str = ""


class PrefixListRow(Shape):
    """A row of DescribePrefixLists, or a managed prefix list with its entries."""

    prefix_list_id: str
    cidrs: tuple[str, ...] | None = None
    entries: tuple[PrefixEntry, ...] | None = None


class VpnRoute(Shape):
    """A static route of a VPN connection."""

    destination_cidr_block: str = ""
    state: str = "available"


class VpnOptions(Shape):
    """Whether a VPN connection speaks BGP."""

    static_routes_only: bool | None = None


class VpnRow(Shape):
    """A row of DescribeVpnConnections."""

    vpn_connection_id: str
    vpn_gateway_id: str = ""
    transit_gateway_id: str = ""
    state: str = "available"
    routes: tuple[VpnRoute, ...] = ()
    options: VpnOptions = VpnOptions()


class TransitOptions(Shape):
    """Options of a transit gateway or an attachment."""

    security_group_referencing_support: str = ""
    appliance_mode_support: str = ""


class TransitRow(Shape):
    """A row of DescribeTransitGateways."""

    transit_gateway_id: str
    options: TransitOptions = TransitOptions()


class AttachmentAssociation(Shape):
    """The route table of an attachment."""

    transit_gateway_route_table_id: str = ""
    state: str = "associated"


class AttachmentRow(Shape):
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


class TransitTableRow(Shape):
    """A row of DescribeTransitGatewayRouteTables."""

    transit_gateway_route_table_id: str
    transit_gateway_id: str = ""


class Propagation(Shape):
    """An attachment that writes its routes into a table."""

    transit_gateway_attachment_id: str = ""
    resource_id: str = ""
    resource_type: str = ""
    state: str = "enabled"


class PropagationRow(Shape):
    """GetTransitGatewayRouteTablePropagations, with the table it was asked for."""

    transit_gateway_route_table_id: str
    transit_gateway_route_table_propagations: tuple[Propagation, ...] = ()


class TransitRouteAttachment(Shape):
    """Where a transit gateway's route leads to."""

    transit_gateway_attachment_id: str = ""


class TransitRouteRow(Shape):
    """A route of a transit gateway."""

    destination_cidr_block: str = ""
    prefix_list_id: str = ""
    transit_gateway_attachments: tuple[TransitRouteAttachment, ...] = ()
    type: str = "static"
    state: str = "active"


class TransitRoutesRow(Shape):
    """SearchTransitGatewayRoutes, with the table it was asked for."""

    transit_gateway_route_table_id: str
    routes: tuple[TransitRouteRow, ...] = ()
    additional_routes_available: bool = False


class FlowLogRow(Shape):
    """A row of DescribeFlowLogs."""

    flow_log_id: str
    resource_id: str = ""
    traffic_type: str = "ALL"
    flow_log_status: str = "ACTIVE"


class ExclusionRow(Shape):
    """A row of DescribeVpcBlockPublicAccessExclusions."""

    resource_arn: str = ""
    internet_gateway_exclusion_mode: str = ""
    state: str = "create-complete"


class BlockOptions(Shape):
    """DescribeVpcBlockPublicAccessOptions."""

    internet_gateway_block_mode: str = ""
