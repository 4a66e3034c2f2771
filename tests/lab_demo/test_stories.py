"""The stories run to their end as they are told; docs/demo*.md show just what they print.

`make golden` writes the pages anew.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from logkeep.cli.program import run
from logkeep.lab.demo.found import MAIN, Story, listed, stories
from logkeep.lab.demo.stage import WIDTH, Ran, Stage, StoryBroken, as_typed, cut, folded, stage
from logkeep.lab.kinds.cloudtrail.stories import main
from support.places import ROOT
from support.warm import ran_together

pytestmark = pytest.mark.lab
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
CHANGING = (
    (UUID, "01234567-89ab-cdef-0123-456789abcdef"),
    (r"\b(vpc|subnet|eni|igw|acl|sg|i|fl)-[0-9a-f]{17}\b", r"\1-0a1b2c3d4e5f60718"),
    (r"aws:kms [0-9a-f]{8}\b", "aws:kms 01234567"),
    (r"_[A-Za-z0-9]{16}\.json\.gz", "_0123456789abcdef.json.gz"),
    (r"\b(less than a minute|\d+ minutes?) (ago;|old\))", r"less than a minute \2"),
)
"""What differs from run to run: ids, sizes, and how long this machine took."""


def steady(text: str) -> str:
    """A story's output without what differs from run to run."""
    for pattern, instead in CHANGING:
        text = re.sub(pattern, instead, text)
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def told(story: Story, folder: Path) -> str:
    """What a story prints; the main one as a user has it told."""
    if story.name == MAIN:
        return typed(story.name, folder)
    said: list[str] = []
    story.tell(said.append, ran_together)
    return "".join(said)


def typed(story: str, folder: Path) -> str:
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


MAIN_PAGE = """\
# The demo

What `make demo`, which is `logkeep lab demo`, prints: the main job from beginning to end, on an
embedded AWS organization. Every command is really run, and the demo fails where anything comes out
otherwise than it tells. Ids and this machine's own times are made alike here.
"""


def page_of(story: Story) -> Path:
    return ROOT / "docs" / ("demo.md" if story.name == MAIN else f"demo-{story.name}.md")


def head_of(story: Story) -> str:
    if story.name == MAIN:
        return MAIN_PAGE
    title = story.name.replace("-", " ").capitalize()
    return f"""\
# {title}

{story.says} This is what `logkeep lab demo {story.name}` prints;
the [demo](demo.md) tells the main job.
"""


@pytest.mark.parametrize("story", stories().values(), ids=stories())
def test_a_story_comes_out_as_told(
    story: Story, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = page_of(story)
    text = steady(told(story, tmp_path))
    page = f"{head_of(story)}\n```console\n{text.strip()}\n```\n"
    if request.config.getoption("update_snapshots"):
        path.write_text(page, encoding="utf-8")
    assert page == path.read_text(encoding="utf-8")


def test_the_main_story_is_read_to_its_end() -> None:
    """In lines that fit a terminal, and not many of them; each other story is listed there."""
    lines = page_of(stories()[MAIN]).read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 165
    assert [line for line in lines[9:] if len(line) > 80] == []
    assert lines[-len(stories()) : -1] == listed()[1:]


def test_every_page_of_a_story_has_its_story() -> None:
    pages = {path.name for path in (ROOT / "docs").glob("demo*.md")}
    assert pages == {page_of(story).name for story in stories().values()}


def test_stories_are_listed_by_what_they_tell(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lab", "demo", "--list"]) == 0
    assert capsys.readouterr().out.splitlines() == listed()
    assert all(len(line) <= 80 for line in listed())
    assert run(["lab", "demo", "by-hands"]) == 2
    assert "did you mean `by-hand`?" in capsys.readouterr().err


def test_a_story_that_goes_wrong_ends_with_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The stories are tests: each checks what it tells."""

    def healthy(here: Stage) -> None:
        here.expect("6 healthy" in here.run("logkeep", "--version").text, "every route holds")

    monkeypatch.setattr(main, "tell", healthy)
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


def test_a_long_command_is_one_that_a_shell_takes_and_fits() -> None:
    words = ("aws", "kms", "put-key-policy", *(f"--option-{n}=value {n}" for n in range(9)))
    shown = as_typed("$", words)
    assert max(map(len, shown.splitlines())) <= WIDTH
    assert tuple(shlex.split(shown.removeprefix("$").replace("\\\n", " "))) == words
    assert as_typed("$", ("logkeep", "plan")) == "$ logkeep plan\n"


def test_of_a_long_answer_the_ends_are_shown() -> None:
    lines = [f"{n}\n" for n in range(9)]
    assert cut("".join(lines), (1, 2)) == "0\n    ... 6 lines more ...\n7\n8\n"
    assert cut("".join(lines), (4, 4)) == "".join(lines)
    assert cut("".join(lines), None) == "".join(lines)
