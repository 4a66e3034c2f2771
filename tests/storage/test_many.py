"""A listing is judged as its objects are one by one, whatever policies tell them apart."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.show.storage.replicate import outcome_of
from logkeep.storage.many import Row, replicator, subject_of, tells_keys_apart
from logkeep.storage.replicate import replicate
from storage.scenes import (
    LISTS,
    PLENTY,
    READS,
    TRUST,
    WRITES,
    allow,
    configuration,
    role,
    rule,
    sides,
    with_kms,
)
from support.command_line import Run
from support.examples import examples

HALF = [allow(LISTS), allow(READS, "arn:aws:s3:::src/a/*"), *PLENTY[2:]]
ROWS = st.builds(
    Row,
    Key=st.sampled_from(["a/1", "a/2", "b/1", "c"]),
    Size=st.sampled_from([None, 5, 6 * 1024**3]),
    StorageClass=st.sampled_from([None, "STANDARD", "GLACIER"]),
    ReplicationStatus=st.sampled_from([None, "PENDING", "FAILED", "REPLICA"]),
    EncryptionStatus=st.sampled_from([None, "SSE-S3", "SSE-KMS", "SSE-C", "NOT-SSE"]),
    BucketKeyStatus=st.sampled_from([None, "ENABLED", "DISABLED"]),
    IsDeleteMarker=st.sampled_from([None, False, True]),
    LastModified=st.sampled_from([None, "2026-01-01T00:00:00Z", "2026-09-01T00:00:00Z"]),
    Tags=st.sampled_from([None, {}, {"class": "audit"}]),
)


@pytest.mark.parametrize(
    ("statements", "apart"),
    [
        (PLENTY, False),
        (HALF, True),
        ([*PLENTY, allow("s3:GetObject", "arn:aws:s3:::other/a/*")], False),
        ([*PLENTY, allow("s3:GetObject", "arn:aws:s3:::s*/a")], True),
        ([*PLENTY, allow("s3:*", "arn:aws:s3:::${aws:PrincipalTag/b}/*")], True),
        ([*PLENTY, allow("kms:Decrypt", "*", Condition={"StringLike": {
            "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::src/a*"}})], True),
        ([*PLENTY, allow("kms:Decrypt", "*", Condition={"StringLike": {
            "kms:EncryptionContext:aws:s3:arn": "*/a"}})], True),
    ],
)  # fmt: skip
def test_which_policies_tell_keys_apart(statements: Any, *, apart: bool) -> None:
    assert tells_keys_apart(sides(role=role(*statements))) is apart


@given(rows=st.lists(ROWS, min_size=1, max_size=12), half=st.booleans(), since=st.sampled_from(
    ["", "2026-06-01T00:00:00Z"]))  # fmt: skip
@examples(200)
def test_together_as_one_by_one(rows: list[Row], since: str, *, half: bool) -> None:
    tagged = rule(ID="t", Priority=3, Filter={"Tag": {"Key": "class", "Value": "audit"}})
    between = sides(
        with_kms(Filter={"Prefix": "a/"}), rule(ID="2", Priority=2), tagged,
        role=role(*(HALF if half else PLENTY)),
    )  # fmt: skip
    together = replicator(between, outcome_of)
    for row in rows:
        subject = subject_of(row, since)
        assert together(subject) == outcome_of(replicate(subject, between))


DOCUMENT = {
    "account": "222222222222", "region": "us-east-1", "encryption": None, "policy": None,
    "ownership": "BucketOwnerEnforced", "public_access": None, "blocked_encryption": [],
    "versioning": "Enabled", "object_lock": False, "replication": configuration(rule()),
    "replication_since": "2026-06-01T00:00:00Z",
    "role": {"trust": {"Version": "2012-10-17", "Statement": [TRUST]},
             "policies": [{"Version": "2012-10-17", "Statement": [
                 allow(LISTS), allow(READS), allow(WRITES)]}]},
    "destinations": {"dst": {"account": "222222222222", "region": "eu-west-1", "policy": None,
                             "encryption": None, "versioning": "Enabled", "object_lock": False,
                             "ownership": "BucketOwnerEnforced", "public_access": None}},
}  # fmt: skip
LISTED = [
    {"Key": "in/new", "EncryptionStatus": "SSE-S3", "LastModifiedDate": "2026-07-01T00:00:00Z"},
    {"Key": "in/old", "EncryptionStatus": "SSE-S3", "LastModifiedDate": "2026-01-01T00:00:00Z"},
    {"Key": "in/kms", "EncryptionStatus": "SSE-KMS", "LastModifiedDate": "2026-07-01T00:00:00Z"},
    {"Key": "out/x", "EncryptionStatus": "SSE-S3", "LastModifiedDate": "2026-07-01T00:00:00Z"},
]


@pytest.mark.parametrize("name", ["listing.jsonl", "listing.jsonl.gz"])
def test_a_listing_is_counted_by_what_becomes_of_it(
    logkeep: Run, tmp_path: Path, name: str
) -> None:
    (tmp_path / "bucket.json").write_text(json.dumps(DOCUMENT))
    text = "".join(json.dumps(row | {"Tags": {}}) + "\n" for row in LISTED).encode()
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    asked = ("try", "replicate", "--all", "s3://src/in/", "--bucket", "bucket.json",
             "--listing", name)  # fmt: skip
    said = logkeep(*asked, "--json")
    assert said.code == 1
    found = json.loads(said.out)
    assert found["objects"] == 3
    assert {each["says"]: each["objects"] for each in found["outcomes"]} == {
        "replicated to dst": 1,
        "not replicated: existed before the rule": 1,
        "not replicated: SseKmsEncryptedObjects not selected": 1,
    }
    assert "judged 3 objects of listing.jsonl" in said.err
    assert "3 objects\n" in logkeep(*asked).out


def test_a_broken_line_is_named(logkeep: Run, tmp_path: Path) -> None:
    (tmp_path / "bucket.json").write_text(json.dumps(DOCUMENT))
    (tmp_path / "listing.jsonl").write_text('{"Key": "a"}\n{"Size": 3}\n')
    said = logkeep("try", "replicate", "--all", "s3://src", "--bucket", "bucket.json",
                   "--listing", "listing.jsonl")  # fmt: skip
    assert said.code == 2
    assert "listing.jsonl:2" in said.err
