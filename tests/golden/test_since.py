"""What `logkeep diagnose --since` prints besides the diagnosis."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import msgspec
import pytest
from syrupy.assertion import SnapshotAssertion

from logkeep.cli.look import as_json
from logkeep.diagnose.diagnosis import diagnose
from logkeep.diagnose.since import Since, since
from logkeep.show.paint import Paint
from logkeep.show.since import since_json, since_text
from logkeep.snapshot import Snapshot
from support import scenes

FLEET = scenes.FLEET


def expired() -> Since:
    fleet = scenes.accepting("trail-single-region", "staging")
    snapshot = scenes.trail_of("staging", IsMultiRegionTrail=False)
    later = snapshot.taken_at + datetime.timedelta(days=400)
    now = msgspec.structs.replace(snapshot, taken_at=later)
    return since(diagnose(fleet, snapshot), diagnose(fleet, now))


def between(before: Callable[[], Snapshot], now: Callable[[], Snapshot]) -> Since:
    return since(diagnose(FLEET, before()), diagnose(FLEET, now()))


CHANGES: dict[str, Callable[[], Since]] = {
    "broken": lambda: between(scenes.healthy, scenes.key_drops_production),
    "mended": lambda: between(scenes.bucket_drops_two, scenes.healthy),
    "hidden": lambda: between(scenes.before, scenes.staging_unassumable),
    "nothing": lambda: between(scenes.healthy, scenes.healthy),
    "expired": expired,
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_text(name: str, golden: SnapshotAssertion) -> None:
    assert since_text(FLEET, CHANGES[name](), Paint()) == golden


def test_the_json(golden: SnapshotAssertion) -> None:
    assert as_json(since_json(CHANGES["broken"]())) == golden
