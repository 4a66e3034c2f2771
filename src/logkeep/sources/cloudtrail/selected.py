"""What a trail's selectors take and what they leave out, in words (rules 1.12.1 to 1.12.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from logkeep.sources.cloudtrail.selectors import (
    DATA_TYPES,
    Coverage,
    data_coverage,
    management_coverage,
)
from logkeep.sources.cloudtrail.trails import (
    AdvancedSelector,
    BasicSelector,
    DataResource,
    FieldSelector,
    Selectors,
)

TYPES = {
    "AWS::S3::Object": "S3 objects",
    "AWS::Lambda::Function": "Lambda functions",
    "AWS::DynamoDB::Table": "DynamoDB tables",
}
"""The types of data event that basic selectors can take; any other is called by AWS's name."""
READING = {"ReadOnly": ("read only",), "WriteOnly": ("write only",)}
CATEGORIES = {
    "Management": "management events",
    "Data": "data events",
    "NetworkActivity": "network activity events",
}


class Selected(NamedTuple):
    """One kind of event that is taken, and on which conditions."""

    category: str
    type_: str
    """The type of resource of data events, or the source of network activity; or nothing."""
    conditions: tuple[str, ...]
    """None is all of the kind."""


def taken(selectors: Selectors) -> tuple[Selected, ...]:
    """Every kind of event that a trail selects, whichever form its selectors are in."""
    if selectors.advanced_event_selectors:
        return tuple(one for s in selectors.advanced_event_selectors for one in _of_advanced(s))
    return tuple(one for s in selectors.event_selectors for one in _of_basic(s))


def _of_basic(selector: BasicSelector) -> Iterator[Selected]:
    reading = READING.get(selector.read_write_type, ())
    if selector.include_management_events:
        but = [f"none of {name}" for name in selector.exclude_management_event_sources]
        yield Selected("Management", "", (*reading, *but))
    for resource in selector.data_resources:
        if resource.values:
            yield Selected("Data", resource.type, (*reading, *_where(resource)))


SERVICES = {
    "AWS::S3::Object": ("s3", "s3:::"),
    "AWS::Lambda::Function": ("lambda",),
    "AWS::DynamoDB::Table": ("dynamodb",),
}
"""What stands, after `arn:` and the partition, for every resource of a type (rule 1.12.2)."""


def _where(resource: DataResource) -> tuple[str, ...]:
    """Which resources of its type are taken; no condition is all."""
    whole = SERVICES.get(resource.type, ())
    if any(value.split(":", 2)[2:] == [service] for value in resource.values for service in whole):
        return ()
    return (f"in {_either(resource.values)}",)


def _of_advanced(selector: AdvancedSelector) -> Iterator[Selected]:
    """The fields of one advanced selector are ANDed (rule 1.12.3)."""
    fields = selector.field_selectors
    category = next((f.equals for f in fields if f.field == "eventCategory" and f.equals), ("?",))
    naming = "eventSource" if category[0] == "NetworkActivity" else "resources.type"
    types = next((f.equals for f in fields if f.field == naming and f.equals), ("",))
    rest = [
        f for f in fields if f.field != "eventCategory" and not (f.field == naming and f.equals)
    ]
    conditions = tuple(words for field in rest for words in _conditions(field))
    for type_ in types:
        yield Selected(category[0], type_, conditions)


def _conditions(field: FieldSelector) -> Iterator[str]:
    clauses = (
        ("is", field.equals),
        ("begins with", field.starts_with),
        ("ends with", field.ends_with),
        ("is not", field.not_equals),
        ("does not begin with", field.not_starts_with),
        ("does not end with", field.not_ends_with),
    )
    for verb, values in clauses:
        if values:
            yield f"{field.field} {verb} {_either(values)}"


def _either(values: Iterable[str]) -> str:
    return " or ".join(values)


def takes(selectors: Selectors) -> tuple[str, ...]:
    """A line for each kind of event that is taken."""
    return tuple(dict.fromkeys(map(_line, taken(selectors)))) or ("nothing",)


def _line(one: Selected) -> str:
    kind = CATEGORIES.get(one.category, f"{one.category} events")
    of = f" of {TYPES.get(one.type_, one.type_)}" if one.type_ else ""
    return f"{kind}{of}: {' and '.join(one.conditions) or 'all'}"


def leaves_out(
    selectors: Selectors, partition: str = "aws", *, insights: bool | None
) -> tuple[str, ...]:
    """A line for each kind of event that is not taken, or not all of."""
    found = taken(selectors)
    management = _left("management events", management_coverage(selectors))
    lines = [*management, *_data_left(selectors, found, partition)]
    if not any(one.category == "NetworkActivity" for one in found):
        lines.append("network activity events")
    return (*lines, *(("Insights",) if insights is False else ()))


SAID = ("eventCategory", "resources.type")
"""The fields of an event that its kind says already."""


def _left(kind: str, found: Coverage) -> Iterator[str]:
    """What of a kind is left out, with one event that is for an example where one is known."""
    match found.extent:
        case "none":
            yield kind
        case "some":
            missed = (found.misses or {}).items()
            examples = [f"{name} {value}" for name, value in missed if name not in SAID and value]
            example = f", such as {', '.join(examples)}" if examples else ""
            yield f"{kind} that match none of these{example}"
        case "all":
            return


def _data_left(selectors: Selectors, found: tuple[Selected, ...], partition: str) -> Iterator[str]:
    """By type what is left of it, then all types of which nothing is taken."""
    named = dict.fromkeys(one.type_ for one in found if one.category == "Data")
    for type_ in named:
        yield from _left(
            f"data events of {TYPES.get(type_, type_)}",
            _coverage(selectors, found, type_, partition),
        )
    yield "data events of every other type" if named else "data events of every type"


def _coverage(
    selectors: Selectors, found: tuple[Selected, ...], type_: str, partition: str
) -> Coverage:
    """How much of a type is taken; all of a type only this module knows is one selector's whole."""
    kind = next((kind for kind, name in DATA_TYPES.items() if name == type_), "")
    if kind:
        return data_coverage(selectors, kind, partition)
    whole = any(one.type_ == type_ and not one.conditions for one in found)
    return Coverage("all" if whole else "some")
