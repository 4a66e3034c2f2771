"""A plain recorder: would a trail of these selectors record this one event? (rule 1.12)"""

from __future__ import annotations

from typing import Any

Event = dict[str, str]
BASIC_READS = {"All": ("true", "false"), "ReadOnly": ("true",), "WriteOnly": ("false",)}


def records(selectors: dict[str, Any], event: Event) -> bool:
    """Any selector suffices; advanced ones stand in place of basic ones (rule 1.12.3)."""
    if selectors.get("AdvancedEventSelectors"):
        return any(advanced(each, event) for each in selectors["AdvancedEventSelectors"])
    return any(basic(each, event) for each in selectors.get("EventSelectors", []))


def advanced(selector: dict[str, Any], event: Event) -> bool:
    """Every field has to pass."""
    return all(field(each, event.get(each["Field"])) for each in selector["FieldSelectors"])


def field(asked: dict[str, Any], value: str | None) -> bool:
    """Any of what selects, if anything does; none of what deselects (Filtering data events)."""
    selects = [name for name in ("Equals", "StartsWith", "EndsWith") if asked.get(name)]
    deselected = any(
        met(asked, f"Not{name}", value) for name in ("Equals", "StartsWith", "EndsWith")
    )
    return not deselected and (not selects or any(met(asked, name, value) for name in selects))


def met(asked: dict[str, Any], operator: str, value: str | None) -> bool:
    """Whether a value is, begins or ends as one of an operator's; a lacking one never does."""
    compare = {
        "Equals": str.__eq__,
        "StartsWith": str.startswith,
        "EndsWith": str.endswith,
    }[operator.removeprefix("Not")]
    return value is not None and any(compare(value, each) for each in asked.get(operator) or [])


def basic(selector: dict[str, Any], event: Event) -> bool:
    """Of management all but named sources, of data named resources only (rule 1.12.2)."""
    if event["readOnly"] not in BASIC_READS[selector["ReadWriteType"]]:
        return False
    if event["eventCategory"] == "Management":
        excluded = selector["ExcludeManagementEventSources"]
        return selector["IncludeManagementEvents"] and event["eventSource"] not in excluded
    return any(
        resource["Type"] == event["resources.type"] and takes(value, event["resources.ARN"])
        for resource in selector["DataResources"]
        for value in resource["Values"]
    )


def takes(value: str, arn: str) -> bool:
    """All of a type; else a function is exact, and a bucket or prefix begins so (DataResource)."""
    if value in ("arn:aws:s3", "arn:aws:s3:::", "arn:aws:lambda"):
        return True
    return arn == value if ":lambda:" in value else arn.startswith(value)
