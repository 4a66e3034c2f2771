"""What records does each flow log bring, when, and may they be written where it says?"""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta
from typing import Any, Final

from logkeep.lab.call import Passage, World
from logkeep.lab.clock import mark_after
from logkeep.lab.delivery import Sender, Upload, put
from logkeep.lab.kinds.vpc_flow import streams
from logkeep.lab.kinds.vpc_flow.fields import fields_of, line
from logkeep.lab.kinds.vpc_flow.state import (
    AccountRegion,
    FlowState,
    Json,
    LabFlowLog,
    captured,
    state_of,
)
from logkeep.lab.streams import Stream, send

SERVICE = "delivery.logs.amazonaws.com"
FLOW_LOGS = "vpc-flow-logs.amazonaws.com"
SPAN = timedelta(minutes=10)
ACL = {"s3:x-amz-acl": "bucket-owner-full-control"}
AMAZON = "52.94.236.248"
"""Whom an instance asks something now and then."""
DENIED = "Access error"


def sender_of(place: AccountRegion) -> Sender:
    """For whom the service delivers to a bucket: anything of CloudWatch Logs there (6.3.3)."""
    account, region = place
    return Sender(SERVICE, f"arn:aws:logs:{region}:{account}:*", account)


def upload_of(place: AccountRegion, row: Json, at: datetime) -> Upload:
    """One file of a flow log (rule 6.3.7)."""
    account, region = place
    name, _, folder = str(row["LogDestination"]).partition(":::")[2].partition("/")
    start = f"{folder.strip('/')}/" if folder.strip("/") else ""
    options: Json = row.get("DestinationOptions") or {}
    if options.get("HiveCompatiblePartitions"):
        own = f"aws-account-id={account}/aws-service=vpcflowlogs/aws-region={region}"
        day, hour = f"year={at:%Y}/month={at:%m}/day={at:%d}/", f"hour={at:%H}/"
    else:
        own = f"{account}/vpcflowlogs/{region}"
        day, hour = f"{at:%Y/%m/%d}/", f"{at:%H}/"
    when = day + (hour if options.get("PerHourPartition") else "")
    file = f"{account}_vpcflowlogs_{region}_{row['FlowLogId']}_{at:%Y%m%dT%H%MZ}"
    return Upload(name, f"{start}AWSLogs/{own}/{when}{file}", dict(ACL), looks_first=True)


def waits(world: World) -> bool:
    """Whether a packet was seen that a flow log may still tell of."""
    state = state_of(world)
    return bool(state.passages) and any(state.logs.values())


def deliver_until(world: World, now: datetime) -> None:
    """Deliver at every ten-minute mark up to now."""
    state = state_of(world)
    if not any(state.logs.values()):
        state.processed = now
        return
    mark = mark_after(state.processed, SPAN)
    while mark <= now:
        for place, logs in state.logs.items():
            for log in logs:
                _deliver(world, state, place, log, mark)
        state.passages = [each for each in state.passages if each.at >= mark]
        state.processed = mark
        mark += SPAN
    state.processed = max(state.processed, now)


def _deliver(
    world: World, state: FlowState, place: AccountRegion, log: LabFlowLog, mark: datetime
) -> None:
    if place[0] in state.silent:
        return
    records = _records(state, place, log, mark)
    if not records:
        return
    deliver = _INTO[str(log.row["LogDestinationType"])]
    error = log.error or deliver(world, state, place, log, records, mark)
    log.row["DeliverLogsStatus"] = "FAILED" if error else "SUCCESS"
    log.row.pop("DeliverLogsErrorMessage", None)
    if error:
        log.row["DeliverLogsErrorMessage"] = error


def _records(
    state: FlowState, place: AccountRegion, log: LabFlowLog, mark: datetime
) -> dict[str, list[str]]:
    """The lines of every interface that it takes, as far as anything passed yet (6.2.7)."""
    names = fields_of(str(log.row["LogFormat"]))
    found: dict[str, list[str]] = {}
    for face in captured(place, str(log.row["ResourceId"])):
        passed = _passed(state, face, mark)
        kept = [each for each in passed if log.row["TrafficType"] in ("ALL", each.action)]
        if kept:
            log.begun.add(face.id)
            found[face.id] = [line(names, _values(place, face, mark, each)) for each in kept]
        elif face.id in log.begun:
            found[face.id] = [line(names, _values(place, face, mark, None))]
    return found


def _passed(state: FlowState, face: Any, mark: datetime) -> list[Passage]:
    """What passed an interface in the ten minutes before a mark."""
    own = str(face.private_ip_address)
    asked = (
        [] if state.idle else [Passage(mark - SPAN, face.id, own, AMAZON, 40000, 443, 6, "ACCEPT")]
    )
    mine = (each for each in state.passages if each.interface == face.id)
    return [*asked, *(each for each in mine if mark - SPAN <= each.at < mark)]


def _values(
    place: AccountRegion, face: Any, mark: datetime, each: Passage | None
) -> dict[str, str]:
    """What is known of a record, by field."""
    account, region = place
    values = {
        "account-id": account,
        "interface-id": str(face.id),
        "vpc-id": str(face.subnet.vpc_id),
        "subnet-id": str(face.subnet.id),
        "instance-id": str(face.instance.id) if face.instance else "-",
        "region": region,
        "start": str(int((mark - SPAN if each is None else each.at).timestamp())),
        "end": str(int(mark.timestamp())),
        "log-status": "NODATA" if each is None else "OK",
    }
    if each is None:
        return values
    return values | {
        "srcaddr": each.srcaddr,
        "dstaddr": each.dstaddr,
        "pkt-srcaddr": each.srcaddr,
        "pkt-dstaddr": each.dstaddr,
        "srcport": str(each.srcport),
        "dstport": str(each.dstport),
        "protocol": str(each.protocol),
        "packets": "4",
        "bytes": "336",
        "action": each.action,
        "type": "IPv6" if ":" in each.srcaddr else "IPv4",
    }


def _to_bucket(
    world: World,
    state: FlowState,
    place: AccountRegion,
    log: LabFlowLog,
    records: dict[str, list[str]],
    mark: datetime,
) -> str:
    """Write one file, its first line the fields' names (rule 13.5); the error if it is refused."""
    upload = upload_of(place, log.row, mark)
    bucket = world.bucket(upload.bucket)
    if bucket is not None and log.owner not in ("", bucket.account):
        return DENIED  # rule 6.3.6
    key = f"{upload.key}_{state.random.getrandbits(32):08x}.log.gz"
    lines = [" ".join(fields_of(str(log.row["LogFormat"])))]
    lines += [each for of_face in records.values() for each in of_face]
    body = gzip.compress("".join(f"{each}\n" for each in lines).encode(), mtime=0)
    whole = Upload(upload.bucket, key, upload.headers, looks_first=True)
    of_type = "application/octet-stream"
    if put(world, sender_of(place), whole, body, mark, content_type=of_type):
        return DENIED
    log.owner = bucket.account if bucket is not None else ""
    return ""


def _to_group(
    world: World,
    state: FlowState,
    place: AccountRegion,
    log: LabFlowLog,
    records: dict[str, list[str]],
    mark: datetime,
) -> str:
    """A stream for each interface (rule 6.3.1); the error if one is refused."""
    del state
    account, region = place
    group = f"arn:aws:logs:{region}:{account}:log-group:{log.row['LogGroupName']}"
    given = {
        "aws:SourceAccount": account,
        "aws:SourceArn": f"arn:aws:ec2:{region}:{account}:vpc-flow-log/{log.id}",
    }
    role = str(log.row["DeliverLogsPermissionArn"])
    for face, lines in records.items():
        name = f"{face}-{str(log.row['TrafficType']).lower()}"
        stream = Stream(group, name, FLOW_LOGS, role, given)
        if send(world, stream, [(mark - SPAN, each) for each in lines], mark):
            return DENIED
    return ""


def _to_stream(
    world: World,
    state: FlowState,
    place: AccountRegion,
    log: LabFlowLog,
    records: dict[str, list[str]],
    mark: datetime,
) -> str:
    """A Firehose record each, in plain text (VPC guide, "Publish to Amazon Data Firehose")."""
    del state, place, mark
    lines = [each for of_face in records.values() for each in of_face]
    return DENIED if streams.put(world, log.row, lines) else ""


_INTO: Final = {
    "s3": _to_bucket,
    "cloud-watch-logs": _to_group,
    "kinesis-data-firehose": _to_stream,
}


def passed(world: World, passages: list[Passage]) -> None:
    """Note packets that interfaces let by or refused."""
    state_of(world).passages += passages
