"""What `logkeep list` prints."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from syrupy.assertion import SnapshotAssertion

from logkeep.cli.look import as_json
from logkeep.show.listing import listing_json, listing_text
from logkeep.show.paint import Paint
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.sources.inventory import inventory
from support import grown, scenes, worlds

FLEET = scenes.FLEET
SCENES: dict[str, Callable[[], Snapshot]] = {
    "nothing-yet": scenes.before,
    "grown": grown.grown,
    "staging-unassumable": scenes.staging_unassumable,
    "hostile-text": grown.hostile,
}


def told(name: str, paint: Paint, *, wide: bool = False) -> str:
    return listing_text(FLEET, inventory(Facts(FLEET, SCENES[name]())), paint, wide=wide)


@pytest.mark.parametrize("name", SCENES)
def test_the_text(name: str, golden: SnapshotAssertion) -> None:
    assert told(name, Paint(), wide=True) == golden


@pytest.mark.parametrize("width", [80, 60])
@pytest.mark.parametrize("name", SCENES)
def test_the_table(name: str, width: int, golden: SnapshotAssertion) -> None:
    assert told(name, Paint(width=width, folds=True)) == golden


def test_forty_accounts_take_a_line_a_trail() -> None:
    accounts = {f"team-{n:02d}": f"{n:012d}" for n in range(100, 140)}
    fleet = worlds.fleet_of(accounts, ("us-east-1",))
    listed = inventory(Facts(fleet, worlds.well(fleet)), ["trails"])
    lines = listing_text(fleet, listed, Paint(width=80)).splitlines()
    assert len(lines) == len(accounts) + 5
    assert all(name in line for name, line in zip(accounts, lines[2:], strict=False))


def test_the_json(golden: SnapshotAssertion) -> None:
    told = listing_json(inventory(Facts(FLEET, grown.grown()), ["trails"]))
    assert as_json(told) == golden
