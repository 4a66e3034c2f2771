"""What AWS keeps for itself is told from data, and the data is held against AWS's own models."""

from __future__ import annotations

from typing import Any

import pytest

from logkeep.lab.wire import service_model
from logkeep.policy.awss_own import KEPT, kept_by_aws
from logkeep.policy.catalogue import Action, find_action
from logkeep.snapshot.facts import Facts
from logkeep.who import who
from logkeep.who.why import Question, question, why
from support.scenes import FLEET, healthy
from support.worlds import ADMIN

ACCOUNT = "111111111111"
LINKED = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
)
PERMISSION_SET = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0"
)
CHANGES_WORDS_ALONE = {"UpdateRole", "UpdateRoleDescription"}
OF_PROFILES = {"AddRoleToInstanceProfile", "RemoveRoleFromInstanceProfile"}


def test_every_action_is_one_that_aws_knows() -> None:
    named = {name for each in KEPT for name in each.actions}
    assert {name for name in named if not isinstance(find_action(name), Action)} == set()


def test_of_roles_they_are_those_that_iam_refuses_by_its_model() -> None:
    """What changes words or an instance profile alone gives nobody more."""
    iam: Any = service_model("iam")
    refused = {
        name
        for name in iam.operation_names
        if any(
            e.name == "UnmodifiableEntityException" for e in iam.operation_model(name).error_shapes
        )
    }
    kept = {
        name.partition(":")[2] for each in KEPT if ":role/" in each.arns for name in each.actions
    }
    assert kept == refused - CHANGES_WORDS_ALONE - OF_PROFILES


@pytest.mark.parametrize(
    ("action", "resource", "is_kept"),
    [
        ("iam:CreatePolicyVersion", "arn:aws:iam::aws:policy/ReadOnlyAccess", True),
        ("iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/ReadOnlyAccess", False),
        ("iam:AttachRolePolicy", LINKED, True),
        ("iam:updateassumerolepolicy", PERMISSION_SET, True),
        ("iam:PassRole", LINKED, False),
        ("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/aws-service-roles", False),
        ("kms:UpdateAlias", f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/aws/s3", True),
        ("kms:UpdateAlias", f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/awss3", False),
        ("kms:DescribeKey", f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/aws/s3", False),
    ],
)
def test_what_is_kept(action: str, resource: str, is_kept: bool) -> None:
    assert bool(kept_by_aws(action, resource)) is is_kept


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:UpdateAssumeRolePolicy", LINKED),
        ("iam:CreatePolicyVersion", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
    ],
)
def test_an_administrator_may_not_and_nobody_may(action: str, resource: str) -> None:
    facts = Facts(FLEET, healthy())
    asked = question(facts, ADMIN, action, resource, {})
    assert isinstance(asked, Question), asked
    assert why(facts, asked).outcome == "ExplicitlyDenied"
    found = find_action(action)
    assert isinstance(found, Action)
    held = who(facts, found, resource)
    assert (held.holders, held.behind) == ((), ())
