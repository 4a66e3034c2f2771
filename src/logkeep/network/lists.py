"""Which lists make up a network, and which call of AWS answers for each?"""

from __future__ import annotations

from typing import Any

from logkeep.network.shapes import (
    AclRow,
    GroupRow,
    InstanceRow,
    InterfaceRow,
    SubnetRow,
    TableRow,
    VpcRow,
)
from logkeep.network.shapes_ways import (
    AttachmentRow,
    EndpointRow,
    ExclusionRow,
    FlowLogRow,
    GatewayRow,
    NatRow,
    PeeringRow,
    PrefixListRow,
    PropagationRow,
    TransitRoutesRow,
    TransitRow,
    TransitTableRow,
    VpnRow,
)

LISTS: dict[str, tuple[Any, str, str]] = {
    "vpcs": (VpcRow, "Vpcs", "ec2:DescribeVpcs"),
    "subnets": (SubnetRow, "Subnets", "ec2:DescribeSubnets"),
    "route_tables": (TableRow, "RouteTables", "ec2:DescribeRouteTables"),
    "nacls": (AclRow, "NetworkAcls", "ec2:DescribeNetworkAcls"),
    "security_groups": (GroupRow, "SecurityGroups", "ec2:DescribeSecurityGroups"),
    "enis": (InterfaceRow, "NetworkInterfaces", "ec2:DescribeNetworkInterfaces"),
    "instances": (InstanceRow, "Instances", "ec2:DescribeInstances"),
    "internet_gateways": (GatewayRow, "InternetGateways", "ec2:DescribeInternetGateways"),
    "egress_only_internet_gateways": (
        GatewayRow,
        "EgressOnlyInternetGateways",
        "ec2:DescribeEgressOnlyInternetGateways",
    ),
    "nat_gateways": (NatRow, "NatGateways", "ec2:DescribeNatGateways"),
    "vpc_peerings": (
        PeeringRow,
        "VpcPeeringConnections",
        "ec2:DescribeVpcPeeringConnections",
    ),
    "vpc_endpoints": (EndpointRow, "VpcEndpoints", "ec2:DescribeVpcEndpoints"),
    "prefix_lists": (PrefixListRow, "PrefixLists", "ec2:GetManagedPrefixListEntries"),
    "vpn_gateways": (GatewayRow, "VpnGateways", "ec2:DescribeVpnGateways"),
    "vpn_connections": (VpnRow, "VpnConnections", "ec2:DescribeVpnConnections"),
    "transit_gateways": (TransitRow, "TransitGateways", "ec2:DescribeTransitGateways"),
    "tgw_vpc_attachments": (
        AttachmentRow,
        "TransitGatewayVpcAttachments",
        "ec2:DescribeTransitGatewayVpcAttachments",
    ),
    "tgw_attachments": (
        AttachmentRow,
        "TransitGatewayAttachments",
        "ec2:DescribeTransitGatewayAttachments",
    ),
    "tgw_route_tables": (
        TransitTableRow,
        "TransitGatewayRouteTables",
        "ec2:DescribeTransitGatewayRouteTables",
    ),
    "tgw_propagations": (
        PropagationRow,
        "TransitGatewayRouteTablePropagations",
        "ec2:GetTransitGatewayRouteTablePropagations",
    ),
    "tgw_static_routes": (TransitRoutesRow, "Routes", "ec2:SearchTransitGatewayRoutes"),
    "flow_logs": (FlowLogRow, "FlowLogs", "ec2:DescribeFlowLogs"),
    "vpc_block_public_access_exclusions": (
        ExclusionRow,
        "VpcBlockPublicAccessExclusions",
        "ec2:DescribeVpcBlockPublicAccessExclusions",
    ),
}
"""Each list of a network: the shape of its rows, the member of AWS's answer, and the call."""


def call_of(name: str) -> str:
    """The call that answers for a list."""
    return LISTS[name][2]
