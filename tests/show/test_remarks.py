"""What can never match in the archive's policies, or will turn, is noted and is no fault."""

from __future__ import annotations

import json
from typing import Any

import pytest

from logkeep.access.bucket import of_bucket
from logkeep.diagnose.diagnosis import diagnose
from logkeep.diagnose.remarks import remarks
from logkeep.show.diagnosis import Around, diagnosis_text
from logkeep.show.diagnosis_json import diagnosis_json
from logkeep.show.paint import Paint
from logkeep.snapshot import Snapshot, reply
from logkeep.snapshot.facts import Facts
from support.worlds import fleet_of, well

FLEET = fleet_of()
SLIP = {
    "Sid": "Slip",
    "Effect": "Allow",
    "Principal": {"Service": "config.amazonaws.com"},
    "Action": ["s3:GetBucketAcl", "s3:PutObjekt"],
    "Resource": f"{FLEET.bucket_arn}/*",
}


def slipped() -> Snapshot:
    return with_statement(SLIP)


def with_statement(statement: dict[str, Any]) -> Snapshot:
    snapshot = well(FLEET)
    question = of_bucket(Facts(FLEET, snapshot), "s3:GetBucketPolicy")
    document = json.loads(json.loads(bytes(snapshot.answers[question].body))["Policy"])
    document["Statement"].append(statement)
    return snapshot.with_answers({question: reply({"Policy": json.dumps(document)})})


def test_what_logkeep_writes_needs_no_remark() -> None:
    assert remarks(Facts(FLEET, well(FLEET))) == ()


def test_a_slip_is_noted_with_what_may_be_meant_and_breaks_nothing() -> None:
    noted = remarks(Facts(FLEET, slipped()))
    assert [(note.policy, note.code) for note in noted] == [("bucket", "action-unknown")]
    found = diagnose(FLEET, slipped())
    assert found.summary == {"holds": 6, "fails": 0, "unknown": 0, "accepted": 0}
    text = diagnosis_text(FLEET, found, Paint(), Around(remarks=noted))
    assert "did you mean `s3:PutObject`?" in " ".join(text.split())
    told = diagnosis_json(FLEET, found, everything=False, remarks=noted)
    assert len(told["remarks"]) == len(noted)


@pytest.mark.parametrize(
    ("effect", "condition", "date"),
    [
        ("Deny", {"DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}, "2027-01-01"),
        ("Allow", {"DateLessThanIfExists": {"AWS:CurrentTime": ["2030"]}}, "2030-01-01"),
        ("Deny", {"NumericGreaterThan": {"aws:EpochTime": "1798761600"}}, "2027-01-01"),
        ("Deny", {"DateGreaterThan": {"aws:EpochTime": 1798761600}}, "2027-01-01"),
        ("Deny", {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}, None),
        ("Deny", {"DateLessThan": {"aws:TokenIssueTime": "2030-01-01T00:00:00Z"}}, None),
        ("Deny", {"DateLessThan": {"aws:CurrentTime": "99999-13-01"}}, None),
    ],
)
def test_a_condition_that_will_turn_is_noted_with_its_date(
    effect: str, condition: dict[str, Any], date: str | None
) -> None:
    said = {**SLIP, "Action": "s3:GetBucketAcl", "Resource": FLEET.bucket_arn}
    noted = remarks(
        Facts(FLEET, with_statement({**said, "Effect": effect, "Condition": condition}))
    )
    turns = [note.says for note in noted if note.code == "condition-turns"]
    assert turns == (
        [f"this {effect} is decided otherwise from {date} 00:00 UTC on"] if date else []
    )


NO_POLICIES = (
    *("", "{", "[]", "7", '{"Statement": 7}', "[" * 9999),
    '{"Statement": {"Condition": {"DateLessThan": []}}}',
)


@pytest.mark.parametrize("text", NO_POLICIES)
def test_what_is_no_policy_has_nothing_that_turns(text: str) -> None:
    snapshot = well(FLEET)
    question = of_bucket(Facts(FLEET, snapshot), "s3:GetBucketPolicy")
    noted = remarks(Facts(FLEET, snapshot.with_answers({question: reply({"Policy": text})})))
    assert not [note for note in noted if note.code == "condition-turns"]
