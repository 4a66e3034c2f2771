"""The command line run in this process, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from logkeep.cli.program import run
from support.command_line import Run, Said


class TextFile(SingleFileSnapshotExtension):
    """A golden as plain text."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.fixture
def golden(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """The golden file of the test."""
    return snapshot.use_extension(TextFile)


@pytest.fixture
def logkeep(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Run a command line in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def called(*arguments: str | Path) -> Said:
        code = run([str(each) for each in arguments])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return called
