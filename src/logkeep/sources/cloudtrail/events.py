"""What of the event history is kept: which event, when, and who made it with which program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, cast

import msgspec

from logkeep.archive.lately import EVENTS
from logkeep.value import Json

FIELDS = ("EventId", "EventName", "EventSource", "EventTime", "ReadOnly", "Username")
"""What an answer of cloudtrail:LookupEvents says of an event beside the event itself."""

OF_EVENT = ("userAgent", "eventCategory", "managementEvent", "errorCode", "eventType")
"""What is kept out of the event itself (CloudTrail User Guide, "CloudTrail record contents")."""

SOURCE = "cloudtrail.amazonaws.com"
CHANGES = ("CreateTrail", "DeleteTrail", "StartLogging", "StopLogging", "UpdateTrail")
"""The calls that change a trail: of them it is kept what was asked for."""

WHO: Final = ("type", "arn", "accountId", "invokedBy")
"""What is kept of who changed the archive (CloudTrail User Guide, "userIdentity element")."""
WHAT: Final = ("bucketName", "keyId")
"""What is kept of what was changed: which bucket or key."""
CHARS_MAX: Final = 2_048
"""The longest ARN that IAM knows; what is longer is no name of anybody."""


def compact(answer: Mapping[str, Json]) -> dict[str, Json]:
    """One page of the event history, the newest first, and whether there was more (rule 1.1.2)."""
    listed: list[Mapping[str, Json]] = answer.get("Events", [])
    return {
        "Events": [{**_picked(FIELDS, each), **_of_event(each)} for each in listed],
        "more": bool(answer.get("NextToken")),
    }


def _of_event(entry: Mapping[str, Json]) -> dict[str, Json]:
    """What the event itself says; nothing where its text is no JSON object."""
    try:
        event = msgspec.json.decode(entry.get("CloudTrailEvent", "{}"), type=dict[str, Json])
    except (msgspec.DecodeError, RecursionError):
        return {}
    name = event.get("eventName")
    changes = event.get("eventSource") == SOURCE and name in CHANGES
    found = _picked((*OF_EVENT, "requestParameters") if changes else OF_EVENT, event)
    return {**found, **_changed(event)} if isinstance(name, str) and name in _WATCHED else found


_WATCHED: Final = frozenset(EVENTS.values())


def _changed(event: Mapping[str, Json]) -> dict[str, Json]:
    """Who changed which bucket or key; of the role behind a session, the role."""
    who = _object(event.get("userIdentity"))
    issuer = _object(_object(who.get("sessionContext")).get("sessionIssuer"))
    asked = _object(event.get("requestParameters"))
    named = (asked.get(name) for name in WHAT)
    listed = event.get("resources")
    entries = cast("list[Json]", listed) if isinstance(listed, list) else []
    arns = (_object(each).get("ARN") for each in entries)
    identity = {name: who.get(name) for name in WHO} | {"issuer": issuer.get("arn")}
    return {
        "who": {name: text for name, text in identity.items() if _is_name(text)},
        "changed": list(dict.fromkeys(_names((*named, *arns))))[:_NAMES_MAX],
    }


_NAMES_MAX: Final = 8


def _names(found: Iterable[Json]) -> Iterator[Json]:
    return (each for each in found if _is_name(each))


def _is_name(found: Json) -> bool:
    return isinstance(found, str) and 0 < len(found) <= CHARS_MAX


def _object(found: Json) -> Mapping[str, Json]:
    return cast("dict[str, Json]", found) if isinstance(found, dict) else {}


def _picked(names: tuple[str, ...], found: Mapping[str, Json]) -> dict[str, Json]:
    return {name: found[name] for name in names if name in found}
