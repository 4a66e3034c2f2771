"""No case, however broken, ends otherwise than in an answer or in its mistakes."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from logkeep.cli.storage_input import tried
from logkeep.policy import Malformed
from logkeep.show.storage.operation import Tried
from logkeep.storage.cases import read_case
from storage.scenes import KEY, ROLE, rule, with_kms
from support.examples import examples

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9) | st.just("*")
    | st.sampled_from(["Enabled", "aws:kms", KEY, "arn:aws:s3:::dst", "alias/x", "before rule"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
SSE = "x-amz-server-side-encryption"
BUCKET: dict[str, Any] = {
    "name": "src", "account": "222222222222", "region": "us-east-1",
    "encryption": {"Rules": [{"ApplyServerSideEncryptionByDefault": {
        "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}, "BucketKeyEnabled": True}]},
    "policy": {"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::src/*", "Condition": {"Null": {f"s3:{SSE}": "true"}}}]},
    "versioning": "Enabled", "blocked_encryption": [], "ownership": "ObjectWriter",
    "public_access": {"BlockPublicAcls": True}, "object_lock": False, "key_state": "Enabled",
    "keys": {KEY: {"state": "Enabled", "policy": None}}, "aliases": {}, "kms_keys": {},
    "replication": {"Role": ROLE, "Rules": [with_kms(), rule(ID="2", Priority=2)]},
    "role": {"trust": None, "policies": []}, "destinations": {"dst": {"region": "eu-west-1"}},
    "faults": {"dst": "the key is disabled"},
}  # fmt: skip
REQUESTS: list[dict[str, Any]] = [
    {"operation": "PutObject", "key": "a", "headers": {SSE: "aws:kms", "x-amz-acl": "private"},
     "principal": "arn:aws:iam::222222222222:role/x", "identity": [], "at": "2026-11-28T00:00:00"},
    {"object": {"key": "a", "encryption": "aws:kms", "created": "after rule", "tags": {"a": "b"},
                "kind": "put", "owner": "222222222222", "size": 3, "acl": "private"}},
    {"operation": "PutBucketReplication", "config": {"Role": ROLE, "Rules": [rule()]}},
    {"operation": "PutBucketEncryption", "rules": [{"ApplyServerSideEncryptionByDefault": {}}]},
    {"operation": "PutBucketLogging", "target": "a bucket that does not exist"},
    {"operation": "GetObject", "of": "an object"},
]  # fmt: skip


def places(found: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    listed = [path] if path else []
    if isinstance(found, dict):
        for name in found:
            listed += places(found[name], (*path, name))
    elif isinstance(found, list):
        for index, each in enumerate(found):
            listed += places(each, (*path, index))
    return listed


def put_at(document: Any, path: tuple[Any, ...], value: Any) -> None:
    for step in path[:-1]:
        document = document[step]
    document[path[-1]] = value


@given(number=st.integers(0, len(REQUESTS) - 1), data=st.data())
@examples(300)
def test_a_broken_case_is_an_answer_or_mistakes(number: int, data: st.DataObject) -> None:
    case = copy.deepcopy({"id": "x", "request": REQUESTS[number], "bucket": BUCKET})
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places(case)))
        put_at(case, path, data.draw(JSON))
    found = read_case(case)
    if isinstance(found, Malformed):
        assert found.mistakes
        assert all(found.mistakes)
    else:
        assert isinstance(tried(found), Tried)


@given(row=JSON)
@examples(100)
def test_any_json_is_no_case(row: Any) -> None:
    assert isinstance(read_case(row), Malformed)
