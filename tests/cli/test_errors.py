"""Every bad input gets a clear error, in the same shape."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from logkeep.cli import diagnose as verb
from support import scenes
from support.command_line import Kept, Run, Said


def bad_fleet(_: Path) -> None:
    Path("logkeep.toml").write_text(
        'name = "Acme"\nhome-region = "us-east-1a"\n[accounts]\nsecurity = "1111"\n'
        '[archive]\naccount = "secuirty"\nbuckte = "x"\n[[logs]]\nsource = "cloudtrial"\n'
    )


def other_version(path: Path) -> None:
    path.write_bytes(gzip.compress(json.dumps({"snapshot": 99}).encode() + b"\n"))


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:400])


def not_one(path: Path) -> None:
    path.write_text("hello")


BAD: dict[str, tuple[Callable[[Path], object] | None, list[str]]] = {
    "fleet-mistakes": (bad_fleet, ["diagnose"]),
    "no-fleet": (lambda _: Path("logkeep.toml").unlink(), ["diagnose"]),
    "fleet-not-text": (lambda _: Path("logkeep.toml").write_bytes(b"\xff\xfe"), ["plan"]),
    "fleet-missing": (None, ["--fleet", "none.toml", "diagnose"]),
    "snapshot-missing": (None, ["diagnose", "--snapshot", "none.gz"]),
    "snapshot-other-version": (other_version, ["diagnose", "--snapshot", "fleet.gz"]),
    "snapshot-cut-short": (cut_short, ["diagnose", "--snapshot", "fleet.gz"]),
    "snapshot-none": (not_one, ["diagnose", "--snapshot", "fleet.gz"]),
    "plan-missing": (None, ["apply", "none.json", "--yes"]),
    "plan-none": (lambda _: Path("p.json").write_text("[]"), ["apply", "p.json", "--yes"]),
    "plan-other": (lambda _: Path("p.json").write_text("{}"), ["apply", "p.json", "--yes"]),
    "plan-other-version": (
        lambda _: Path("p.json").write_text('{"plan": 7}'),
        ["apply", "p.json", "--yes"],
    ),
    "plan-damaged": (
        lambda _: Path("p.json").write_text('{"plan": 5, "fleet": 3}'),
        ["apply", "p.json", "--yes"],
    ),
    "verb-misspelt": (None, ["diagnos"]),
    "verb-unknown": (None, ["frobnicate"]),
    "option-misspelt": (None, ["diagnose", "--jsn"]),
    "option-value": (None, ["--color", "pink", "diagnose"]),
    "topic-misspelt": (None, ["help", "exit-code"]),
    "code-misspelt": (None, ["help", "trail-mising"]),
    "time": (None, ["verify", "--start", "yesterday"]),
    "no-credentials": (None, ["diagnose"]),
    "unwritable": (None, ["plan", "--snapshot", "fleet.gz", "-o", "none/plan.json"]),
}


def shaped(said: Said) -> bool:
    """Errors first, then at most one hint after a blank line; nothing on stdout."""
    lines = [line for line in said.err.splitlines() if not line.startswith(("using", "asking"))]
    errors = [line for line in lines if line.startswith("error: ")]
    rest = lines[len(errors) :]
    hinted = not rest or (rest[0] == "" and rest[1].startswith("hint: ") and len(rest) == 2)
    return bool(errors) and lines[: len(errors)] == errors and hinted and said.out == ""


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize("name", BAD)
def test_a_bad_question_is_told_kindly(
    name: str, logkeep: Run, kept: Kept, snapshot: SnapshotAssertion
) -> None:
    path = kept(scenes.healthy())
    spoil, arguments = BAD[name]
    if spoil is not None:
        spoil(path)
    said = logkeep(*arguments)
    assert said.code == 2
    assert shaped(said)
    assert said.err == snapshot


@pytest.mark.usefixtures("fleet")
def test_our_own_fault_says_where_to_tell_it(
    logkeep: Run, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(verb, "diagnosis", broken)
    path = kept(scenes.healthy())
    said = logkeep("diagnose", "--snapshot", path)
    assert said.code == 70
    assert "a mistake in Logkeep" in said.err
    assert "Traceback" not in said.err
    assert "Traceback" in logkeep("--debug", "diagnose", "--snapshot", path).err


@pytest.mark.usefixtures("fleet")
def test_an_interrupt_is_told_by_its_code(
    logkeep: Run, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(verb, "diagnosis", stopped)
    assert logkeep("diagnose", "--snapshot", kept(scenes.healthy())).code == 130
