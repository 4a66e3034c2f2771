"""The event history as AWS answers it: who changed a bucket or key, by each kind of caller."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from typing import Any

from logkeep.snapshot import Ask, Reply, reply
from logkeep.sources.cloudtrail.events import compact

Json = dict[str, Any]


def session(role: str, name: str = "session", **more: Any) -> Json:
    """A role's session (CloudTrail User Guide, "userIdentity element")."""
    account, _, path = role.partition("::")[2].partition(":role/")
    arn = f"arn:aws:sts::{account}:assumed-role/{path.rpartition('/')[2]}/{name}"
    issuer = {"type": "Role", "arn": role, "accountId": account}
    return {"type": "AssumedRole", "arn": arn, "accountId": account,
            "sessionContext": {"sessionIssuer": issuer}, **more}  # fmt: skip


def user(arn: str) -> Json:
    """An IAM user."""
    return {"type": "IAMUser", "arn": arn}


def root(account: str) -> Json:
    """The root user."""
    return {"type": "Root", "arn": f"arn:aws:iam::{account}:root", "accountId": account}


def service(name: str) -> Json:
    """An AWS service that acts of itself."""
    return {"type": "AWSService", "invokedBy": name}


def stranger(account: str) -> Json:
    """Somebody of another account, as the owner of the resource is told."""
    return {"type": "AWSAccount", "principalId": "AROAEXAMPLE:x", "accountId": account}


def event(name: str, at: datetime.datetime, who: Any, on: str, error: str = "") -> Json:
    """An event of the history, of a bucket by its name or of a key by its ARN."""
    key = on.startswith("arn:")
    record = {
        "userIdentity": who,
        "eventSource": "kms.amazonaws.com" if key else "s3.amazonaws.com",
        "eventName": name,
        "requestParameters": {"keyId" if key else "bucketName": on},
        **({"errorCode": error} if error else {}),
    }
    text = json.dumps(record)
    return {"EventName": name, "EventTime": at, "ReadOnly": "false", "CloudTrailEvent": text}


def history(question: Ask, events: Iterable[Json], page: int = 50) -> Reply:
    """What LookupEvents answers: both ends of the time count (rule 1.1.2), the newest first."""
    asked = dict(question.arguments)
    start, end = (datetime.datetime.fromisoformat(asked[n]) for n in ("StartTime", "EndTime"))
    found = [
        each
        for each in sorted(events, key=lambda one: one["EventTime"], reverse=True)
        if each["EventName"] == asked.get("EventName", each["EventName"])
        and start <= each["EventTime"] <= end
    ]
    more = {"NextToken": "more"} if len(found) > page else {}
    body = compact({"Events": found[:page], **more})
    told = [{**each, "EventTime": _text(each["EventTime"])} for each in body["Events"]]
    return reply({**body, "Events": told})


def _text(at: datetime.datetime) -> str:
    return f"{at.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"
