"""`apply` is killed by the system, and not by an exception: nobody hears of it, nothing is closed.

It is a process of its own, and dies once AWS has made a call and before it is told. `make test`
tries the calls that make something; `make whole` tries every single one.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from faults.test_killed import ALONE, CALLS, FLEET, MEANT, started, what_is_there
from logkeep.aws.writes import WRITES
from support.command_line import Run
from support.examples import WHOLE
from support.faults import operation
from support.labs import Bench, bench

TEXT = f"""\
name = "acme"
home-region = "us-east-1"
regions = ["us-east-1", "eu-west-1"]
[accounts]
security = "{ALONE["security"]}"
[archive]
account = "security"
bucket = "{FLEET.archive.bucket}"
[[logs]]
source = "cloudtrail"
data-events = ["s3", "lambda"]
"""
NUMBERS = range(1, CALLS + 1) if WHOLE else (1, 4)
"""After how many calls: in `make test` after those that make what has no tag or no name yet."""


class Killing:
    """A lab's application that kills a process when it has made so many of its calls."""

    def __init__(self, inner: Any, number: int) -> None:
        self.inner, self.number = inner, number
        self.process: subprocess.Popen[str] | None = None
        self.made: list[str] = []

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        name = operation(environ)
        body = list(self.inner(environ, start))
        if name in WRITES and self.process is not None:
            self.made.append(name)
            if len(self.made) == self.number:
                os.kill(self.process.pid, signal.SIGKILL)
                self.process.wait(timeout=30)
        return body


@contextmanager
def killing(lab: Bench, number: int) -> Iterator[Killing]:
    server: Any = lab.lab._server  # the test's own server
    before = server.app
    server.app = made = Killing(before, number)
    try:
        yield made
    finally:
        server.app = before


@pytest.fixture
def lab() -> Iterator[Bench]:
    with bench(ALONE, FLEET) as made:
        yield made


@pytest.mark.parametrize("given", [(), ("plan.json",)], ids=["no file", "a plan file"])
@pytest.mark.parametrize("number", NUMBERS)
def test_killed_after_any_call_the_next_apply_makes_the_rest(
    lab: Bench,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    logkeep: Run,
    number: int,
    given: tuple[str, ...],
) -> None:
    (folder / "logkeep.toml").write_text(TEXT, encoding="utf-8")
    for name, value in lab.lab.environment("ada").items():
        monkeypatch.setenv(name, value)
    if given:
        assert logkeep("plan", "-o", *given).code == 0
    with killing(lab, number) as made:
        made.process = started(lab, folder, *given)
        made.process.communicate(timeout=120)
    assert made.process.returncode == -signal.SIGKILL
    assert len(made.made) == number
    said = logkeep("apply", *given, "--yes")
    assert said.code in (0, 1), said.err  # 1, since nobody is named yet who reads the archive
    assert what_is_there(lab) == MEANT
    assert lab.plan().changes == ()
