"""What `logkeep diagnose` prints."""

from __future__ import annotations

import datetime

import pytest
from syrupy.assertion import SnapshotAssertion

from logkeep.cli.look import as_json, unread
from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet
from logkeep.show.diagnosis import Around, diagnosis_text
from logkeep.show.diagnosis_json import diagnosis_json
from logkeep.show.paint import Paint
from logkeep.show.steps import beside, steps_text
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from support import scenes
from support.worlds import NOW

SCENES = {
    "nothing-yet": scenes.before,
    "all-well": scenes.healthy,
    "key-drops-production": scenes.key_drops_production,
    "bucket-drops-two": scenes.bucket_drops_two,
    "header-forced": scenes.header_forced,
    "staging-unassumable": scenes.staging_unassumable,
    "bucket-misspelt": scenes.misspelt,
    "chain-broken": scenes.tampered,
    "policy-malformed": scenes.malformed,
    "reader-can-write": scenes.reader_changes_key,
    "writer-can-read": scenes.writer_reads,
    "hostile-text": scenes.hostile,
    "trail-single-region": lambda: scenes.trail_of("staging", IsMultiRegionTrail=False),
    "trail-no-key": lambda: scenes.trail_of("staging", KmsKeyId=""),
}


def told(snapshot: Snapshot, paint: Paint, fleet: Fleet = scenes.FLEET) -> str:
    age = datetime.timedelta(minutes=4)
    around = Around(age=age, verified_at=NOW - datetime.timedelta(hours=1), unread=unread(snapshot))
    return diagnosis_text(fleet, diagnose(fleet, snapshot), paint, around)


@pytest.mark.parametrize("name", SCENES)
def test_the_text(name: str, golden: SnapshotAssertion) -> None:
    assert told(SCENES[name](), Paint()) == golden


@pytest.mark.parametrize("width", [80, 60])
@pytest.mark.parametrize("name", ["nothing-yet", "key-drops-production", "reader-can-write"])
def test_the_text_of_a_narrow_terminal(name: str, width: int, golden: SnapshotAssertion) -> None:
    assert told(SCENES[name](), Paint(width=width, folds=True)) == golden


@pytest.mark.parametrize("paint", [Paint(unicode=False), Paint(color=True)], ids=["ascii", "color"])
def test_the_dress(paint: Paint, golden: SnapshotAssertion) -> None:
    assert told(scenes.key_drops_production(), paint) == golden


def test_an_accepted_finding(golden: SnapshotAssertion) -> None:
    fleet = scenes.accepting("trail-single-region", "staging")
    snapshot = scenes.trail_of("staging", IsMultiRegionTrail=False)
    assert told(snapshot, Paint(), fleet) == golden


@pytest.mark.parametrize("everything", [False, True], ids=["short", "all"])
def test_the_json(everything: bool, golden: SnapshotAssertion) -> None:
    found = diagnose(scenes.FLEET, scenes.key_drops_production())
    assert as_json(diagnosis_json(scenes.FLEET, found, everything=everything)) == golden


def test_the_steps(golden: SnapshotAssertion) -> None:
    snapshot = scenes.key_drops_production()
    found = diagnose(scenes.FLEET, snapshot)
    between = beside(Facts(scenes.FLEET, snapshot), found.routes, found.routes)
    assert steps_text(scenes.FLEET, found, Paint(), between) == golden
