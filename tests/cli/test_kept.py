"""What is kept is what it says: how old, of whom, for which file; and for its owner alone."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from logkeep.aws.collect import CollectProgress, collect
from logkeep.aws.session import Session
from logkeep.cli import look
from logkeep.cli.place import find, made
from logkeep.cli.settings import Settings
from logkeep.sources.wants import wants
from support import scenes
from support.command_line import Run
from support.labs import START, Bench, bench
from support.worlds import ACCOUNTS

BEFORE = datetime.timedelta(minutes=7)


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    with bench(ACCOUNTS) as made:
        made.mend()
        made.pass_hours(3)
        yield made


@pytest.fixture
def healthy(lab: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """The module's lab, asked from a folder of its own; its policy is afterwards as before."""
    (folder / "logkeep.toml").write_text(scenes.FLEET_TEXT, encoding="utf-8")
    for name, value in lab.lab.environment("ada").items():
        monkeypatch.setenv(name, value)
    bucket, s3 = lab.fleet.archive.bucket, lab.archive("s3")
    before = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    yield lab
    s3.put_bucket_policy(Bucket=bucket, Policy=before)


def interrupted(lab: Bench) -> None:
    """A run that was told much, and then killed."""
    place = find(Settings())

    def kill(progress: CollectProgress) -> None:
        if progress.calls_made > 40:
            raise KeyboardInterrupt

    journal = made(place) / look.JOURNAL
    with pytest.raises(KeyboardInterrupt):
        collect(
            lab.fleet,
            wants(lab.fleet),
            Session(lab.fleet),
            kill,
            journal=journal,
            fleet_file=place.digest,
        )
    assert journal.stat().st_size > 10_000


def deny_everything(lab: Bench) -> None:
    bucket = lab.fleet.archive.bucket
    document = json.loads(lab.archive("s3").get_bucket_policy(Bucket=bucket)["Policy"])
    deny = {
        "Effect": "Deny",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    document["Statement"].append(deny)
    lab.archive("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))


@pytest.mark.parametrize("command", ["diagnose --json", "plan --json", "apply --yes"])
def test_what_an_interrupted_run_was_told_is_not_fresh(
    logkeep: Run, healthy: Bench, command: str
) -> None:
    interrupted(healthy)
    deny_everything(healthy)
    said = logkeep(*command.split())
    assert "bucket-refuses" in said.out or "denies" in said.out
    assert "going on" not in said.err


@pytest.mark.parametrize("command", ["diagnose", "plan", "list", "who --archive", "verify"])
def test_aws_is_asked_unless_a_recent_snapshot_is_asked_for(
    logkeep: Run, healthy: Bench, command: str
) -> None:
    assert healthy.fleet
    logkeep("collect")
    assert "using the snapshot" not in logkeep(*command.split()).err
    assert "using the snapshot" not in logkeep(*command.split(), "--fresh").err
    said = logkeep(*command.split(), "--recent", "10m").err
    assert "using the snapshot taken less than a minute ago; without --recent AWS is asked" in said


def test_a_fix_by_another_hand_is_seen_at_once(logkeep: Run, healthy: Bench) -> None:
    bucket, s3 = healthy.fleet.archive.bucket, healthy.archive("s3")
    before = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    deny_everything(healthy)
    assert logkeep("diagnose").code == 1
    s3.put_bucket_policy(Bucket=bucket, Policy=before)
    assert logkeep("diagnose", "--recent", "10m").code == 1
    assert "bucket-denies" not in logkeep("diagnose").out


def test_a_snapshot_and_a_recent_one_are_not_both_asked_for(logkeep: Run, healthy: Bench) -> None:
    assert healthy.fleet
    said = logkeep("diagnose", "--snapshot", "a.gz", "--recent", "10m")
    assert (said.code, said.out) == (2, "")
    assert (
        "error: --snapshot and --recent both say what to answer from\n\nhint: give one" in said.err
    )


def test_what_is_gone_on_with_says_so_and_from_when(logkeep: Run, healthy: Bench) -> None:
    begun = f"{healthy.lab.world.now():%Y-%m-%d %H:%M} UTC"
    interrupted(healthy)
    healthy.pass_hours(0.25)
    said = logkeep("diagnose", "--recent", "30m")
    assert "going on with a run that was interrupted: " in said.err
    assert f"answers from {begun} on are kept\n" in said.err
    assert f"(snapshot {begun}, 15 minutes old)" in said.out.replace("   ", "")


def test_a_run_for_another_file_or_another_aws_is_not_gone_on_with(
    logkeep: Run, healthy: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(healthy)
    monkeypatch.setenv("AWS_ENDPOINT_URL", os.environ["AWS_ENDPOINT_URL"] + "/")
    assert "going on" not in logkeep("collect").err
    interrupted(healthy)
    with (folder / "logkeep.toml").open("a") as file:
        file.write("# changed\n")
    assert "going on" not in logkeep("collect").err


def is_used(logkeep: Run) -> bool:
    return "using the snapshot taken" in logkeep("list", "--recent", "10m").err


def test_a_clock_that_aws_does_not_share_is_taken_into_account(
    logkeep: Run, healthy: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a lab's, which was put forward."""
    assert healthy.lab.world.now() - START >= datetime.timedelta(hours=3)
    logkeep("collect", "-o", "mine.gz")
    assert is_used(logkeep)
    assert "less than a minute old" in logkeep("list", "--snapshot", "mine.gz").err
    monkeypatch.setattr(look, "now", lambda: START + datetime.timedelta(minutes=20))
    assert not is_used(logkeep)


def test_all_that_is_kept_is_for_its_owner_alone(
    logkeep: Run, healthy: Bench, folder: Path
) -> None:
    assert healthy.fleet
    before = os.umask(0)
    try:
        deny_everything(healthy)
        logkeep("collect", "-o", "mine.gz")
        logkeep("plan", "-o", "plan.json")
        logkeep("verify")
    finally:
        os.umask(before)
    files = [folder / "mine.gz", folder / "plan.json", *(folder / ".logkeep").iterdir()]
    modes = {path.name: path.stat().st_mode & 0o777 for path in files}
    assert {"mine.gz", "plan.json", "snapshot.gz", "verify.jsonl"} <= set(modes)
    assert {name for name, mode in modes.items() if mode & 0o077} <= {".gitignore"}
    assert (folder / ".logkeep").stat().st_mode & 0o077 == 0
