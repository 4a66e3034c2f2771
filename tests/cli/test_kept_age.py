"""What is kept is as old as the answers in it, and of whoever asked whichever AWS."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from logkeep.aws.files import read_snapshot, write_snapshot
from logkeep.cli import look
from logkeep.snapshot import Snapshot
from support import scenes
from support.command_line import Run
from support.labs import START, Bench, bench
from support.worlds import ACCOUNTS


@pytest.fixture(scope="module")
def bare() -> Iterator[Bench]:
    """Nothing is set up there, and its clock stands."""
    with bench(ACCOUNTS) as made:
        yield made


@pytest.fixture
def lab(bare: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The module's lab, asked from a folder of its own."""
    (folder / "logkeep.toml").write_text(scenes.FLEET_TEXT, encoding="utf-8")
    for name, value in bare.lab.environment("ada").items():
        monkeypatch.setenv(name, value)
    return bare


@pytest.fixture
def kept(logkeep: Run, lab: Bench, folder: Path) -> Path:
    assert lab.fleet.name == "acme"
    logkeep("collect")
    return folder / ".logkeep" / "snapshot.gz"


def is_used(logkeep: Run) -> bool:
    return "using the snapshot taken" in logkeep("list", "--recent", "10m").err


def test_a_copy_is_as_old_as_what_it_is_a_copy_of(
    logkeep: Run, kept: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_used(logkeep)
    shutil.copytree(folder / ".logkeep", folder / "copy")
    shutil.rmtree(folder / ".logkeep")
    shutil.copytree(folder / "copy", folder / ".logkeep")
    monkeypatch.setattr(look, "now", lambda: START + datetime.timedelta(minutes=11))
    assert kept.stat().st_mtime > START.timestamp()
    assert not is_used(logkeep)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_ENDPOINT_URL", "http://localhost:9"),
        ("AWS_ACCESS_KEY_ID", "another"),
        ("AWS_PROFILE", "another"),
        ("AWS_CONFIG_FILE", "another"),
    ],
)
def test_a_snapshot_of_another_caller_or_another_aws_is_not_used(
    logkeep: Run, kept: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    assert kept.exists()
    assert is_used(logkeep)
    Path("another").write_text("[default]\n", encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setenv(name, value)
        patch.setenv("AWS_MAX_ATTEMPTS", "1")
        assert not is_used(logkeep)


def test_a_time_in_the_future_is_refused(
    logkeep: Run, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "now", lambda: START - datetime.timedelta(minutes=6))
    assert not is_used(logkeep)
    taken = read_snapshot(kept)
    later = Snapshot(taken.fleet, START + datetime.timedelta(days=1), taken.answers)
    write_snapshot(Path("later.gz"), later)
    said = logkeep("diagnose", "--snapshot", "later.gz")
    assert said.code == 2
    assert (
        "error: later.gz: says that it was taken 2026-11-24 03:10 UTC, which is in the" in said.err
    )
