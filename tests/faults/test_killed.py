"""However apply ends, and whatever answer is lost, the next one makes nothing twice."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from logkeep.aws import sending
from logkeep.aws.applied import Applied, ChangeFailed
from logkeep.aws.apply import apply
from logkeep.cli.alone import alone
from logkeep.cli.assigned import earlier_values
from logkeep.cli.place import find
from logkeep.cli.settings import Settings
from logkeep.plan import Plan
from support import scenes
from support.command_line import Run
from support.faults import faults
from support.labs import Bench, bench
from support.worlds import ACCOUNTS, fleet_of

ALONE = {"security": ACCOUNTS["security"]}
FLEET = fleet_of(ALONE, readers=None)
CALLS = 10
"""How many calls it takes to set up one account."""


class Killed(BaseException):
    """As SIGKILL: nobody hears of it."""


@pytest.fixture
def lab() -> Iterator[Bench]:
    with bench(ALONE, FLEET) as made:
        yield made


def quietly(lab: Bench, made: Plan, values: Mapping[str, str] | None = None) -> Applied:
    return apply(
        made.changes,
        lab.session,
        taken_at=made.taken_at,
        sleep=lambda _: None,
        values=values or {},
    )


def killed_after(patch: pytest.MonkeyPatch, number: int) -> None:
    """Have the process die as soon as AWS has made a plan's call of that number."""
    real, left = sending.called, [number]

    def called(client: Any, method: str, given: dict[str, Any]) -> Any:
        found = real(client, method, given)
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        return found

    patch.setattr(sending, "called", called)


def what_is_there(lab: Bench) -> dict[str, Any]:
    """What was made, with the tags that are promised."""
    kms, s3, bucket = lab.archive("kms"), lab.archive("s3"), lab.fleet.archive.bucket
    keys = [entry["KeyId"] for entry in kms.list_keys()["Keys"]]
    return {
        "keys": [kms.list_resource_tags(KeyId=key)["Tags"] for key in keys],
        "aliases": [
            each["AliasName"] for each in kms.list_aliases()["Aliases"]
            if each.get("TargetKeyId") in keys
        ],
        "buckets": [each["Name"] for each in s3.list_buckets()["Buckets"]],
        "tags": s3.get_bucket_tagging(Bucket=bucket)["TagSet"],
        "trails": len(lab.archive("cloudtrail").describe_trails()["trailList"]),
    }  # fmt: skip


MEANT = {
    "keys": [
        [
            {"TagKey": "logkeep:fleet", "TagValue": "acme"},
            {"TagKey": "logkeep:alias", "TagValue": "alias/logkeep"},
        ]
    ],
    "aliases": ["alias/logkeep"],
    "buckets": [FLEET.archive.bucket],
    "tags": [{"Key": "logkeep:fleet", "Value": "acme"}],
    "trails": 1,
}


def test_so_many_calls_are_all_of_them(lab: Bench) -> None:
    assert len(quietly(lab, lab.plan()).calls) == CALLS


@pytest.mark.parametrize("again", ["the same plan", "a new plan"])
@pytest.mark.parametrize("number", range(1, CALLS + 1))
def test_killed_after_any_call_the_next_apply_makes_the_rest(
    lab: Bench, number: int, again: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = lab.plan()
    with monkeypatch.context() as patch:
        killed_after(patch, number)
        with pytest.raises(Killed):
            quietly(lab, made)
    quietly(lab, made if again == "the same plan" else lab.plan())
    assert what_is_there(lab) == MEANT
    assert lab.plan().changes == ()


def by_command_line(lab: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ready the folder and its surroundings for commands: no reader is there to be named."""
    lines = (line for line in scenes.FLEET_TEXT.splitlines() if not line.startswith("readers"))
    (folder / "logkeep.toml").write_text("\n".join(lines), encoding="utf-8")
    for name, value in lab.lab.environment("ada").items():
        monkeypatch.setenv(name, value)


def test_what_aws_assigned_is_kept_before_the_next_call(
    lab: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch, logkeep: Run
) -> None:
    by_command_line(lab, folder, monkeypatch)
    assert logkeep("plan", "-o", "plan.json").code == 0
    with monkeypatch.context() as patch:
        killed_after(patch, 4)
        with pytest.raises(Killed):
            logkeep("apply", "plan.json", "--yes")
    assert (folder / ".logkeep" / "assigned.json").exists()
    key = lab.archive("kms").describe_key(KeyId="alias/logkeep")["KeyMetadata"]["KeyId"]
    assert key in (folder / ".logkeep" / "assigned.json").read_text()
    assert earlier_values(find(Settings()), lab.plan()) == {}  # which are another plan's


def test_what_cannot_be_kept_stops_it_and_is_found_again(
    lab: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch, logkeep: Run
) -> None:
    """As on a disk that is full."""
    by_command_line(lab, folder, monkeypatch)
    (folder / ".logkeep").mkdir()
    (folder / ".logkeep" / "assigned.json").mkdir()
    said = logkeep("apply", "--yes")
    assert said.code == 1
    assert "assigned.json: cannot be written: is a directory" in said.err
    assert "\n  done  " in said.err
    assert "\n  left  " in said.err
    (folder / ".logkeep" / "assigned.json").rmdir()
    assert logkeep("apply", "--yes").code == 1  # two of its accounts are not in this lab
    assert what_is_there(lab)["keys"] == MEANT["keys"]


@pytest.mark.parametrize("fault", ["html-with-headers", "reset", "cut", "half", "drip"])
def test_a_key_whose_answer_was_lost_is_found(
    lab: Bench, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the SDK, which tries other calls again by itself, does not make a second one."""
    monkeypatch.setattr("logkeep.aws.connection.WHOLE_ANSWER_S", 0.05)
    with faults(lab.lab) as spoilt:
        spoilt.spoilt = {"kms:CreateKey": fault}.get
        made = lab.plan()
        with contextlib.suppress(ChangeFailed):  # where the fault came before the key
            quietly(lab, made)
        assert spoilt.seen.count("kms:CreateKey") == 1
    quietly(lab, made)
    assert what_is_there(lab) == MEANT


def test_two_applies_at_once_make_one_of_each(lab: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other makes each thing between our looking and our making."""
    made, real = lab.plan(), sending.called
    other: list[str] = []

    def called(client: Any, method: str, given: dict[str, Any]) -> Any:
        is_named = method in ("create_bucket", "create_alias", "create_trail")
        if is_named and method not in other:
            other.append(method)
            real(client, method, given)
        return real(client, method, given)

    with monkeypatch.context() as patch:
        patch.setattr(sending, "called", called)
        quietly(lab, made)
    assert what_is_there(lab) == MEANT
    assert lab.plan().changes == ()


def test_the_loser_of_two_applies_is_told_so(
    lab: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch, logkeep: Run
) -> None:
    (folder / "logkeep.toml").write_text(scenes.FLEET_TEXT, encoding="utf-8")
    for name, value in lab.lab.environment("ada").items():
        monkeypatch.setenv(name, value)
    with alone(find(Settings())):
        said = logkeep("apply", "--yes")
    assert said.code == 1
    assert "another `logkeep apply` is at work for logkeep.toml; nothing was changed" in said.err
    assert lab.archive("kms").list_keys()["Keys"] == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_every_signal_ends_it_in_words(lab: Bench, folder: Path, number: signal.Signals) -> None:
    (folder / "logkeep.toml").write_text(scenes.FLEET_TEXT, encoding="utf-8")
    with faults(lab.lab) as spoilt:
        spoilt.spoilt = {"s3:PutBucketVersioning": "drip"}.get
        begun = started(lab, folder)
        wait_until(lambda: "s3:CreateBucket" in spoilt.seen)
        begun.send_signal(number)
        _, said = begun.communicate(timeout=30)
    assert begun.returncode == 130
    assert "interrupted" in said
    assert "run `logkeep apply` again" in said
    assert "Traceback" not in said


def started(lab: Bench, folder: Path, *given: str) -> subprocess.Popen[str]:
    code = "from logkeep.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "apply", "--yes", *given],
        cwd=folder,
        env={**os.environ, **lab.lab.environment("ada")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to it")
