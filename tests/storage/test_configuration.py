"""What S3 does not accept as a replication configuration, by AWS's code (3.3.1, 13.2, 13.3)."""

from __future__ import annotations

from typing import Any

import pytest

from logkeep.storage.configuration import (
    check_configuration,
    find_cycle,
    read_replication,
)
from logkeep.storage.operations import check_buckets
from logkeep.storage.rules import Replication
from storage.scenes import KEY, bucket, configuration, old_rule, rule, with_kms

A, B = {"Bucket": "arn:aws:s3:::dst"}, {"Bucket": "arn:aws:s3:::other"}
TAG = {"Key": "a", "Value": "1"}
ON, OFF = {"Status": "Enabled"}, {"Status": "Disabled"}
TIME = {"Status": "Enabled", "Time": {"Minutes": 15}}
METRICS = {"Status": "Enabled", "EventThreshold": {"Minutes": 15}}


def two(**more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return rule(ID="1", Priority=1), rule(**{"ID": "2", "Priority": 2, **more})


ACCEPTED: dict[str, tuple[dict[str, Any], ...]] = {
    "one": (rule(),),
    "old": (old_rule(),),
    "two old": (old_rule(ID="1", Prefix="a"), old_rule(ID="2", Prefix="b")),
    "two": two(),
    "two destinations": two(Destination=B),
    "empty filter": (rule(Filter={}),),
    "tag": (rule(Filter={"Tag": TAG}),),
    "kms": (with_kms(),),
    "owner": (rule(Destination={**A, "Account": "333333333333",
                                "AccessControlTranslation": {"Owner": "Destination"}}),),
    "time": (rule(Destination={**A, "ReplicationTime": TIME, "Metrics": METRICS}),),
    "metrics": (rule(Destination={**A, "Metrics": ON}),),
    "disabled": (rule(Status="Disabled"),),
}  # fmt: skip
REFUSED: list[tuple[str, str, tuple[dict[str, Any], ...]]] = [
    ("MalformedXML", "no-rule", ()),
    ("MalformedXML", "not-in-schema", (rule(ExistingObjectReplication=ON),)),
    ("MalformedXML", "not-in-schema", (rule(Status="On"),)),
    ("MalformedXML", "not-in-schema", (rule(Destination=None),)),
    ("MalformedXML", "filter-or-prefix", (rule(Prefix=""),)),
    ("MalformedXML", "filter-or-prefix", (old_rule(Prefix=None),)),
    ("MalformedXML", "schemas-mixed", (old_rule(ID="1"), rule(ID="2"))),
    ("MalformedXML", "filter-of-several", (rule(Filter={"Prefix": "a", "Tag": TAG}),)),
    ("MalformedXML", "and-of-one", (rule(Filter={"And": {"Tags": [TAG]}}),)),
    ("MalformedXML", "storage-class", (rule(Destination={**A, "StorageClass": "COLD"}),)),
    ("InvalidRequest", "not-in-old-schema", (old_rule(DeleteMarkerReplication=ON),)),
    ("InvalidRequest", "not-in-old-schema", (old_rule(Priority=1),)),
    ("InvalidRequest", "missing-in-new-schema", (rule(Priority=None),)),
    ("InvalidRequest", "missing-in-new-schema", (rule(DeleteMarkerReplication=None),)),
    ("InvalidRequest", "delete-markers-by-tag",
     (rule(Filter={"Tag": TAG}, DeleteMarkerReplication=ON),)),
    ("InvalidRequest", "tag-twice", (rule(Filter={"And": {"Tags": [TAG, TAG]}}),)),
    ("InvalidRequest", "priority-twice", two(Priority=1)),
    ("InvalidRequest", "priority-twice", two(Priority=1, Destination=B)),
    ("InvalidRequest", "priority-negative", (rule(Priority=-1),)),
    ("InvalidArgument", "id-twice", two(ID="1")),
    ("InvalidArgument", "id-too-long", (rule(ID="x" * 256),)),
    ("InvalidArgument", "prefix-too-long", (rule(Filter={"Prefix": "x" * 1025}),)),
    ("InvalidRequest", "prefixes-overlap",
     (old_rule(ID="1", Prefix="a"), old_rule(ID="2", Prefix="a/b"))),
    ("InvalidRequest", "destinations-in-old-schema",
     (old_rule(ID="1", Prefix="a"), old_rule(ID="2", Prefix="b", Destination=B))),
    ("InvalidRequest", "into-itself", (rule(Destination={"Bucket": "arn:aws:s3:::src"}),)),
    ("InvalidArgument", "bucket-no-arn", (rule(Destination={"Bucket": "dst"}),)),
    ("InvalidRequest", "override-without-account",
     (rule(Destination={**A, "AccessControlTranslation": {"Owner": "Destination"}}),)),
    ("InvalidRequest", "key-without-selection", (with_kms(SourceSelectionCriteria=None),)),
    ("InvalidRequest", "selection-without-key", (with_kms(Destination=A),)),
    ("InvalidRequest", "criteria-empty", (rule(SourceSelectionCriteria={}),)),
    ("InvalidArgument", "replica-key-no-arn", (with_kms(Destination={
        **A, "EncryptionConfiguration": {"ReplicaKmsKeyID": KEY.rsplit("/", 1)[-1]}}),)),
    ("InvalidRequest", "time-without-metrics", (rule(Destination={**A, "ReplicationTime": TIME}),)),
    ("InvalidArgument", "time-not-15", (rule(Destination={
        **A, "ReplicationTime": {**TIME, "Time": {"Minutes": 5}}, "Metrics": METRICS}),)),
    ("InvalidArgument", "threshold-not-15", (rule(Destination={
        **A, "ReplicationTime": TIME, "Metrics": ON}),)),
    ("InvalidArgument", "threshold-without-time", (rule(Destination={**A, "Metrics": METRICS}),)),
]  # fmt: skip


@pytest.mark.parametrize("name", ACCEPTED)
def test_it_is_accepted(name: str) -> None:
    document = configuration(*ACCEPTED[name])
    assert check_configuration(document, "src") == ()
    found = read_replication(document)
    assert isinstance(found, Replication)
    assert len(found.rules) == len(ACCEPTED[name])


@pytest.mark.parametrize(("code", "reason", "rules"), REFUSED, ids=lambda each: str(each)[:40])
def test_it_is_refused(code: str, reason: str, rules: tuple[dict[str, Any], ...]) -> None:
    found = check_configuration(configuration(*rules), "src")
    assert (found[0].code, found[0].reason) == (code, reason), found
    assert found[0].status == 400


def test_all_mistakes_are_told_at_once() -> None:
    both = configuration(rule(Priority=-1), with_kms(ID="r", Priority=3, Destination=A))
    reasons = [each.reason for each in check_configuration(both, "src")]
    assert reasons == ["priority-negative", "selection-without-key", "id-twice"]


def test_a_thousand_rules_are_the_most() -> None:
    rules = [rule(ID=str(number), Priority=number) for number in range(1001)]
    assert [e.reason for e in check_configuration(configuration(*rules))] == ["rules-too-many"]
    assert check_configuration(configuration(*rules[:1000])) == ()


def test_a_role_is_an_arn() -> None:
    document = {**configuration(rule()), "Role": "replication"}
    assert [each.reason for each in check_configuration(document)] == ["role-no-arn"]


def test_what_aws_withdrew_is_still_read() -> None:
    """Configurations from before may hold it, and it does nothing (3.1.2)."""
    found = read_replication(configuration(rule(ExistingObjectReplication=ON)))
    assert isinstance(found, Replication)


def test_a_filter_makes_the_schema() -> None:
    """`Filter: {}` is V2, no Filter is V1 (13.3)."""
    for document, schema in ((old_rule(), "V1"), (rule(Filter={}), "V2")):
        found = read_replication(configuration(document))
        assert isinstance(found, Replication)
        assert found.rules[0].schema == schema


def test_both_buckets_have_to_keep_versions() -> None:
    """A destination that is not there is told as one without versions (13.2)."""
    document = configuration(rule())
    good = {"dst": bucket(name="dst", versioning="Enabled")}
    plain = bucket(name="src")
    assert [e.by for e in check_buckets(document, plain, good)] == ["source-versioning"]
    kept = bucket(name="src", versioning="Enabled")
    assert check_buckets(document, kept, good) == ()
    for bad in (bucket(name="dst"), bucket(name="dst", versioning="Enabled", exists=False)):
        found = check_buckets(document, kept, {"dst": bad})
        assert [(e.code, e.by) for e in found] == [("InvalidRequest", "destination-versioning")]


def test_a_cycle_is_found() -> None:
    assert find_cycle("a", {"a": ("b",), "b": ("c",), "c": ("a",)}) == ("a", "b", "c", "a")
    assert find_cycle("a", {"a": ("b", "c"), "b": ("c",), "c": ("d",)}) == ()
    assert find_cycle("a", {"a": ("b",), "b": ("c",), "c": ("b",)}) == ()
