"""How `logkeep diagnose --since` is asked; its exit code is that of the present."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import msgspec
import pytest

from logkeep.aws.files import write_snapshot
from logkeep.snapshot import Snapshot
from support import scenes
from support.command_line import Kept, Run


def earlier(folder: Path, snapshot: Snapshot) -> Path:
    path = folder / "earlier.gz"
    before = snapshot.taken_at - datetime.timedelta(minutes=1)
    write_snapshot(path, msgspec.structs.replace(snapshot, taken_at=before))
    return path


@pytest.mark.usefixtures("fleet")
def test_the_exit_code_is_the_presents(logkeep: Run, kept: Kept, folder: Path) -> None:
    broken = earlier(folder, scenes.key_drops_production())
    said = logkeep("diagnose", "--since", broken, "--snapshot", kept(scenes.healthy()))
    assert said.code == 0
    assert "\nSince 2026-11-23 03:09 UTC:\n" in said.out
    assert "mended" in said.out
    steps = logkeep("diagnose", "--steps", "--since", broken, "--snapshot", folder / "fleet.gz")
    assert "mended" in steps.out


@pytest.mark.usefixtures("fleet")
def test_only_the_routes_asked_for_are_compared(logkeep: Run, kept: Kept, folder: Path) -> None:
    well = earlier(folder, scenes.healthy())
    path = kept(scenes.key_drops_production())

    def changed(*routes: str) -> dict[str, object]:
        said = logkeep("diagnose", *routes, "--since", well, "--snapshot", path, "--json")
        return json.loads(said.out)["since"]

    assert changed("staging")["appeared"] == []
    assert changed("production")["appeared"] != []
    assert changed("production")["routes"] == {"new": [], "gone": []}


@pytest.mark.usefixtures("fleet")
def test_without_it_nothing_is_said_of_before(logkeep: Run, kept: Kept) -> None:
    said = logkeep("diagnose", "--snapshot", kept(scenes.healthy()), "--json")
    assert "since" not in json.loads(said.out)


@pytest.mark.usefixtures("fleet")
def test_a_later_snapshot_is_a_bad_question(logkeep: Run, kept: Kept, folder: Path) -> None:
    now = kept(scenes.healthy())
    past = earlier(folder, scenes.healthy())
    said = logkeep("diagnose", "--since", now, "--snapshot", past)
    assert said.code == 2
    assert "was taken later" in said.err
