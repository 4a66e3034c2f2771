"""Collecting goes on through throttling, past accounts that fail, and after it was killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from logkeep.aws.calls import CALLS, service_of
from logkeep.aws.collect import OF_S3_MAX, TRIES_MAX, collect, in_shares
from logkeep.aws.files import read_snapshot, write_snapshot
from logkeep.aws.journal import JournalLine
from logkeep.cli.program import run
from logkeep.diagnose.diagnosis import diagnose
from logkeep.lab.call import Answer, Call, Forward, Overlay, World
from logkeep.lab.wire import refuse
from logkeep.snapshot import Ask, Reply, ask, encode
from logkeep.sources.wants import wants
from support import scenes
from support.call_budget import call_budget, most
from support.labs import Bench, Keeping, bench
from support.large import large
from support.recorded import Answering, Recorded, recording
from support.sdk import no_backoff
from support.worlds import ACCOUNTS, fleet_of

SAID: dict[str, tuple[str, int]] = {
    "ec2": ("RequestLimitExceeded", 503),
    "organizations": ("TooManyRequestsException", 400),
    "s3": ("SlowDown", 503),
    "sts": ("Throttling", 400),
}
"""How each service says that it is asked too often; the rest say ThrottlingException."""


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    """The fleet set up, with logs in the archive; its clock stands."""
    with bench(ACCOUNTS, fleet_of(readers=None)) as made:
        made.mend()
        made.pass_hours(3)
        yield made


@pytest.fixture
def overlays(lab: Bench) -> Iterator[dict[tuple[str, str], Overlay]]:
    """What answers in the lab; afterwards as before."""
    before = dict(lab.lab.front.overlays)
    yield lab.lab.front.overlays
    lab.lab.front.overlays.clear()
    lab.lab.front.overlays.update(before)


def hasty(inner: Overlay | None, seed: int, share: float, refused: Counter[str]) -> Overlay:
    """An operation that refuses a share of its calls, but nobody more often than we try again."""
    times: Counter[str] = Counter()

    def overlay(world: World, call: Call, forward: Forward) -> Answer:
        asked = f"{call.caller.account} {call.region} {call.operation} {call.arguments}"
        times[asked] += 1
        dice = random.Random(f"{seed} {asked} {times[asked]}").random()
        if dice < share and times[asked] <= (1 if call.service == "sts" else TRIES_MAX - 2):
            code, status = SAID.get(call.service, ("ThrottlingException", 400))
            refused[call.service] += 1
            return refuse(call, code, "Rate exceeded", status=status)
        return inner(world, call, forward) if inner else forward()

    return overlay


@pytest.mark.parametrize(("seed", "tries"), [(1, "1"), (2, "1"), (3, "2")])
def test_throttled_at_random_it_brings_the_same_snapshot(
    lab: Bench,
    overlays: dict[tuple[str, str], Overlay],
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    tries: str,
) -> None:
    quiet = list(encode(lab.collect()))
    monkeypatch.setenv("AWS_RETRY_MODE", "standard")
    no_backoff(monkeypatch)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", tries)
    refused: Counter[str] = Counter()
    names = {*CALLS, "sts:AssumeRole"} - {"sts:GetCallerIdentity"}
    for place in [(service_of(name), name.partition(":")[2]) for name in names]:
        overlays[place] = hasty(overlays.get(place), seed, 0.4, refused)
    session = Keeping(lab.fleet)
    snapshot = collect(lab.fleet, wants(lab.fleet), session)
    assert list(encode(snapshot)) == quiet
    assert set(refused) >= {"s3", "cloudtrail", "organizations"}
    assert session.calls.repeats + session.calls.tries >= refused.total() > 10
    assert session.calls.total <= most(call_budget(lab.fleet, snapshot)) + session.calls.repeats


def test_a_role_that_is_throttled_is_tried_again(
    lab: Bench, overlays: dict[tuple[str, str], Overlay], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    left = [2]

    def overlay(world: World, call: Call, forward: Forward) -> Answer:
        left[0] -= 1
        if left[0] >= 0:
            return refuse(call, "Throttling", "Rate exceeded")
        return inner(world, call, forward) if inner else forward()

    inner = overlays.get(("sts", "AssumeRole"))
    overlays["sts", "AssumeRole"] = overlay
    snapshot = collect(lab.fleet, wants(lab.fleet), Keeping(lab.fleet))
    assert left[0] < 0
    assert not any("cannot assume" in found.message for found in snapshot.answers.values())


CLOSED, MUTE = f"{400_000_000_000:012d}", f"{400_000_000_001:012d}"


def told_but(told: Answering) -> Answering:
    """The recorded answers of all accounts but two."""

    def answered(question: Ask) -> Reply:
        if question.account == CLOSED and question.call == "sts:AssumeRole":
            return Reply(error="AccessDenied", message="not authorized to perform: sts:AssumeRole")
        if question.account == MUTE and question.call != "sts:AssumeRole":
            return Reply(error="ThrottlingException", message="Rate exceeded")
        return told(question)

    return answered


def test_accounts_that_fail_are_unknown_and_named(
    settings: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet, recorded = large(40, 17)
    session = Recorded(fleet, told_but(recording(recorded)), recorded.taken_at)
    snapshot = collect(fleet, wants(fleet), session)
    assert session.calls.total <= most(call_budget(fleet, snapshot)) + session.calls.repeats
    verified = {q: r for q, r in recorded.answers.items() if q.call not in CALLS}
    snapshot = snapshot.with_answers(verified)
    found = diagnose(fleet, snapshot)
    verdicts = {(r.account in (CLOSED, MUTE), r.verdict) for r in found.routes}
    assert verdicts == {(True, "unknown"), (False, "holds")}
    path = tmp_path / "fleet.gz"
    write_snapshot(path, snapshot)
    settings.chdir(tmp_path)
    names = "\n".join(f'{name} = "{id_}"' for name, id_ in fleet.accounts.items())
    listed = json.dumps(fleet.regions)
    head, _, rest = scenes.FLEET_TEXT.partition("[accounts]")
    head = "\n".join(line for line in head.splitlines() if not line.startswith("regions"))
    tail = rest.partition("[archive]")[2]
    text = f"{head}\nregions = {listed}\n[accounts]\n{names}\n[archive]{tail}"
    (tmp_path / "logkeep.toml").write_text(text, encoding="utf-8")
    assert run(["diagnose", "--snapshot", str(path)]) == 3
    said = " ".join(capsys.readouterr().out.split())
    assert "account-0" in said
    assert "account-1" in said
    assert "cannot assume" in said
    assert "ThrottlingException" in said


def collecting(lab: Bench, folder: Path) -> subprocess.Popen[str]:
    """A process of its own that collects."""
    return subprocess.Popen(
        [sys.executable, "-c", "from logkeep.cli import main; main()", "collect"],
        cwd=folder,
        env={**os.environ, **lab.lab.environment("ada")},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def asked(lab: Bench) -> Iterator[list[Callable[[str], None]]]:
    """Whom to tell of every call that the lab answers."""
    listening: list[Callable[[str], None]] = []

    def tap(_world: World, call: Call, _answer: Answer) -> None:
        for each in listening:
            each(f"{call.service}:{call.operation}")

    lab.lab.front.taps.append(tap)
    yield listening
    lab.lab.front.taps.remove(tap)


def questions(names: Counter[str]) -> Counter[str]:
    """Without those that every run puts to say who it is and to enter accounts."""
    return Counter({name: n for name, n in names.items() if not name.startswith("sts:")})


def test_killed_and_run_again_it_asks_for_the_rest_only(
    lab: Bench, asked: list[Callable[[str], None]], tmp_path: Path
) -> None:
    text = "\n".join(x for x in scenes.FLEET_TEXT.splitlines() if not x.startswith("readers"))
    (tmp_path / "logkeep.toml").write_text(text, encoding="utf-8")
    kept = tmp_path / ".logkeep"
    whole = lab.collect()

    first: Counter[str] = Counter()
    process = collecting(lab, tmp_path)

    def kill(name: str) -> None:
        first[name] += 1
        if questions(first).total() == 60:
            os.kill(process.pid, signal.SIGKILL)

    asked.append(kill)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    asked.clear()
    told = answered_in(kept / "collect.journal")
    assert 40 <= told.total() <= 60 < len(whole.answers)

    second: Counter[str] = Counter()
    asked.append(lambda name: second.update([name]))
    again = collecting(lab, tmp_path)
    said = again.communicate(timeout=60)[1]
    assert again.returncode == 0, said
    assert "made " in said
    wanted = questions(Counter(question.call for question in whole.answers))
    assert questions(second) == wanted - told
    assert not (kept / "collect.journal").exists()
    assert list(encode(read_snapshot(kept / "snapshot.gz"))) == list(encode(whole))


def answered_in(journal: Path) -> Counter[str]:
    """The calls whose answers a journal holds."""
    lines = journal.read_bytes().split(b"\n")[1:]
    whole = [line for line in lines if line.endswith(b"}")]
    return questions(Counter(msgspec.json.decode(x, type=JournalLine).question.call for x in whole))


def test_what_is_asked_of_the_archive_is_shared_by_threads() -> None:
    calls = ("s3:ListObjectsV2", "cloudtrail:DescribeTrails")
    many = [ask("1" * 12, "us-east-1", call, N=str(n)) for call in calls for n in range(950)]
    shares = in_shares(many)
    assert Counter(x for share in shares for x in share) == Counter(many)
    of_s3 = [share for share in shares if all(x.call.startswith("s3:") for x in share)]
    assert len(of_s3) >= 950 // OF_S3_MAX - 1
    assert all(len(share) <= OF_S3_MAX for share in of_s3)
    assert sum(any(x.call.startswith("cloudtrail:") for x in share) for share in shares) == 1
