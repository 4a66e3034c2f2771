"""What closes the archive is asked of every object that lies or will lie in it, not of today's."""

from __future__ import annotations

from typing import Any

import pytest

from logkeep.diagnose.check.finding import Finding
from logkeep.diagnose.diagnosis import diagnose
from logkeep.snapshot import Snapshot
from logkeep.value import Json
from support import scenes
from support.scenes import FLEET, healthy
from support.worlds import READER

BUCKET = FLEET.bucket_arn
LOGS = f"{BUCKET}/AWSLogs/*"
OLD = f"{BUCKET}/AWSLogs/*/CloudTrail/*/2025/*"
STRANGER = "444444444444"
TRAIL = "cloudtrail.amazonaws.com"


def bucket_with(*added: Json, without: str = "", **changed: Json) -> Snapshot:
    """The archive's bucket policy with more statements, less one, or that one changed."""
    return policy_with(scenes.bucket_policy_ask(), healthy(), *added, without=without, **changed)


def policy_with(
    question: Any, snapshot: Snapshot, *added: Json, without: str = "", **changed: Json
) -> Snapshot:
    document = scenes.policy(question)
    body: list[Json] = []
    for each in document["Statement"]:
        if each["Sid"] != without:
            body.append(each)
        elif changed:
            body.append({k: v for k, v in (each | changed).items() if v is not None})
    return scenes.with_policy(snapshot, question, {**document, "Statement": [*body, *added]})


def verdicts(snapshot: Snapshot, code: str) -> set[str]:
    return {f.verdict for f in findings(snapshot, code)}


def findings(snapshot: Snapshot, code: str) -> list[Finding]:
    routes = diagnose(FLEET, snapshot).routes
    return [f for r in routes for hop in r.hops for f in hop.findings if f.code == code]


def allow(principal: Json, action: str, on: str = OLD, **more: Json) -> dict[str, Any]:
    named = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": on}
    return {"Sid": "Added", **named, **more}


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({"Resource": f"{BUCKET}/*"}, "holds"),
        ({"Resource": f"{BUCKET}/?*"}, "holds"),
        ({"Resource": [f"{BUCKET}/A*", f"{BUCKET}/*"]}, "holds"),
        ({"Resource": f"{BUCKET}/?"}, "fails"),
        ({"Resource": LOGS}, "fails"),
        ({"Resource": f"{BUCKET}/*2026*"}, "fails"),
        ({"Resource": None, "NotResource": OLD}, "fails"),
        ({"Resource": None, "NotResource": "arn:aws:s3:::another/*"}, "holds"),
        ({"Resource": None, "NotResource": [f"{BUCKET}/*a{'?' * 40}"]}, "unknown"),
    ],
)
def test_deletes_are_closed_where_no_object_is_left_out(
    changed: dict[str, Json], verdict: str
) -> None:
    snapshot = bucket_with(without="LogkeepKeepLogs", **changed)
    assert verdicts(snapshot, "bucket-deletable") == {verdict}


def test_denies_close_together_what_each_leaves_out() -> None:
    (kept,) = (
        each for each in scenes.policy(scenes.bucket_policy_ask())["Statement"]
        if each["Sid"] == "LogkeepKeepLogs"
    )  # fmt: skip
    rest = {k: v for k, v in kept.items() if k != "Resource"} | {"Sid": "B", "NotResource": LOGS}
    snapshot = bucket_with(rest, without="LogkeepKeepLogs", Resource=LOGS)
    assert verdicts(snapshot, "bucket-deletable") == {"holds"}


def test_logs_are_forgeable_where_one_folder_of_them_is_left_open() -> None:
    open_ = {"Resource": None, "NotResource": f"{BUCKET}/AWSLogs/222222222222/CloudTrail-Insight/*"}
    snapshot = bucket_with(without="LogkeepOnlyServicesWrite", **open_)
    assert verdicts(snapshot, "logs-forgeable") == {"fails"}


@pytest.mark.parametrize("action", ["s3:PutObject", "s3:DeleteObject"])
def test_a_reader_that_may_change_logs_of_another_year_changes_logs(action: str) -> None:
    snapshot = bucket_with(allow({"AWS": READER}, action), without="LogkeepKeepLogs")
    snapshot = policy_with(scenes.bucket_policy_ask(), snapshot)
    denies = ("LogkeepKeepLogs", "LogkeepOnlyServicesWrite")
    document = scenes.policy(scenes.bucket_policy_ask())
    body = [s for s in document["Statement"] if s["Sid"] not in denies]
    opened = {**document, "Statement": [*body, allow({"AWS": READER}, action)]}
    snapshot = scenes.with_policy(healthy(), scenes.bucket_policy_ask(), opened)
    assert "fails" in verdicts(snapshot, "reader-can-write")


def test_a_reader_that_writes_elsewhere_in_the_bucket_writes_no_log() -> None:
    snapshot = bucket_with(allow({"AWS": READER}, "s3:PutObject", f"{BUCKET}/results/*"))
    assert verdicts(snapshot, "reader-can-write") == {"holds"}


def test_a_service_that_reads_logs_of_another_year_reads() -> None:
    decrypts = allow({"Service": TRAIL}, "kms:Decrypt", "*")
    snapshot = bucket_with(allow({"Service": TRAIL}, "s3:GetObject"))
    snapshot = policy_with(scenes.key_policy_ask(), snapshot, decrypts)
    assert "fails" in verdicts(snapshot, "writer-can-read")


@pytest.mark.parametrize(
    ("folder", "verdict"),
    [
        (f"{BUCKET}/AWSLogs/*/CloudTrail/*/2025/*", "fails"),
        (f"{BUCKET}/old/AWSLogs/*", "fails"),
        (f"{BUCKET}/AWSLogs/*/Config/*", "holds"),
        (f"{BUCKET}/AWSLogs/222222222222/*", "holds"),
        (f"{BUCKET}/reports/*", "fails"),
        (f"{BUCKET}/reports/*.csv", "holds"),
    ],
)
def test_a_strangers_delivery_is_looked_for_wherever_it_would_lie(
    folder: str, verdict: str
) -> None:
    open_ = allow({"Service": TRAIL}, "s3:PutObject", folder)
    found = verdicts(bucket_with(open_), "archive-open-to-strangers")
    assert ("fails" in found) is (verdict == "fails")


def test_who_decrypts_what_was_written_elsewhere_in_the_archive_decrypts() -> None:
    about = {"kms:EncryptionContext:aws:s3:arn": f"{BUCKET}/AWSLogs/*/2025/*"}
    mallory = {"AWS": f"arn:aws:iam::{STRANGER}:role/mallory"}
    opened = allow(mallory, "kms:Decrypt", "*", Condition={"StringLike": about})
    snapshot = policy_with(scenes.key_policy_ask(), healthy(), opened)
    assert verdicts(snapshot, "readers-too-many") == {"fails"}


PERSONS = {"Bool": {"aws:PrincipalIsAWSService": "false"}}
CONFIG = {"Service": "config.amazonaws.com"}


@pytest.mark.parametrize(
    ("sid", "action", "on", "code"),
    [
        ("LogkeepKeepLogs", "s3:DeleteObject", OLD, "bucket-deletable"),
        ("LogkeepKeepLogs", "s3:Delete*", f"{BUCKET}/*", "bucket-deletable"),
        ("LogkeepKeepSettings", "s3:PutLifecycleConfiguration", BUCKET, "settings-open"),
    ],
)
def test_a_deny_that_spares_services_closes_nothing_to_one_that_is_let_in(
    sid: str, action: str, on: str, code: str
) -> None:
    kept = next(
        s for s in scenes.policy(scenes.bucket_policy_ask())["Statement"] if s["Sid"] == sid
    )
    spares = {**kept.get("Condition", {}), **PERSONS}
    spared = bucket_with(without=sid, Condition=spares)
    assert verdicts(spared, code) == {"holds"}
    let_in = bucket_with(allow(CONFIG, action, on), without=sid, Condition=spares)
    (found, *_) = findings(let_in, code)
    assert found.verdict == "fails"
    assert found.evidence["excepted"] == ["config.amazonaws.com"]
    assert verdicts(bucket_with(allow(CONFIG, action, on)), code) == {"holds"}


def test_a_deny_of_ending_the_key_that_spares_services_does_not_stop_one_that_is_let_in() -> None:
    at = scenes.key_policy_ask()
    kept = next(s for s in scenes.policy(at)["Statement"] if s["Sid"] == "LogkeepKeepKey")
    grants = allow(CONFIG, "kms:CreateGrant", "*")
    spares = {**kept["Condition"], **PERSONS}
    spared = policy_with(at, healthy(), grants, without="LogkeepKeepKey", Condition=spares)
    assert verdicts(spared, "key-endable") == {"fails"}
    assert verdicts(policy_with(at, healthy(), grants), "key-endable") == {"holds"}


def test_a_fence_around_the_organization_keeps_no_reader_of_it_out() -> None:
    """IAM User Guide, "aws:PrincipalOrgID": in every request of a member's principals."""
    fence = {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorg1"},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }
    denied = allow("*", "s3:*", f"{BUCKET}/*", Effect="Deny", Condition=fence)
    assert verdicts(bucket_with(denied), "reader-cannot-read") == {"holds"}
