"""Whatever lies where Logkeep opens a file: it neither waits for it nor writes through it.

A named pipe, a device or a folder in a file's place, and links to anything: each is answered in
words, or is taken away where it lies in Logkeep's own folder and nothing is lost.
"""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from logkeep.aws.disk import FileProblem
from logkeep.aws.files import write_snapshot
from logkeep.aws.journal import Journal, Start
from logkeep.cli.place import find
from logkeep.cli.plan_file import write_plan
from logkeep.cli.settings import Settings
from logkeep.plan.costs import with_costs
from logkeep.plan.plan import planned
from logkeep.snapshot.facts import Facts
from support import scenes
from support.command_line import Run
from support.hanging import no_hanging
from support.other_user import ANOTHER_USER, only_as_root
from support.worlds import NOW

LOGKEEP = Path(sys.executable).parent / "logkeep"
MINE = b"what is mine\n"


def elsewhere(folder: Path) -> Path:
    """A file of the user's that has nothing to do with Logkeep."""
    path = folder / "elsewhere"
    path.write_bytes(MINE)
    return path


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "a-pipe")
    return folder / "a-pipe"


def listening(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's name may have 108 letters
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.chdir(here)


KINDS: dict[str, Callable[[Path, Path], None]] = {
    "a pipe": lambda path, _: os.mkfifo(path),
    "a folder": lambda path, _: path.mkdir(),
    "a socket": lambda path, _: listening(path),
    "a link to a pipe": lambda path, folder: path.symlink_to(pipe(folder)),
    "a link to a device": lambda path, _: path.symlink_to("/dev/zero"),
    "a link to nothing": lambda path, folder: path.symlink_to(folder / "made-through-a-link"),
    "a link to itself": lambda path, _: path.symlink_to(path),
    "a link to a file": lambda path, folder: path.symlink_to(elsewhere(folder)),
}

OFFLINE = ("--snapshot", "good.gz")
FILES: dict[str, tuple[str, ...]] = {
    ".logkeep": ("verify", "--from-folder", "copy"),
    ".logkeep/.gitignore": ("verify", "--from-folder", "copy"),
    ".logkeep/verify.jsonl": ("diagnose", *OFFLINE),
    ".logkeep/verify.jsonl.part": ("plan", *OFFLINE),
    ".logkeep/verify-copy.jsonl": ("verify", "--from-folder", "copy"),
    ".logkeep/verify-copy.jsonl.part": ("verify", "--from-folder", "copy"),
    ".logkeep/verify.json": ("verify", "--from-folder", "copy"),
    ".logkeep/snapshot.gz": ("diagnose", "--recent", "10m"),
    ".logkeep/assigned.json": ("apply", "good.plan", "--yes"),
    ".logkeep/apply.lock": ("apply", "good.plan", "--yes"),
    ".logkeep/lab.json": ("lab", "who"),
    ".logkeep/lab.json ": ("lab", "up", "--accounts", "No Name"),
    "logkeep.toml": ("diagnose", *OFFLINE),
    "out": ("collect", "-o", "out"),
    "a-plan": ("plan", *OFFLINE, "-o", "a-plan"),
    "picture.svg": ("diagnose", "production/us-east-1", *OFFLINE, "--picture", "picture.svg"),
    "new.toml": ("init", "--fleet", "new.toml"),
}
"""Every file that a command writes or opens by itself; `test_files_read.py` has what is given."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fleet, a snapshot, a plan, and a copy of a bucket."""
    folder = tmp_path_factory.mktemp("prepared")
    (folder / "logkeep.toml").write_text(scenes.FLEET_TEXT, encoding="utf-8")
    write_snapshot(folder / "good.gz", scenes.healthy())
    place = find(Settings(fleet=folder / "logkeep.toml"))
    facts = Facts(place.fleet, scenes.before())
    write_plan(folder / "good.plan", with_costs(facts, planned(facts)), place, facts.snapshot)
    (folder / "copy").mkdir()
    return folder


@pytest.fixture
def set_up(prepared: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All that is prepared, in a folder of its own; AWS does not answer."""
    shutil.copytree(prepared, folder, dirs_exist_ok=True)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    return folder


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("file", FILES)
def test_no_command_waits_for_what_lies_there_or_writes_through_it(
    logkeep: Run, set_up: Path, file: str, kind: str
) -> None:
    path = set_up / file.strip()
    if path.exists():
        path.unlink()
    if path.parent != set_up:
        path.parent.mkdir()
    KINDS[kind](path, set_up)
    with no_hanging(30):
        said = logkeep(*FILES[file])
    assert said.code in (0, 1, 2, 3), said.err
    assert "Logkeep itself failed" not in said.err
    if said.code == 2 and "No Name" not in said.err:
        assert path.name in said.err
    assert not (set_up / "made-through-a-link").exists()
    if kind == "a link to a file":
        assert (set_up / "elsewhere").read_bytes() == MINE
    assert Path("/dev/zero").is_char_device()


@pytest.mark.parametrize("kind", KINDS)
def test_a_journal_is_never_waited_for_or_written_through(folder: Path, kind: str) -> None:
    path = folder / "collect.journal"
    KINDS[kind](path, folder)
    start = Start("acme", "arn:aws:iam::111111111111:user/ada", NOW)
    with no_hanging(30):
        if kind == "a folder":
            with pytest.raises(FileProblem, match=r"collect\.journal: is a directory"):
                Journal(path, start, minutes_max=30)
            return
        Journal(path, start, minutes_max=30).close(done=False)
    assert path.is_file()
    assert not path.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not (folder / "made-through-a-link").exists()
    assert kind != "a link to a file" or (folder / "elsewhere").read_bytes() == MINE


PLANTED = {
    "logkeep.toml": ("diagnose", "--snapshot", "good.gz"),
    ".logkeep": ("diagnose", "--snapshot", "good.gz"),
    ".logkeep/lab.json": ("lab", "env"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_another_user_laid_down_for_us_is_not_believed(
    logkeep: Run, set_up: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """As in /tmp, which belongs to nobody who works there."""
    only_as_root()
    path = set_up / name
    path.parent.mkdir(exist_ok=True)
    path.touch() if path.suffix else path.mkdir()
    os.chown(path, ANOTHER_USER, ANOTHER_USER, follow_symlinks=False)
    (set_up / "below").mkdir()
    shutil.copy(set_up / "good.gz", set_up / "below")
    for here in (set_up, set_up / "below"):
        monkeypatch.chdir(here)
        said = logkeep(*PLANTED[name])
        assert said.code == 2
        assert f"{path.name}: belongs to another user of this machine" in said.err
    os.chown(set_up, ANOTHER_USER, ANOTHER_USER)  # whose folder it is then
    monkeypatch.chdir(set_up)
    assert "belongs to another" not in logkeep(*PLANTED[name]).err


def test_a_fleet_file_of_another_user_that_is_named_is_read(logkeep: Run, set_up: Path) -> None:
    only_as_root()
    os.chown(set_up / "logkeep.toml", ANOTHER_USER, ANOTHER_USER)
    said = logkeep("diagnose", "--snapshot", "good.gz", "--fleet", str(set_up / "logkeep.toml"))
    assert said.code in (0, 3), said.err


@pytest.mark.parametrize("full", ["stdout", "stderr"])
def test_a_disk_that_is_full_is_told(set_up: Path, full: str) -> None:
    with Path("/dev/full").open("w") as nowhere:
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, full: nowhere}
        ran = subprocess.run(
            [LOGKEEP, "lab", "break", "--list"], check=False, cwd=set_up, text=True, **streams
        )
    assert ran.returncode == (2 if full == "stdout" else 0)
    if full == "stdout":
        assert "error: cannot write: no space left on device\n" in ran.stderr
        assert "Logkeep itself" not in ran.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_what_is_closed_is_taken_for_nowhere(set_up: Path, closed: str) -> None:
    """And no file that is opened takes its number, to be written over by what is said."""
    command = f"{LOGKEEP} init --fleet written.toml {closed}"
    assert subprocess.run(["sh", "-c", command], check=False, cwd=set_up).returncode == 0
    blank = (set_up / "written.toml").read_text(encoding="utf-8")
    assert blank.startswith("#")
    assert "written.toml: written" not in blank


def test_nobody_answers_where_stdin_is_closed(set_up: Path) -> None:
    for words in ("apply", "apply --snapshot good.gz", "try ping --record -"):
        ran = subprocess.run(
            ["sh", "-c", f"{LOGKEEP} {words} <&-"],
            check=False, cwd=set_up, capture_output=True, text=True,
        )  # fmt: skip
        assert ran.returncode == 2, ran.stderr
        assert "error: " in ran.stderr


def test_files_may_grow_no_further(set_up: Path) -> None:
    """As on a disk that is full: nothing is left half written, and it is told."""
    for words in (("plan", "--snapshot", "good.gz", "-o", "a-plan"), ("init", "--fleet", "a-plan")):
        ran = subprocess.run(
            ["sh", "-c", f"ulimit -f 1; exec {LOGKEEP} {' '.join(words)}"],
            check=False, cwd=set_up, capture_output=True, text=True,
        )  # fmt: skip
        assert ran.returncode == 2, ran.stderr
        assert "error: a-plan: cannot be written: file too large\n" in ran.stderr
        assert not list(set_up.glob("*a-plan*"))
