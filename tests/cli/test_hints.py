"""A hint is printed only where following it changes something."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import logkeep as logkeep_
from logkeep.cli.verbs import load
from logkeep.lab.breaking.gathered import breaks
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
ALL = {
    "`logkeep lab advance 2h` lets their records and digests arrive": "where a record waits",
    "it shows after {hours} hours: `logkeep lab advance {hours}h`": "where it takes time to show",
    "`{breaks()[code].found_by}` finds it; `logkeep lab mend` undoes it": "what sees it",
    "`logkeep lab advance 20m` lets flow logs bring what they saw of it": "where one may tell",
    "run `logkeep plan` to see what would mend it": "where the plan is not empty",
}
"""Every hint that is no error's, and when it is printed; `lab_demo/test_up.py` holds the lab's."""
HINT = "hint: run `logkeep plan` to see what would mend it"


def test_every_hint_is_judged() -> None:
    found = set[str]()
    for path in (Path(logkeep_.__file__).parent).rglob("*.py"):
        text = path.read_text()
        found |= set(re.findall(r'say\(f?"hint: ([^"]*)"', text))
        found |= set(re.findall(r'yield "hint", f?"([^"]*)"', text))
    assert found == set(ALL)


def test_what_is_broken_is_looked_for_by_a_command_that_is_there() -> None:
    for each in breaks().values():
        _, verb, *more = each.found_by.split()
        command = load(verb)
        options = {name for param in command.params for name in param.opts}
        assert set(more) <= options, each.code
        told = re.search(r"`(logkeep [^`]*)` finds it", each.says)
        assert told is None or told[1] == each.found_by, each.code


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize("name", SCENES)
def test_a_plan_is_hinted_at_where_it_is_not_empty(logkeep: Run, kept: Kept, name: str) -> None:
    snapshot = SCENES[name]()
    said = logkeep("diagnose", "--snapshot", kept(snapshot))
    broken = "error[" in said.out
    changes = bool(plan(scenes.FLEET, snapshot).changes)
    assert (HINT in said.out) == (broken and changes)
