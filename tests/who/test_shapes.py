"""Whoever may name a role as a pattern wants it is asked about by that name."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from logkeep.diagnose.diagnosis import diagnose
from logkeep.snapshot import Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.value import Json
from logkeep.who import access
from support import scenes
from support.scenes import FLEET, healthy
from support.worlds import READER

ARCHIVE, STRANGER = "111111111111", "444444444444"
OF_STRANGER = {"StringLike": {"aws:PrincipalArn": f"arn:aws:iam::{STRANGER}:role/Log*"}}
OF_ANYBODY = {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Log*"}}


def also(
    snapshot: Snapshot, question: Any, action: str, resource: str, condition: Json
) -> Snapshot:
    document = scenes.policy(question)
    said = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
    more = [*document["Statement"], {**said, "Condition": condition}]
    kept = [s for s in more if s.get("Sid") != "LogkeepKeepKey"]
    return scenes.with_policy(snapshot, question, {**document, "Statement": kept})


def concluded(snapshot: Snapshot, name: str) -> str:
    return next(c.verdict for c in access(Facts(FLEET, snapshot)).conclusions if c.name == name)


def failing(snapshot: Snapshot) -> set[str]:
    routes = diagnose(FLEET, snapshot).routes
    return {f.code for r in routes for hop in r.hops for f in hop.amiss if f.verdict == "fails"}


def test_a_strangers_roles_of_a_name_read() -> None:
    bucket, key = scenes.bucket_policy_ask(), scenes.key_policy_ask()
    objects = f"{FLEET.bucket_arn}/*"
    snapshot = also(healthy(), bucket, "s3:GetObject", objects, OF_STRANGER)
    snapshot = also(snapshot, key, "kms:Decrypt", "*", OF_STRANGER)
    assert concluded(snapshot, "readers-as-declared") == "fails"
    assert "readers-too-many" in failing(snapshot)


@pytest.mark.parametrize("condition", [OF_STRANGER, OF_ANYBODY])
def test_roles_of_a_name_end_the_key(condition: Json) -> None:
    at = scenes.key_policy_ask()
    snapshot = also(healthy(), at, "kms:CreateGrant", "*", condition)
    assert concluded(snapshot, "key-by-administrators") == "fails"
    assert "key-endable" in failing(snapshot)


def test_roles_of_a_name_become_the_reader() -> None:
    question = ask(ARCHIVE, "us-east-1", "iam:GetAccountAuthorizationDetails")
    body: dict[str, Any] = msgspec.json.decode(healthy().answers[question].body)
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    for role in body["RoleDetailList"]:
        if role["Arn"] == READER:
            role["AssumeRolePolicyDocument"] = {"Statement": {**trust, "Condition": OF_ANYBODY}}
    snapshot = healthy().with_answers({question: reply(body)})
    assert concluded(snapshot, "readers-as-declared") == "fails"


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalType": "AssumedRole"}},
        {"StringEquals": {"aws:PrincipalAccount": ARCHIVE}},
        {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ARCHIVE}:role/*"}},
    ],
)
@pytest.mark.parametrize(
    ("sid", "code"),
    [("LogkeepKeepLogs", "bucket-deletable"), ("LogkeepKeepSettings", "settings-open")],
)
def test_a_deny_for_some_kind_of_people_closes_nothing(
    sid: str, code: str, condition: Json
) -> None:
    at = scenes.bucket_policy_ask()
    document = scenes.policy(at)
    narrowed = [
        {**s, "Condition": condition} if s["Sid"] == sid else s for s in document["Statement"]
    ]
    snapshot = scenes.with_policy(healthy(), at, {**document, "Statement": narrowed})
    assert code in failing(snapshot)
