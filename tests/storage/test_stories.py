"""The stories of forced encryption and replication, as what becomes of their objects."""

from __future__ import annotations

from typing import Any

import pytest

from logkeep.policy import Policy
from logkeep.sources import all_writers
from logkeep.storage.bucket import Bucket, Default
from logkeep.storage.configuration import check_configuration
from logkeep.storage.writers import enforced
from storage.conftest import Tried
from storage.scenes import ROLE, TRUST, policy
from support.places import shared_rows, without

AREAS = ("forced-encryption", "replication")
STORIES = {
    story["id"]: story
    for name in ("failures.jsonl", "public-reports.jsonl")
    for story in shared_rows(f"cases/{name}")
    if story["area"] in AREAS
}
pytestmark = without("cases/failures.jsonl")
SOURCE_KEY = "arn:aws:kms:us-east-1:222222222222:key/cccccccc-2222-3333-4444-555555555555"
REPLICA_KEY = "arn:aws:kms:us-west-2:222222222222:key/dddddddd-2222-3333-4444-555555555555"
UNDER_KEY = {"key": "AWSLogs/a", "encryption": "aws:kms", "kms_key": SOURCE_KEY}


def replication(rule: dict[str, Any], role_policy: Any = None, **more: Any) -> dict[str, Any]:
    """A case of both sides of a story, whatever it leaves out in order."""
    full = {"ID": "r", "Priority": 1, "Filter": {}, "Status": "Enabled",
            "Destination": {"Bucket": "arn:aws:s3:::dst-logs"},
            "DeleteMarkerReplication": {"Status": "Disabled"}, **rule}  # fmt: skip
    role = {"trust": {"Version": "2012-10-17", "Statement": [TRUST]}}
    if role_policy is not None:
        role["policies"] = [role_policy]
    return {
        "name": "src-logs",
        "account": "222222222222",
        "region": "us-east-1",
        "replication": {"Role": ROLE, "Rules": [full]},
        "role": role,
        "destinations": {"dst-logs": {"region": "us-west-2"}},
        "keys": {SOURCE_KEY: {}, REPLICA_KEY: {}},
        **more,
    }


SELECTED = {
    "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
    "Destination": {
        "Bucket": "arn:aws:s3:::dst-logs",
        "EncryptionConfiguration": {"ReplicaKmsKeyID": REPLICA_KEY},
    },
}


def becomes(tried: Tried, bucket: dict[str, Any], thing: dict[str, Any]) -> dict[str, Any]:
    (answer,) = tried("replicate", [{"id": "x", "request": {"object": thing}, "bucket": bucket}])
    got: dict[str, Any] = answer["got"]
    return got


def put(tried: Tried, document: Any, headers: dict[str, str], **bucket: Any) -> dict[str, Any]:
    case = {"id": "x", "request": {"operation": "PutObject", "key": "demo/a", "headers": headers},
            "bucket": {"policy": document, **bucket}}  # fmt: skip
    (answer,) = tried("put", [case])
    got: dict[str, Any] = answer["got"]
    return got


def test_all_stories_are_known() -> None:
    assert set(STORIES) == {
        "CT10-deny-unencrypted-blocks-trail", "RP01-bucket-key-context",
        "RP03-sse-kms-not-selected", "RP05-NEGATIVE-encrypt-without-generatedatakey",
        "N04-either-header", "RP07-replica-key-given-as-alias", "RP08-role-denied-replicateobject",
        "RP09-key-not-usable-yet-failed-for-good", "RP10-object-lock-source-refused",
        "RP12-NEGATIVE-delete-markers-differ-by-schema", "FE01-second-writer-forgets-header",
        "FE03-NEGATIVE-ifexists-plus-null-false", "RP11b-delete-marker-switch-in-v1-rule",
        "RP13b-access-log-bucket-has-no-rule",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("story", "config", "silent"),
    [
        ("CT10-deny-unencrypted-blocks-trail", "broken_config", True),
        ("CT10-deny-unencrypted-blocks-trail", "fix", True),
        ("N04-either-header", "broken_config", False),
    ],
)
def test_whom_the_policy_silences(story: str, config: str, *, silent: bool) -> None:
    """A trail without a key sends AES256 outright; the fix lets through what has no header."""
    document = STORIES[story][config]["bucket_policy"]
    name = "acme-central-logs" if "N04" in story else "secprod-multiaccount-logs"
    found = policy(*document["Statement"])
    assert isinstance(found, Policy)
    bucket = Bucket(name=name, account="222222222222", region="us-east-1")
    told = enforced(found, bucket, Default(), all_writers("111111111111", "us-east-1"))
    by_name = {each.writer.name: each.verdict for each in told.writers}
    verdict = by_name["CloudTrail, trail without a key"]
    assert verdict == ("silenced" if silent else "passes")
    assert by_name["CloudTrail, trail with a key"] == "passes"
    forced = config == "broken_config"
    assert told.way == ("header" if forced else "default")
    vended = by_name["vended logs"]
    assert vended == ("silenced" if forced else "passes")


def test_a_second_writer_forgets_the_header(tried: Tried) -> None:
    story = STORIES["FE01-second-writer-forgets-header"]
    broken, fixed = story["broken_config"], story["fix"]
    for asked, allowed in zip(broken["requests"], (True, False), strict=True):
        got = put(tried, broken["bucket_policy"], asked["headers"])
        assert got["allowed"] is allowed
        assert put(tried, fixed["bucket_policy"], asked["headers"])["allowed"] is True


def test_if_exists_with_null_false_is_healthy(tried: Tried) -> None:
    config = STORIES["FE03-NEGATIVE-ifexists-plus-null-false"]["broken_config"]
    told = config["default_encryption"]
    applied = {"SSEAlgorithm": told["algorithm"], "KMSMasterKeyID": told["key"]}
    default = {"Rules": [{"ApplyServerSideEncryptionByDefault": applied}]}
    got = put(tried, config["bucket_policy"], {}, encryption=default)
    assert (got["allowed"], got["stored"]["key"]) == (True, told["key"])
    header = "x-amz-server-side-encryption"
    assert put(tried, config["bucket_policy"], {header: "AES256"})["code"] == "AccessDenied"
    assert put(tried, config["bucket_policy"], {header: "aws:kms"})["allowed"] is True


@pytest.mark.parametrize(("config", "codes"), [("broken_config", True), ("fix", False)])
def test_object_arns_do_not_fit_a_bucket_key(tried: Tried, config: str, *, codes: bool) -> None:
    document = STORIES["RP01-bucket-key-context"][config]["role_policy"]
    rest = {"Effect": "Allow", "Action": ["s3:*", "kms:Encrypt", "kms:GenerateDataKey"],
            "Resource": "*"}  # fmt: skip
    role = {**document, "Statement": [*document["Statement"], rest]}
    got = becomes(tried, replication(SELECTED, role), {**UNDER_KEY, "bucket_key": True})
    assert got["why"] == ("SrcGetObjectNotPermitted" if codes else None)


def test_what_is_not_selected_is_skipped_in_silence(tried: Tried) -> None:
    story = STORIES["RP03-sse-kms-not-selected"]
    got = becomes(tried, replication(story["broken_config"]["Rule"]), UNDER_KEY)
    assert (got["replicated"], got["status_header"]) == ([], None)
    fixed = {**story["broken_config"]["Rule"], **story["fix"]["Rule"]}
    plain = replication(fixed)
    assert len(becomes(tried, plain, UNDER_KEY)["replicated"]) == 1
    document = {"Role": ROLE, "Rules": [{**story["broken_config"]["Rule"], "Prefix": ""}]}
    (found,) = check_configuration(document)
    assert (found.code, found.reason) == ("InvalidRequest", "key-without-selection")


def test_encrypt_alone_is_enough(tried: Tried) -> None:
    story = STORIES["RP05-NEGATIVE-encrypt-without-generatedatakey"]
    bucket = replication(SELECTED, story["broken_config"]["role_policy"])
    got = becomes(tried, bucket, {**UNDER_KEY, "bucket_key": False})
    assert len(got["replicated"]) == 1


def test_an_alias_is_no_key_to_a_policy(tried: Tried) -> None:
    story = STORIES["RP07-replica-key-given-as-alias"]
    broken, fixed = story["broken_config"], story["fix"]
    alias = {"arn:aws:kms:us-west-2:222222222222:alias/replica": REPLICA_KEY}
    reads = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": SOURCE_KEY}

    def with_reads(document: dict[str, Any]) -> dict[str, Any]:
        return {**document, "Statement": [*document["Statement"], reads]}

    bucket = replication(broken["Rule"], with_reads(broken["role_policy"]), aliases=alias)
    assert becomes(tried, bucket, UNDER_KEY)["why"] == "DstPutObjectNotPermitted"
    whole = {"Destination": {**broken["Rule"]["Destination"], **fixed["Rule"]["Destination"]}}
    bucket = replication({**broken["Rule"], **whole}, with_reads(fixed["role_policy"]))
    assert becomes(tried, bucket, UNDER_KEY)["why"] is None


@pytest.mark.parametrize(("config", "why"), [("broken_config", "DstPutObjectNotPermitted"),
                                             ("fix", None)])  # fmt: skip
def test_the_role_may_not_write(tried: Tried, config: str, why: str | None) -> None:
    document = STORIES["RP08-role-denied-replicateobject"][config]["role_policy"]
    assert becomes(tried, replication({}, document), {"key": "a"})["why"] == why


def test_what_failed_stays_failed_when_the_key_is_well(tried: Tried) -> None:
    objects = STORIES["RP09-key-not-usable-yet-failed-for-good"]["broken_config"]["objects"]
    for told in objects:
        thing = {**UNDER_KEY, "key": told["key"], "replication_status": told["ReplicationStatus"]}
        got = becomes(tried, replication(SELECTED), thing)
        assert got["replicated"] == []
        assert got["status_header"] == told["ReplicationStatus"]
        assert got["batch"]
        again = becomes(tried, replication(SELECTED), {**thing, "batch": True})
        assert len(again["replicated"]) == 1


def test_object_lock_is_contested_when_configured_and_fails_when_replicated(tried: Tried) -> None:
    story = STORIES["RP10-object-lock-source-refused"]
    assert story["confidence"] == "contested"
    unlocked = {"dst-logs": {"object_lock": False, "region": "us-west-2"}}
    locked = {"dst-logs": {"object_lock": True, "region": "us-west-2"}}
    bucket = replication({}, object_lock=True, destinations=unlocked)
    assert becomes(tried, bucket, {"key": "a"})["why"] == "DstBucketObjectLockConfigMissing"
    bucket = replication({}, object_lock=True, destinations=locked)
    assert becomes(tried, bucket, {"key": "a"})["why"] is None
    config = {"Role": ROLE, "Rules": [{**story["broken_config"]["Rule"], "Prefix": ""}]}
    asked = {"operation": "PutBucketReplication", "config": config}
    for destinations, allowed in ((unlocked, None), (locked, True)):
        case = {"id": "x", "request": asked,
                "bucket": {"object_lock": True, "destinations": destinations}}  # fmt: skip
        (answer,) = tried("replicate", [case])
        assert answer["got"]["allowed"] is allowed


def test_an_old_rule_copies_delete_markers(tried: Tried) -> None:
    rule = STORIES["RP12-NEGATIVE-delete-markers-differ-by-schema"]["broken_config"]["Rule"]
    bucket = replication({})
    bucket["replication"]["Rules"] = [rule]
    assert len(becomes(tried, bucket, {"key": "a", "kind": "delete-marker"})["replicated"]) == 1


def test_the_switch_for_delete_markers_is_not_in_the_old_schema() -> None:
    story = STORIES["RP11b-delete-marker-switch-in-v1-rule"]
    (found,) = check_configuration(story["broken_config"]["replication"])
    assert (found.code, found.detail) == ("InvalidRequest", "DeleteMarkerReplication")
    assert check_configuration(story["fix"]["replication"]) == ()


def test_a_bucket_without_a_rule_replicates_nothing(tried: Tried) -> None:
    story = STORIES["RP13b-access-log-bucket-has-no-rule"]
    bucket = {"replication": story["broken_config"]["replication"]}
    got = becomes(tried, bucket, {"key": "a"})
    assert (got["replicated"], got["status_header"]) == ([], None)
    assert len(becomes(tried, {"replication": story["fix"]["replication"]}, {"key": "a"})[
        "replicated"]) == 1  # fmt: skip
