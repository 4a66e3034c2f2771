"""The selectors that take what they took and all that the fleet wants, within AWS's limits."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from logkeep.sources.cloudtrail.coverage import SelectorRule
from logkeep.sources.cloudtrail.selectors import (
    DATA_TYPES,
    MANAGEMENT,
    data_covered,
    kind_of,
    management_covered,
    operators,
    rules_of_basic,
)
from logkeep.sources.cloudtrail.trails import (
    AdvancedSelector,
    BasicSelector,
    DataResource,
    FieldSelector,
    Selectors,
)
from logkeep.value import Json

BASIC_MAX = 5
"""Basic selectors of a trail (rule 1.12.2)."""
RESOURCES_MAX = 250
"""Single data resources of a trail's basic selectors (rule 1.12.2)."""
VALUES_MAX = 500
"""Values of a trail's advanced selectors (rule 1.12.3)."""
NEW = Selectors((BasicSelector(),))
"""What a trail takes that nobody gave selectors: all management events (API, PutEventSelectors)."""


def widened(selectors: Selectors, wanted: tuple[str, ...], partition: str) -> dict[str, Json]:
    """What PutEventSelectors is given: in the form they are in, advanced where basic is too small.

    Wanted is `management`, and what the fleet file names under `data-events`. Every event that was
    taken stays taken.
    """
    missing = _missing(selectors, wanted, partition)
    if selectors.advanced_event_selectors:
        return _as_advanced(_widened_advanced(selectors, missing))
    basic = _widened_basic(selectors, missing, partition)
    if len(basic) <= BASIC_MAX and _resources(basic) <= RESOURCES_MAX:
        return {"EventSelectors": _plain(basic)}
    return _as_advanced([_advanced(rule) for each in basic for rule in rules_of_basic(each)])


def too_many(arguments: dict[str, Json]) -> str:
    """Which limit of AWS the selectors break, if one."""
    found = msgspec.convert(arguments.get("AdvancedEventSelectors") or [], list[AdvancedSelector])
    values = sum(
        len(listed)
        for selector in found
        for field in selector.field_selectors
        for _, listed in operators(field)
    )
    says = f"its advanced selectors would hold {values} values, and AWS takes {VALUES_MAX}"
    return says if values > VALUES_MAX else ""


def _missing(selectors: Selectors, wanted: tuple[str, ...], partition: str) -> tuple[str, ...]:
    """What of the events wanted is not all taken, without what is part of another such."""
    data = [w for w in wanted if w != MANAGEMENT and data_covered(selectors, w, partition) != "all"]
    values = [_value(each, partition) for each in data]
    apart = (w for w, v in zip(data, values, strict=True) if not _within(v, values))
    taken = management_covered(selectors) == "all"
    return (*(() if taken or MANAGEMENT not in wanted else (MANAGEMENT,)), *apart)


def _value(wanted: str, partition: str) -> str:
    return f"arn:{partition}:{wanted}" if wanted in DATA_TYPES else wanted


def _within(value: str, others: Iterable[str]) -> bool:
    """Whether another value takes all that this one takes; a function's ARN takes no other."""
    broader = (o for o in others if o != value and (o.count(":") == 2 or ":s3:" in o))
    return any(value.startswith(each) for each in broader)


def _widened_basic(
    selectors: Selectors, missing: tuple[str, ...], partition: str
) -> list[BasicSelector]:
    """One selector of all events takes what is missing; those it makes needless are left out."""
    before = selectors.event_selectors
    base = next((each for each in before if each.read_write_type == "All"), None)
    whole = base or BasicSelector(include_management_events=False)
    if MANAGEMENT in missing or management_covered(selectors) == "all":
        whole = replace(whole, include_management_events=True, exclude_management_event_sources=())
    for each in missing:
        if each != MANAGEMENT:
            whole = _with(whole, DATA_TYPES[kind_of(each)], _value(each, partition))
    placed = [whole if each is base else each for each in before]
    listed = placed if base else [*placed, whole]
    return [each for each in listed if each is whole or not _is_absorbed(each, whole)]


def _with(selector: BasicSelector, type_: str, value: str) -> BasicSelector:
    return replace(selector, data_resources=_joined(selector.data_resources, type_, value))


def _joined(
    resources: tuple[DataResource, ...], type_: str, value: str
) -> tuple[DataResource, ...]:
    """The resources with one more value, and without those that are part of it."""
    known = next((each for each in resources if each.type == type_), None)
    if known is None:
        return (*resources, DataResource(type_, (value,)))
    values = (*(each for each in known.values if not _within(each, (value,))), value)
    now = DataResource(type_, tuple(dict.fromkeys(values)))
    return tuple(now if each is known else each for each in resources)


def _is_absorbed(selector: BasicSelector, whole: BasicSelector) -> bool:
    """Whether a selector takes nothing that the one of all events does not take too."""
    taken = {each.type: each.values for each in whole.data_resources}
    all_management = whole.include_management_events and not whole.exclude_management_event_sources
    if selector.include_management_events and not all_management:
        return False
    return all(
        value in taken.get(resource.type, ()) or _within(value, taken.get(resource.type, ()))
        for resource in selector.data_resources
        for value in resource.values
    )


def _resources(basic: list[BasicSelector]) -> int:
    """How many data resources count: those that stand for a whole type do not (rule 1.12.2)."""
    values = [v for each in basic for r in each.data_resources for v in r.values]
    return sum(1 for value in values if value.rstrip(":").count(":") != 2)


def _widened_advanced(selectors: Selectors, missing: tuple[str, ...]) -> list[AdvancedSelector]:
    kept = list(selectors.advanced_event_selectors)
    if MANAGEMENT in missing:
        kept.append(_of("Management", None))
    kept += [_of("Data", DATA_TYPES[kind]) for kind in missing if kind in DATA_TYPES]
    for kind, type_ in DATA_TYPES.items():
        named = (w for w in missing if w not in (MANAGEMENT, *DATA_TYPES))
        single = tuple(w for w in named if kind_of(w) == kind)
        if single:
            exact = kind == "lambda"
            arns = FieldSelector("resources.ARN", single if exact else (), () if exact else single)
            kept.append(_of("Data", type_, arns))
    return kept


def _of(category: str, type_: str | None, *more: FieldSelector) -> AdvancedSelector:
    fields = [FieldSelector("eventCategory", (category,))]
    if type_ is not None:
        fields.append(FieldSelector("resources.type", (type_,)))
    return AdvancedSelector((*fields, *more), f"Logkeep {type_ or category}")


def _advanced(rule: SelectorRule) -> AdvancedSelector:
    """A basic selector's rule as an advanced selector; what stands for a whole type asks no ARN."""
    fields = tuple(each for asked in rule.values() for each in asked)
    whole = any(v.rstrip(":").count(":") == 2 for f in fields for v in f.starts_with)
    kept = tuple(f for f in fields if not (whole and f.field == "resources.ARN"))
    category = fields[0].equals[0]
    type_ = next((f.equals[0] for f in fields if f.field == "resources.type"), category)
    return AdvancedSelector(kept, f"Logkeep {type_}")


def _as_advanced(selectors: list[AdvancedSelector]) -> dict[str, Json]:
    return {"AdvancedEventSelectors": _plain(selectors)}


def _plain(selectors: list[BasicSelector] | list[AdvancedSelector]) -> Json:
    """Selectors as the SDK takes them and a plan's file gives them back: in lists."""
    return msgspec.json.decode(msgspec.json.encode(selectors))
