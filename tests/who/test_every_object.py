"""The conclusions are about every object that lies or will lie in the archive, not today's."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.access import key as archive_key
from logkeep.policy.catalogue import Action, find_action
from logkeep.show.who_json import who_json
from logkeep.snapshot import Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.value import Json, Verdict, account_of
from logkeep.who import Access, access, across, who
from support import scenes
from support.examples import examples
from support.scenes import FLEET, healthy
from support.worlds import ADMIN, READER

ARCHIVE, STRANGER = "111111111111", "444444444444"
MALLORY = f"arn:aws:iam::{STRANGER}:user/mallory"
ENTERED = "arn:aws:iam::222222222222:role/OrganizationAccountAccessRole"
BUCKET = FLEET.bucket_arn
ELSEWHERE = [
    "AWSLogs/222222222222/CloudTrail/us-east-1/2026/11/20/*",
    "AWSLogs/*/CloudTrail/*/2025/*",
    "AWSLogs/222222222222/CloudTrail-Insight/*",
    "AWSLogs/222222222222/CloudTrail/ap-southeast-2/*",
    "old/AWSLogs/*",
    "AWSLogs/o-exampleorg1/*",
    "*.gz",
    "?WSLogs/??????????22/*",
]
"""Where logs lie or will that none of today's deliveries writes."""


def changed(
    keep: Json = None, *added: Json, of_key: tuple[Json, ...] = (), without: str = ""
) -> Snapshot:
    """The healthy archive with more said in its policies, and one statement changed or left out."""
    snapshot = healthy()
    for question, more in (
        (scenes.bucket_policy_ask(), added),
        (scenes.key_policy_ask(), of_key),
    ):
        document = scenes.policy(question)
        kept = [s for s in document["Statement"] if s["Sid"] != without]
        body = [{**s, **keep} if keep and s["Sid"] == "LogkeepKeepLogs" else s for s in kept]
        snapshot = scenes.with_policy(snapshot, question, {**document, "Statement": [*body, *more]})
    return snapshot


def allow(principal: str, *actions: str, on: str, **more: Json) -> dict[str, Any]:
    named = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": list(actions)}
    return {**named, "Resource": on, **more}


def found(snapshot: Snapshot) -> Access:
    return access(Facts(FLEET, snapshot))


def concluded(snapshot: Snapshot, name: str) -> tuple[Verdict, tuple[str, ...]]:
    return next((c.verdict, c.who) for c in found(snapshot).conclusions if c.name == name)


def trusting_anybody(snapshot: Snapshot) -> Snapshot:
    """The declared reader's trust policy lets in any principal of any account."""
    question = ask(ARCHIVE, "us-east-1", "iam:GetAccountAuthorizationDetails")
    body = msgspec.json.decode(snapshot.answers[question].body)
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    for role in body["RoleDetailList"]:
        if role["Arn"] == READER:
            role["AssumeRolePolicyDocument"] = {"Statement": [trust]}
    return snapshot.with_answers({question: reply(body)})


@pytest.mark.parametrize("where", ELSEWHERE)
def test_who_reads_any_log_that_lies_there_is_a_reader(where: str) -> None:
    reads = allow(MALLORY, "s3:GetObject", on=f"{BUCKET}/{where}")
    decrypts = allow(MALLORY, "kms:Decrypt", on="*")
    snapshot = changed(None, reads, of_key=(decrypts,))
    assert concluded(snapshot, "readers-as-declared") == ("fails", (MALLORY,))


@pytest.mark.parametrize("where", ELSEWHERE)
def test_a_person_of_the_archive_that_reads_any_log_is_a_reader(where: str) -> None:
    reads = allow(ADMIN, "s3:GetObject", on=f"{BUCKET}/{where}")
    decrypts = allow(ADMIN, "kms:Decrypt", on="*")
    snapshot = changed(None, reads, of_key=(decrypts,))
    assert concluded(snapshot, "readers-as-declared") == ("fails", (ADMIN,))


def test_what_decrypts_under_another_folder_reads_nothing_of_this_one() -> None:
    reads = allow(MALLORY, "s3:GetObject", on=f"{BUCKET}/old/*")
    about = {"kms:EncryptionContext:aws:s3:arn": f"{BUCKET}/new/*"}
    decrypts = allow(MALLORY, "kms:Decrypt", on="*", Condition={"StringLike": about})
    snapshot = changed(None, reads, of_key=(decrypts,))
    assert concluded(snapshot, "readers-as-declared")[0] == "holds"


@pytest.mark.parametrize(
    ("unnamed", "key_names"),
    [
        ({"CanonicalUser": "a" * 64}, f"arn:aws:iam::{STRANGER}:root"),
        ({"CanonicalUser": "a" * 64}, MALLORY),
        ({"CanonicalUser": "a" * 64}, ENTERED),
        ({"Federated": "arn:aws:iam::222222222222:saml-provider/x"}, ENTERED),
    ],
)
def test_whom_the_bucket_lets_in_without_a_name_may_be_whom_the_key_names(
    unnamed: Json, key_names: str
) -> None:
    """A canonical user id tells no account (S3 User Guide, "Principals for bucket policies")."""
    at = f"{BUCKET}/*"
    reads = {**allow("", "s3:GetObject", on=at), "Principal": unnamed}
    snapshot = changed(None, reads, of_key=(allow(key_names, "kms:Decrypt", on="*"),))
    verdict, named = concluded(snapshot, "readers-as-declared")
    assert verdict == "unknown"
    assert any(account_of(each) == account_of(key_names) for each in named)


def test_no_account_is_shown_that_only_stands_for_all_others() -> None:
    """Neither in the archive's answer, nor where one action is asked about or accounts are."""
    reads = allow("*", "s3:GetObject", "s3:PutObject", on=f"{BUCKET}/*")
    opened = changed(None, reads, of_key=(allow("*", "kms:*", on="*"),))
    facts = Facts(FLEET, trusting_anybody(opened))
    answers: list[object] = [access(facts), across(facts)]
    for name, on in (
        ("s3:GetObject", f"{BUCKET}/AWSLogs/x"),
        ("s3:PutObject", f"{BUCKET}/AWSLogs/x"),
        ("kms:Decrypt", archive_key.arn(facts)),
        ("sts:AssumeRole", READER),
    ):
        action = find_action(name)
        assert isinstance(action, Action)
        answers.append(who(facts, action, on))
    for each in answers:
        told = json.dumps(who_json(each))
        assert not re.search(r"9{9}\d{3}|0{12}", told), told[:200]


NARROWED: list[dict[str, Json]] = [
    {"Resource": f"{BUCKET}/AWSLogs/*/CloudTrail/*/2026/11/*"},
    {"Resource": [f"{BUCKET}/AWSLogs/{a}/*" for a in ("111111111111", "222222222222")]},
    {"Resource": f"{BUCKET}/AWSLogs/*"},
    {"Resource": f"{BUCKET}/?WSLogs/*"},
]


@pytest.mark.parametrize("narrowed", NARROWED)
def test_a_deny_of_some_deletes_proves_nothing_of_the_others(narrowed: dict[str, Json]) -> None:
    verdict, named = concluded(changed(narrowed), "nobody-deletes")
    assert verdict == "fails"
    assert ADMIN in named


def test_denies_that_together_leave_nothing_out_prove_it() -> None:
    """Each alone leaves something; what one leaves the other has."""
    logs = f"{BUCKET}/AWSLogs/*"
    (first,) = (
        s for s in scenes.policy(scenes.bucket_policy_ask())["Statement"]
        if s["Sid"] == "LogkeepKeepLogs"
    )  # fmt: skip
    rest = {k: v for k, v in first.items() if k != "Resource"} | {"NotResource": logs, "Sid": "B"}
    snapshot = changed({"Resource": logs}, rest)
    assert concluded(snapshot, "nobody-deletes")[0] == "holds"


def test_patterns_that_cannot_be_told_apart_leave_the_conclusion_unknown_by_name() -> None:
    hard = f"{BUCKET}/*a{'?' * 40}"
    document = scenes.policy(scenes.bucket_policy_ask())
    kept = next(s for s in document["Statement"] if s["Sid"] == "LogkeepKeepLogs")
    rest = {k: v for k, v in kept.items() if k != "Resource"} | {"NotResource": [hard]}
    snapshot = changed(None, rest, without="LogkeepKeepLogs")
    told = next(c for c in found(snapshot).conclusions if c.name == "nobody-deletes")
    assert told.verdict == "unknown"
    assert any(hard in name for name in told.settle)


PARTS = st.lists(st.sampled_from(["AWSLogs/", "2025/", "222222222222/", "x", "*", "?"]), max_size=4)
PATTERNS = PARTS.map(lambda parts: f"{BUCKET}/{''.join(parts)}*")
KEYS = PARTS.map(lambda parts: "".join(parts).replace("*", "yy").replace("?", "z") or "x")


@given(st.lists(PATTERNS, min_size=1, max_size=3), st.lists(KEYS, min_size=1, max_size=8))
@examples(25)
def test_what_is_proven_of_deletes_holds_of_any_object_one_may_name(
    denied: list[str], keys: list[str]
) -> None:
    """Brute force: no object that is named finds somebody whom the conclusion denies."""
    snapshot = changed({"Resource": list(denied)})
    verdict, named = concluded(snapshot, "nobody-deletes")
    facts, action = Facts(FLEET, snapshot), find_action("s3:DeleteObject")
    assert isinstance(action, Action)
    for key in keys:
        able = {h.principal for h in who(facts, action, f"{BUCKET}/{key}").by(certain=True)}
        assert not able or (verdict == "fails" and able <= set(named)), key
