"""Staging in the lab, with a VPC of its own in which two machines work."""

from __future__ import annotations

from typing import Any

import msgspec

from logkeep.fleet import Fleet, Logs
from logkeep.lab.work import IMAGE
from logkeep.sources.vpc_flow import FlowOptions
from support.labs import Bench
from support.worlds import fleet_of

ACCOUNT = "333333333333"


def fleet(options: FlowOptions) -> Fleet:
    """Staging is to record its networks in one Region, and nothing else is asked."""
    found = fleet_of(regions=("us-east-1",))
    return msgspec.structs.replace(found, logs=(Logs("vpc-flow", (ACCOUNT,), options),))


def begun(lab: Bench) -> dict[str, Any]:
    """One VPC alone, with two machines in two subnets."""
    ec2 = lab.client(ACCOUNT, "ec2")
    for old in ec2.describe_vpcs()["Vpcs"]:
        for subnet in ec2.describe_subnets()["Subnets"]:
            ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        ec2.delete_vpc(VpcId=old["VpcId"])
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made: dict[str, Any] = {"vpc": vpc, "faces": []}
    for number in (1, 2):
        block = f"10.0.{number}.0/24"
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=block)["Subnet"]["SubnetId"]
        found = ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, SubnetId=subnet)
        made["faces"].append(found["Instances"][0]["NetworkInterfaces"][0]["NetworkInterfaceId"])
    return made
