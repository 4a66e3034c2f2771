"""A fleet whose staging account records its networks, and snapshots of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

import msgspec

from logkeep.fleet import Fleet, Logs
from logkeep.plan import plan
from logkeep.snapshot import Ask, Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.vpc_flow import FlowOptions
from logkeep.sources.vpc_flow.calls import CALLS
from logkeep.sources.wants import wants
from support.arrivals import stamp
from support.worlds import NOW, answered, applied, fleet_of, well, with_arrivals

ACCOUNT = "333333333333"
HOME, AWAY = "us-east-1", "eu-west-1"
VPC, IDLE, ABROAD = "vpc-0a", "vpc-0b", "vpc-0c"
FACE, OTHER = "eni-0a1", "eni-0a2"
SUBNETS = {"subnet-0a1": VPC, "subnet-0a2": VPC, "subnet-0c1": ABROAD}
DAYS = datetime.timedelta(days=3)


def fleet(options: FlowOptions | None = None) -> Fleet:
    """The fleet acme, whose staging account 333333333333 is to record its networks."""
    found = fleet_of()
    wanted = Logs("vpc-flow", (ACCOUNT,), options or FlowOptions())
    return msgspec.structs.replace(found, logs=(*found.logs, wanted))


def only(options: FlowOptions | None = None) -> Fleet:
    """The same fleet, asking for nothing else."""
    found = fleet(options)
    return msgspec.structs.replace(found, logs=found.logs_of("vpc-flow"))


def face(id_: str, vpc: str, subnet: str, **more: Any) -> dict[str, Any]:
    """A network interface in use for three days."""
    attached = {"AttachTime": stamp(NOW - DAYS), "InstanceId": f"i-{id_[4:]}", "Status": "attached"}
    return {
        "NetworkInterfaceId": id_,
        "VpcId": vpc,
        "SubnetId": subnet,
        "OwnerId": ACCOUNT,
        "Status": "in-use",
        "InterfaceType": "interface",
        "Attachment": attached,
        **more,
    }


FACES = {
    HOME: [face(FACE, VPC, "subnet-0a1"), face(OTHER, VPC, "subnet-0a2")],
    AWAY: [face("eni-0c1", ABROAD, "subnet-0c1")],
}
VPCS = {HOME: (VPC, IDLE), AWAY: (ABROAD,)}


def flow_log(id_: str, resource: str = VPC, **more: Any) -> dict[str, Any]:
    """A flow log into the archive as somebody made it three days ago."""
    fields = (
        "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes "
        "start end action log-status"
    )
    return {
        "FlowLogId": id_,
        "ResourceId": resource,
        "TrafficType": "ALL",
        "FlowLogStatus": "ACTIVE",
        "DeliverLogsStatus": "SUCCESS",
        "LogDestinationType": "s3",
        "LogDestination": "arn:aws:s3:::secprod-multiaccount-logs",
        "LogFormat": " ".join(f"${{{name}}}" for name in fields.split()),
        "CreationTime": stamp(NOW - DAYS),
        "MaxAggregationInterval": 600,
        **more,
    }


def to_group(id_: str, resource: str = VPC, **more: Any) -> dict[str, Any]:
    """A flow log into a log group, by a role."""
    return flow_log(
        id_,
        resource,
        LogDestinationType="cloud-watch-logs",
        LogDestination=f"arn:aws:logs:{HOME}:{ACCOUNT}:log-group:vpc-flow",
        LogGroupName="vpc-flow",
        DeliverLogsPermissionArn=f"arn:aws:iam::{ACCOUNT}:role/flowlogsRole",
        **more,
    )


def listed(region: str, call: str, field: str, rows: Iterable[Any]) -> dict[Ask, Reply]:
    """One listing of the account."""
    return {ask(ACCOUNT, region, call): reply({field: list(rows)})}


def flow_logs(*rows: dict[str, Any], region: str = HOME) -> dict[Ask, Reply]:
    """The flow logs of a Region."""
    return listed(region, "ec2:DescribeFlowLogs", "FlowLogs", rows)


def stream_told(question: Ask) -> Reply:
    """A Firehose stream of the name `flow` is in every account and Region, and bears no tag."""
    if dict(question.arguments)["DeliveryStreamName"] != "flow":
        return Reply(error="ResourceNotFoundException", message="is not there")
    if question.call == "firehose:ListTagsForDeliveryStream":
        return reply({"Tags": []})
    told = {"DeliveryStreamName": "flow", "DeliveryStreamStatus": "ACTIVE"}
    return reply({"DeliveryStreamDescription": {**told, "DeliveryStreamType": "DirectPut"}})


def described(of: Fleet, question: Ask) -> Reply:
    """What EC2 says of the account's networks; of others that they have none."""
    if question.call.startswith("firehose:"):
        return stream_told(question)
    call = CALLS.get(question.call)
    if call is None or not question.call.startswith("ec2:"):
        return answered(of, question)
    field = (call.keeps or ("",))[0]
    rows: list[Any] = []
    if question.account == ACCOUNT:
        region = question.region
        match question.call:
            case "ec2:DescribeVpcs":
                rows = [
                    {"VpcId": vpc, "OwnerId": ACCOUNT, "CidrBlock": "10.0.0.0/16"}
                    for vpc in VPCS.get(region, ())
                ]
            case "ec2:DescribeNetworkInterfaces":
                rows = FACES.get(region, [])
            case "ec2:DescribeSubnets":
                rows = [
                    {"SubnetId": id_, "VpcId": vpc, "OwnerId": ACCOUNT, "CidrBlock": "10.0.1.0/24"}
                    for id_, vpc in SUBNETS.items()
                    if vpc in VPCS.get(region, ())
                ]
            case "ec2:DescribeVpcBlockPublicAccessOptions":
                return reply({field: {"InternetGatewayBlockMode": "off"}})
            case _:
                pass
    return reply({field: rows})


def known_more(of: Fleet, snapshot: Snapshot) -> Snapshot:
    """The same with all else answered that is worth asking."""
    for _ in range(20):
        new = {q: described(of, q) for q in wants(of)(snapshot) if q not in snapshot.answers}
        if not new:
            return snapshot
        snapshot = snapshot.with_answers(new)
    raise AssertionError("the questions never end")


def bare(of: Fleet | None = None) -> Snapshot:
    """CloudTrail all well, and three VPCs in two Regions of which nothing is recorded."""
    return known_more(of or fleet(), well(fleet_of()))


def healthy(of: Fleet | None = None) -> Snapshot:
    """Every VPC recorded as Logkeep would, and the records come."""
    wanted = of or fleet()
    before = bare(wanted)
    after = known_more(wanted, applied(before, plan(wanted, before)))
    return with_arrivals(wanted, after)


def idle(of: Fleet) -> Snapshot:
    """Every VPC recorded as Logkeep would, and no interface in use: no record is due."""
    now = bare(of)
    for region, faces in FACES.items():
        still = [{**each, "Status": "available"} for each in faces]
        call = "ec2:DescribeNetworkInterfaces"
        now = now.with_answers(listed(region, call, "NetworkInterfaces", still))
    return with_arrivals(of, known_more(of, applied(now, plan(of, now))))


def facts(of: Fleet, now: Snapshot) -> Facts:
    return Facts(of, now)
