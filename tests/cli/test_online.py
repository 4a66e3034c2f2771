"""The main job typed on the command line, against the lab: set up, verified, broken, mended."""

from __future__ import annotations

import datetime
import importlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from logkeep.lab.identity import Session
from support import scenes
from support.command_line import Run
from support.labs import Bench, bench
from support.worlds import ACCOUNTS, fleet_of

FLEET = fleet_of()


@pytest.fixture
def lab(folder: Path) -> Iterator[Bench]:
    (folder / "logkeep.toml").write_text(scenes.FLEET_TEXT, encoding="utf-8")
    with bench(ACCOUNTS, FLEET) as made:
        yield made


def summary(logkeep: Run, *options: str) -> dict[str, int]:
    return json.loads(logkeep("diagnose", "--json", *options).out)["summary"]


def drop_production(lab: Bench) -> None:
    kms = lab.archive("kms")
    key = kms.describe_key(KeyId="alias/logkeep")["KeyMetadata"]["KeyId"]
    document = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    without = scenes.without_account(document, ACCOUNTS["production"])
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(without))


def test_the_main_job(logkeep: Run, lab: Bench, folder: Path) -> None:
    """Nothing yet; planned to a file and applied; silent; found; mended."""
    first = logkeep("diagnose")
    assert first.code == 1
    assert first.out.startswith("Nothing is centralised yet")

    assert logkeep("plan", "-o", "plan.json", "--check").code == 1
    said = logkeep("apply", "plan.json", "--yes")
    assert said.code == 0
    assert "changes made" in said.out
    assert "[1/" in said.err

    lab.pass_hours(3)
    # Not verified yet, all else well.
    assert summary(logkeep) == {"holds": 0, "fails": 0, "unknown": 6, "accepted": 0}
    assert logkeep("plan", "--check").code == 0

    drop_production(lab)
    lab.pass_hours(4)
    broken = logkeep("diagnose")
    assert broken.code == 1
    assert "error[key-refuses]: the archive's key refuses CloudTrail from production" in broken.out
    assert "late files will still come" in broken.out

    assert logkeep("apply", "--yes").code == 0
    lab.pass_hours(2)
    assert summary(logkeep)["fails"] == 0
    assert (folder / ".logkeep" / ".gitignore").read_text() == "*\n"


def test_a_plan_that_has_been_overtaken_is_refused(logkeep: Run, lab: Bench) -> None:
    logkeep("apply", "--yes")
    drop_production(lab)
    assert logkeep("plan", "-o", "plan.json").code == 0
    kms = lab.archive("kms")
    key = kms.describe_key(KeyId="alias/logkeep")["KeyMetadata"]["KeyId"]
    document = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    changed = scenes.without_account(document, ACCOUNTS["staging"])
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(changed))
    said = logkeep("apply", "plan.json", "--yes")
    assert said.code == 1
    assert "has changed since" in said.err
    assert "run `logkeep plan`" in said.err


def test_a_recent_snapshot_is_used_until_something_changes(
    logkeep: Run, lab: Bench, folder: Path
) -> None:
    assert lab.fleet.name == "acme"
    recent = ("diagnose", "--recent", "10m")
    assert "asking AWS" in logkeep(*recent).err
    assert "using the snapshot taken" in logkeep(*recent).err
    assert "asking AWS" in logkeep("diagnose").err
    assert "asking AWS" in logkeep("plan").err
    assert "using the snapshot taken" in logkeep(*recent).err
    logkeep("apply", "--yes")
    assert not (folder / ".logkeep" / "snapshot.gz").exists()
    assert "asking AWS" in logkeep(*recent).err
    with (folder / "logkeep.toml").open("a") as file:
        file.write("# changed\n")
    assert "asking AWS" in logkeep(*recent).err


def test_an_account_that_cannot_be_entered_leaves_the_rest(logkeep: Run, lab: Bench) -> None:
    logkeep("apply", "--yes")
    lab.pass_hours(3)
    nobody_else = {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    lab.client(ACCOUNTS["staging"], "iam").update_assume_role_policy(
        RoleName=FLEET.role,
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [nobody_else]}),
    )
    said = logkeep("diagnose")
    assert said.code == 3
    text = " ".join(said.out.split())
    assert "1 account could not be read (staging)" in text
    assert "cannot assume arn:aws:iam::333333333333:role/OrganizationAccountAccessRole" in text
    collected = logkeep("collect", "-o", "fleet.gz")
    assert collected.code == 3
    assert logkeep("diagnose", "--snapshot", "fleet.gz").code == 3


def test_verify_reads_every_file_or_says_which_it_cannot(logkeep: Run, lab: Bench) -> None:
    logkeep("apply", "--yes")
    lab.pass_hours(3)
    said = logkeep("verify", "--json")
    report = json.loads(said.out)
    assert report["schema"] == 1
    assert len(report["chains"]) == 6
    assert report["verdict"] in ("holds", "unknown")
    assert said.code == {"holds": 0, "unknown": 3}[report["verdict"]]
    text = logkeep("diagnose").out
    assert "files were last verified at 2026-11-23" in text


def test_credentials_that_aws_does_not_know(
    logkeep: Run, lab: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lab.fleet.name == "acme"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    for verb in (["diagnose"], ["plan"], ["apply", "--yes"], ["collect"], ["verify"]):
        said = logkeep(*verb)
        assert said.code == 2
        assert "error: AWS does not accept the credentials" in said.err
        assert "hint: run `aws sts get-caller-identity`" in said.err


def test_an_endpoint_that_does_not_answer(
    logkeep: Run, lab: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lab.fleet.name == "acme"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    said = logkeep("diagnose")
    assert said.code == 3
    assert "error: cannot reach AWS" in said.err
    assert "hint: check the network" in said.err


def test_ctrl_c_in_apply_says_what_is_done_and_goes_on(
    logkeep: Run, lab: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lab.fleet.name == "acme"
    module = importlib.import_module("logkeep.cli.apply")
    real = module.step_line
    seen: list[str] = []

    def stopping(*arguments: object) -> str:
        line = real(*arguments)
        seen.extend([line] if line else [])
        if len(seen) == 5:
            raise KeyboardInterrupt
        return line

    monkeypatch.setattr(module, "step_line", stopping)
    said = logkeep("apply", "--yes")
    assert said.code == 130
    assert "interrupted" in said.err
    assert "  done  " in said.err
    assert "  left  " in said.err
    monkeypatch.setattr(module, "step_line", real)
    assert logkeep("apply", "--yes").code == 0
    assert logkeep("plan", "--check").code == 0


def test_verify_as_a_declared_reader_proves_all_whole(logkeep: Run, lab: Bench) -> None:
    assert logkeep("apply", "--yes").code == 0
    lab.pass_hours(3)
    said = logkeep("verify")
    assert said.code == 0
    assert "could not be entered" not in said.err
    assert "0 faults, 0 unknown in 6 chains" in said.out
    assert summary(logkeep) == {"holds": 6, "fails": 0, "unknown": 0, "accepted": 0}
    assert logkeep("diagnose").code == 0


def test_a_saved_plan_stopped_behind_the_new_key_makes_no_second_one(
    logkeep: Run, lab: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert logkeep("plan", "-o", "plan.json").code == 0
    module = importlib.import_module("logkeep.cli.apply")
    real = module.step_line

    def stopping(*arguments: object) -> str:
        line = real(*arguments)
        if line and "kms:CreateKey" in line:
            raise KeyboardInterrupt
        return line

    monkeypatch.setattr(module, "step_line", stopping)
    assert logkeep("apply", "plan.json", "--yes").code == 130
    monkeypatch.setattr(module, "step_line", real)
    assert logkeep("apply", "plan.json", "--yes").code == 0
    assert len(lab.archive("kms").list_keys()["Keys"]) == 1
    assert logkeep("plan", "--check").code == 0


def test_expired_credentials_say_so_and_change_nothing(
    logkeep: Run, lab: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    sts = lab.session.account_client(ACCOUNTS["security"], "sts", "us-east-1")
    role = f"arn:aws:iam::{ACCOUNTS['production']}:role/OrganizationAccountAccessRole"
    found = sts.assume_role(RoleArn=role, RoleSessionName="old")["Credentials"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", found["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", found["SecretAccessKey"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", found["SessionToken"])
    gate = lab.lab.world.gate
    gate.sessions[found["AccessKeyId"]] = Session(datetime.datetime.now(datetime.UTC))
    said = logkeep("apply", "--yes")
    assert said.code == 2
    assert "expired" in said.err
    assert "hint" in said.err
