"""How `logkeep diagnose ROUTE --picture FILE` is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import scenes
from support.command_line import Kept, Run
from support.worlds import ACCOUNTS

ROUTE = f"cloudtrail/{ACCOUNTS['staging']}/us-east-1"


@pytest.mark.usefixtures("fleet")
def test_one_route_is_drawn_beside_the_answer(logkeep: Run, kept: Kept, folder: Path) -> None:
    said = logkeep("diagnose", ROUTE, "--picture", "way.svg", "--snapshot", kept(scenes.healthy()))
    assert said.code == 0
    assert (folder / "way.svg").read_text(encoding="utf-8").startswith("<svg ")


@pytest.mark.usefixtures("fleet")
def test_several_routes_are_a_bad_question(logkeep: Run, kept: Kept, folder: Path) -> None:
    said = logkeep("diagnose", "--picture", "way.svg", "--snapshot", kept(scenes.healthy()))
    assert said.code == 2
    assert "--picture draws one route, and 6 are meant" in said.err
    assert not (folder / "way.svg").exists()


@pytest.mark.usefixtures("fleet")
def test_a_file_that_cannot_be_written_is_told(logkeep: Run, kept: Kept) -> None:
    path = kept(scenes.healthy())
    said = logkeep("diagnose", ROUTE, "--picture", "no/way.svg", "--snapshot", path)
    assert said.code == 2
    assert "no/way.svg: there is no folder `no`" in said.err
