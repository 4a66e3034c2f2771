"""What does S3 refuse of a replication configuration, and in which words?

S3 API reference, PutBucketReplication and ReplicationRule (rules 3.1.1, 3.2.6, 3.3.1); the words
are S3's where they were seen, else ours. Keys and policies are not looked at: that is found out
object by object (rule 3.2.6).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
ErrorAnswer: TypeAlias = tuple[str, str]
"""An error code and what S3 says."""

SCHEMA = (
    "for this version of Cross Region Replication configuration schema. Please refer to S3 "
    "Developer Guide for more information."
)
MALFORMED = (
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
)
RULES_MAX = 1000
CLASSES = {
    *("STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING"),
    *("GLACIER", "DEEP_ARCHIVE", "GLACIER_IR", "OUTPOSTS"),
}


def refusals(wanted: Json, source: str) -> Iterator[ErrorAnswer]:
    """All that is wrong with a configuration for a bucket, in the order of its rules."""
    rules: list[Json] = wanted.get("Rules") or []
    if not rules or len(rules) > RULES_MAX:
        yield MALFORMED
    role = str(wanted.get("Role", ""))
    if not role.startswith("arn:aws:iam::") or ":role/" not in role:
        yield "InvalidArgument", "Invalid Role ARN"
    is_old = any("Filter" not in rule for rule in rules)
    for rule in rules:
        yield from _old(rule) if is_old else _new(rule)
        yield from _destination(rule["Destination"], source)
        yield from _encryption(rule)
        yield from _time(rule["Destination"])
    yield from _together(rules, is_old=is_old)


def _part(of: Json, name: str) -> Json:
    found: Json = of.get(name) or {}
    return found


def _old(rule: Json) -> Iterator[ErrorAnswer]:
    """Without a Filter there is a Prefix, and none of what came with filters."""
    if "Filter" in rule or "Prefix" not in rule:
        yield MALFORMED
    for name in ("Priority", "DeleteMarkerReplication"):
        if name in rule:
            yield "InvalidRequest", f"{name} cannot be used {SCHEMA}"


def _new(rule: Json) -> Iterator[ErrorAnswer]:
    for name in ("Priority", "DeleteMarkerReplication"):
        if name not in rule:
            yield "InvalidRequest", f"{name} must be specified {SCHEMA}"
    where: Json = rule["Filter"]
    both = _part(where, "And")
    tags: list[Json] = both.get("Tags") or []
    if len(where) > 1 or "Prefix" in rule or ("And" in where and len(tags) + len(both) < 3):
        yield MALFORMED
    if len({tag["Key"] for tag in tags}) < len(tags):
        yield "InvalidRequest", "Duplicate Tag Keys are not allowed."
    marks = _part(rule, "DeleteMarkerReplication").get("Status") == "Enabled"
    if marks and (tags or "Tag" in where):
        yield (
            "InvalidRequest",
            "Delete marker replication is not supported if any Tag filter is specified. Please "
            "refer to S3 Developer Guide for more information.",
        )


def _destination(to: Json, source: str) -> Iterator[ErrorAnswer]:
    name = str(to["Bucket"]).rpartition(":")[2]
    if not str(to["Bucket"]).startswith("arn:aws:s3:::"):
        yield "InvalidArgument", "Invalid bucket ARN."
    if name == source:
        yield "InvalidRequest", "Destination bucket cannot be the same as the source bucket."
    if to.get("StorageClass", "STANDARD") not in CLASSES:
        yield MALFORMED
    if "AccessControlTranslation" in to and not to.get("Account"):
        yield "InvalidRequest", "Account must be specified if AccessControlTranslation is present."


def _encryption(rule: Json) -> Iterator[ErrorAnswer]:
    selects: Json | None = _part(rule, "SourceSelectionCriteria").get("SseKmsEncryptedObjects")
    under: Json | None = rule["Destination"].get("EncryptionConfiguration")
    key = str((under or {}).get("ReplicaKmsKeyID") or "")
    if under is not None and selects is None:
        said = "SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present."
        yield "InvalidRequest", said
    if selects is not None and not key:
        said = "ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present."
        yield "InvalidRequest", said
    if key and not key.startswith("arn:aws:kms:"):
        yield "InvalidArgument", "Invalid ReplicaKmsKeyID ARN."


def _time(to: Json) -> Iterator[ErrorAnswer]:
    control: Json | None = to.get("ReplicationTime")
    threshold: Json | None = _part(to, "Metrics").get("EventThreshold")
    minutes: Json | None = (control or {}).get("Time")
    if control is not None and "Metrics" not in to:
        yield "InvalidRequest", "Metrics must be specified if ReplicationTime is present."
    for each in (minutes, threshold):
        if each is not None and each.get("Minutes") != 15:
            yield "InvalidArgument", "Replication time and its threshold are 15 minutes."


def _together(rules: list[Json], *, is_old: bool) -> Iterator[ErrorAnswer]:
    """Ids and priorities are each one rule's; in the old schema prefixes too."""
    ids = [rule["ID"] for rule in rules if rule.get("ID")]
    if len(set(ids)) < len(ids):
        yield "InvalidArgument", "Rule Id must be unique. Found same Id for more than one rule"
    priorities = sorted(rule["Priority"] for rule in rules if "Priority" in rule)
    for each, following in pairwise(priorities):
        if each == following:
            yield "InvalidRequest", f"Found duplicate priority {each}."
    if not is_old:
        return
    if len({rule["Destination"]["Bucket"] for rule in rules}) > 1:
        yield "InvalidRequest", "Number of distinct destination bucket ARNs cannot exceed 1"
    prefixes = sorted(str(rule.get("Prefix", "")) for rule in rules)
    for each, following in pairwise(prefixes):
        if following.startswith(each):
            said = f"Found overlapping prefixes '{each}' and '{following}'"
            yield "InvalidRequest", said
