"""Breaking a trail's way into CloudWatch Logs where no single need's fault knows how."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.logs.models import logs_backends

from logkeep.access.key import NEW_KEY
from logkeep.access.log_group import group_name
from logkeep.lab.breaking.calls import Breakage, CannotBreak
from logkeep.lab.kinds.cloudtrail.state import Course
from logkeep.snapshot.change import made
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Write
from logkeep.sources.cloudtrail.cloudwatch.feed import Feed, feeds
from logkeep.sources.cloudtrail.settings import logs_of
from logkeep.value import AccountId, Json, parse_arn


def key_disabled(facts: Facts, account: AccountId) -> Breakage:
    """The group gets a key of its own, which is then disabled."""
    found = _feed(facts, account)
    named: dict[str, Json] = {"KeyId": made(NEW_KEY)}
    off = _on_key(found, "kms:DisableKey", named)
    return _keyed(facts, found, "the log group has a key of its own, which is disabled", off)


def key_refuses(facts: Facts, account: AccountId) -> Breakage:
    """The group gets a key of its own, whose policy then says nothing of CloudWatch Logs."""
    found = _feed(facts, account)
    text = json.dumps(_policy(facts, found, lets_logs=False))
    named: dict[str, Json] = {"KeyId": made(NEW_KEY), "PolicyName": "default", "Policy": text}
    shut = _on_key(found, "kms:PutKeyPolicy", named)
    says = "the log group has a key of its own, which names only its account"
    return _keyed(facts, found, says, shut)


def _feed(facts: Facts, account: AccountId) -> Feed:
    logs = logs_of(facts, account)
    found = feeds(facts, logs, account) if logs else ()
    if not found:
        raise CannotBreak("the account's trail sends to no log group; ask for one: log-group")
    return found[0]


def _keyed(facts: Facts, found: Feed, says: str, last: Write) -> Breakage:
    owner, region = _place(found)
    policy: dict[str, Json] = {"Policy": json.dumps(_policy(facts, found, lets_logs=True))}
    key = f"arn:{facts.fleet.partition}:kms:{region}:{owner}:key/{made(NEW_KEY)}"
    group = {"logGroupName": group_name(found.group)}
    create = _on_key(found, "kms:CreateKey", policy)
    create = Write(create.address, owner, region, create.call, policy, makes=NEW_KEY)
    join = Write(found.group, owner, region, "logs:AssociateKmsKey", {**group, "kmsKeyId": key})
    part = Write(found.group, owner, region, "logs:DisassociateKmsKey", {**group})
    return Breakage(says, (create, join, last), (part,))


def _place(found: Feed) -> tuple[AccountId, str]:
    parts = parse_arn(found.group)
    return (parts.account, parts.region) if parts else ("", "")


def _on_key(found: Feed, call: str, arguments: dict[str, Json]) -> Write:
    owner, region = _place(found)
    return Write(found.group, owner, region, call, arguments)


def _policy(facts: Facts, found: Feed, *, lets_logs: bool) -> Json:
    """A key policy that delegates to the account, and lets CloudWatch Logs in or not (8.2.3)."""
    owner, region = _place(found)
    root = {"AWS": f"arn:{facts.fleet.partition}:iam::{owner}:root"}
    own = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    logs = {
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{region}.amazonaws.com"},
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        "Resource": "*",
        "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": found.group}},
    }
    return {"Version": "2012-10-17", "Statement": [own, logs] if lets_logs else [own]}


def report_error(course: Course) -> Callable[[], None]:
    """An error of CloudWatch Logs' own, such as stands until the next delivery passes."""
    streams = list(course.streams.values())
    for stream in streams:
        stream.status.logs_error = "ServiceUnavailable"

    def undo() -> None:
        for stream in streams:
            stream.status.logs_error = ""

    return undo


def silence(course: Course, account: AccountId) -> Callable[[], None] | None:
    """What came of the account never came; None where nothing ever did."""
    kept = [(stream, stream.events) for stream in _streams(course, account)]
    told = [(each.status, each.status.logs_delivered) for each in course.streams.values()]
    for stream, _ in kept:
        stream.events = []
    for status, _ in told:
        status.logs_delivered = None

    def undo() -> None:
        for stream, events in kept:
            stream.events = events + stream.events
        for status, before in told:
            status.logs_delivered = status.logs_delivered or before

    return undo if kept else None


def _streams(course: Course, account: AccountId) -> list[Any]:
    """The account's streams as moto keeps them."""
    parts = course.trail.log_group.removesuffix(":*").split(":", 6)
    if len(parts) != 7 or parts[4] not in logs_backends:
        return []
    groups: Any = logs_backends[parts[4]][parts[3]].groups
    held: dict[str, Any] = groups[parts[6]].streams if parts[6] in groups else {}
    return [stream for name, stream in held.items() if f"{account}_CloudTrail_" in name]
