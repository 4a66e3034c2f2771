"""Delivery of a trail's events to CloudWatch Logs, through the role it names (rule 1.10)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from logkeep.lab.call import World
from logkeep.lab.kinds.cloudtrail.checks import Fault
from logkeep.lab.kinds.cloudtrail.records import ordered
from logkeep.lab.kinds.cloudtrail.requests import SERVICE
from logkeep.lab.kinds.cloudtrail.state import Event, Stream, Trail
from logkeep.lab.services.logs import key_fault

EVENT_LIMIT = 256 * 1024
"""Bytes above which an event is not sent (rule 1.10.1)."""

_TRUST = "Access denied. Check the trust relationships for your role."
_PERMISSIONS = "Access denied. Verify in IAM that the role has adequate permissions."
"""Both as users of the API have published them."""
_NO_GROUP = "CloudTrail cannot validate the specified log group ARN."


Request = Literal["group", "trust", "create-stream", "put-events", "key"]
"""The requests of a delivery, in the order in which the lab makes them."""

_THROUGH_THE_ROLE: tuple[tuple[Request, str], ...] = (
    ("create-stream", "logs:CreateLogStream"),
    ("put-events", "logs:PutLogEvents"),
)


@dataclass(frozen=True)
class Objection:
    """The first request of a delivery that does not pass, and what is said of it."""

    request: Request
    says: str


def stream_name(world: World, trail: Trail, account: str) -> str:
    """The stream of an account's events: the Region is the trail's home (rule 1.10.3)."""
    own = f"{account}_CloudTrail_{trail.home}"
    return f"{world.organization_id}_{own}" if trail.organization else own


def objection(world: World, trail: Trail, account: str) -> Objection | None:
    """Why an account's events cannot be written now; None if they can."""
    group = world.log_group(trail.log_group)
    if group is None:
        return Objection("group", _NO_GROUP)
    # Nothing is known of aws:SourceArn or aws:SourceAccount in this request; none is sent.
    if not world.authorize_service(SERVICE, "sts:AssumeRole", trail.log_role, {}).allowed:
        return Objection("trust", _TRUST)
    stream = f"{group.arn}:log-stream:{stream_name(world, trail, account)}"
    for request, action in _THROUGH_THE_ROLE:
        if not world.authorize_role(trail.log_role, SERVICE, action, stream, {}).allowed:
            return Objection(request, _PERMISSIONS)
    if group.key_arn and (said := key_fault(world, group)):
        return Objection("key", said)
    return None


def group_fault(world: World, trail: Trail) -> Fault | None:
    """What CreateTrail and UpdateTrail say of the log group and role (rule 1.7).

    A role without the permissions is told as a fault of the group, as published errors show.
    Whether the group's own key is asked too is not documented; here it is not.
    """
    found = objection(world, trail, trail.account) if trail.log_group else None
    if found is None or found.request == "key":
        return None
    if found.request == "trust":
        return Fault("InvalidCloudWatchLogsRoleArnException", found.says)
    return Fault("InvalidCloudWatchLogsLogGroupArnException", found.says)


def deliver(
    world: World, trail: Trail, stream: Stream, events: Sequence[Event], tick: datetime
) -> None:
    """Send events once, one a message; what S3 gets does not hang on it (rule 1.10.4).

    Whether refused events are tried again is not documented; here they are lost to the group.
    """
    if not trail.log_group or not events:
        return
    found = objection(world, trail, stream.account)
    stream.status.logs_error = found.says if found else ""
    if found:
        return
    messages = [(e.at, json.dumps(ordered(e.record))) for e in sorted(events, key=lambda e: e.at)]
    small = [(at, said) for at, said in messages if len(said.encode()) <= EVENT_LIMIT]
    world.store_events(trail.log_group, stream_name(world, trail, stream.account), small, tick)
    stream.status.logs_delivered = tick
