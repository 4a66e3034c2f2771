"""Who is one step from deleting, and what AWS deletes by itself."""

from __future__ import annotations

from typing import Any

import pytest

from logkeep.access.bucket import of_bucket
from logkeep.snapshot import Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.who import Access, access
from support import scenes
from support.scenes import FLEET, healthy
from support.worlds import ADMIN

ROOT = "arn:aws:iam::111111111111:root"


def found(snapshot: Snapshot) -> Access:
    return access(Facts(FLEET, snapshot))


def with_lifecycle(answer: Reply) -> Snapshot:
    question = of_bucket(Facts(FLEET, healthy()), "s3:GetBucketLifecycleConfiguration")
    return healthy().with_answers({question: answer})


def rule(**more: Any) -> Reply:
    return reply({"Rules": [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, **more}]})


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (rule(Expiration={"Days": 1}), "fails"),
        (rule(NoncurrentVersionExpiration={"NoncurrentDays": 1}), "fails"),
        (rule(Status="Disabled", Expiration={"Days": 1}), "holds"),
        (rule(AbortIncompleteMultipartUpload={"DaysAfterInitiation": 7}), "holds"),
        (Reply(error="AccessDenied"), "unknown"),
        (Reply(error="NoSuchLifecycleConfiguration"), "holds"),
    ],
)
def test_a_lifecycle_that_deletes_is_somebody_who_deletes(answer: Reply, verdict: str) -> None:
    """Rule 2.3.5: no policy of the bucket stops it."""
    told = next(c for c in found(with_lifecycle(answer)).conclusions if c.name == "nobody-deletes")
    assert told.verdict == verdict
    assert verdict != "fails" or told.who == ("the bucket's lifecycle",)


def test_who_may_change_the_bucket_s_policy_is_one_step_from_deleting() -> None:
    steps = {(each.principal, each.by) for each in found(healthy()).deleting}
    assert (ADMIN, "s3:PutBucketPolicy") in steps
    assert (ADMIN, "s3:PutLifecycleConfiguration") in steps
    assert (ROOT, "s3:PutBucketPolicy") in steps
    assert (ROOT, "s3:DeleteBucketPolicy") not in steps


def test_nobody_is_one_step_from_deleting_whom_the_organization_keeps_from_it() -> None:
    asks = scenes.bucket_policy_ask()
    document = scenes.policy(asks)
    body = [
        {k: v for k, v in s.items() if k != "Condition"} if s["Sid"] == "LogkeepKeepSettings" else s
        for s in document["Statement"]
    ]
    answer = found(scenes.with_policy(healthy(), asks, {**document, "Statement": body}))
    assert {each.principal for each in answer.deleting} == {ROOT}
