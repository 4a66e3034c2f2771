"""How the program behaves as a process: quick help, a plain terminal, a reader who leaves."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from logkeep.cli.settings import paint_for
from support import scenes
from support.command_line import Kept, Run

HEAVY = ("boto3", "botocore", "rich", "duckdb", "logkeep.policy", "logkeep.aws", "logkeep.lab")


def logkeep_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    program = "from logkeep.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("arguments", [[], ["--help"], ["help", "formats"]], ids=str)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys; from logkeep.cli.program import run; run(sys.argv[1:]); "
        f"sys.exit(any(name in sys.modules for name in {HEAVY}))"
    )
    found = subprocess.run([sys.executable, "-c", program, *arguments], check=False)
    assert found.returncode == 0


@pytest.mark.usefixtures("fleet")
def test_an_ascii_terminal_gets_ascii(kept: Kept) -> None:
    path = str(kept(scenes.key_drops_production()))
    for arguments in (["diagnose", "--snapshot", path], ["help", "trail-missing"]):
        found = logkeep_process(*arguments, PYTHONIOENCODING="ascii")
        assert found.returncode == (1 if "diagnose" in arguments else 0)
        assert found.stdout.isascii()
    assert b"FAIL" in logkeep_process("diagnose", "--snapshot", path, PYTHONUTF8="0",
                                      PYTHONIOENCODING="latin-1").stdout  # fmt: skip


@pytest.mark.usefixtures("fleet")
def test_a_reader_who_leaves_hears_no_complaint(kept: Kept) -> None:
    path = str(kept(scenes.before()))
    command = f"{sys.executable} -c 'from logkeep.cli import main; main()' diagnose --json --all"
    found = subprocess.run(
        ["bash", "-c", f"{command} --snapshot {path} | head -1; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        check=False,
    )
    assert found.returncode == 1
    assert b"Error" not in found.stderr
    assert found.stdout == b"{\n"


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["diagnose"], "diagnosing 3 accounts"),
        (["plan"], "planning for 3 accounts, round 2"),
        (["who", "--archive"], "asking every policy about the archive"),
    ],
    ids=str,
)
def test_a_terminal_is_told_what_takes_its_time_and_left_clean(
    kept: Kept, arguments: list[str], says: str
) -> None:
    path = str(kept(scenes.key_drops_production()))
    at_terminal, told = pty.openpty()
    program = "from logkeep.cli import main; main()"
    command = [sys.executable, "-c", program, *arguments, "--snapshot", path]
    with os.fdopen(told, "wb") as stderr:
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=stderr, check=False)
    seen = os.read(at_terminal, 100_000).decode()
    os.close(at_terminal)
    assert f"\r{says}" in seen
    assert re.search(r"\r +\r$", seen)


class Stream:
    """A stream that is a terminal or not."""

    encoding = "utf-8"

    def __init__(self, *, terminal: bool) -> None:
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize(
    ("terminal", "color", "environment", "coloured"),
    [
        (True, "auto", {}, True),
        (False, "auto", {}, False),
        (True, "auto", {"NO_COLOR": "1"}, False),
        (True, "auto", {"NO_COLOR": ""}, True),
        (True, "auto", {"TERM": "dumb"}, False),
        (False, "auto", {"FORCE_COLOR": "1"}, True),
        (False, "auto", {"FORCE_COLOR": "0"}, False),
        (True, "auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (False, "always", {"NO_COLOR": "1"}, True),
        (True, "never", {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colours_by_option_then_environment_then_terminal(
    terminal: bool,
    color: str,
    environment: dict[str, str],
    coloured: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert paint_for(Stream(terminal=terminal), color).color is coloured  # type: ignore[arg-type] # as much of a stream as is asked


@pytest.mark.usefixtures("fleet")
def test_a_colour_never_carries_meaning_alone(logkeep: Run, kept: Kept) -> None:
    path = kept(scenes.key_drops_production())
    plain = logkeep("diagnose", "--snapshot", path).out
    coloured = logkeep("diagnose", "--snapshot", path, "--color", "always").out
    assert coloured != plain
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain


def test_the_alone_program_names_the_five_common_verbs(logkeep: Run, folder: Path) -> None:
    assert folder.exists()
    said = logkeep()
    assert said.code == 0
    assert re.findall(r"^  logkeep (\w+) ", said.out, re.MULTILINE) == [
        "init",
        "diagnose",
        "plan",
        "apply",
        "verify",
    ]


@pytest.mark.parametrize("topic", ["exit-codes", "environment", "formats", "bucket-refuses"])
def test_help_explains_topics_and_findings(logkeep: Run, topic: str) -> None:
    said = logkeep("help", topic)
    assert said.code == 0
    assert len(said.out.splitlines()) > 5
