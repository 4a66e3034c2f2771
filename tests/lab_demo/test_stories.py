"""The stories run to their end as they are told; docs/demo.md shows just what they print.

`pytest --snapshot-update tests/lab_demo` writes the pages anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from logkeep.lab.demo import central
from logkeep.lab.demo.stage import Ran, Stage, StoryBroken, folded, stage
from support.places import ROOT

pytestmark = pytest.mark.lab
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
CHANGING = (
    (UUID, "01234567-89ab-cdef-0123-456789abcdef"),
    (r"aws:kms [0-9a-f]{8}\b", "aws:kms 01234567"),
    (r"_[A-Za-z0-9]{16}\.json\.gz", "_0123456789abcdef.json.gz"),
    (r" [ \d,]{7} bytes", "   1,234 bytes"),
    (r"asked AWS \d+ questions", "asked AWS 50 questions"),
    (r"\b(less than a minute|\d+ minutes?) (ago;|old\))", r"less than a minute \2"),
)
"""What differs from run to run: ids, sizes, and how long this machine took."""


def steady(text: str) -> str:
    """A story's output without what differs from run to run."""
    for pattern, instead in CHANGING:
        text = re.sub(pattern, instead, text)
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def told(story: str, folder: Path) -> str:
    """What `logkeep lab demo` prints, in an environment that leads to another AWS."""
    astray = {"AWS_PROFILE": "nobody", "AWS_SESSION_TOKEN": "none", "NO_COLOR": "1"}
    ran = subprocess.run(
        [str(Path(sys.executable).with_name("logkeep")), "lab", "demo", story],
        cwd=folder,
        env={**os.environ, **astray},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert list(folder.iterdir()) == []
    return ran.stdout


PAGES = {
    "main": (
        ROOT / "docs" / "demo.md",
        """\
# The demo

What `make demo`, which is `logkeep lab demo`, prints: the main job from beginning to end, on an
embedded AWS organization. Every command is really run, and the demo fails where anything comes out
otherwise than it tells. Ids, sizes and this machine's own times are made alike here. The
[other story](demo-by-hand.md) tells how such archives grow in practice.
""",
    ),
    "by-hand": (
        ROOT / "docs" / "demo-by-hand.md",
        """\
# By hand

What `logkeep lab demo by-hand` prints: how such archives grow in practice, with the real `aws`
command. The [demo](demo.md) does the same in one plan.
""",
    ),
}


@pytest.mark.parametrize("story", PAGES)
def test_a_story_comes_out_as_told(
    story: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path, head = PAGES[story]
    page = f"{head}\n```console\n{steady(told(story, tmp_path)).strip()}\n```\n"
    if request.config.getoption("update_snapshots"):
        path.write_text(page, encoding="utf-8")
    assert page == path.read_text(encoding="utf-8")


def test_a_story_that_goes_wrong_ends_with_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The stories are tests: each checks what it tells."""
    from logkeep.cli.program import run

    def healthy(here: Stage) -> None:
        here.expect("6 healthy" in here.run("logkeep", "--version").text, "every route holds")

    monkeypatch.setattr(central, "_nothing_yet", healthy)
    assert run(["lab", "demo"]) == 1
    assert "every route holds" in capsys.readouterr().err


def test_a_command_must_end_as_the_story_says(capsys: pytest.CaptureFixture[str]) -> None:
    with stage(print) as here:
        assert here.run("logkeep", "nonsense", code=2).code == 2
        assert here.run("logkeep", "nonsense", code=None) == Ran(
            2, "error: there is no command `nonsense`\n\nhint: run `logkeep --help`\n"
        )
        with pytest.raises(StoryBroken, match="ended with 0 and not with an error"):
            here.run("logkeep", "--version", code=None)
    assert "$ logkeep nonsense" in capsys.readouterr().out


def test_a_plan_that_was_shown_is_not_shown_again() -> None:
    first = "asking AWS\nplan:\n+ one\n+ two\n"
    again = "plan:\n+ one\n+ two\n[1/2] made\n"
    assert folded(again, first) == "(the plan, as above)\n[1/2] made\n"
    assert folded(again, "") == again
    assert folded(again, "something else\naltogether\n") == again
