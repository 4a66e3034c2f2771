"""What a policy says of the time is decided for the snapshot's own, whoever asks."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest

from logkeep.policy import Context
from logkeep.policy.catalogue import Action, find_action
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.who import access
from logkeep.who.why import Question, why
from support import scenes
from support.worlds import ACCOUNTS

FLEET = scenes.FLEET
healthy = functools.cache(scenes.healthy)
STRANGER = "arn:aws:iam::999988887777:role/Auditor"
PEOPLE = ("*", {"AWS": "arn:aws:iam::999988887777:root"}, {"AWS": STRANGER},
          {"AWS": f"arn:aws:iam::{ACCOUNTS['staging']}:root"})  # fmt: skip
ENDED = {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}
BEGUN = {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}
TO_END = {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}
TO_BEGIN = {"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}
BY_SECONDS = {"NumericLessThan": {"aws:EpochTime": "1577836800"}}


def allowing(
    principal: Any, condition: dict[str, Any], action: str = "s3:GetBucketAcl"
) -> Snapshot:
    """The archive's policy with one more Allow."""
    question = scenes.bucket_policy_ask()
    document = scenes.policy(question)
    arn = FLEET.bucket_arn if action == "s3:GetBucketAcl" else f"{FLEET.bucket_arn}/*"
    more = {"Sid": "Timed", "Effect": "Allow", "Principal": principal, "Action": action,
            "Resource": arn, "Condition": condition}  # fmt: skip
    statements: Any = document["Statement"]
    whole = {**document, "Statement": [*statements, more]}
    return scenes.with_policy(healthy(), question, whole)


def asked(snapshot: Snapshot, who: str = STRANGER, **context: str) -> str:
    action = find_action("s3:GetBucketAcl")
    assert isinstance(action, Action)
    told = Context({name.replace("_", ":"): value for name, value in context.items()})
    question = Question(who, action, FLEET.bucket_arn, told)
    return why(Facts(FLEET, snapshot), question).deciding.explanation.decision.outcome


@pytest.mark.parametrize("principal", PEOPLE, ids=str)
@pytest.mark.parametrize("condition", [ENDED, TO_BEGIN, BY_SECONDS], ids=json.dumps)
def test_an_allow_that_ended_or_has_not_begun_lets_nobody_in(
    principal: Any, condition: dict[str, Any]
) -> None:
    found = access(Facts(FLEET, allowing(principal, condition, "s3:GetObject")))
    before = access(Facts(FLEET, healthy()))
    assert found.powers == before.powers
    assert found.conclusions == before.conclusions


@pytest.mark.parametrize("condition", [BEGUN, TO_END], ids=json.dumps)
def test_an_allow_in_force_lets_in(condition: dict[str, Any]) -> None:
    timed = access(Facts(FLEET, allowing({"AWS": STRANGER}, condition, "s3:GetObject")))
    always = access(Facts(FLEET, allowing({"AWS": STRANGER}, {}, "s3:GetObject")))
    assert timed.powers == always.powers
    assert timed.conclusions == always.conclusions


@pytest.mark.parametrize(
    ("condition", "is_said"),
    [(ENDED, False), (BEGUN, False), (BY_SECONDS, False), (TO_END, True), (TO_BEGIN, True),
     ({"NumericGreaterThan": {"aws:EpochTime": 1893456000}}, True)],
    ids=str,
)  # fmt: skip
def test_what_is_to_come_is_said(condition: dict[str, Any], *, is_said: bool) -> None:
    found = access(Facts(FLEET, allowing({"AWS": STRANGER}, condition)))
    assert ("policies-turn" in found.caveats) is is_said


def test_why_asks_about_the_snapshot_s_time_and_any_other_that_is_told() -> None:
    snapshot = allowing({"AWS": STRANGER}, ENDED)
    assert asked(snapshot) == "ImplicitlyDenied"
    then = {"aws_CurrentTime": "2019-06-01T00:00:00Z"}
    assert asked(snapshot, **then) == asked(allowing({"AWS": STRANGER}, {})) != "ImplicitlyDenied"
    # The other form of the time is not guessed at where one is told.
    assert asked(allowing({"AWS": STRANGER}, BY_SECONDS)) == "ImplicitlyDenied"
    assert asked(allowing({"AWS": STRANGER}, BY_SECONDS), **then) == "Unknown"
