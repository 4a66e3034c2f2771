"""What of the event history is kept: which event, when, and who made it with which program."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from logkeep.value import Json

FIELDS = ("EventId", "EventName", "EventSource", "EventTime", "ReadOnly", "Username")
"""What an answer of cloudtrail:LookupEvents says of an event beside the event itself."""

OF_EVENT = ("userAgent", "eventCategory", "managementEvent", "errorCode", "eventType")
"""What is kept out of the event itself (CloudTrail User Guide, "CloudTrail record contents")."""

SOURCE = "cloudtrail.amazonaws.com"
CHANGES = ("CreateTrail", "DeleteTrail", "StartLogging", "StopLogging", "UpdateTrail")
"""The calls that change a trail: of them it is kept what was asked for."""


def compact(answer: Mapping[str, Json]) -> dict[str, Json]:
    """One page of the event history, the newest first, and whether there was more (rule 1.1.2)."""
    listed: list[Mapping[str, Json]] = answer.get("Events", [])
    return {
        "Events": [{**_picked(FIELDS, each), **_of_event(each)} for each in listed],
        "more": bool(answer.get("NextToken")),
    }


def _of_event(told: Mapping[str, Json]) -> dict[str, Json]:
    """What the event itself says; nothing where its text is no JSON object."""
    try:
        event = msgspec.json.decode(told.get("CloudTrailEvent", "{}"), type=dict[str, Json])
    except msgspec.DecodeError:
        return {}
    changes = event.get("eventSource") == SOURCE and event.get("eventName") in CHANGES
    return _picked((*OF_EVENT, "requestParameters") if changes else OF_EVENT, event)


def _picked(names: tuple[str, ...], found: Mapping[str, Json]) -> dict[str, Json]:
    return {name: found[name] for name in names if name in found}
