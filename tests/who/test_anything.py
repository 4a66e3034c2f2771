"""`who ACTION RESOURCE`: everyone who may do one thing."""

from __future__ import annotations

import pytest

from logkeep.actions import Action, find_action
from logkeep.facts import Facts
from logkeep.who import Held, who
from scenes import FLEET, healthy
from worlds import ADMIN, READER

BUCKET = FLEET.bucket_arn
LOG = f"{BUCKET}/AWSLogs/222222222222/CloudTrail/us-east-1/log.json.gz"
ROOT = "arn:aws:iam::111111111111:root"
KEY = "arn:aws:kms:us-east-1:111111111111:key/11111111-2222-3333-4444-555555555555"


def asked(action: str, resource: str) -> Held:
    found = find_action(action)
    assert isinstance(found, Action)
    return who(Facts(FLEET, healthy()), found, resource)


@pytest.mark.parametrize(
    ("action", "resource", "may"),
    [
        ("s3:GetObject", LOG, {READER}),
        ("s3:PutObject", LOG, {"cloudtrail.amazonaws.com"}),
        ("s3:PutObject", f"{BUCKET}/elsewhere", {ADMIN, ROOT}),
        ("s3:DeleteObject", LOG, set()),
        ("s3:PutBucketPolicy", BUCKET, {ADMIN, ROOT}),
        ("s3:ListBucket", BUCKET, {READER, ADMIN, ROOT}),
        ("kms:Decrypt", KEY, {READER}),
        ("iam:CreateUser", "arn:aws:iam::111111111111:user/new", {ADMIN, ROOT}),
        ("s3:GetObjectAcl", LOG, {ADMIN, ROOT}),
    ],
)
def test_who_may(action: str, resource: str, may: set[str]) -> None:
    held = asked(action, resource)
    assert {holder.principal for holder in held.by(certain=True)} == may
    assert held.by(certain=False) == []


def test_a_service_delivers_to_its_own_accounts_folder_only() -> None:
    (cloudtrail,) = asked("s3:PutObject", LOG).holders
    assert cloudtrail.account == "222222222222"
    assert [r.action for r in cloudtrail.reasons] == ["s3:PutObject", "kms:GenerateDataKey"]


def test_a_policy_that_was_not_read_leaves_it_open() -> None:
    held = asked("s3:GetObject", "arn:aws:s3:::elsewhere/x")
    assert held.by(certain=True) == []
    assert held.by(certain=False)


def test_a_role_may_be_assumed_by_whom_it_trusts() -> None:
    held = asked("sts:AssumeRole", READER)
    assert {h.principal for h in held.by(certain=True)} >= {ADMIN}
    assert not held.by(certain=False)
