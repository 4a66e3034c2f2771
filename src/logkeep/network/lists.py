"""Which lists make up a network, and which call of AWS answers for each?"""

from __future__ import annotations

from typing import Final

INCOMPLETE: Final = "incomplete"
"""The member of a document that names the lists which it holds in part."""

LISTS: Final[dict[str, tuple[str, str]]] = {
    "vpcs": ("Vpcs", "ec2:DescribeVpcs"),
    "subnets": ("Subnets", "ec2:DescribeSubnets"),
    "route_tables": ("RouteTables", "ec2:DescribeRouteTables"),
    "nacls": ("NetworkAcls", "ec2:DescribeNetworkAcls"),
    "security_groups": ("SecurityGroups", "ec2:DescribeSecurityGroups"),
    "enis": ("NetworkInterfaces", "ec2:DescribeNetworkInterfaces"),
    "instances": ("Instances", "ec2:DescribeInstances"),
    "internet_gateways": ("InternetGateways", "ec2:DescribeInternetGateways"),
    "egress_only_internet_gateways": (
        "EgressOnlyInternetGateways",
        "ec2:DescribeEgressOnlyInternetGateways",
    ),
    "nat_gateways": ("NatGateways", "ec2:DescribeNatGateways"),
    "vpc_peerings": (
        "VpcPeeringConnections",
        "ec2:DescribeVpcPeeringConnections",
    ),
    "vpc_endpoints": ("VpcEndpoints", "ec2:DescribeVpcEndpoints"),
    "prefix_lists": ("PrefixLists", "ec2:GetManagedPrefixListEntries"),
    "vpn_gateways": ("VpnGateways", "ec2:DescribeVpnGateways"),
    "vpn_connections": ("VpnConnections", "ec2:DescribeVpnConnections"),
    "transit_gateways": ("TransitGateways", "ec2:DescribeTransitGateways"),
    "tgw_vpc_attachments": (
        "TransitGatewayVpcAttachments",
        "ec2:DescribeTransitGatewayVpcAttachments",
    ),
    "tgw_attachments": (
        "TransitGatewayAttachments",
        "ec2:DescribeTransitGatewayAttachments",
    ),
    "tgw_route_tables": (
        "TransitGatewayRouteTables",
        "ec2:DescribeTransitGatewayRouteTables",
    ),
    "tgw_propagations": (
        "TransitGatewayRouteTablePropagations",
        "ec2:GetTransitGatewayRouteTablePropagations",
    ),
    "tgw_static_routes": ("Routes", "ec2:SearchTransitGatewayRoutes"),
    "flow_logs": ("FlowLogs", "ec2:DescribeFlowLogs"),
    "vpc_block_public_access_exclusions": (
        "VpcBlockPublicAccessExclusions",
        "ec2:DescribeVpcBlockPublicAccessExclusions",
    ),
}
"""Each list of a network: the member of AWS's answer, and the call."""


def call_of(name: str) -> str:
    """The call that answers for a list."""
    return LISTS[name][1]
