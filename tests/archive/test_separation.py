"""Readers only read and writers only write: asked of each by name, on both sides."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from logkeep.diagnose.check.finding import Finding
from logkeep.diagnose.diagnosis import diagnose
from logkeep.snapshot import Ask, Reply, Snapshot, reply
from logkeep.words.plain import texts
from support import scenes
from support.scenes import FLEET, healthy
from support.worlds import READER

BUCKET = FLEET.bucket_arn
CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}
WRITER = "arn:aws:iam::222222222222:user/admin"


def with_statements(ask: Ask, *more: dict[str, Any], without: str = "") -> Snapshot:
    document = scenes.policy(ask)
    kept = [s for s in document["Statement"] if s["Sid"] != without]
    return scenes.with_policy(healthy(), ask, {**document, "Statement": [*kept, *more]})


def allow(principal: Any, action: str | list[str], resource: str = "*") -> dict[str, Any]:
    return {
        "Sid": "Foreign",
        "Effect": "Allow",
        "Principal": principal,
        "Action": action,
        "Resource": resource,
    }


def failing(snapshot: Snapshot, code: str) -> list[Finding]:
    found = diagnose(FLEET, snapshot).routes[0]
    return [
        f for hop in found.hops for f in hop.findings if f.code == code and f.verdict != "holds"
    ]


def reader_may(action: str) -> Snapshot:
    """The reader's own policy allows more than reading."""
    (question,) = [
        q
        for q in healthy().answers
        if q.call == "iam:GetAccountAuthorizationDetails" and q.account == "111111111111"
    ]
    body = msgspec.json.decode(healthy().answers[question].body)
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    body["RoleDetailList"][0]["RolePolicyList"] = [
        {"PolicyName": "More", "PolicyDocument": document}
    ]
    return healthy().with_answers({question: reply(body)})


def test_a_reader_whose_own_policy_changes_the_key_is_found_with_the_statement() -> None:
    """The key's policy delegates its administration to the account (rule 4.1)."""
    assert failing(reader_may("kms:*"), "reader-can-write") == []
    document = scenes.policy(scenes.key_policy_ask())
    kept = [s for s in document["Statement"] if s["Sid"] != "LogkeepKeepKey"]
    opened = {**document, "Statement": kept}
    snapshot = scenes.with_policy(reader_may("kms:*"), scenes.key_policy_ask(), opened)
    (found,) = failing(snapshot, "reader-can-write")
    assert found.verdict == "fails"
    assert texts(found.evidence["who"]) == [READER]
    assert [(m["action"], m["layer"], m["policy"]) for m in found.evidence["may"]] == [
        ("kms:PutKeyPolicy", "resource", "key policy")
    ]


def test_what_a_deny_closes_no_reader_may() -> None:
    """A Deny beats the reader's own policy: the bucket's closings hold (rule 2.3.5)."""
    assert failing(reader_may("s3:*"), "reader-can-write") == []


def test_without_the_closings_a_reader_that_may_all_of_s3_is_found() -> None:
    ask = scenes.bucket_policy_ask()
    closed = with_statements(ask, without="LogkeepKeepSettings")
    (details,) = [
        q for q in reader_may("s3:*").answers
        if q.call == "iam:GetAccountAuthorizationDetails" and q.account == "111111111111"
    ]  # fmt: skip
    snapshot = closed.with_answers({details: reader_may("s3:*").answers[details]})
    (found,) = failing(snapshot, "reader-can-write")
    actions = {m["action"] for m in found.evidence["may"]}
    assert actions == {"s3:PutBucketPolicy", "s3:DeleteBucketPolicy"}


@pytest.mark.parametrize(
    ("on_bucket", "on_key", "verdict"),
    [
        (["s3:GetObject"], ["kms:Decrypt"], "fails"),
        (["s3:GetObject"], [], None),
        ([], ["kms:Decrypt"], None),
    ],
)
def test_a_writer_reads_only_with_both_the_object_and_its_key(
    on_bucket: list[str], on_key: list[str], verdict: str | None
) -> None:
    """Rule 4.8."""
    bucket_ask, key_ask = scenes.bucket_policy_ask(), scenes.key_policy_ask()
    snapshot = healthy()
    if on_bucket:
        snapshot = with_statements(bucket_ask, allow(CLOUDTRAIL, on_bucket, f"{BUCKET}/*"))
    if on_key:
        document = scenes.policy(key_ask)
        statements = [*document["Statement"], allow(CLOUDTRAIL, on_key)]
        snapshot = scenes.with_policy(snapshot, key_ask, {**document, "Statement": statements})
    found = failing(snapshot, "writer-can-read")
    assert [f.verdict for f in found] == ([verdict] if verdict else [])


def test_a_writer_that_is_a_person_is_asked_too() -> None:
    bucket_ask, key_ask = scenes.bucket_policy_ask(), scenes.key_policy_ask()
    both = allow({"AWS": WRITER}, ["s3:PutObject", "s3:GetObject"], f"{BUCKET}/*")
    snapshot = with_statements(bucket_ask, both, without="LogkeepOnlyServicesWrite")
    document = scenes.policy(key_ask)
    decrypts = [*document["Statement"], allow({"AWS": WRITER}, "kms:Decrypt")]
    snapshot = scenes.with_policy(snapshot, key_ask, {**document, "Statement": decrypts})
    (found,) = failing(snapshot, "writer-can-read")
    assert texts(found.evidence["who"]) == [WRITER]


def test_a_reader_whose_policies_are_unread_is_unknown() -> None:
    refused = Reply(error="AccessDenied", message="not authorized")
    hidden = {
        q: refused
        for q in healthy().answers
        if q.call == "iam:GetAccountAuthorizationDetails" and q.account == "111111111111"
    }
    verdicts = {f.verdict for f in failing(healthy().with_answers(hidden), "reader-can-write")}
    assert verdicts <= {"unknown"}
