"""What a trail's event selectors take and what they leave out, in either form (rule 1.12)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal, TypeAlias

import msgspec

from logkeep.sources.cloudtrail.coverage import (
    Domain,
    EventFields,
    Scope,
    SelectorRule,
    Unnamed,
    left_out,
    takes_any,
    touches,
)
from logkeep.sources.cloudtrail.trails import BasicSelector, DataResource, FieldSelector, Selectors
from logkeep.value import Arn, Json

ALL = "all"
MANAGEMENT = "management"
GLOBAL = "global-events"
"""Management events of global services, which not every trail gets (rule 1.11.1)."""
DATA_TYPES = {"s3": "AWS::S3::Object", "lambda": "AWS::Lambda::Function"}
"""The fleet file's words for data events, and AWS's types."""
READ_ONLY = {"ReadOnly": "true", "WriteOnly": "false"}
"""What a basic selector's type of event is in the field `readOnly`."""


Extent: TypeAlias = Literal["all", "some", "none"]


class Coverage(msgspec.Struct, frozen=True):
    """How much of a kind of event is selected, by which selectors, and an event that is not."""

    extent: Extent
    taken: tuple[str, ...] = ()
    misses: EventFields | None = None
    """One event that no selector takes, by its fields; None where none is or can be named."""

    def says(self, of: Arn = "") -> Json:
        """As evidence: `all` or `none`, or else what is taken and what is left out."""
        if self.extent == "all" or (self.extent == "none" and not of):
            return self.extent
        document: dict[str, Json] = {"of": of} if of else {}
        missed = {"misses": self.misses} if self.misses is not None else {}
        return {**document, "covered": self.extent, "taken": list(self.taken), **missed}


def kind_of(wanted: str) -> str:
    """Of which kind data events are: `s3` or `lambda`, for all of them or for one resource."""
    return "lambda" if wanted == "lambda" or wanted.split(":")[2:3] == ["lambda"] else "s3"


def management_covered(selectors: Selectors) -> Extent:
    """How much of the management events is selected."""
    return management_coverage(selectors).extent


def data_covered(selectors: Selectors, wanted: str, partition: str = "aws") -> Extent:
    """How much is selected of data events: of all `s3` or `lambda`, or of one ARN or prefix."""
    return data_coverage(selectors, wanted, partition).extent


@lru_cache(maxsize=1024)
def management_coverage(selectors: Selectors) -> Coverage:
    """How much of the management events is selected, and by what."""
    return _covered(selectors, MANAGEMENT_EVENTS)


@lru_cache(maxsize=1024)
def data_coverage(selectors: Selectors, wanted: str, partition: str = "aws") -> Coverage:
    """How much of the data events wanted is selected, and by what."""
    return _covered(selectors, data_scope(wanted, partition))


@lru_cache(maxsize=1024)
def takes_own_deliveries(selectors: Selectors, logs: Arn) -> bool:
    """Whether CloudTrail's own writes of logs, whose ARNs begin so, are selected (rule 1.12.4).

    They are PutObject by a service, which has no ARN (User Guide, CloudTrail userIdentity element).
    """
    writes: dict[str, Domain] = {
        **data_scope("s3", logs.split(":")[1]),
        "readOnly": Domain(("false",)),
        "eventName": Domain(("PutObject",)),
        "resources.ARN": _objects(logs),
        "userIdentity.arn": Domain((None,)),
        "sessionCredentialFromConsole": Domain((None,)),
    }
    return takes_any(rules_of(selectors), writes)


def _covered(selectors: Selectors, scope: Scope) -> Coverage:
    rules = [rule for rule in rules_of(selectors) if touches(rule, scope)]
    missed = left_out(rules, scope)
    if missed is None:
        return Coverage("all")
    extent: Extent = "some" if rules else "none"
    named = None if isinstance(missed, Unnamed) else _worth_naming(missed, rules)
    return Coverage(extent, tuple(_taken(rule) for rule in rules), named)


def _worth_naming(event: EventFields, rules: list[SelectorRule]) -> EventFields:
    """An event by the fields that say what it is, and those that a selector asks for."""
    asked = {field for rule in rules for field in rule}
    return {field: value for field, value in event.items() if field in {*TELLING, *asked}}


TELLING = ("eventCategory", "eventSource", "readOnly", "resources.type", "resources.ARN")


READS_AND_WRITES = Domain(("true", "false"))
CONSOLE = Domain((None, "true"))
SOURCES = Domain(
    examples=("iam.amazonaws.com", "kms.amazonaws.com"),
    form=r"[a-z0-9.-]+\.amazon(aws)?\.com(\.cn)?",
    middle="?.amazonaws.com",
)
"""User Guide, "CloudTrail record contents": a service's short name and the domain."""
OTHER_TYPES = ("AwsVpceEvent", "AwsCloudTrailInsight")
"""The types of event that are of other categories; of the rest, new ones may come."""
TYPES = Domain(
    begins="Aws", examples=("AwsApiCall",), form=rf"(?!({'|'.join(OTHER_TYPES)})$)Aws[A-Za-z]+"
)
CALLERS = Domain(
    form=r"arn:[^:]*:(iam|sts)::[^:]*:.+", middle="arn:aws:iam::000000000000:user/?", may_lack=True
)
"""User Guide, "CloudTrail userIdentity element": the ARN of who called; a service has none."""
ACTION: Final = r"[^\s:/]+"
"""User Guide, "CloudTrail record contents": "one of the actions in the API for that service", so
without the service before it. Which signs an action's name has is not said."""
ENDPOINTS = Domain(begins="vpce-", form=r"vpce-[0-9A-Za-z]+", may_lack=True)
"""The same page, and EC2 API Reference, "VpcEndpoint"; what passes no endpoint has none."""
MANAGEMENT_EVENTS: Scope = {
    "eventCategory": Domain(("Management",)),
    "readOnly": READS_AND_WRITES,
    "eventSource": SOURCES,
    "eventName": Domain(examples=("CreateUser",), form=ACTION),
    "eventType": TYPES,
    "vpcEndpointId": ENDPOINTS,
    "userIdentity.arn": CALLERS,
    "sessionCredentialFromConsole": CONSOLE,
}
"""Every management event."""


def data_scope(wanted: str, partition: str) -> Scope:
    """The data events of all resources of a kind, or of one function, bucket or prefix."""
    kind = kind_of(wanted)
    reads = "GetObject" if kind == "s3" else "Invoke"
    return {
        "eventCategory": Domain(("Data",)),
        "resources.type": Domain((DATA_TYPES[kind],)),
        "readOnly": READS_AND_WRITES,
        # The service's short name and `.amazonaws.com` (User Guide, Filtering data events).
        "eventSource": Domain((f"{kind}.amazonaws.com",)),
        "eventName": Domain(
            examples=(reads, "PutObject") if kind == "s3" else (reads,), form=ACTION
        ),
        "eventType": TYPES,
        "vpcEndpointId": ENDPOINTS,
        "userIdentity.arn": CALLERS,
        "resources.ARN": _resources(wanted, partition),
        "sessionCredentialFromConsole": CONSOLE,
    }


def _resources(wanted: str, partition: str) -> Domain:
    """Function ARNs are exact, those of buckets and prefixes begin so (API, DataResource)."""
    match wanted:
        case "s3":
            base = f"arn:{partition}:s3:::"
            return _objects(base, f"{base}another-bucket/object")
        case "lambda":
            base = f"arn:{partition}:lambda:"
            example = f"{base}us-east-1:111111111111:function:another"
            return Domain(begins=base, examples=(example,))
        case _ if kind_of(wanted) == "lambda":
            return Domain((wanted,))
        case _:
            return _objects(wanted, f"{wanted}object")


OBJECT = r"arn:[^:]*:s3:::[^/:]+/.+"
"""An object's ARN: a bucket, and a key of a sign or more (S3 User Guide, "Naming Amazon S3
objects"). Which signs a bucket's name has is not asked, since a made-up one needs a free sign."""


def _objects(begins: Arn, *examples: Arn) -> Domain:
    """The objects whose ARNs begin so."""
    return Domain(begins=begins, examples=examples, form=OBJECT, middle="?/?")


def rules_of(selectors: Selectors) -> list[SelectorRule]:
    """The selectors in one form; setting advanced ones drops the basic (rule 1.12.3)."""
    if selectors.advanced_event_selectors:
        return [_grouped(each.field_selectors) for each in selectors.advanced_event_selectors]
    return [rule for each in selectors.event_selectors for rule in rules_of_basic(each)]


def _grouped(fields: tuple[FieldSelector, ...]) -> SelectorRule:
    names = dict.fromkeys(field.field for field in fields)
    return {name: tuple(f for f in fields if f.field == name) for name in names}


def rules_of_basic(selector: BasicSelector) -> list[SelectorRule]:
    """What a basic selector says, as advanced ones would say it (rule 1.12.2)."""
    found: list[SelectorRule] = []
    if selector.include_management_events:
        excluded = selector.exclude_management_event_sources
        sources = (FieldSelector("eventSource", not_equals=excluded),) if excluded else ()
        found.append(
            _grouped((_equals("eventCategory", "Management"), *_reads(selector), *sources))
        )
    for resource in selector.data_resources:
        if resource.values:
            fields = (_equals("eventCategory", "Data"), _equals("resources.type", resource.type))
            found.append(_grouped((*fields, *_reads(selector), *_arns(resource))))
    return found


def _equals(field: str, value: str) -> FieldSelector:
    return FieldSelector(field, equals=(value,))


def _reads(selector: BasicSelector) -> tuple[FieldSelector, ...]:
    kind = selector.read_write_type
    return (_equals("readOnly", READ_ONLY[kind]),) if kind in READ_ONLY else ()


def _arns(resource: DataResource) -> tuple[FieldSelector, ...]:
    """`arn:aws:s3` and a bucket's ARN are beginnings; so is `arn:aws:lambda`, a function's not."""
    if resource.type == DATA_TYPES["s3"]:
        return (FieldSelector("resources.ARN", starts_with=resource.values),)
    whole = tuple(value for value in resource.values if value.count(":") == 2)
    single = tuple(value for value in resource.values if value not in whole)
    return (FieldSelector("resources.ARN", equals=single, starts_with=whole),)


KNOWN = ("eventCategory", "resources.type", "readOnly")
ONLY = {"true": "reads only", "false": "writes only"}


def _taken(rule: SelectorRule) -> str:
    """What a selector takes, in a few words."""
    subject = "resources.ARN" if "resources.ARN" in rule else "eventSource"
    whats = [_subject(each) for each in rule.get(subject, ())] or ["all"]
    notes = [ONLY.get("".join(each.equals), "") for each in rule.get("readOnly", ())]
    notes += [
        f"{name} {operator} {', '.join(values)}"
        for name, asked in rule.items()
        if name not in (*KNOWN, subject)
        for each in asked
        for operator, values in operators(each)
    ]
    remarks = "; ".join(note for note in notes if note)
    return " and ".join(whats) + (f" ({remarks})" if remarks else "")


def _subject(asked: FieldSelector) -> str:
    ends = tuple(f"…{text}" for text in asked.ends_with)
    not_ends = tuple(f"…{text}" for text in asked.not_ends_with)
    chosen = ", ".join((*asked.equals, *asked.starts_with, *ends)) or "all"
    but = ", ".join((*asked.not_equals, *asked.not_starts_with, *not_ends))
    return f"{chosen} but {but}" if but else chosen


def operators(asked: FieldSelector) -> list[tuple[str, tuple[str, ...]]]:
    """What is asked of a field, by AWS's names of the operators."""
    found = {
        "Equals": asked.equals,
        "StartsWith": asked.starts_with,
        "EndsWith": asked.ends_with,
        "NotEquals": asked.not_equals,
        "NotStartsWith": asked.not_starts_with,
        "NotEndsWith": asked.not_ends_with,
    }
    return [(name, values) for name, values in found.items() if values]
