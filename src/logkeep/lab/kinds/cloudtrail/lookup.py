"""LookupEvents: the event history that every account has without any trail (rules 1.1.1, 1.1.2)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from time import monotonic

from logkeep.lab.call import Answer, Call, Forward, World
from logkeep.lab.kinds.cloudtrail.moments import aware
from logkeep.lab.kinds.cloudtrail.records import ordered
from logkeep.lab.kinds.cloudtrail.selectors import resources_of
from logkeep.lab.kinds.cloudtrail.state import Event, Json, state_of
from logkeep.lab.wire import refuse, reply

KEPT = timedelta(days=90)
PAGE = 50
A_SECOND = 2
"""Calls an account may make in one Region within a second (rule 1.1.2)."""


def lookup_events(world: World, call: Call, _forward: Forward) -> Answer:
    """LookupEvents: management events of this account and Region, newest first."""
    if world.paced and _too_fast(world, call):
        return refuse(call, "ThrottlingException", "Rate exceeded")
    asked = call.arguments
    start = aware(asked.get("StartTime") or call.at - KEPT)
    end = aware(asked.get("EndTime") or call.at)
    if start > end:
        return refuse(call, "InvalidTimeRangeException", "The start time is after the end time.")
    if fault := _attribute_fault(asked):
        return refuse(call, *fault)
    size = asked.get("MaxResults") or PAGE
    if not 1 <= size <= PAGE:
        return refuse(call, "InvalidMaxResultsException", f"MaxResults must be 1 to {PAGE}.")
    token = asked.get("NextToken") or "0"
    if not token.isdigit():
        return refuse(call, "InvalidNextTokenException", "The next token is not valid.")
    found = _found(world, call, max(start, call.at - KEPT), end)
    first = int(token)
    page = [_history_entry(e) for e in found[first : first + size]]
    more = {"NextToken": str(first + size)} if len(found) > first + size else {}
    return reply(call, {"Events": page, **more})


def _too_fast(world: World, call: Call) -> bool:
    """Whether enough calls passed within the last second of this machine's own clock."""
    place, now = (call.caller.account, call.region), monotonic()
    lookups = state_of(world).lookups
    recent = [at for at in lookups.get(place, ()) if now - at < 1]
    lookups[place] = recent if len(recent) >= A_SECOND else [*recent, now]
    return len(recent) >= A_SECOND


_ATTRIBUTES = {
    "AccessKeyId",
    "EventId",
    "EventName",
    "EventSource",
    "ReadOnly",
    "ResourceName",
    "ResourceType",
    "Username",
}


def _attribute_fault(asked: Json) -> tuple[str, str] | None:
    """CT API LookupEvents: at most one attribute, and of the known keys (rule 1.1.2)."""
    wanted: list[Json] = asked.get("LookupAttributes") or []
    if len(wanted) > 1 or any(a.get("AttributeKey") not in _ATTRIBUTES for a in wanted):
        return "InvalidLookupAttributesException", "One lookup attribute can be given."
    if asked.get("EventCategory") not in (None, "insight"):
        return "InvalidEventCategoryException", "The event category is not valid."
    return None


def _found(world: World, call: Call, start: datetime, end: datetime) -> list[Event]:
    if call.arguments.get("EventCategory"):  # Insights, which the lab does not make
        return []
    history = state_of(world).history.get((call.caller.account, call.region), [])
    wanted: list[Json] = call.arguments.get("LookupAttributes") or []
    return [
        e
        for e in reversed(history)
        if start <= e.at.replace(microsecond=0) <= end and all(_has(e.record, a) for a in wanted)
    ]


def _has(record: Json, attribute: Json) -> bool:
    value = str(attribute["AttributeValue"])
    match attribute["AttributeKey"]:
        case "EventId":
            return record["eventID"] == value
        case "EventName":
            return record["eventName"] == value
        case "EventSource":
            return record["eventSource"] == value
        case "ReadOnly":
            return _word(record["readOnly"]) == value.lower()
        case "Username":
            return _user(record) == value
        case "AccessKeyId":
            return record["userIdentity"].get("accessKeyId") == value
        case "ResourceType":
            return any(kind == value for kind, _ in resources_of(record))
        case "ResourceName":
            return any(value in (arn, _last(arn)) for _, arn in resources_of(record))
        case _:
            return False


def _word(flag: bool) -> str:
    return "true" if flag else "false"


def _last(arn: str) -> str:
    """A resource's bare name."""
    return arn.rpartition(":")[2].partition("/")[2] or arn.rpartition(":")[2]


def _user(record: Json) -> str:
    who = record["userIdentity"]
    match who["type"]:
        case "IAMUser":
            return str(who["userName"])
        case "AssumedRole":  # the session's name, as in real answers
            return str(who["arn"]).rpartition("/")[2]
        case "Root":
            return "root"
        case _:
            return ""


def _history_entry(event: Event) -> Json:
    record = event.record
    optional = {
        "AccessKeyId": record["userIdentity"].get("accessKeyId"),
        "Username": _user(record),
    }
    return {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": _word(record["readOnly"]),
        "EventTime": event.at.replace(microsecond=0),
        "EventSource": record["eventSource"],
        **{name: value for name, value in optional.items() if value},
        "Resources": [
            {"ResourceType": kind, "ResourceName": _last(arn)}
            for kind, arn in resources_of(record)
            if kind
        ],
        "CloudTrailEvent": json.dumps(ordered(record)),
    }
