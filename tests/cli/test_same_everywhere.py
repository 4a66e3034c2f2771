"""The same diagnosis from the same snapshot on any machine, at any time: byte for byte."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from logkeep.aws.files import write_snapshot
from logkeep.snapshot import Snapshot
from support import scenes

MACHINES = [
    {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "2", "TZ": "Asia/Kolkata", "LC_ALL": "C.UTF-8"},
    {"PYTHONHASHSEED": "3", "TZ": "America/St_Johns", "LANG": "tr_TR.UTF-8"},
]
PROGRAM = "from logkeep.cli import main; main()"
ASKED = [
    ("diagnose", "--json", "--all"),
    ("diagnose", "--steps"),
    ("plan", "--json"),
    ("list", "--json"),
    ("who", "--archive", "--json"),
]


def shuffled(snapshot: Snapshot, seed: int) -> Snapshot:
    """The same answers as they might come in another order."""
    answers = list(snapshot.answers.items())
    random.Random(seed).shuffle(answers)
    return msgspec.structs.replace(snapshot, answers=dict(answers))


def said(folder: Path, machine: dict[str, str], asked: tuple[str, ...]) -> bytes:
    """What a command prints in a process of its own."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *asked, "--snapshot", "fleet.gz"],
        cwd=folder,
        env={**plain, **machine, "COLUMNS": "100"},
        capture_output=True,
        check=False,
    )
    assert done.returncode in (0, 1, 3), done.stderr
    return done.stdout


@pytest.mark.parametrize("asked", ASKED, ids=" ".join)
def test_every_machine_says_the_same(asked: tuple[str, ...], tmp_path: Path) -> None:
    answers: set[bytes] = set()
    for number, machine in enumerate(MACHINES):
        folder = tmp_path / f"machine-{number}"
        folder.mkdir()
        (folder / "logkeep.toml").write_text(scenes.FLEET_TEXT, encoding="utf-8")
        write_snapshot(folder / "fleet.gz", shuffled(scenes.bucket_drops_two(), number))
        answers.add(said(folder, machine, asked))
    assert len(answers) == 1
    assert len(answers.pop()) > 200
