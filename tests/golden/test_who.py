"""What `logkeep who --archive` prints."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from syrupy.assertion import SnapshotAssertion

import scenes
from logkeep.cli.look import as_json
from logkeep.cli.who import access_json
from logkeep.show.across import across_text
from logkeep.show.paint import Paint
from logkeep.show.who import access_text
from logkeep.snapshot import Snapshot
from logkeep.who import access, across

AGE = datetime.timedelta(minutes=4)


@pytest.mark.parametrize(
    ("scene", "paint"),
    [
        pytest.param(scenes.healthy, Paint(), id="all-well"),
        pytest.param(scenes.healthy, Paint(unicode=False), id="ascii"),
        pytest.param(scenes.before, Paint(), id="nothing-yet"),
        pytest.param(scenes.malformed, Paint(), id="policy-malformed"),
    ],
)
def test_the_text(scene: object, paint: Paint, golden: SnapshotAssertion) -> None:
    found = access(scenes.FLEET, scene())
    assert access_text(scenes.FLEET, found, paint, AGE) == golden


def test_the_json(golden: SnapshotAssertion) -> None:
    assert as_json(access_json(access(scenes.FLEET, scenes.healthy()))) == golden


@pytest.mark.parametrize("scene", [scenes.healthy, scenes.staging_unassumable])
def test_the_text_across(scene: Callable[[], Snapshot], golden: SnapshotAssertion) -> None:
    found = across(scenes.FLEET, scene())
    assert across_text(scenes.FLEET, found, Paint(), datetime.timedelta(minutes=4)) == golden
