"""The command line run in this process on files, without a fleet and without AWS."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from logkeep.cli.program import run
from support.command_line import Run, Said

Tried = Callable[[str, Iterable[dict[str, Any]]], list[dict[str, Any]]]


@pytest.fixture
def logkeep(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Run a command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("LOGKEEP_FLEET", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def called(*arguments: str | Path) -> Said:
        code = run([str(each) for each in arguments])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return called


@pytest.fixture
def tried(logkeep: Run, tmp_path: Path) -> Tried:
    """Run cases through `logkeep try VERB --cases FILE --json`, and return each line's answer."""

    def answers(verb: str, cases: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        path = tmp_path / "cases.jsonl"
        path.write_text("".join(json.dumps(case) + "\n" for case in cases))
        said = logkeep("try", verb, "--cases", path, "--json")
        assert said.code == 0, said.out + said.err
        return [json.loads(line) for line in said.out.splitlines()]

    return answers
