"""Would S3 accept this replication configuration, and what are its rules?

S3 API reference, PutBucketReplication; answers recorded against AWS (rules 3.3.1, 13.2, 13.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias, cast

import msgspec

from logkeep.storage.rules import Filter, Replication, Rule

Json: TypeAlias = Mapping[str, Any]
RuleStatus: TypeAlias = Literal["Enabled", "Disabled"]
RULES_MAX: Final = 1000
ID_MAX: Final = 255
PREFIX_MAX: Final = 1024
RTC_MINUTES: Final = 15
STORAGE_CLASSES: Final = frozenset(
    {
        "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING",
        "GLACIER", "DEEP_ARCHIVE", "GLACIER_IR", "OUTPOSTS", "EXPRESS_ONEZONE",
    }
)  # fmt: skip


class Mistake(msgspec.Struct, frozen=True):
    """What S3 says of a configuration that it does not accept."""

    code: str
    reason: str
    """Ours, the same for one cause whatever the values."""
    rule: str = ""
    detail: str = ""
    by: str = "request"
    """What is at fault: `request`, `source-versioning`, `destination-versioning`, `ownership`."""
    status: int = 400


class _Switch(msgspec.Struct, forbid_unknown_fields=True):
    Status: RuleStatus


class _Tag(msgspec.Struct, forbid_unknown_fields=True):
    Key: str
    Value: str


class _And(msgspec.Struct, forbid_unknown_fields=True):
    Prefix: str | None = None
    Tags: list[_Tag] = []


class _Filter(msgspec.Struct, forbid_unknown_fields=True):
    Prefix: str | None = None
    Tag: _Tag | None = None
    And: _And | None = None


class _Criteria(msgspec.Struct, forbid_unknown_fields=True):
    SseKmsEncryptedObjects: _Switch | None = None
    ReplicaModifications: _Switch | None = None


class _Minutes(msgspec.Struct, forbid_unknown_fields=True):
    Minutes: int | None = None


class _Time(msgspec.Struct, forbid_unknown_fields=True):
    Status: RuleStatus
    Time: _Minutes


class _Metrics(msgspec.Struct, forbid_unknown_fields=True):
    Status: RuleStatus
    EventThreshold: _Minutes | None = None


class _Key(msgspec.Struct, forbid_unknown_fields=True):
    ReplicaKmsKeyID: str | None = None


class _Translation(msgspec.Struct, forbid_unknown_fields=True):
    Owner: Literal["Destination"]


class _Destination(msgspec.Struct, forbid_unknown_fields=True):
    Bucket: str
    Account: str | None = None
    StorageClass: str | None = None
    AccessControlTranslation: _Translation | None = None
    EncryptionConfiguration: _Key | None = None
    ReplicationTime: _Time | None = None
    Metrics: _Metrics | None = None


class _Rule(msgspec.Struct, forbid_unknown_fields=True):
    Status: RuleStatus
    Destination: _Destination
    ID: str | None = None
    Priority: int | None = None
    Prefix: str | None = None
    Filter: _Filter | None = None
    DeleteMarkerReplication: _Switch | None = None
    SourceSelectionCriteria: _Criteria | None = None


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    Role: str
    Rules: list[_Rule]


def read_replication(document: object) -> Replication | str:
    """Return the rules of a configuration as AWS gives it, or why it cannot be read."""
    try:
        read = msgspec.convert(readable(document), _Document)
    except msgspec.ValidationError as error:
        return str(error)
    rules: list[Rule] = []
    for each in read.Rules:
        name = each.Destination.Bucket.split(":")[-1]
        if not name:
            return "a rule's Destination.Bucket names no bucket"
        rules.append(_rule(each, name))
    return Replication(read.Role, tuple(rules))


def readable(document: object) -> object:
    """A configuration without what AWS let be set once and does not read any more (3.1.2)."""
    rules: object = cast("Json", document).get("Rules") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(rules, list):
        return cast("object", document)
    kept: list[object] = []
    for rule in cast("list[object]", rules):
        if isinstance(rule, dict):
            named = cast("dict[str, Any]", rule)
            kept.append({k: v for k, v in named.items() if k != "ExistingObjectReplication"})
        else:
            kept.append(rule)
    return {**cast("Json", document), "Rules": kept}


def _rule(read: _Rule, destination: str) -> Rule:
    to, criteria = read.Destination, read.SourceSelectionCriteria or _Criteria()
    return Rule(
        id=read.ID or "",
        enabled=read.Status == "Enabled",
        destination=destination,
        schema="V1" if read.Filter is None else "V2",
        filter=_filter(read),
        priority=read.Priority or 0,
        delete_markers=_on(read.DeleteMarkerReplication),
        kms_selected=_on(criteria.SseKmsEncryptedObjects),
        replica_key=(to.EncryptionConfiguration or _Key()).ReplicaKmsKeyID or "",
        replica_modifications=_on(criteria.ReplicaModifications),
        account=to.Account or "",
        takes_ownership=to.AccessControlTranslation is not None,
        storage_class=to.StorageClass or "",
    )


def _on(switch: _Switch | None) -> bool:
    return switch is not None and switch.Status == "Enabled"


def _filter(read: _Rule) -> Filter:
    found = read.Filter
    if found is None:
        return Filter(read.Prefix or "")
    if found.And is not None:
        tags = tuple((tag.Key, tag.Value) for tag in found.And.Tags)
        return Filter(found.And.Prefix or "", tags)
    if found.Tag is not None:
        return Filter(tags=((found.Tag.Key, found.Tag.Value),))
    return Filter(found.Prefix or "")


def check_configuration(document: object, source: str = "") -> tuple[Mistake, ...]:
    """Return what S3 does not accept in a configuration for a bucket; AWS names the first.

    That both buckets keep versions is not asked here: `check_buckets` asks it.
    """
    try:
        read = msgspec.convert(document, _Document)
    except msgspec.ValidationError as error:
        return (Mistake("MalformedXML", "not-in-schema", detail=str(error)),)
    if not read.Rules:
        return (Mistake("MalformedXML", "no-rule"),)
    return tuple(_mistakes(read, source))


def _mistakes(read: _Document, source: str) -> Iterator[Mistake]:
    parts = read.Role.split(":")
    if len(parts) != 6 or parts[2] != "iam" or not parts[5].startswith("role/"):
        yield Mistake("InvalidArgument", "role-no-arn", detail=read.Role)
    if len(read.Rules) > RULES_MAX:
        yield Mistake("InvalidRequest", "rules-too-many", detail=str(len(read.Rules)))
    is_old = any(each.Filter is None for each in read.Rules)
    for each in read.Rules:
        yield from _schema_mistakes(each, is_old=is_old)
        yield from _rule_mistakes(each)
        yield from _destination_mistakes(each, source)
    yield from _repeats(read.Rules)
    yield from _old_mistakes(read.Rules) if is_old else ()


def _in(rule: _Rule, code: str, reason: str, detail: str = "") -> Mistake:
    return Mistake(code, reason, rule.ID or "", detail)


def _schema_mistakes(rule: _Rule, *, is_old: bool) -> Iterator[Mistake]:
    """V1 has Prefix and neither Priority nor DeleteMarkerReplication; V2 has all but Prefix."""
    if (rule.Filter is None) == (rule.Prefix is None):
        yield _in(rule, "MalformedXML", "filter-or-prefix")
    elif is_old and rule.Filter is not None:
        yield _in(rule, "MalformedXML", "schemas-mixed")
    elif is_old:
        if rule.Priority is not None:
            yield _in(rule, "InvalidRequest", "not-in-old-schema", "Priority")
        if rule.DeleteMarkerReplication is not None:
            yield _in(rule, "InvalidRequest", "not-in-old-schema", "DeleteMarkerReplication")
    else:
        if rule.Priority is None:
            yield _in(rule, "InvalidRequest", "missing-in-new-schema", "Priority")
        if rule.DeleteMarkerReplication is None:
            yield _in(rule, "InvalidRequest", "missing-in-new-schema", "DeleteMarkerReplication")


def _rule_mistakes(rule: _Rule) -> Iterator[Mistake]:
    found = rule.Filter or _Filter()
    if len([each for each in (found.Prefix, found.Tag, found.And) if each is not None]) > 1:
        yield _in(rule, "MalformedXML", "filter-of-several")
    if found.And is not None and len(found.And.Tags) + (found.And.Prefix is not None) < 2:
        yield _in(rule, "MalformedXML", "and-of-one")
    tags = [tag.Key for tag in found.And.Tags] if found.And else []
    if len(set(tags)) != len(tags):
        yield _in(rule, "InvalidRequest", "tag-twice")
    if len(_filter(rule).prefix) > PREFIX_MAX:
        yield _in(rule, "InvalidArgument", "prefix-too-long")
    if len(rule.ID or "") > ID_MAX:
        yield _in(rule, "InvalidArgument", "id-too-long")
    if rule.Priority is not None and rule.Priority < 0:
        yield _in(rule, "InvalidRequest", "priority-negative", str(rule.Priority))
    if _on(rule.DeleteMarkerReplication) and _filter(rule).tags:
        yield _in(rule, "InvalidRequest", "delete-markers-by-tag")


def _destination_mistakes(rule: _Rule, source: str) -> Iterator[Mistake]:
    to = rule.Destination
    name = to.Bucket.split(":")[-1]
    if not to.Bucket.startswith("arn:") or ":s3:::" not in to.Bucket or not name:
        yield _in(rule, "InvalidArgument", "bucket-no-arn", to.Bucket)
    elif name == source:
        yield _in(rule, "InvalidRequest", "into-itself", name)
    if to.StorageClass is not None and to.StorageClass not in STORAGE_CLASSES:
        yield _in(rule, "MalformedXML", "storage-class", to.StorageClass)
    if to.AccessControlTranslation is not None and not to.Account:
        yield _in(rule, "InvalidRequest", "override-without-account")
    yield from _encryption_mistakes(rule)
    yield from _time_mistakes(rule)


def _encryption_mistakes(rule: _Rule) -> Iterator[Mistake]:
    criteria, found = rule.SourceSelectionCriteria, rule.Destination.EncryptionConfiguration
    selector = criteria.SseKmsEncryptedObjects if criteria else None
    if criteria is not None and selector is None and criteria.ReplicaModifications is None:
        yield _in(rule, "InvalidRequest", "criteria-empty")
    if found is not None and selector is None:
        yield _in(rule, "InvalidRequest", "key-without-selection")
    if selector is not None and not (found and found.ReplicaKmsKeyID):
        yield _in(rule, "InvalidRequest", "selection-without-key")
    key = (found.ReplicaKmsKeyID if found else None) or ""
    parts = key.split(":")
    named = len(parts) == 6 and parts[2] == "kms" and parts[5].startswith(("key/", "alias/"))
    if key and not named:
        yield _in(rule, "InvalidArgument", "replica-key-no-arn", key)


def _time_mistakes(rule: _Rule) -> Iterator[Mistake]:
    """Replication Time Control knows 15 minutes only, and needs metrics."""
    control, metrics = rule.Destination.ReplicationTime, rule.Destination.Metrics
    threshold = metrics.EventThreshold if metrics else None
    if control is not None:
        if metrics is None:
            yield _in(rule, "InvalidRequest", "time-without-metrics")
        if control.Time.Minutes != RTC_MINUTES:
            yield _in(rule, "InvalidArgument", "time-not-15", str(control.Time.Minutes))
    is_on = control is not None and control.Status == "Enabled"
    if is_on and metrics is not None and (threshold is None or threshold.Minutes != RTC_MINUTES):
        yield _in(rule, "InvalidArgument", "threshold-not-15")
    if not is_on and threshold is not None:
        yield _in(rule, "InvalidArgument", "threshold-without-time")


def _repeats(rules: Sequence[_Rule]) -> Iterator[Mistake]:
    ids: set[str] = set()
    priorities: dict[int, str] = {}
    for rule in rules:
        if rule.ID and rule.ID in ids:
            yield _in(rule, "InvalidArgument", "id-twice", rule.ID)
        ids.add(rule.ID or "")
        if rule.Priority is None:
            continue
        if rule.Priority in priorities:
            detail = f"{rule.Priority} of {priorities[rule.Priority]}"
            yield _in(rule, "InvalidRequest", "priority-twice", detail)
        priorities.setdefault(rule.Priority, rule.ID or "another rule")


def _old_mistakes(rules: Sequence[_Rule]) -> Iterator[Mistake]:
    """Without priorities there is one destination, and prefixes may not overlap."""
    destinations = {rule.Destination.Bucket for rule in rules}
    if len(destinations) > 1:
        detail = ", ".join(sorted(destinations))
        yield Mistake("InvalidRequest", "destinations-in-old-schema", detail=detail)
    before = None
    for prefix in sorted(rule.Prefix or "" for rule in rules):
        if before is not None and prefix.startswith(before):
            detail = f"`{before}` and `{prefix}`"
            yield Mistake("InvalidRequest", "prefixes-overlap", detail=detail)
        else:
            before = prefix


def destinations_of(document: object) -> tuple[str, ...]:
    """The names of the buckets that a configuration replicates to, as far as it can be read."""
    rules: object = cast("Json", document).get("Rules") if isinstance(document, dict) else None
    found: list[str] = []
    for rule in cast("list[Any]", rules) if isinstance(rules, list) else []:
        to = cast("Json", rule).get("Destination") if isinstance(rule, dict) else None
        bucket = cast("Json", to).get("Bucket") if isinstance(to, dict) else None
        if isinstance(bucket, str):
            found.append(bucket.split(":")[-1])
    return tuple(dict.fromkeys(found))


def find_cycle(start: str, destinations: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the buckets along which replication leads back to where it started, if any does.

    S3 stops by itself, as a replica is not replicated again (rule 3.1.2).
    """
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for name in destinations.get(way[-1], ()):
            if name == start:
                return (*way, name)
            if name not in seen:
                seen.add(name)
                ways.append((*way, name))
    return ()
