"""CreateFlowLogs, DescribeFlowLogs and DeleteFlowLogs, as EC2 answers them (rules 6.1, 6.3.4)."""

from __future__ import annotations

import json
from typing import Any

from logkeep.lab import documents
from logkeep.lab.call import Answer, Call, Forward, World
from logkeep.lab.delivery import Refused, judge_bucket
from logkeep.lab.kinds.vpc_flow import streams
from logkeep.lab.kinds.vpc_flow.deliver import SERVICE, sender_of, upload_of
from logkeep.lab.kinds.vpc_flow.fields import DEFAULT, unknown
from logkeep.lab.kinds.vpc_flow.state import AccountRegion, Json, LabFlowLog, exists, state_of
from logkeep.lab.wire import refuse, reply

KINDS = ("VPC", "Subnet", "NetworkInterface")
S3, LOGS, FIREHOSE = "s3", "cloud-watch-logs", "kinesis-data-firehose"


def _place(call: Call) -> AccountRegion:
    return call.caller.account, call.region


def create_flow_logs(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """Make a flow log for each resource; what is wrong with one of them the answer names."""
    given = call.arguments
    if objection := _objection(given):
        return refuse(call, *objection)
    state, place = state_of(world), _place(call)
    made: list[str] = []
    failed: list[Json] = []
    for resource in given["ResourceIds"]:
        wrong = _refused(world, place, given, str(resource))
        if wrong:
            code, says = wrong
            failed.append({"ResourceId": resource, "Error": {"Code": code, "Message": says}})
            continue
        log = _made(world, call, str(resource))
        state.logs.setdefault(place, []).append(log)
        made.append(log.id)
    return reply(call, {"FlowLogIds": made, "Unsuccessful": failed})


def _objection(given: Json) -> tuple[str, str] | None:
    """What is wrong with the call as a whole."""
    kind = given.get("ResourceType")
    if kind not in KINDS:
        return "InvalidParameterValue", f"Invalid value for ResourceType: {kind}"
    if not given.get("ResourceIds"):
        return "MissingParameter", "The request must contain the parameter ResourceIds"
    if given.get("TrafficType") not in ("ACCEPT", "REJECT", "ALL"):
        return "MissingParameter", "The request must contain the parameter TrafficType"
    strange = unknown(str(given.get("LogFormat") or DEFAULT))
    if strange:
        return "InvalidParameter", f"Unknown fields provided: {', '.join(strange)}"
    if given.get("LogDestinationType", LOGS) == LOGS:
        if not given.get("DeliverLogsPermissionArn"):
            says = (
                "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs."
            )
            return "InvalidParameter", says
        if not (given.get("LogGroupName") or given.get("LogDestination")):
            return "InvalidParameter", "LogDestination can't be empty."
    elif given.get("LogDestinationType") not in (S3, FIREHOSE) or not given.get("LogDestination"):
        return "InvalidParameter", "LogDestination can't be empty."
    return None


def _refused(
    world: World, place: AccountRegion, given: Json, resource: str
) -> tuple[str, str] | None:
    """Why there will be none of one resource."""
    if not exists(place, resource):
        return "InvalidResourceId.NotFound", f"The resource '{resource}' does not exist"
    for log in state_of(world).logs.get(place, ()):
        known = ("TrafficType", "LogDestination", "LogGroupName")
        same = all(log.row.get(n) == given.get(n) for n in known if given.get(n))
        same = same and log.row["LogFormat"] == (given.get("LogFormat") or DEFAULT)
        if log.row["ResourceId"] == resource and same:
            says = f"Error. There is an existing Flow Log with the same configuration: {log.id}"
            return "FlowLogAlreadyExists", says
    match given.get("LogDestinationType"):
        case "s3":
            return _undeliverable(world, place, given)
        case "kinesis-data-firehose":
            return streams.objection(world, place[0], given)
        case _:
            return None


def _undeliverable(world: World, place: AccountRegion, given: Json) -> tuple[str, str] | None:
    """Whether the bucket takes it; its owner's own is made to (rule 6.3.4)."""
    named = str(given["LogDestination"])
    name = named.partition(":::")[2].partition("/")[0]
    bucket = world.bucket(name)
    if bucket is None:
        return "400", f"LogDestination: {name} does not exist"
    upload = upload_of(place, {**given, "FlowLogId": "fl-0"}, world.now())
    sender = sender_of(place)
    refused = judge_bucket(world, sender, upload, bucket)
    if isinstance(refused, Refused) and bucket.account == place[0]:
        _let_in(name, place, named.partition(":::")[2].partition("/")[2])
        refused = judge_bucket(world, sender, upload, bucket)
    if isinstance(refused, Refused):
        says = f"Access Denied for LogDestination: {name}. Please check LogDestination permission"
        return "400", says
    return None


def _let_in(name: str, place: AccountRegion, folder: str) -> None:
    """Add the two statements that AWS adds itself (rule 6.3.3)."""
    account, region = place
    held: Any = documents.bucket_of(name)
    before: Json = json.loads(held.policy) if held.policy else {"Version": "2012-10-17"}
    start = f"{folder.strip('/')}/" if folder.strip("/") else ""
    source = {
        "StringEquals": {"aws:SourceAccount": account},
        "ArnLike": {"aws:SourceArn": f"arn:aws:logs:{region}:{account}:*"},
    }
    acl = {"s3:x-amz-acl": "bucket-owner-full-control"}
    shared = {"Effect": "Allow", "Principal": {"Service": SERVICE}}
    write = {
        "Sid": "AWSLogDeliveryWrite1",
        **shared,
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{name}/{start}AWSLogs/{account}/*",
        "Condition": {**source, "StringEquals": {**source["StringEquals"], **acl}},
    }
    check = {
        "Sid": "AWSLogDeliveryAclCheck1",
        **shared,
        "Action": ["s3:GetBucketAcl", "s3:ListBucket"],
        "Resource": f"arn:aws:s3:::{name}",
        "Condition": source,
    }
    kept = [s for s in before.get("Statement", []) if s.get("Sid") not in (
        write["Sid"], check["Sid"])]  # fmt: skip
    held.policy = json.dumps({**before, "Statement": [*kept, write, check]}).encode()


def _made(world: World, call: Call, resource: str) -> LabFlowLog:
    given = call.arguments
    id_ = f"fl-{state_of(world).random.getrandbits(68):017x}"
    to_bucket = given.get("LogDestinationType") == S3
    tags = [t for each in given.get("TagSpecifications") or () for t in each.get("Tags") or ()]
    row: Json = {
        "FlowLogId": id_,
        "ResourceId": resource,
        "CreationTime": world.now(),
        "FlowLogStatus": "ACTIVE",
        "TrafficType": given["TrafficType"],
        "LogDestinationType": given.get("LogDestinationType", LOGS),
        "LogFormat": given.get("LogFormat") or DEFAULT,
        "MaxAggregationInterval": int(given.get("MaxAggregationInterval") or 600),
        "Tags": tags,
    }
    roles = ("DeliverLogsPermissionArn", "DeliverCrossAccountRole")
    for name in ("LogDestination", "LogGroupName", *roles):
        if given.get(name):
            row[name] = given[name]
    if to_bucket:
        asked: Json = given.get("DestinationOptions") or {}
        row["DestinationOptions"] = {
            "FileFormat": asked.get("FileFormat", "plain-text"),
            "HiveCompatiblePartitions": bool(asked.get("HiveCompatiblePartitions")),
            "PerHourPartition": bool(asked.get("PerHourPartition")),
        }
    elif row["LogDestinationType"] == LOGS and "LogGroupName" not in row:
        row["LogGroupName"] = str(row["LogDestination"]).partition(":log-group:")[2].removesuffix(
            ":*")  # fmt: skip
    return LabFlowLog(id_, row)


_FILTERS = {
    "flow-log-id": "FlowLogId",
    "resource-id": "ResourceId",
    "traffic-type": "TrafficType",
    "deliver-log-status": "DeliverLogsStatus",
    "log-destination-type": "LogDestinationType",
    "log-group-name": "LogGroupName",
}


def describe_flow_logs(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """Every flow log of the caller's account in the Region, those asked for alone."""
    wanted = call.arguments.get("FlowLogIds") or ()
    filters: list[Json] = call.arguments.get("Filters") or call.arguments.get("Filter") or []
    rows = [log.row for log in state_of(world).logs.get(_place(call), ())]
    for each in filters:
        name = _FILTERS.get(str(each.get("Name")))
        if name is None:
            return refuse(
                call, "InvalidParameterValue", f"The filter '{each.get('Name')}' is invalid"
            )
        rows = [row for row in rows if row.get(name) in each.get("Values", ())]
    return reply(call, {"FlowLogs": [r for r in rows if not wanted or r["FlowLogId"] in wanted]})


def delete_flow_logs(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """Delete flow logs; those that are not there the answer names."""
    logs = state_of(world).logs.setdefault(_place(call), [])
    known = {log.id for log in logs}
    asked: list[str] = call.arguments.get("FlowLogIds") or []
    logs[:] = [log for log in logs if log.id not in asked]
    failed = [
        {
            "ResourceId": id_,
            "Error": {
                "Code": "InvalidFlowLogId.NotFound",
                "Message": "These flow log ids in the input list are not found: " + id_,
            },
        }
        for id_ in asked
        if id_ not in known
    ]
    return reply(call, {"Unsuccessful": failed})


def block_options(world: World, call: Call, forward: Forward) -> Answer:
    """VPC Block Public Access is off in the lab."""
    del world, forward
    options = {
        "AwsAccountId": call.caller.account,
        "AwsRegion": call.region,
        "State": "default-state",
        "InternetGatewayBlockMode": "off",
        "ExclusionsAllowed": "allowed",
    }
    return reply(call, {"VpcBlockPublicAccessOptions": options})


def block_exclusions(world: World, call: Call, forward: Forward) -> Answer:
    """Nothing is left out of it."""
    del world, forward
    return reply(call, {"VpcBlockPublicAccessExclusions": []})
