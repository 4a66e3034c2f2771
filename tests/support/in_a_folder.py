"""The command line run in this process, in a folder of its own, without AWS."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest

from logkeep.aws.files import write_snapshot
from logkeep.cli import look
from logkeep.cli.program import run
from logkeep.snapshot import Snapshot
from support import scenes
from support.command_line import Run, Said
from support.worlds import NOW


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the present one, and no AWS anywhere."""
    monkeypatch.chdir(tmp_path)
    for name in ("LOGKEEP_FLEET", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(look, "now", lambda: NOW + datetime.timedelta(minutes=4))
    return tmp_path


@pytest.fixture
def fleet(folder: Path) -> Path:
    """The fleet file of acme in the present folder."""
    path = folder / "logkeep.toml"
    path.write_text(scenes.FLEET_TEXT, encoding="utf-8")
    return path


@pytest.fixture
def logkeep(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line."""

    def called(*arguments: str | Path) -> Said:
        code = run([str(each) for each in arguments])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return called


@pytest.fixture
def kept(folder: Path) -> Callable[[Snapshot], Path]:
    """Write a snapshot into the present folder."""

    def write(snapshot: Snapshot) -> Path:
        path = folder / "fleet.gz"
        write_snapshot(path, snapshot)
        return path

    return write
