"""What `aws s3api put-bucket-replication` refuses in the lab, and that Logkeep says the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinds.replication.worlds import SECURITY
from logkeep.lab.objects.replication_errors import refusals
from logkeep.lab.server import Lab
from logkeep.storage.configuration import check_configuration
from support.aws_cli import Answered, aws
from support.examples import examples

Json = dict[str, Any]
ROLE = f"arn:aws:iam::{SECURITY}:role/repl"
KEY = f"arn:aws:kms:us-east-1:{SECURITY}:key/11111111-2222-3333-4444-555555555555"
BUCKET = {"Bucket": "arn:aws:s3:::copies"}


def rule(number: int = 1, **more: Any) -> Json:
    """A rule that S3 takes, but for what is given; None leaves a member out."""
    found = {
        "ID": f"r{number}", "Status": "Enabled", "Priority": number, "Filter": {},
        "DeleteMarkerReplication": {"Status": "Disabled"}, "Destination": BUCKET, **more,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}


def old(number: int, prefix: str, **more: Any) -> Json:
    """A rule of the old schema."""
    without = dict.fromkeys(("Priority", "Filter", "DeleteMarkerReplication"))
    return rule(number, **{**without, **more}, Prefix=prefix)


def to(**more: Any) -> Json:
    return {"Destination": {**BUCKET, **more}}


SELECTS = {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}}}
UNDER = {"EncryptionConfiguration": {"ReplicaKmsKeyID": KEY}}
TAG = {"Tag": {"Key": "a", "Value": "1"}}
CASES: dict[str, tuple[list[Json], str]] = {
    "equal priorities": ([rule(1), rule(2, Priority=1)], "Found duplicate priority 1"),
    "overlapping prefixes": ([old(1, "logs/"), old(2, "logs/app/")], "overlapping prefixes"),
    "one id twice": ([rule(1), rule(2, ID="r1")], "Rule Id must be unique"),
    "no priority": ([rule(Priority=None)], "Priority must be specified"),
    "priority of the old schema": ([old(1, "", Priority=1)], "Priority cannot be used"),
    "no word on markers": ([rule(DeleteMarkerReplication=None)], "DeleteMarkerReplication must"),
    "markers by tag": (
        [rule(Filter=TAG, DeleteMarkerReplication={"Status": "Enabled"})], "any Tag filter"
    ),
    "a key and no selection": ([rule(**to(**UNDER))], "SseKmsEncryptedObjects must be specified"),
    "a selection and no key": ([rule(**SELECTS)], "ReplicaKmsKeyID must be specified"),
    "two destinations of old rules": (
        [old(1, "a"), old(2, "b", Destination={"Bucket": "arn:aws:s3:::other"})], "cannot exceed 1"
    ),
    "into itself": ([rule(Destination={"Bucket": "arn:aws:s3:::from"})], "the same as the source"),
    "override without account": (
        [rule(**to(AccessControlTranslation={"Owner": "Destination"}))], "Account must be specified"
    ),
    "time without metrics": (
        [rule(**to(ReplicationTime={"Status": "Enabled", "Time": {"Minutes": 15}}))], "Metrics"
    ),
    "two filters in one": ([rule(Filter={"Prefix": "a", **TAG})], "not well-formed"),
    "a bucket that is not there": (
        [rule(Destination={"Bucket": "arn:aws:s3:::nowhere"})], "must have versioning enabled"
    ),
    "a bucket without versions": (
        [rule(Destination={"Bucket": "arn:aws:s3:::plain"})], "must have versioning enabled"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab(ticking=False) as made:
        for name in ("from", "copies", "plain"):
            assert aws(made, "s3api", "create-bucket", "--bucket", name).code == 0, name
        for name in ("from", "copies"):
            versions(made, name)
        yield made


def versions(lab: Lab, bucket: str) -> None:
    on = ("--versioning-configuration", "Status=Enabled")
    assert aws(lab, "s3api", "put-bucket-versioning", "--bucket", bucket, *on).code == 0


def put(lab: Lab, rules: list[Json], *, bucket: str = "from", who: str = "ada") -> Answered:
    text = json.dumps({"Role": ROLE, "Rules": rules})
    words = ("--bucket", bucket, "--replication-configuration", text)
    return aws(lab, "s3api", "put-bucket-replication", *words, who=who)


@pytest.mark.parametrize("name", CASES)
def test_what_s3_refuses(lab: Lab, name: str) -> None:
    rules, said = CASES[name]
    found = put(lab, rules)
    assert found.code != 0
    assert said in found.err


def test_a_bucket_without_versions_is_not_replicated(lab: Lab) -> None:
    assert "Versioning must be 'Enabled'" in put(lab, [rule()], bucket="plain").err


def test_what_s3_takes_it_shows_and_the_bucket_goes_on_keeping_versions(lab: Lab) -> None:
    """A key is not looked at (rule 3.2.6)."""
    rules = [rule(1, **SELECTS, **to(**UNDER)), rule(2, Filter={"Prefix": "logs/"})]
    assert put(lab, rules).code == 0
    shown = aws(lab, "s3api", "get-bucket-replication", "--bucket", "from").json()
    assert shown == {"ReplicationConfiguration": {"Role": ROLE, "Rules": rules}}
    off = ("--bucket", "from", "--versioning-configuration", "Status=Suspended")
    assert "InvalidBucketState" in aws(lab, "s3api", "put-bucket-versioning", *off).err


def test_whoever_puts_it_may_pass_the_role(lab: Lab) -> None:
    """Rule 3.2.1; a developer may do all but with IAM."""
    assert "iam:PassRole" in put(lab, [rule()], who="developer@security").err


MEMBERS: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {},
    optional={
        "ID": st.sampled_from(["r1", "r2"]),
        "Priority": st.none() | st.integers(1, 2),
        "Filter": st.sampled_from([None, {}, {"Prefix": "a"}, TAG, {"Prefix": "a", **TAG},
                                   {"And": {"Prefix": "a"}},
                                   {"And": {"Prefix": "a", "Tags": [TAG["Tag"]]}},
                                   {"And": {"Tags": [TAG["Tag"], TAG["Tag"]]}}]),
        "Prefix": st.sampled_from(["", "a", "ab", "c"]),
        "DeleteMarkerReplication": st.sampled_from([None, {"Status": "Enabled"}]),
        "SourceSelectionCriteria": st.just(SELECTS["SourceSelectionCriteria"]),
        "Destination": st.sampled_from([
            {"Bucket": "arn:aws:s3:::from"}, {"Bucket": "copies"}, {**BUCKET, **UNDER},
            {**BUCKET, "EncryptionConfiguration": {"ReplicaKmsKeyID": "an-id"}},
            {**BUCKET, "AccessControlTranslation": {"Owner": "Destination"}},
            {**BUCKET, "Account": SECURITY, "AccessControlTranslation": {"Owner": "Destination"}},
            {**BUCKET, "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}}},
            {**BUCKET, "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 5}},
             "Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 15}}},
            {**BUCKET, "StorageClass": "COLD"},
            {"Bucket": "arn:aws:s3:::other"},
        ]),
    },
)  # fmt: skip


@examples(300)
@given(more=st.lists(MEMBERS, min_size=1, max_size=3))
def test_logkeep_refuses_what_s3_refuses(more: list[Json]) -> None:
    """Before it is sent: the same configurations, and for a reason that S3 may have."""
    rules = [rule(number, **each) for number, each in enumerate(more, 1)]
    document = {"Role": ROLE, "Rules": rules}
    answered = {code for code, _ in refusals(document, "from")}
    foretold = {mistake.code for mistake in check_configuration(document, "from")}
    assert bool(foretold) == bool(answered)
    assert not foretold or foretold & answered
