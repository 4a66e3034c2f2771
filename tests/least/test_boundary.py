"""`[access] boundary`: every role that Logkeep makes is bounded, and it may write no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from least.test_each_command import HERE, PRODUCTION, ROLE, STAGING, TEXT, Roles
from logkeep.archive.roles import BOUNDARY_KEY, WITHIN_BOUNDARY
from logkeep.aws.scope import policies
from logkeep.cli.place import known_kinds
from logkeep.fleet import Fleet
from logkeep.fleet.file import read_fleet
from logkeep.policy.catalogue import Action, find_action
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from support.labs import Bench, bench
from support.worlds import ACCOUNTS, NOW

NAME = "security/logkeep-roles"


def read(boundary: str) -> Fleet | list[str]:
    text = TEXT.replace("[access]", f"[access]\nboundary = {boundary}")
    found = read_fleet(text, known_kinds())
    return found if isinstance(found, Fleet) else [f"{m.where}: {m.says}" for m in found]


def fleet() -> Fleet:
    found = read(f'"{NAME}"')
    assert isinstance(found, Fleet), found
    return found


FLEET = fleet()
BOUND = {account: f"arn:aws:iam::{account}:policy/{NAME}" for account in (PRODUCTION, STAGING)}
WITHIN: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}],
}


@pytest.mark.parametrize(
    "wrong", ['"arn:aws:iam::1:policy/x"', '""', '"*"', '"a b"', '"/x"', '"x/"', "1", '["x"]',
              '"../x y"', f'"{"x" * 129}"', '"a\\nb"'],
)  # fmt: skip
def test_what_is_no_policy_s_name_is_refused(wrong: str) -> None:
    found = read(wrong)
    assert isinstance(found, list)
    assert "access.boundary" in found[0]


def test_iam_knows_the_boundary_of_these_actions() -> None:
    for name in WITHIN_BOUNDARY:
        found = find_action(name)
        assert isinstance(found, Action)
        assert BOUNDARY_KEY.lower() in found.keys


def test_what_is_printed_lets_no_other_role_be_made_or_written() -> None:
    printed = policies(Facts(FLEET, Snapshot("acme", NOW, {})), "apply")
    for account, bound in BOUND.items():
        held = [s for s in printed[account]["Statement"] if "iam:PutRolePolicy" in s["Action"]]
        (statement,) = held
        assert sorted(statement["Action"]) == sorted(WITHIN_BOUNDARY)
        assert statement["Condition"] == {"StringEquals": {BOUNDARY_KEY: bound}}


@pytest.fixture
def lab() -> Iterator[tuple[Bench, Roles]]:
    with bench(ACCOUNTS, FLEET, regions=HERE) as made:
        roles = Roles(made)
        for account in BOUND:
            roles.of(account).create_policy(
                PolicyName="logkeep-roles", Path="/security/", PolicyDocument=json.dumps(WITHIN)
            )
        roles.hold(policies(Facts(FLEET, Snapshot("acme", NOW, {})), "apply"))
        yield made, roles


def test_what_is_printed_suffices_within_it_and_nothing_beyond(lab: tuple[Bench, Roles]) -> None:
    bench_, _ = lab
    made = bench_.mend()
    created = [each for each in made.changes if each.call == "iam:CreateRole"]
    assert {each.code for each in made.blocked} <= {"reader-can-write"}  # which is another matter
    assert {each.account: each.arguments["PermissionsBoundary"] for each in created} == BOUND
    assert bench_.plan().changes == ()
    bench_.pass_hours(3)
    found = [each for each in bench_.diagnose().routes if "cloudwatch" in each.name]
    assert {each.aspects["permitted"] for each in found} == {"holds"}
    assert {each.aspects["arriving"] for each in found} == {"holds"}
    iam = bench_.client(STAGING, "iam")
    (name,) = {each.arguments["RoleName"] for each in created if each.account == STAGING}
    every = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    admin = json.dumps({**WITHIN, "Statement": [every]})
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    iam.put_role_policy(RoleName=name, PolicyName="logkeep", PolicyDocument=admin)  # bounded
    for call in (
        lambda: iam.put_role_policy(RoleName=ROLE, PolicyName="more", PolicyDocument=admin),
        lambda: iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust),
        lambda: iam.delete_role_permissions_boundary(RoleName=name),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            call()
