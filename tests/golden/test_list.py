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
from support import grown, scenes

FLEET = scenes.FLEET
SCENES: dict[str, Callable[[], Snapshot]] = {
    "nothing-yet": scenes.before,
    "grown": grown.grown,
    "staging-unassumable": scenes.staging_unassumable,
    "hostile-text": grown.hostile,
}


@pytest.mark.parametrize("name", SCENES)
def test_the_text(name: str, golden: SnapshotAssertion) -> None:
    assert listing_text(FLEET, inventory(Facts(FLEET, SCENES[name]())), Paint()) == golden


def test_the_json(golden: SnapshotAssertion) -> None:
    told = listing_json(inventory(Facts(FLEET, grown.grown()), ["trails"]))
    assert as_json(told) == golden
