"""Fleets whose trails also send to CloudWatch Logs, and snapshots where the events come."""

from __future__ import annotations

import datetime
import json
from typing import Any

from logkeep.access.log_group import group_ask, stream_name
from logkeep.fleet import Fleet
from logkeep.plan import plan
from logkeep.snapshot import Ask, Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.cloudwatch.groups import streams_ask
from logkeep.sources.routes import all_routes
from support.worlds import NOW, applied, empty, fleet_of, with_arrivals
from support.worlds import asking as with_options

GROUP = "SecurityTrail"
ACCOUNT = "222222222222"
ROUTE = f"cloudwatch/{ACCOUNT}/us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/CloudTrail_CloudWatchLogs_Role"
GROUP_ARN = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{GROUP}"
STREAM = f"{GROUP_ARN}:log-stream:{ACCOUNT}_CloudTrail_us-east-1"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/77777777-8888-9999-0000-111111111111"


def asking(*, role: str = "", minutes: int = 60) -> Fleet:
    """The fleet acme, asking for a log group in every account."""
    return with_options(
        fleet_of(), log_group=GROUP, log_role=role, log_group_silent_minutes=minutes
    )


def set_up(fleet: Fleet) -> Snapshot:
    """The fleet set up by a plan, delivering to the archive and to the log groups."""
    before = empty(fleet)
    snapshot = with_arrivals(fleet, applied(before, plan(fleet, before)))
    return with_events(fleet, snapshot)


def with_events(
    fleet: Fleet, snapshot: Snapshot, age: datetime.timedelta = datetime.timedelta(minutes=10)
) -> Snapshot:
    """The same with a newest event of this age in every stream of a route."""
    answers: dict[Ask, Reply] = {}
    for route in all_routes(Facts(fleet, snapshot)):
        for hop in route.hops:
            if hop.role == "stream":
                answers[streams_ask(hop.arn)] = stream_of(hop.arn, NOW - age)
    return snapshot.with_answers(answers)


def stream_of(arn: str, newest: datetime.datetime | None) -> Reply:
    """What AWS shows of a stream; none where nothing ever came."""
    if newest is None:
        return reply({"logStreams": []})
    at = int(newest.timestamp() * 1000)
    name = stream_name(arn)
    shown = {"logStreamName": name, "lastEventTimestamp": at, "lastIngestionTime": at}
    return reply({"logStreams": [shown]})


def keyed(snapshot: Snapshot, policy: dict[str, Any]) -> Snapshot:
    """The same with the group of one account under a key of that account's."""
    question = group_ask(GROUP_ARN)
    shown = {"logGroupName": GROUP, "arn": f"{GROUP_ARN}:*", "kmsKeyId": KEY, "creationTime": 1}
    described = {"KeyMetadata": {"Arn": KEY, "KeyId": KEY.rsplit("/", 1)[-1]}}
    return snapshot.with_answers(
        {
            question: reply({"logGroups": [shown]}),
            ask(ACCOUNT, "us-east-1", "kms:DescribeKey", KeyId=KEY): reply(described),
            ask(ACCOUNT, "us-east-1", "kms:GetKeyPolicy", KeyId=KEY): reply(
                {"Policy": json.dumps(policy)}
            ),
        }
    )


def key_policy(group: str = GROUP_ARN) -> dict[str, Any]:
    """The key policy of AWS's own page, for one log group (rule 8.2.3)."""
    root = {
        "Sid": "Root",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    logs = {
        "Sid": "Logs",
        "Effect": "Allow",
        "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group}},
    }
    return {"Version": "2012-10-17", "Statement": [root, logs]}
