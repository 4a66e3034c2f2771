"""What `logkeep permissions` prints is a policy in each of its forms, and says whom to trust."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.granted import (
    PRODUCTION,
    READER,
    ROLE,
    SECURITY,
    STAGING,
    statements,
)
from logkeep.aws.permissions import COMMANDS
from logkeep.aws.scope import policies
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from support import scenes
from support.command_line import Run
from support.worlds import ACCOUNTS, NOW, fleet_of


@pytest.mark.parametrize("form", ["policy", "cloudformation", "terraform"])
def test_each_form_is_what_it_is_called(logkeep: Run, fleet: Path, form: str) -> None:
    assert fleet.exists()
    said = logkeep("permissions", "collect", "--account", "staging", "--as", form)
    assert said.code == 0
    text = said.out
    if form == "terraform":
        assert 'resource "aws_iam_role_policy" "logkeep_333333333333" {' in text
        text = text.partition("<<-EOT")[2].rpartition("  EOT")[0]
    read = json.loads(text[text.index("{") :])
    if form == "cloudformation":
        read = read["Resources"]["Logkeep"]["Properties"]["PolicyDocument"]
    assert {each["Effect"] for each in read["Statement"]} == {"Allow"}


def enters(policy: dict[str, Any]) -> list[str]:
    found = [r for actions, r in statements(policy) if actions == ["sts:AssumeRole"]]
    return [arn for each in found for arn in each]


def test_verify_enters_the_declared_readers_from_beside_them() -> None:
    user = READER.replace("role/LogReader", "user/ada")
    facts = Facts(fleet_of(readers=(READER, user)), Snapshot("acme", NOW, {}))
    for command in COMMANDS:
        for account, policy in policies(facts, command).items():
            wanted = [READER] if (command, account) == ("verify", SECURITY) else []
            assert enters(policy) == wanted


def test_whom_a_reader_has_to_trust_is_said(logkeep: Run, fleet: Path) -> None:
    assert fleet.exists()
    said = logkeep("permissions", "verify", "--account", "security")
    assert json.loads(said.out)["Version"] == "2012-10-17"  # and nothing but the policy
    assert f"the trust policy of the reader `{READER}` has to let in" in said.err
    assert "security (111111111111)" in said.err
    assert "reader" not in logkeep("permissions", "diagnose", "--account", "security").err


@pytest.mark.parametrize("form", ["cloudformation", "terraform"])
def test_the_role_is_the_last_one_in_its_own_account(logkeep: Run, fleet: Path, form: str) -> None:
    last = f"arn:aws:iam::{PRODUCTION}:role/ops/Steward"
    text = fleet.read_text()
    table = "[access]" in text
    line = f'through = ["{last}"]\n'
    text = text.replace("[access]\n", f"[access]\n{line}") if table else f"{text}\n[access]\n{line}"
    fleet.write_text(text)
    own = logkeep("permissions", "--account", "production", "--as", form)
    other = logkeep("permissions", "--account", "staging", "--as", form)
    assert (own.code, other.code) == (0, 0), own.err
    name = '"RoleName": "{}"' if form == "cloudformation" else 'role   = "{}"'
    assert name.format("Steward") in own.out
    assert name.format(ROLE) in other.out
    assert f"arn:aws:iam::{STAGING}:role/{ROLE}" in own.out  # it enters the others
    assert "sts:AssumeRole" not in other.out


def test_json_has_every_account_and_the_caller(logkeep: Run, fleet: Path) -> None:
    assert fleet.exists()
    told = json.loads(logkeep("permissions", "--json").out)
    assert told["schema"] == 1
    assert {each["account"] for each in told["accounts"]} == set(ACCOUNTS.values())
    assert told["caller"]["Statement"][0]["Action"] == ["sts:AssumeRole"]


def test_an_account_that_is_none_is_said_to_be(logkeep: Run, fleet: Path) -> None:
    assert fleet.exists()
    said = logkeep("permissions", "--account", "nobody")
    assert said.code == 2
    assert "no account `nobody` in the fleet" in said.err
    assert scenes.FLEET.name == "acme"
