"""How flow logs lead to each call they declare: into the archive, and into a stream."""

from __future__ import annotations

from logkeep.fleet import Logs
from logkeep.lab.work import IMAGE
from logkeep.sources.vpc_flow import FlowOptions
from support.labs import Bench, streamed_into
from support.least import PRODUCTION, STAGING, Least

STREAM = FlowOptions(to=("firehose",), stream="flow", stream_account="staging")


def networked(lab: Bench) -> None:
    """A stream, a machine, a prefix list and a transit gateway's table: all that is asked about."""
    streamed_into(lab, STAGING)
    ec2 = lab.client(STAGING, "ec2")
    ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1)
    ec2.create_managed_prefix_list(PrefixListName="own", MaxEntries=1, AddressFamily="IPv4")
    gateway = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    ec2.create_transit_gateway_route_table(TransitGatewayId=gateway)


def doubled(lab: Bench) -> None:
    """An interface has a flow log of the fleet's besides, which nobody asks for any more."""
    ec2 = lab.client(STAGING, "ec2")
    (face, *_) = ec2.describe_network_interfaces()["NetworkInterfaces"]
    tags = [{"Key": "logkeep:fleet", "Value": lab.fleet.name}]
    made = ec2.create_flow_logs(
        ResourceType="NetworkInterface",
        ResourceIds=[face["NetworkInterfaceId"]],
        TrafficType="ALL",
        LogDestinationType="s3",
        LogDestination=lab.fleet.bucket_arn,
        TagSpecifications=[{"ResourceType": "vpc-flow-log", "Tags": tags}],
    )
    assert not made["Unsuccessful"]


LEAST = Least(
    logs=(
        Logs("vpc-flow", (STAGING,), FlowOptions()),
        Logs("vpc-flow", (PRODUCTION,), STREAM),
    ),
    begin=networked,
    spoils=(doubled,),
)
