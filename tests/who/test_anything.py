"""`who ACTION RESOURCE`: everyone who may do one thing."""

from __future__ import annotations

import pytest

from logkeep.access.bucket import of_bucket
from logkeep.access.key import of_key
from logkeep.policy.catalogue import Action, find_action
from logkeep.show.paint import Paint
from logkeep.show.who import held_text
from logkeep.snapshot import Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.who import Held, access, caveats, who
from support.scenes import FLEET, healthy
from support.worlds import ADMIN, KEY_ID, READER

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


def owned_by(setting: str | None) -> Snapshot:
    """The archive with this Object Ownership; None where nobody could read it."""
    question = of_bucket(Facts(FLEET, healthy()), "s3:GetBucketOwnershipControls")
    if setting is None:
        return healthy().without([question])
    if not setting:
        return healthy().with_answers({question: Reply(error="OwnershipControlsNotFoundError")})
    rules = {"Rules": [{"ObjectOwnership": setting}]}
    return healthy().with_answers({question: reply({"OwnershipControls": rules})})


@pytest.mark.parametrize("setting", ["BucketOwnerPreferred", "ObjectWriter", "", None])
def test_acls_that_still_speak_are_said_to_be_unread(setting: str | None) -> None:
    """Rules 2.1.3 and 2.1.4: only BucketOwnerEnforced switches ACLs off, a log's own included."""
    snapshot = owned_by(setting)
    facts = Facts(FLEET, snapshot)
    for resource in (LOG, BUCKET):
        assert caveats(facts, resource) == ("acls-on",)
    assert "acls-on" in access(Facts(FLEET, snapshot)).caveats
    get = find_action("s3:GetObject")
    assert isinstance(get, Action)
    told = " ".join(held_text(FLEET, who(facts, get, LOG), LOG, Paint(), ("acls-on",)).split())
    assert "note ACLs are still enabled, and those of each log were not read" in told


def test_acls_that_are_switched_off_are_not_spoken_of() -> None:
    facts = Facts(FLEET, owned_by("BucketOwnerEnforced"))
    assert caveats(facts, LOG) == caveats(facts, BUCKET) == caveats(facts, KEY) == ()
    assert "acls-on" not in access(Facts(FLEET, healthy())).caveats


def test_grants_that_were_not_read_are_said_to_be_unread() -> None:
    question = of_key(Facts(FLEET, healthy()), "kms:ListGrants", KEY_ID)
    facts = Facts(FLEET, healthy().without([question]))
    assert caveats(facts, KEY) == ("grants-unread",)
