"""An upload into the archive, as a snapshot of the fleet shows its bucket, key and people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from logkeep.access.any_bucket import find as find_bucket
from logkeep.access.bucket import of_account, of_bucket
from logkeep.access.uploads import bucket_of, caller_of, keys_of
from logkeep.aws.files import write_snapshot
from logkeep.policy import Unread
from logkeep.snapshot import Ask, Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.storage.bucket import Default
from logkeep.storage.headers import ACL, SSE
from logkeep.storage.put import put
from logkeep.storage.upload import Outcome, Upload
from support import scenes
from support.command_line import Run
from support.scenes import FLEET, healthy
from support.worlds import ADMIN, READER

NAME = FLEET.archive.bucket
LOG = "AWSLogs/222222222222/CloudTrail/us-east-1/2026/11/23/log.json.gz"
FACTS = Facts(FLEET, healthy())


def unguarded() -> Snapshot:
    """A bucket whose policy does not keep people from writing among the logs."""
    asks = scenes.bucket_policy_ask()
    document = scenes.policy(asks)
    kept = [s for s in document["Statement"] if s["Sid"] != "LogkeepOnlyServicesWrite"]
    return scenes.with_policy(healthy(), asks, {**document, "Statement": kept})


def answered(snapshot: Snapshot, *answers: tuple[Ask, Any]) -> Snapshot:
    return snapshot.with_answers({question: reply(body) for question, body in answers})


def outcome(
    snapshot: Snapshot, principal: str = "", headers: dict[str, str] | None = None
) -> Outcome:
    facts = Facts(FLEET, snapshot)
    where = find_bucket(facts, NAME)
    assert where is not None
    bucket, caller = bucket_of(facts, where), caller_of(facts, where, principal)
    default = bucket.default.key if isinstance(bucket.default, Default) else ""
    upload = Upload(caller=caller, key=LOG, headers=headers or {})
    return put(upload, bucket, keys_of(facts, default))


def encryption(**rule: Any) -> tuple[Ask, Any]:
    question = of_bucket(FACTS, "s3:GetBucketEncryption")
    return question, {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}


def test_people_do_not_write_among_the_logs() -> None:
    for principal in ("", READER, ADMIN):
        found = outcome(healthy(), principal)
        assert found.refusal is not None
        explanation = found.refusal.explanation
        assert explanation is not None
        assert explanation.decision.statement is not None
        assert explanation.decision.statement.sid == "LogkeepOnlyServicesWrite"


def test_what_it_lies_under_without_the_guard() -> None:
    found = outcome(unguarded(), headers={SSE: "AES256"})
    assert (found.answer, found.stored and found.stored.owner) == ("accepted", "111111111111")
    arn = next(iter(keys_of(FACTS).known))
    by_default = encryption(
        ApplyServerSideEncryptionByDefault={"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn},
        BucketKeyEnabled=True,
    )
    under = outcome(answered(unguarded(), by_default))
    # The archive's key lets no person encrypt: the default that would be taken refuses them.
    assert under.refusal is not None
    assert (under.refusal.by, under.refusal.reason) == ("kms", "key-refuses")


def test_a_service_is_asked_for_its_source() -> None:
    found = outcome(
        healthy(),
        "cloudtrail.amazonaws.com",
        {SSE: "AES256", ACL: "bucket-owner-full-control"},
    )
    assert found.answer == "unknown"
    assert found.doubts[0].unknown == ("aws:sourcearn",)


@pytest.mark.parametrize(
    "call", ["s3:GetBucketPolicy", "s3:GetBucketEncryption", "s3:GetBucketOwnershipControls"]
)
def test_what_could_not_be_seen_makes_nothing_better(call: str) -> None:
    plain = {ACL: "private", SSE: "AES256"} if "Ownership" in call else {}
    question = of_bucket(FACTS, call)
    hidden = unguarded().with_answers({question: Reply(error="AccessDenied")})
    before, after = outcome(unguarded(), headers=plain), outcome(hidden, headers=plain)
    assert after.answer in ("unknown", before.answer)
    assert after.doubts


def test_public_acls_are_blocked_by_bucket_or_account() -> None:
    off = {"PublicAccessBlockConfiguration": dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"),
        False)}  # fmt: skip
    on = {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}}
    mine, whole = of_bucket(FACTS, "s3:GetPublicAccessBlock"), of_account(FACTS)
    for own, account, blocked in ((off, on, True), (on, off, True), (off, off, False)):
        facts = Facts(FLEET, answered(healthy(), (mine, own), (whole, account)))
        where = find_bucket(facts, NAME)
        assert where is not None
        assert bucket_of(facts, where).block_public_acls is blocked


def test_what_is_blocked_is_read_where_the_answer_says_it() -> None:
    where = find_bucket(FACTS, NAME)
    assert where is not None
    assert isinstance(bucket_of(FACTS, where).blocked, Unread)
    told = encryption(BlockedEncryptionTypes={"EncryptionType": ["SSE-C"]})
    assert bucket_of(Facts(FLEET, answered(healthy(), told)), where).blocked == {"SSE-C"}


def test_the_command_reads_a_snapshot(logkeep: Run, tmp_path: Path) -> None:
    (tmp_path / "logkeep.toml").write_text(scenes.FLEET_TEXT)
    write_snapshot(tmp_path / "fleet.gz", healthy())
    said = logkeep("try", "put", f"s3://{NAME}/{LOG}", "--snapshot", "fleet.gz", "--json")
    assert said.code == 1
    assert json.loads(said.out)["statement"]["sid"] == "LogkeepOnlyServicesWrite"
    said = logkeep("try", "put", "s3://another/a", "--snapshot", "fleet.gz")
    assert said.code == 2
    assert "`another` is no bucket that the snapshot of this fleet tells of" in said.err
