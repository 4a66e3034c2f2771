"""Which calls describe a network and change its flow logs, and what each needs.

All of `ec2:Describe…` know no resources (Service Authorization Reference, Amazon EC2).
"""

from __future__ import annotations

from typing import Final

from logkeep.access.key import FLEET_TAG
from logkeep.snapshot.call import Call, Entry, NotYet, Permit, WritingCall
from logkeep.snapshot.call import listing as listing_of
from logkeep.sources.vpc_flow import delivery_streams
from logkeep.sources.vpc_flow.delivery_streams import MAKE_LINKED
from logkeep.value import Json

VPCS: Final = "ec2:DescribeVpcs"
FLOW_LOGS: Final = "ec2:DescribeFlowLogs"
INTERFACES: Final = "ec2:DescribeNetworkInterfaces"
SUBNETS: Final = "ec2:DescribeSubnets"
INSTANCES: Final = "ec2:DescribeInstances"
PREFIX_LISTS: Final = "ec2:DescribeManagedPrefixLists"
PREFIX_ENTRIES: Final = "ec2:GetManagedPrefixListEntries"
BLOCK_OPTIONS: Final = "ec2:DescribeVpcBlockPublicAccessOptions"
EXCLUSIONS: Final = "ec2:DescribeVpcBlockPublicAccessExclusions"
PROPAGATIONS: Final = "ec2:GetTransitGatewayRouteTablePropagations"
TRANSIT_ROUTES: Final = "ec2:SearchTransitGatewayRoutes"
CREATE: Final = "ec2:CreateFlowLogs"
DELETE: Final = "ec2:DeleteFlowLogs"


RESOURCES: Final = {
    "flowlog": "arn:{partition}:ec2:*:*:vpc-flow-log/*",
    "vpc": "arn:{partition}:ec2:*:*:vpc/*",
    "subnet": "arn:{partition}:ec2:*:*:subnet/*",
    "interface": "arn:{partition}:ec2:*:*:network-interface/*",
    "prefixlist": "arn:{partition}:ec2:*:*:prefix-list/*",
    "transittable": "arn:{partition}:ec2:*:*:transit-gateway-route-table/*",
    **delivery_streams.RESOURCES,
}
"""The kinds of resource that its permits name."""


def _listing(call: str, field: str, on: str = "anything", **more: Json) -> dict[str, Call]:
    return {call: listing_of(field, Permit(call, on), **more)}


def _whole(call: str, field: str, **more: Json) -> dict[str, Call]:
    """A call that has no pages."""
    return {call: Call((Permit(call),), keeps=(field,), lists=(field,), **more)}


CALLS: dict[str, Call] = {
    **_listing(VPCS, "Vpcs"),
    **_listing(FLOW_LOGS, "FlowLogs", entry=Entry("FlowLogs", "FlowLogId", ":vpc-flow-log/")),
    **_listing(INTERFACES, "NetworkInterfaces"),
    **_listing(SUBNETS, "Subnets"),
    **_listing("ec2:DescribeRouteTables", "RouteTables"),
    **_listing("ec2:DescribeNetworkAcls", "NetworkAcls"),
    **_listing("ec2:DescribeSecurityGroups", "SecurityGroups"),
    **_listing(INSTANCES, "Reservations"),
    **_listing("ec2:DescribeInternetGateways", "InternetGateways"),
    **_listing("ec2:DescribeEgressOnlyInternetGateways", "EgressOnlyInternetGateways"),
    **_listing("ec2:DescribeNatGateways", "NatGateways"),
    **_listing("ec2:DescribeVpcPeeringConnections", "VpcPeeringConnections"),
    **_whole("ec2:DescribeVpnGateways", "VpnGateways"),
    **_whole("ec2:DescribeVpnConnections", "VpnConnections"),
    **_listing(PREFIX_LISTS, "PrefixLists"),
    **_listing(PREFIX_ENTRIES, "Entries", "prefixlist", needs=("PrefixListId",)),
    **_listing("ec2:DescribeTransitGateways", "TransitGateways"),
    **_listing("ec2:DescribeTransitGatewayVpcAttachments", "TransitGatewayVpcAttachments"),
    **_listing("ec2:DescribeTransitGatewayAttachments", "TransitGatewayAttachments"),
    **_listing("ec2:DescribeTransitGatewayRouteTables", "TransitGatewayRouteTables"),
    **_listing(
        PROPAGATIONS,
        "TransitGatewayRouteTablePropagations",
        needs=("TransitGatewayRouteTableId",),
    ),
    TRANSIT_ROUTES: listing_of(
        "Routes",
        Permit(TRANSIT_ROUTES, "transittable"),
        needs=("TransitGatewayRouteTableId",),
        constants={"Filters": [{"Name": "state", "Values": ["active", "blackhole"]}]},
    ),
    **delivery_streams.CALLS,
    BLOCK_OPTIONS: Call((Permit(BLOCK_OPTIONS),), keeps=("VpcBlockPublicAccessOptions",)),
    EXCLUSIONS: Call(
        (Permit(EXCLUSIONS),),
        keeps=("VpcBlockPublicAccessExclusions", "NextToken"),
        lists=("VpcBlockPublicAccessExclusions",),
    ),
}

# The checks of CreateFlowLogs on what takes it, just after our own change (rule 6.3.4).
NEW_WAY: Final = NotYet(
    frozenset(
        {
            "LogDestinationNotFoundException",
            "LogDestinationPermissionIssueException",
            "InvalidParameter",
            "400",
        }
    ),
    frozenset(
        {
            *("s3:CreateBucket", "s3:PutBucketPolicy", "logs:CreateLogGroup"),
            *("iam:CreateRole", "iam:PutRolePolicy", MAKE_LINKED),
        }
    ),
)
# Service Authorization Reference, Amazon EC2: of the resource `vpc-flow-log` CreateFlowLogs knows
# the tags that are sent, DeleteFlowLogs those that it has.
TAGGED: Final = ((f"aws:RequestTag/{FLEET_TAG}", "{fleet}"),)
OURS: Final = ((f"aws:ResourceTag/{FLEET_TAG}", "{fleet}"),)
# "Grant permission to tag Amazon EC2 resources during creation": nothing that is there already.
WITH_CREATION: Final = ("ec2:CreateAction", "CreateFlowLogs")
WRITES: dict[str, WritingCall] = {
    **delivery_streams.WRITES,
    CREATE: WritingCall(
        (
            Permit(CREATE, "flowlog", when=TAGGED),
            *(Permit(CREATE, on) for on in ("vpc", "subnet", "interface")),
            Permit("ec2:CreateTags", "flowlog", when=(*TAGGED, WITH_CREATION)),
            # Rules 6.3.3 and 6.3.1: a bucket takes the first, a log group the second.
            Permit("logs:CreateLogDelivery"),
            Permit("iam:PassRole", "logrole"),
        ),
        (NEW_WAY,),
        assigns=("FlowLogIds", 0),
    ),
    DELETE: WritingCall(
        (Permit(DELETE, "flowlog", when=OURS), Permit("logs:DeleteLogDelivery"))  # `retired`
    ),
}
"""In the order in which they are made: a new flow log is there before an old one goes."""
