"""What is said of objects that failed: each with its status and what would refuse it today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from logkeep.value import Json
from logkeep.words.described import Described
from logkeep.words.plain import clean


def missing(finding: Described) -> list[dict[str, Json]]:
    """The objects that a finding lists."""
    found = finding.evidence.get("missing")
    return cast("list[dict[str, Json]]", found) if isinstance(found, list) else []


def lines(finding: Described) -> Iterator[str]:
    """Each object in a line."""
    for each in missing(finding):
        key, status = clean(str(each["key"])), clean(str(each["status"]))
        yield f"`{key}` ({status}): {refused(each)}"


def refused(each: Mapping[str, Json]) -> str:
    """What would refuse an object today."""
    match each["refused_by"]:
        case "nothing":
            return "nothing refuses it now, so it was refused when it was uploaded"
        case "unknown":
            return "the reason is not known"
        case code:
            return f"it would now fail with {clean(str(code))}"
