"""What a trail's event selectors cover, whichever of the two forms they are in (rule 1.12)."""

from __future__ import annotations

import re

import msgspec

from logkeep.sources.cloudtrail.trails import BasicSelector, Selectors
from logkeep.value import Json

ALL = "all"
DATA_TYPES = {"s3": "AWS::S3::Object", "lambda": "AWS::Lambda::Function"}
"""The fleet file's words for data events, and AWS's types."""
WHOLE = re.compile(r"arn:aws[a-z-]*:(s3|s3:::|lambda)")
"""The values that stand for every resource of a type in basic selectors (rule 1.12.2)."""


def management_covered(selectors: Selectors) -> str:
    """`all`, or which management events are left out."""
    if selectors.advanced_event_selectors:
        return _advanced(selectors, "Management", None)
    chosen = [s for s in selectors.event_selectors if s.include_management_events]
    if any(_whole(s) for s in chosen):
        return ALL
    kinds = {s.read_write_type for s in chosen if not s.exclude_management_event_sources}
    if {"ReadOnly", "WriteOnly"} <= kinds:
        return ALL
    return _partly(chosen) if chosen else "none"


def _whole(selector: BasicSelector) -> bool:
    return selector.read_write_type == "All" and not selector.exclude_management_event_sources


def _partly(chosen: list[BasicSelector]) -> str:
    left_out = sorted({name for s in chosen for name in s.exclude_management_event_sources})
    kinds = sorted({s.read_write_type for s in chosen})
    return f"{' and '.join(kinds)} only" if not left_out else f"all but {', '.join(left_out)}"


def data_covered(selectors: Selectors, kind: str) -> str:
    """`all`, `none`, or that only some resources' data events are selected."""
    type_ = DATA_TYPES[kind]
    if selectors.advanced_event_selectors:
        return _advanced(selectors, "Data", type_)
    values = [
        (selector.read_write_type, value)
        for selector in selectors.event_selectors
        for resource in selector.data_resources
        if resource.type == type_
        for value in resource.values
    ]
    whole = {events for events, value in values if WHOLE.fullmatch(value)}
    if "All" in whole or {"ReadOnly", "WriteOnly"} <= whole:
        return ALL
    return "some" if values else "none"


def _advanced(selectors: Selectors, category: str, type_: str | None) -> str:
    """Whether one advanced selector takes all of a category, and of a resource type."""
    found = "none"
    for selector in selectors.advanced_event_selectors:
        equals = {field.field: field.equals for field in selector.field_selectors}
        if equals.get("eventCategory") != (category,):
            continue
        if type_ is not None and type_ not in equals.get("resources.type", ()):
            continue
        narrowing = set(equals) - {"eventCategory", "resources.type"}
        if not narrowing:
            return ALL
        found = "some"
    return found


def basic_selectors(data_kinds: tuple[str, ...], partition: str) -> list[dict[str, Json]]:
    """One basic selector that takes every management event and these kinds of data events."""
    resources = [
        {"Type": DATA_TYPES[kind], "Values": [f"arn:{partition}:{kind}"]} for kind in data_kinds
    ]
    return [
        {
            "ReadWriteType": "All",
            "IncludeManagementEvents": True,
            "DataResources": resources,
            "ExcludeManagementEventSources": [],
        }
    ]


def widened(selectors: Selectors, data_kinds: tuple[str, ...], partition: str) -> dict[str, Json]:
    """The selectors that take what they took and all that the fleet wants, in the same form."""
    if not selectors.advanced_event_selectors:
        return {"EventSelectors": _widened_basic(selectors, data_kinds, partition)}
    kept: list[Json] = msgspec.to_builtins(list(selectors.advanced_event_selectors))
    if management_covered(selectors) != ALL:
        kept.append(_advanced_selector("Management", None))
    kept += [
        _advanced_selector("Data", DATA_TYPES[kind])
        for kind in data_kinds
        if data_covered(selectors, kind) != ALL
    ]
    return {"AdvancedEventSelectors": kept}


def _advanced_selector(category: str, type_: str | None) -> dict[str, Json]:
    fields = [{"Field": "eventCategory", "Equals": [category]}]
    if type_ is not None:
        fields.append({"Field": "resources.type", "Equals": [type_]})
    return {"Name": f"Logkeep {type_ or category}", "FieldSelectors": fields}


def _widened_basic(
    selectors: Selectors, data_kinds: tuple[str, ...], partition: str
) -> list[dict[str, Json]]:
    """One selector for all; data events of other types that were selected stay selected."""
    wanted = basic_selectors(data_kinds, partition)
    resources: list[dict[str, Json]] = wanted[0]["DataResources"]
    named = {resource["Type"] for resource in resources}
    for selector in selectors.event_selectors:
        resources += [
            {"Type": r.type, "Values": list(r.values)}
            for r in selector.data_resources
            if r.type not in named
        ]
    return wanted
