"""Which events a trail's selectors select, and which selectors AWS accepts (rule 1.12)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from logkeep.lab.kinds.cloudtrail.state import GLOBAL_REGION, Event, Json, Trail

BASIC_TYPES = ("AWS::S3::Object", "AWS::Lambda::Function", "AWS::DynamoDB::Table")
_ALL_OF_TYPE = {"arn:aws:s3", "arn:aws:s3:::", "arn:aws:lambda", "arn:aws:dynamodb"}
_EXCLUDABLE = ("kms.amazonaws.com", "rdsdata.amazonaws.com")
_FIELDS = {
    "eventCategory",
    "readOnly",
    "eventSource",
    "eventName",
    "resources.type",
    "resources.ARN",
    "userIdentity.arn",
    "sessionCredentialFromConsole",
    "eventType",
    "vpcEndpointId",
    "errorCode",
}
_OPERATORS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "Equals": (str.__eq__, True),
    "StartsWith": (str.startswith, True),
    "EndsWith": (str.endswith, True),
    "NotEquals": (str.__eq__, False),
    "NotStartsWith": (str.startswith, False),
    "NotEndsWith": (str.endswith, False),
}
"""By operator: the comparison, and whether it must hold for one value or for none."""


def selects(trail: Trail, event: Event) -> bool:
    """Whether the trail, as it is set now, takes this event."""
    if event.is_global and not _takes_global_events(trail):
        return False
    if event.own == trail.bucket and not trail.recursive:  # rule 1.1.6
        return False
    if trail.advanced:
        return any(_matches_advanced(s, event) for s in trail.advanced)
    return any(_matches_basic(s, event) for s in trail.selectors)


def _takes_global_events(trail: Trail) -> bool:
    """Rule 1.11.1: multi-Region, or at home in the partition's leader, and not switched off."""
    return trail.global_events and (trail.multi_region or trail.home == GLOBAL_REGION)


def _matches_basic(selector: Json, event: Event) -> bool:
    kind = selector.get("ReadWriteType", "All")
    if kind != "All" and (kind == "ReadOnly") != event.record["readOnly"]:
        return False
    if event.category == "Management":
        excluded = selector.get("ExcludeManagementEventSources") or ()
        included = selector.get("IncludeManagementEvents", True)
        return bool(included) and event.record["eventSource"] not in excluded
    return any(_matches_resource(r, event) for r in selector.get("DataResources") or ())


def _matches_resource(resource: Json, event: Event) -> bool:
    arns = [arn for kind, arn in resources_of(event.record) if kind == resource["Type"]]
    return any(
        value in _ALL_OF_TYPE or arn.startswith(value)
        for value in resource.get("Values") or ()
        for arn in arns
    )


def resources_of(record: Json) -> list[tuple[str, str]]:
    """The type and ARN (or ARN prefix) of each resource a record names."""
    return [
        (r.get("type", ""), r.get("ARN") or r.get("ARNPrefix", ""))
        for r in record.get("resources") or ()
    ]


def _matches_advanced(selector: Json, event: Event) -> bool:
    return all(_matches_field(f, event) for f in selector["FieldSelectors"])


def _matches_field(field: Json, event: Event) -> bool:
    found = _field_values(field["Field"], event)
    for operator, (compare, wanted) in _OPERATORS.items():
        values = cast("Sequence[str]", field.get(operator) or ())
        if values and any(compare(f, v) for f in found for v in values) is not wanted:
            return False
    return True


def _field_values(name: str, event: Event) -> list[str]:
    record = event.record
    resources = resources_of(record)
    match name:
        case "resources.type":
            # The data type is the first resource's; the bucket after it is its container.
            return [kind for kind, _ in resources[:1]]
        case "resources.ARN":
            return [arn for _, arn in resources[:1]]
        case "userIdentity.arn":
            return [record["userIdentity"].get("arn", "")]
        case "readOnly":
            return ["true" if record["readOnly"] else "false"]
        case _:
            value = record.get(name)
            return [] if value is None else [str(value)]


def basic_fault(selectors: Sequence[Json]) -> str:
    """Why AWS refuses these basic selectors; empty if it takes them (rule 1.12.2)."""
    if not 1 <= len(selectors) <= 5:
        return "The number of event selectors must be between 1 and 5."
    resources = [r for s in selectors for r in s.get("DataResources") or ()]
    counted = [v for r in resources for v in r.get("Values") or () if v not in _ALL_OF_TYPE]
    if len(counted) > 250:
        return "The total number of data resources of a trail must not exceed 250."
    faults = (_basic_selector_fault(s) for s in selectors)
    return next((f for f in faults if f), "")


def _basic_selector_fault(selector: Json) -> str:
    if selector.get("ReadWriteType", "All") not in ("All", "ReadOnly", "WriteOnly"):
        return "ReadWriteType must be one of ReadOnly, WriteOnly, All."
    for source in selector.get("ExcludeManagementEventSources") or ():
        if source not in _EXCLUDABLE:
            return f"Value {source} for ExcludeManagementEventSources is invalid."
    faults = (_data_resource_fault(r) for r in selector.get("DataResources") or ())
    return next((f for f in faults if f), "")


def _data_resource_fault(resource: Json) -> str:
    kind = resource.get("Type", "")
    if kind not in BASIC_TYPES:
        return f"Value {kind} for DataResources.Type is invalid."
    service = {"AWS::S3::Object": "s3", "AWS::Lambda::Function": "lambda"}.get(kind, "dynamodb")
    for value in resource.get("Values") or ():
        if not _is_resource_value(service, value):
            return f"Value {value} for DataResources.Values is invalid."
    return ""


def _is_resource_value(service: str, value: str) -> bool:
    if value in _ALL_OF_TYPE:
        return value.startswith(f"arn:aws:{service}")
    if service == "s3":  # the slash after the bucket's name matters
        bucket, slash, _ = value.removeprefix("arn:aws:s3:::").partition("/")
        return value.startswith("arn:aws:s3:::") and bool(bucket and slash)
    return value.startswith(f"arn:aws:{service}:") and value.count(":") >= 5


def advanced_fault(selectors: Sequence[Json]) -> str:
    """Why AWS refuses these advanced selectors; empty if it takes them (rule 1.12.3)."""
    if not selectors:
        return "At least one advanced event selector is needed."
    faults = (_advanced_selector_fault(s) for s in selectors)
    if fault := next((f for f in faults if f), ""):
        return fault
    values = sum(
        len(cast("Sequence[Any]", f.get(operator) or ()))
        for s in selectors
        for f in s["FieldSelectors"]
        for operator in _OPERATORS
    )
    return "A trail can have at most 500 values in its selectors." if values > 500 else ""


def _advanced_selector_fault(selector: Json) -> str:
    fields: Sequence[Json] = selector.get("FieldSelectors") or ()
    by_name = {f.get("Field", ""): f for f in fields}
    if len(by_name) != len(fields):
        return "A field must not be used twice in one selector."
    if unknown := next((name for name in by_name if name not in _FIELDS), None):
        return f"Field {unknown} is not valid."
    if empty := next((n for n, f in by_name.items() if not any(f.get(o) for o in _OPERATORS)), ""):
        return f"Field {empty} has no value."
    category: list[str] = by_name.get("eventCategory", {}).get("Equals") or []
    if category not in (["Management"], ["Data"], ["NetworkActivity"]):
        return "eventCategory must equal Management, Data or NetworkActivity."
    kinds: list[str] = by_name.get("resources.type", {}).get("Equals") or []
    if category == ["Data"] and len(kinds) != 1:
        return "A selector of Data events must have one resources.type."
    return ""
