"""What `logkeep who --archive` prints."""

from __future__ import annotations

import datetime

import pytest
from syrupy.assertion import SnapshotAssertion

import scenes
from logkeep.cli.look import as_json
from logkeep.cli.who import access_json
from logkeep.show.paint import Paint
from logkeep.show.who import access_text
from logkeep.who import access

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
