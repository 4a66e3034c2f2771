"""How `logkeep list` is asked, and what it exits with."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from logkeep.snapshot import Snapshot
from support import grown, scenes
from support.command_line import Kept, Run

EXITS = [(scenes.healthy, 0), (scenes.before, 0), (scenes.staging_unassumable, 3), (grown.grown, 3)]


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(("scene", "code"), EXITS, ids=lambda v: getattr(v, "__name__", v))
def test_the_exit_code_says_whether_all_was_read(
    logkeep: Run, kept: Kept, scene: Callable[[], Snapshot], code: int
) -> None:
    path = kept(scene())
    assert logkeep("list", "--snapshot", path).code == code
    said = logkeep("list", "--snapshot", path, "--json")
    assert said.code == code
    assert json.loads(said.out)["complete"] == (code == 0)


@pytest.mark.usefixtures("fleet")
def test_one_kind_is_shown_and_an_unknown_one_is_a_bad_question(logkeep: Run, kept: Kept) -> None:
    path = kept(scenes.healthy())
    told = json.loads(logkeep("list", "archive", "--snapshot", path, "--json").out)
    assert told["schema"] == 1
    assert "trails" not in told
    assert [item["name"] for item in told["archive"]] == [scenes.FLEET.archive.bucket]
    assert logkeep("list", "trials", "--snapshot", path).code == 2
