"""Who acts as a reader's role without passing it: by the code or the machine that has it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from logkeep.policy.catalogue import Action, find_action
from logkeep.snapshot import Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.who import Step, access
from logkeep.who.through_services import ACTING, CENTRAL_ROOT
from support.scenes import FLEET, healthy
from support.worlds import READER

DETAILS = ask("111111111111", "us-east-1", "iam:GetAccountAuthorizationDetails")
MEMBER = "222222222222"
INTERN = "arn:aws:iam::111111111111:user/intern"


def world(service: str, *statements: Any) -> Snapshot:
    """The reader's role trusts a service, and an intern has these rights."""
    body = msgspec.json.decode(healthy().answers[DETAILS].body)
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    for role in body["RoleDetailList"]:
        if role["Arn"] == READER:
            role["AssumeRolePolicyDocument"] = document
    own = {"PolicyName": "own", "PolicyDocument": {"Statement": list(statements)}}
    intern = {"UserName": "intern", "Arn": INTERN, "UserPolicyList": [own]}
    body["UserDetailList"].append(intern)
    return healthy().with_answers({DETAILS: reply(body)})


def steps(snapshot: Snapshot) -> list[Step]:
    return [s for s in access(Facts(FLEET, snapshot)).steps if s.principal == INTERN]


def says(effect: str, action: str, resource: str = "*") -> dict[str, str]:
    return {"Effect": effect, "Action": action, "Resource": resource}


@pytest.mark.parametrize(
    ("service", "action"), [(name, a) for name, (found, _) in ACTING.items() for a in found]
)
def test_who_changes_what_runs_as_a_reader_is_in_doubt_by_what_was_not_listed(
    service: str, action: str
) -> None:
    (step,) = steps(world(service, says("Allow", action)))
    assert (step.by, step.on, step.certain) == (action, READER, False)
    assert any(READER in name for name in step.unknown)
    assert steps(world("sqs.amazonaws.com", says("Allow", action))) == []


def test_one_function_that_may_be_changed_suffices_and_a_deny_of_all_does_not() -> None:
    one = says("Allow", "lambda:UpdateFunctionCode", "arn:aws:lambda:*:*:function:report")
    assert [s.by for s in steps(world("lambda.amazonaws.com", one))] == [one["Action"]]
    denied = says("Deny", "lambda:*")
    assert steps(world("lambda.amazonaws.com", one, denied)) == []


def test_every_action_is_one_that_aws_knows() -> None:
    named = [action for found, _ in ACTING.values() for action in found]
    assert all(isinstance(find_action(each), Action) for each in [*named, "sts:AssumeRoot"])


def test_the_management_accounts_people_may_take_a_policy_away_as_a_members_root_user() -> None:
    """STS API Reference, "AssumeRoot": whether root access is managed centrally was not read."""
    answer = reply(
        {"Organization": {"Id": "o-exampleorg1", "MasterAccountId": MEMBER, "FeatureSet": "ALL"}}
    )
    asked = "organizations:DescribeOrganization"
    told = {ask(each, "us-east-1", asked): answer for each in ("111111111111", MEMBER)}
    found = access(Facts(FLEET, healthy().with_answers(told))).deleting
    as_root = {s.principal: s for s in found if s.by == "sts:AssumeRoot"}
    assert f"arn:aws:iam::{MEMBER}:user/admin" in as_root
    assert f"arn:aws:iam::{MEMBER}:user/developer" not in as_root
    assert all(not s.certain and CENTRAL_ROOT in s.unknown for s in as_root.values())
