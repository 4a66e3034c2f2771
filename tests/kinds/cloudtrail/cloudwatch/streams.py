"""Fleets whose trails also send to CloudWatch Logs, and snapshots where the events come."""

from __future__ import annotations

import json
from typing import Any

from logkeep.access.log_group import group_ask
from logkeep.fleet import Fleet
from logkeep.plan import plan
from logkeep.route import Arrived, Events
from logkeep.snapshot import Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.routes import all_routes
from support.worlds import applied, empty, fleet_of, kept, with_arrivals
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


@kept
def set_up(fleet: Fleet) -> Snapshot:
    """The fleet set up by a plan, delivering to the archive and to the log groups."""
    before = empty(fleet)
    return with_arrivals(fleet, applied(before, plan(fleet, before)))


def stream(fleet: Fleet) -> Events:
    """The stream of the one account's events."""
    route = next(r for r in all_routes(Facts(fleet, empty(fleet))) if r.name == ROUTE)
    return next(n.logs for h in route.hops for n in h.needs
                if isinstance(n, Arrived) and isinstance(n.logs, Events))  # fmt: skip


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
