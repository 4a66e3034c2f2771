"""The stage of a story: a lab, an empty folder, and commands shown as they are run."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from logkeep.lab.people import environment_of
from logkeep.lab.server import Lab
from logkeep.lab.statefile import Running, running

START = datetime(2026, 11, 23, 3, 10, tzinfo=UTC)
WIDTH = 78
"""How wide a story is told: a terminal of 80 columns is enough."""
KEPT = ("SYSTEMROOT", "TMPDIR", "PYTHONPATH")
COMMAND_SECONDS_MAX = 120
TALK = re.compile(
    r"^(?:asking AWS about|[\d,]+ API calls? made|using the snapshot taken).*\n", re.MULTILINE
)
"""What a command says while it asks, which a story leaves out."""


class StoryBroken(Exception):
    """Something came out otherwise than the story tells."""


class Ran(msgspec.Struct, frozen=True):
    """A command that has run: its exit code, and all that it printed in the order it came."""

    code: int
    text: str

    def json(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.text)


Run: TypeAlias = Callable[[list[str], Path, Mapping[str, str]], tuple[int, bytes]]
"""Runs a command in a folder and an environment: its exit code, and all that it printed."""


def in_a_process(
    command: list[str], folder: Path, environment: Mapping[str, str]
) -> tuple[int, bytes]:
    """Run a command as a shell does."""
    found = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        timeout=COMMAND_SECONDS_MAX,
        check=False,
    )
    return found.returncode, found.stdout


class Stage:
    """Tells a story: says what it does, shows every command with its answer, and checks both."""

    def __init__(
        self, lab: Lab, folder: Path, tell: Callable[[str], None], run: Run = in_a_process
    ) -> None:
        self.lab = lab
        self.folder = folder
        self.running: Running = running(lab)
        self._tell = tell
        self._run = run
        self._environment = surroundings(folder)

    def title(self, text: str) -> None:
        """Begin a part of the story."""
        self._tell(f"== {text} ==\n\n")

    def say(self, text: str) -> None:
        """Say a few sentences."""
        self._tell(textwrap.fill(" ".join(text.split()), WIDTH) + "\n\n")

    def show(self, *lines: str) -> None:
        """Show lines as they are."""
        self._tell("".join(f"{line}\n" for line in lines) + "\n")

    def run(
        self,
        *command: str,
        who: str = "ada",
        code: int | None = 0,
        shown: bool = True,
        but: str = "",
        ends: tuple[int, int] | None = None,
    ) -> Ran:
        """Run a command as one of the lab's people; None is any exit code but 0.

        What was shown before (`but`) is not shown again where the command answers it once more;
        of a long answer only so many lines are shown from each of its ends.
        """
        typed = shlex.join(command)
        if shown:
            self._tell(as_typed("$" if who == "ada" else f"{who} $", command))
        ran = self._ran(command, who)
        if shown:
            text = cut(folded(ran.text, but), ends)
            self._tell(text.rstrip("\n") + "\n\n" if text.strip() else "\n")
        if ran.code != code and (code is not None or not ran.code):
            said = "" if shown else f"\n{ran.text}"
            wanted = "an error" if code is None else code
            raise StoryBroken(f"`{typed}` ended with {ran.code} and not with {wanted}{said}")
        return ran

    def _ran(self, command: tuple[str, ...], who: str) -> Ran:
        words = [str(beside(command[0])), *command[1:]]
        around = {**self._environment, **environment_of(self.running, who)}
        code, printed = self._run(words, self.folder, around)
        return Ran(code, TALK.sub("", printed.decode("utf-8", "replace")))

    def write(self, name: str, document: Any, *, shown: bool = True) -> None:
        """Write a file of the folder, text or JSON, and show it."""
        text = document if isinstance(document, str) else json.dumps(document, indent=2) + "\n"
        (self.folder / name).write_text(text, encoding="utf-8")
        if shown:
            self._tell(f"$ cat {name}\n{text}\n")

    def advance(self, by: timedelta) -> datetime:
        """Let the lab's time go by, as `logkeep lab advance` does."""
        return self.lab.advance(by)

    def expect(self, holds: object, what: str) -> None:
        """The story goes on only where this is so."""
        if not holds:
            raise StoryBroken(what)


def as_typed(prompt: str, command: tuple[str, ...]) -> str:
    """A command at its prompt, in lines that fit and that a shell takes as one."""
    lines = [prompt]
    for word in map(shlex.quote, command):
        if len(lines[-1]) + len(word) + 3 > WIDTH:
            lines.append("   ")
        lines[-1] += f" {word}"
    return " \\\n".join(lines) + "\n"


def cut(text: str, ends: tuple[int, int] | None) -> str:
    """A text's first and last lines, and how many were left out between them."""
    lines = text.splitlines(keepends=True)
    if ends is None or len(lines) <= sum(ends) + 1:
        return text
    first, last = lines[: ends[0]], lines[len(lines) - ends[1] :]
    return "".join([*first, f"    ... {len(lines) - sum(ends)} lines more ...\n", *last])


def folded(text: str, before: str) -> str:
    """A text without the end of an earlier one, where it says that again word by word."""
    lines = before.splitlines(keepends=True)
    ends = ("".join(lines[start:]) for start in range(len(lines) - 1))
    again = next((end for end in ends if end in text), "")
    return text.replace(again, "(the plan, as above)\n") if again else text


def beside(name: str) -> Path:
    """A program installed beside this Python, else the one on the path."""
    own = Path(sys.executable).with_name(name)
    found = own if own.exists() else shutil.which(name)
    if found is None:
        raise StoryBroken(f"the command `{name}` is not installed beside {sys.executable}")
    return Path(found)


def surroundings(folder: Path) -> dict[str, str]:
    """An environment without anything of the user's that could change what is shown."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {
        **kept,
        "PATH": path,
        "HOME": str(folder),
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",  # so that what is said and answered comes in its order
        "COLUMNS": "80",
        "AWS_PAGER": "",
        **colours(os.environ),
    }


def colours(environment: Mapping[str, str]) -> dict[str, str]:
    """Colours for the commands where the story itself is told on a terminal."""
    if environment.get("NO_COLOR") or not sys.stdout.isatty():
        return {"NO_COLOR": "1"}
    return {"FORCE_COLOR": "1"}


@contextmanager
def stage(tell: Callable[[str], None], run: Run = in_a_process) -> Generator[Stage]:
    """A stage with a new lab, whose clock stands still until the story moves it."""
    with (
        tempfile.TemporaryDirectory(prefix="logkeep-demo-") as folder,
        Lab(start=START, ticking=False) as lab,
    ):
        yield Stage(lab, Path(folder), tell, run)
