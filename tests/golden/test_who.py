"""What `logkeep who --archive` prints."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from logkeep.cli.look import as_json
from logkeep.cli.who import access_json
from logkeep.show.across import across_text
from logkeep.show.paint import Paint
from logkeep.show.silence import silence_text
from logkeep.show.who import access_text
from logkeep.snapshot import Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.who import access, across, silence
from support import scenes, worlds

AGE = datetime.timedelta(minutes=4)


@pytest.mark.parametrize(
    ("scene", "paint"),
    [
        pytest.param(scenes.healthy, Paint(), id="all-well"),
        pytest.param(scenes.healthy, Paint(unicode=False), id="ascii"),
        pytest.param(scenes.healthy, Paint(width=80, folds=True), id="80-columns"),
        pytest.param(scenes.healthy, Paint(width=60, folds=True), id="60-columns"),
        pytest.param(scenes.before, Paint(), id="nothing-yet"),
        pytest.param(scenes.malformed, Paint(), id="policy-malformed"),
    ],
)
def test_the_text(scene: object, paint: Paint, golden: SnapshotAssertion) -> None:
    found = access(Facts(scenes.FLEET, scene()))
    assert access_text(scenes.FLEET, found, paint, AGE) == golden


def test_the_json(golden: SnapshotAssertion) -> None:
    assert as_json(access_json(access(Facts(scenes.FLEET, scenes.healthy())))) == golden


@pytest.mark.parametrize("scene", [scenes.healthy, scenes.staging_unassumable])
def test_the_text_across(scene: Callable[[], Snapshot], golden: SnapshotAssertion) -> None:
    found = across(Facts(scenes.FLEET, scene()))
    assert across_text(scenes.FLEET, found, Paint(), datetime.timedelta(minutes=4)) == golden


def staffed(many: int) -> Snapshot:
    """The archive's account with so many users, who all have every permission."""
    details: Any = {"UserDetailList": [], **worlds.people()}
    everything = details["UserDetailList"][0]["UserPolicyList"]
    details["UserDetailList"] += [
        {
            "UserName": f"u{n}",
            "Arn": f"arn:aws:iam::111111111111:user/u{n}",
            "UserPolicyList": everything,
        }
        for n in range(many)
    ]
    question = ask("111111111111", "us-east-1", "iam:GetAccountAuthorizationDetails")
    return scenes.healthy().with_answers({question: reply(details)})


def test_many_administrators_are_no_wall_of_text(golden: SnapshotAssertion) -> None:
    few, many = (
        access_text(scenes.FLEET, access(Facts(scenes.FLEET, staffed(n))), Paint(), AGE)
        for n in (6, 500)
    )
    assert len(many.splitlines()) <= len(few.splitlines())
    assert many == golden


def test_who_could_end_what_captures_the_logs(golden: SnapshotAssertion) -> None:
    found = silence(Facts(scenes.FLEET, scenes.healthy()))
    assert silence_text(scenes.FLEET, found, Paint()) == golden
