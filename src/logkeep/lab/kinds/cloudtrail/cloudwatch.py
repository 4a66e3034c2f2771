"""Delivery of a trail's events to CloudWatch Logs, through the role it names (rule 1.10)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from logkeep.lab import streams
from logkeep.lab.call import Call, World
from logkeep.lab.kinds.cloudtrail.checks import ApiError
from logkeep.lab.kinds.cloudtrail.records import ordered
from logkeep.lab.kinds.cloudtrail.requests import SERVICE
from logkeep.lab.kinds.cloudtrail.state import Event, Stream, Trail
from logkeep.lab.streams import Objection

_NO_GROUP = "CloudTrail cannot validate the specified log group ARN."
_TRUST = "Access denied. Check the trust relationships for your role."
_PERMISSIONS = "Access denied. Verify in IAM that the role has adequate permissions."
"""The last two as users of the API have published them."""
_SAYS = {"group": _NO_GROUP, "trust": _TRUST}


def stream_name(world: World, trail: Trail, account: str) -> str:
    """The stream of an account's events: the Region is the trail's home (rule 1.10.3)."""
    own = f"{account}_CloudTrail_{trail.home}"
    return f"{world.organization_id}_{own}" if trail.organization else own


def _stream(world: World, trail: Trail, account: str) -> streams.Stream:
    """Nothing is known of aws:SourceArn or aws:SourceAccount in these requests; none is sent."""
    name = stream_name(world, trail, account)
    return streams.Stream(trail.log_group, name, SERVICE, trail.log_role)


def _says(found: Objection | None) -> str:
    return (found.says or _SAYS.get(found.request, _PERMISSIONS)) if found else ""


def group_fault(world: World, trail: Trail) -> ApiError | None:
    """What CreateTrail and UpdateTrail say of the log group and role (rule 1.7).

    A role without the permissions is told as a fault of the group, as published errors show.
    Whether the group's own key is asked too is not documented; here it is not.
    """
    asked = _stream(world, trail, trail.account)
    found = streams.objection(world, asked) if trail.log_group else None
    if found is None or found.request == "key":
        return None
    if found.request == "trust":
        return ApiError("InvalidCloudWatchLogsRoleArnException", _says(found))
    return ApiError("InvalidCloudWatchLogsLogGroupArnException", _says(found))


def passing_refused(world: World, call: Call) -> str:
    """Why the caller may not hand CloudTrail the role that a call names; empty where he may.

    CloudTrail User Guide, "AWS managed policies" (AWSCloudTrail_FullAccess): iam:PassRole, under
    the condition that the role is passed to CloudTrail.
    """
    role = str(call.arguments.get("CloudWatchLogsRoleArn") or "")
    if not role:
        return ""
    ruling = world.authorize_passing(call.caller, role, SERVICE)
    return "" if ruling.allowed else ruling.reason


def deliver(
    world: World, trail: Trail, stream: Stream, events: Sequence[Event], tick: datetime
) -> None:
    """Send events once, one a message; what S3 gets does not hang on it (rule 1.10.4).

    Whether refused events are tried again is not documented; here they are lost to the group.
    """
    if not trail.log_group or not events:
        return
    messages = [(e.at, json.dumps(ordered(e.record))) for e in sorted(events, key=lambda e: e.at)]
    found = streams.send(world, _stream(world, trail, stream.account), messages, tick)
    stream.status.logs_error = _says(found)
    if found is None:
        stream.status.logs_delivered = tick
