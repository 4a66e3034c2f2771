"""A bucket's encryption and lock as a new fleet file says them: as found, and nothing beyond."""

from __future__ import annotations

import json
from typing import Any

import pytest

from archive.test_encryption_and_lock import WAYS, world
from logkeep.access import bucket, key
from logkeep.access.bucket import Bucket, PolicyText, of_bucket
from logkeep.archive.founding import keeping
from logkeep.archive.founding.keeping import KeptSetting
from logkeep.snapshot import Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.storage.headers import SSE
from logkeep.value import Absent, Look, Seen, Unseen
from support.worlds import NOW, fleet_of

AT = Bucket("logs", "222222222222", "eu-west-1")
KEY = "arn:aws:kms:eu-west-1:222222222222:key/11111111-2222-3333-4444-555555555555"
OTHER = KEY.replace("111", "999")
SETTLED = fleet_of()


@pytest.mark.parametrize("way", WAYS)
def test_what_logkeep_made_is_written_as_it_was_asked(way: str) -> None:
    facts = Facts(world(way).fleet, world(way).healthy)
    at = bucket.archives(facts)
    policy = facts.look(of_bucket(facts, "s3:GetBucketPolicy"), PolicyText)
    assert keeping.encryption(facts, at, key.arn(facts), policy) == KeptSetting(way)
    assert keeping.lock(facts, at) == KeptSetting("compliance 400d")


def facts_of(encryption: object = None, lock: object = None) -> Facts:
    nothing = Snapshot("acme", NOW, {})
    some = Facts(SETTLED, nothing)
    told = {"s3:GetBucketEncryption": encryption, "s3:GetObjectLockConfiguration": lock}
    return Facts(
        SETTLED,
        nothing.with_answers(
            {
                of_bucket(some, call, AT): said if isinstance(said, Reply) else reply(said)
                for call, said in told.items()
                if said is not None
            }
        ),
    )


def default(algorithm: str = "aws:kms", under: str = KEY) -> dict[str, Any]:
    named = {"KMSMasterKeyID": under} if under else {}
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm, **named}}
    return {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}


def deny(value: str = "aws:kms", *, given: bool, key: str = f"s3:{SSE}") -> Look[PolicyText]:
    condition: dict[str, Any] = {"StringNotEquals": {key: value}}
    if given:
        condition["Null"] = {key: "false"}
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
                 "Resource": "arn:aws:s3:::logs/*", "Condition": condition}  # fmt: skip
    return Seen(PolicyText(json.dumps({"Version": "2012-10-17", "Statement": [statement]})))


NONE = Absent("s3:GetBucketPolicy")


@pytest.mark.parametrize(
    ("found", "policy", "value", "perhaps"),
    [
        (default(), deny(given=True), "default", None),
        (default(), deny(given=False), "forced", None),
        (default(), NONE, None, "default"),  # `default` would add a Deny
        (default("AES256", ""), NONE, None, None),
        (default("AES256", ""), deny(given=False), None, "forced"),
        (default(under=OTHER), deny(given=True), None, "default"),
        (default(under=""), deny(given=True), None, "default"),  # aws/s3
        (default(), deny("AES256", given=False), None, "forced"),  # forces another
        (default(), Unseen("s3:GetBucketPolicy", "AccessDenied"), None, None),
        (default(), Seen(PolicyText("{")), None, None),
        (Reply(error="AccessDenied"), deny(given=True), None, None),
        (None, deny(given=True), None, None),
    ],
)
def test_what_was_found_and_what_is_only_half_so(
    found: object, policy: Look[PolicyText], value: str | None, perhaps: str | None
) -> None:
    said = keeping.encryption(facts_of(found), AT, KEY, policy)
    assert (said.value, said.perhaps) == (value, perhaps)
    is_plain = found == default("AES256", "") and perhaps is None
    assert bool(said.notes) == (value is None and not is_plain)


@pytest.mark.parametrize(
    ("rule", "value", "notes"),
    [
        ({"Mode": "COMPLIANCE", "Days": 400}, "compliance 400d", 0),
        ({"Mode": "GOVERNANCE", "Years": 2}, "governance 2y", 0),
        ({}, None, 1),
        ({"Mode": "SOMETHING", "Days": 1}, None, 1),
    ],
)
def test_a_lock_as_found(rule: dict[str, Any], value: str | None, notes: int) -> None:
    told: dict[str, Any] = {"ObjectLockEnabled": "Enabled"}
    told |= {"Rule": {"DefaultRetention": rule}} if rule else {}
    said = keeping.lock(facts_of(lock={"ObjectLockConfiguration": told}), AT)
    assert (said.value, len(said.notes)) == (value, notes)


def test_no_lock_is_nothing_and_an_unseen_one_is_said() -> None:
    gone = Reply(error="ObjectLockConfigurationNotFoundError")
    assert keeping.lock(facts_of(lock=gone), AT) == KeptSetting()
    assert keeping.lock(facts_of(lock=Reply(error="AccessDenied")), AT).notes
