"""However an apply ends that starts a batch replication job, its objects are sent by one job alone.

A job has no name of its own and costs money each time. S3 takes a request that it has by its token
for the same (S3 Control API, CreateJob, ClientRequestToken), whether it answers with the job or
with IdempotencyException; and whoever comes later finds the job by its description in the listing.
`make whole` tries every fault, and a process killed before and after, with a plan file and without.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from faults.test_killed import ALONE, Killed, killed_after, quietly, started
from logkeep.aws import sending
from logkeep.aws.applied import ChangeFailed
from logkeep.fleet import Logs
from logkeep.lab.kinds.replication import KIND
from logkeep.lab.wire import refuse
from logkeep.sources.replication.options import Pair
from support.command_line import Run
from support.examples import WHOLE
from support.faults import faults, operation
from support.labs import Bench, bench
from support.worlds import fleet_of

CREATED, METHOD = "s3control:CreateJob", "create_job"
(SECURITY,) = ALONE.values()
PAIR = Pair(from_="notes", to="notes-copy", account=SECURITY, existing=datetime.date(2026, 11, 23))
FLEET = msgspec.structs.replace(
    fleet_of(ALONE, ("us-east-1",), readers=None), logs=(Logs("replication", (), PAIR),)
)
LOST = ("reset", "cut", "half", "html-502")
TEXT = f"""\
name = "acme"
home-region = "us-east-1"
regions = ["us-east-1"]
[accounts]
security = "{SECURITY}"
[archive]
account = "security"
bucket = "{FLEET.archive.bucket}"
[[logs]]
source = "cloudtrail"
[[replication]]
from = "notes"
to = "notes-copy"
account = "security"
existing = 2026-11-23
"""


@pytest.fixture
def lab(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    if getattr(request, "param", False):
        refuse_a_token_twice(monkeypatch)
    with bench(ALONE, FLEET) as made:
        s3 = made.archive("s3")
        s3.create_bucket(Bucket="notes")
        s3.put_object(Bucket="notes", Key="old", Body=b"some")
        yield made


either = pytest.mark.parametrize(
    "lab", [False, True], ids=["gives it back", "refuses the token"], indirect=True
)
"""What S3 answers to a token that it has; its documentation does not say."""


def made_jobs(lab: Bench) -> list[Any]:
    return lab.archive("s3control").list_jobs(AccountId=SECURITY)["Jobs"]


def its_tags(lab: Bench) -> list[Any]:
    from logkeep.lab.kinds.replication.state import state_of

    return [job.asked["Tags"] for job in state_of(lab.lab.world).jobs]


def all_is_sent_once(lab: Bench) -> None:
    assert len(made_jobs(lab)) == 1
    assert its_tags(lab) == [[{"Key": "logkeep:fleet", "Value": "acme"}]]
    assert [each.call for each in lab.plan().changes] == []
    lab.pass_hours(2)
    assert [each["Status"] for each in made_jobs(lab)] == ["Complete"]
    copies = lab.archive("s3").list_objects_v2(Bucket="notes-copy")["Contents"]
    assert [each["Key"] for each in copies] == ["old"]


def killed_before(patch: pytest.MonkeyPatch, wanted: str) -> None:
    """Have the process die as it is about to make a call."""
    real = sending.called

    def called(client: Any, method: str, given: dict[str, Any]) -> Any:
        if method == wanted:
            raise Killed
        return real(client, method, given)

    patch.setattr(sending, "called", called)


@pytest.mark.parametrize("again", ["the same plan", "a new plan"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_the_job_the_next_apply_makes_one(
    lab: Bench, when: str, again: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = lab.plan()
    number = 1 + [each.call for each in made.changes].index(CREATED)
    with monkeypatch.context() as patch:
        killed_after(patch, number) if when == "after" else killed_before(patch, METHOD)
        with pytest.raises(Killed):
            quietly(lab, made)
    assert len(made_jobs(lab)) == (when == "after")
    quietly(lab, made if again == "the same plan" else lab.plan())
    all_is_sent_once(lab)


def refuse_a_token_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an S3 that gives no job back for a token that it knows, but says so."""
    real, known = KIND.operations["s3control", "CreateJob"], set[str]()

    def create_job(world: Any, call: Any, forward: Any) -> Any:
        token = call.arguments["ClientRequestToken"]
        if token in known:
            return refuse(call, "IdempotencyException", "The token was used")
        known.add(token)
        return real(world, call, forward)

    monkeypatch.setitem(KIND.operations, ("s3control", "CreateJob"), create_job)


@either
@pytest.mark.parametrize("fault", ["html-with-headers", *(LOST if WHOLE else ())])
def test_a_job_whose_answer_was_lost_is_found(lab: Bench, fault: str) -> None:
    made = lab.plan()
    with faults(lab.lab) as spoilt:
        spoilt.spoilt = {CREATED: fault}.get
        with contextlib.suppress(ChangeFailed):
            quietly(lab, made)
        assert CREATED in spoilt.seen
    quietly(lab, made)
    all_is_sent_once(lab)


@either
def test_two_applies_at_once_start_one_job(lab: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other starts it between our looking and our starting."""
    made, real = lab.plan(), sending.called

    def called(client: Any, method: str, given: dict[str, Any]) -> Any:
        if method == METHOD:
            real(client, method, given)
        return real(client, method, given)

    with monkeypatch.context() as patch:
        patch.setattr(sending, "called", called)
        quietly(lab, made)
    all_is_sent_once(lab)


class AtJob:
    """A lab's application that kills a process as it starts a job, before or after it is made."""

    def __init__(self, inner: Any, when: str) -> None:
        self.inner, self.when = inner, when
        self.process: subprocess.Popen[str] | None = None

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        process = self.process if operation(environ) == CREATED else None
        if process is not None and self.when == "before":
            self.process = None
            os.kill(process.pid, signal.SIGKILL)
            process.wait(timeout=30)
            start("503 Slow Down", [("Content-Length", "0")])
            return [b""]
        body = list(self.inner(environ, start))
        if process is not None:
            self.process = None
            os.kill(process.pid, signal.SIGKILL)
            process.wait(timeout=30)
        return body


@pytest.mark.parametrize("given", [(), ("plan.json",)] if WHOLE else [()])
@pytest.mark.parametrize("when", ["before", "after"] if WHOLE else ["after"])
def test_a_process_killed_at_the_job_leaves_one(
    lab: Bench,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    logkeep: Run,
    when: str,
    given: tuple[str, ...],
) -> None:
    (folder / "logkeep.toml").write_text(TEXT, encoding="utf-8")
    for name, value in lab.lab.environment("ada").items():
        monkeypatch.setenv(name, value)
    if given:
        assert logkeep("plan", "-o", *given).code == 0
    server: Any = lab.lab._server  # the test's own server
    server.app, before = AtJob(server.app, when), server.app
    server.app.process = begun = started(lab, folder, *given)
    begun.communicate(timeout=120)
    server.app = before
    assert begun.returncode == -signal.SIGKILL
    assert len(made_jobs(lab)) == (when == "after")
    said = logkeep("apply", *given, "--yes")
    assert said.code in (0, 1), said.err  # 1, since nobody is named yet who reads the archive
    all_is_sent_once(lab)
