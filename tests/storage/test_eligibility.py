"""What S3 replicates at all: every row of rule 3.1.2, in order and out of order."""

from __future__ import annotations

from typing import Any

import pytest

from logkeep.policy import Policy
from logkeep.storage.bucket import Default
from logkeep.storage.fate import Fate, ReplicationRole
from logkeep.storage.replicate import replicate
from logkeep.storage.subject import Subject
from storage.scenes import (
    KEY,
    OTHER,
    PLENTY,
    REPLICA_KEY,
    ROLE,
    WRITES,
    allow,
    old_rule,
    policy,
    role,
    rule,
    sides,
    with_kms,
)

MARKER = {"event": "delete-marker"}
MARKERS = {"DeleteMarkerReplication": {"Status": "Enabled"}}
TAGGED = {"Filter": {"Tag": {"Key": "class", "Value": "audit"}}}
MODIFIED = {"SourceSelectionCriteria": {"ReplicaModifications": {"Status": "Enabled"}}}


def fate(told: dict[str, Any], *rules: dict[str, Any], **more: Any) -> Fate:
    return replicate(Subject(**{"key": "logs/a", **told}), sides(*rules, **more))


REPLICATED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("SSE-S3", {}, rule()),
    ("old and unencrypted", {"encryption": ""}, rule()),
    ("SSE-KMS, selected", {"encryption": "aws:kms", "kms_key": KEY}, with_kms()),
    ("DSSE-KMS, selected", {"encryption": "aws:kms:dsse", "kms_key": KEY}, with_kms()),
    ("SSE-C", {"encryption": "SSE-C"}, rule()),
    ("existing, by batch", {"created": "before", "batch": True}, rule()),
    ("failed, by batch", {"status": "FAILED", "batch": True}, rule()),
    ("delete marker, V2 and enabled", MARKER, rule(**MARKERS)),
    ("delete marker, V1", MARKER, old_rule()),
    ("GLACIER_IR", {"storage_class": "GLACIER_IR"}, rule()),
    ("archived and restored", {"storage_class": "GLACIER", "restored": True}, rule()),
    ("metadata of the source", {"event": "metadata-change"}, rule()),
    ("metadata of a replica, enabled", {"event": "metadata-change", "status": "REPLICA"},
     rule(**MODIFIED)),
    ("pending", {"status": "PENDING", "created": ""}, rule()),
]  # fmt: skip
NOT: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("kms-not-selected", {"encryption": "aws:kms"}, rule()),
    ("kms-not-selected", {"encryption": "aws:kms:dsse"}, rule()),
    ("before-rule", {"created": "before"}, rule()),
    ("failed-before", {"status": "FAILED"}, rule()),
    ("replicated-before", {"status": "COMPLETED"}, rule()),
    ("is-replica", {"status": "REPLICA"}, rule()),
    ("delete-markers-off", MARKER, rule()),
    ("delete-marker-by-tag", {**MARKER, "tags": {"class": "audit"}}, rule(**TAGGED)),
    ("lifecycle", {**MARKER, "by_lifecycle": True}, rule(**MARKERS)),
    ("lifecycle", {**MARKER, "by_lifecycle": True}, old_rule()),
    ("lifecycle", {"event": "lifecycle"}, rule()),
    ("delete-version", {"event": "delete-version"}, rule(**MARKERS)),
    ("archived", {"storage_class": "GLACIER"}, rule()),
    ("archived", {"storage_class": "DEEP_ARCHIVE"}, rule()),
    ("archived", {"storage_class": "INTELLIGENT_TIERING", "archived": True}, rule()),
    ("replica-modifications-off", {"event": "metadata-change", "status": "REPLICA"}, rule()),
    ("bucket-setting", {"event": "bucket-setting"}, rule()),
    ("rule-disabled", {}, rule(Status="Disabled")),
    ("no-rule-matches", {}, rule(Filter={"Prefix": "other/"})),
    ("tag-missing", {}, rule(**TAGGED)),
]


@pytest.mark.parametrize(("name", "told", "by"), REPLICATED, ids=lambda each: str(each)[:40])
def test_it_is_replicated(name: str, told: dict[str, Any], by: dict[str, Any]) -> None:
    found = fate(told, by)
    assert found.misses == (), name
    assert [copy.destination for copy in found.copies] == ["dst"]


@pytest.mark.parametrize(("reason", "told", "by"), NOT, ids=lambda each: str(each)[:40])
def test_it_stays_where_it_is(reason: str, told: dict[str, Any], by: dict[str, Any]) -> None:
    found = fate(told, by)
    assert found.copies == ()
    assert [(miss.kind, miss.reason) for miss in found.misses] == [("not-eligible", reason)]
    # Not eligible leaves no status: whatever it had it keeps (rule 3.4.1).
    assert found.status == told.get("status", "")


def test_an_owner_who_keeps_the_object_fails_it() -> None:
    """Only where ACLs are on (3.1.2): impossible under BucketOwnerEnforced."""
    kept = {"owner": OTHER, "acl": "private"}
    found = fate(kept, source={"ownership": "ObjectWriter"})
    assert (found.status, found.misses[0].code) == ("FAILED", "SrcGetAclNotPermitted")
    granted = {"owner": OTHER, "acl": "bucket-owner-full-control"}
    assert fate(granted, source={"ownership": "ObjectWriter"}).misses == ()
    assert fate(kept).misses == ()


def test_sse_c_fails_where_the_destination_blocks_it() -> None:
    found = fate({"encryption": "SSE-C"}, to={"blocked": frozenset({"SSE-C"})})
    assert (found.status, found.misses[0].code) == ("FAILED", "DstPutObjectNotPermitted")


def test_what_is_not_known_is_said() -> None:
    assert fate({"created": ""}).misses[0].reason == "created-unknown"
    assert fate({"tags": None}, rule(**TAGGED)).misses[0].reason == "tags-unknown"
    assert fate({}, destinations={}).misses[0].kind == "unknown"


def test_no_configuration_replicates_nothing() -> None:
    assert fate({}, replication=None).misses[0].reason == "no-rules"


class TestRules:
    """Rule selection (3.1.6)."""

    def test_the_larger_priority_wins_for_one_destination(self) -> None:
        low = rule(ID="low", Priority=1)
        to = {"Bucket": "arn:aws:s3:::dst", "StorageClass": "STANDARD_IA"}
        high = rule(ID="high", Priority=9, Filter={"Prefix": "logs/"}, Destination=to)
        for rules in ((low, high), (high, low)):
            (copy,) = fate({}, *rules).copies
            assert (copy.rule, copy.storage_class) == ("high", "STANDARD_IA")

    def test_a_rule_that_does_not_fit_gives_way(self) -> None:
        low = rule(ID="low", Priority=1)
        high = rule(ID="high", Priority=9, Filter={"Prefix": "other/"})
        assert [copy.rule for copy in fate({}, low, high).copies] == ["low"]

    def test_a_delete_marker_has_no_tags_that_a_rule_could_be_for(self) -> None:
        high = rule(ID="tags", Priority=9, **TAGGED)
        low = rule(ID="all", Priority=1, **MARKERS)
        bare = {**MARKER, "tags": None}
        assert [copy.rule for copy in fate(bare, high, low).copies] == ["all"]
        assert [miss.reason for miss in fate(bare, high).misses] == ["delete-marker-by-tag"]

    def test_an_and_needs_every_tag(self) -> None:
        tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
        both = rule(Filter={"And": {"Prefix": "logs/", "Tags": tags}})
        assert fate({"tags": {"a": "1", "b": "2", "c": "3"}}, both).misses == ()
        assert fate({"tags": {"a": "1"}}, both).misses[0].reason == "and-tag-missing"

    def test_a_prefix_is_a_plain_text(self) -> None:
        assert fate({"key": "Taxes/a"}, rule(Filter={"Prefix": "Tax"})).copies
        assert not fate({"key": "tax/a"}, rule(Filter={"Prefix": "Tax"})).copies


class TestReplica:
    """How a replica lies there (3.1.3 to 3.1.5)."""

    def test_it_keeps_its_kind_of_encryption(self) -> None:
        default = {"default": replica_default()}
        assert fate({}, to=default).copies[0].encryption == "AES256"
        (copy,) = fate({"encryption": "aws:kms", "kms_key": KEY}, with_kms(), to=default).copies
        assert (copy.encryption, copy.key) == ("aws:kms", REPLICA_KEY)

    def test_an_unencrypted_one_takes_the_default(self) -> None:
        (copy,) = fate({"encryption": ""}, to={"default": replica_default()}).copies
        assert (copy.encryption, copy.key) == ("aws:kms", REPLICA_KEY)

    def test_its_owner(self) -> None:
        abroad = {"account": OTHER, "policy": None}
        letting = letting_role()
        plain = fate({}, to={**abroad, "policy": letting}).copies[0]
        assert (plain.owner, plain.acl) == (OTHER, "off")
        writer = {**abroad, "policy": letting, "ownership": "ObjectWriter"}
        kept = fate({}, to=writer).copies[0]
        assert (kept.owner, kept.acl) == ("222222222222", "copied")
        taken = fate({}, taking(), to=writer, role=overriding()).copies[0]
        assert (taken.owner, taken.acl) == (OTHER, "replaced")


def replica_default() -> Default:
    return Default("aws:kms", REPLICA_KEY)


def letting_role() -> Policy:
    override = "s3:ObjectOwnerOverrideToBucketOwner"
    return policy(allow([*WRITES, override], "arn:aws:s3:::dst/*", Principal={"AWS": ROLE}))


def overriding() -> ReplicationRole:
    return role(*PLENTY, allow("s3:ObjectOwnerOverrideToBucketOwner", "arn:aws:s3:::dst/*"))


def taking() -> dict[str, Any]:
    to = {"Bucket": "arn:aws:s3:::dst", "Account": OTHER,
          "AccessControlTranslation": {"Owner": "Destination"}}  # fmt: skip
    return rule(Destination=to)
