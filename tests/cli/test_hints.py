"""A hint is printed only where following it changes something."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from logkeep.plan import plan
from logkeep.snapshot import Snapshot
from support import scenes
from support.command_line import Kept, Run

SCENES: dict[str, Callable[[], Snapshot]] = {
    "nothing-yet": scenes.before,
    "all-well": scenes.healthy,
    "key-drops-production": scenes.key_drops_production,
    "header-forced": scenes.header_forced,
    "denied": scenes.hostile,
    "staging-unassumable": scenes.staging_unassumable,
    "bucket-misspelt": scenes.misspelt,
    "chain-broken": scenes.tampered,
    "policy-malformed": scenes.malformed,
    "reader-can-write": scenes.reader_changes_key,
    "writer-can-read": scenes.writer_reads,
}
HINT = "hint: run `logkeep plan` to see what would mend it"


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize("name", SCENES)
def test_a_plan_is_hinted_at_where_it_is_not_empty(logkeep: Run, kept: Kept, name: str) -> None:
    snapshot = SCENES[name]()
    said = logkeep("diagnose", "--snapshot", kept(snapshot))
    broken = "error[" in said.out
    changes = bool(plan(scenes.FLEET, snapshot).changes)
    assert (HINT in said.out) == (broken and changes)
