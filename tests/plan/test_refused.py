"""A plan asks whether the role it works by may make each call, and blocks what AWS would refuse."""

from __future__ import annotations

import json
from typing import Any

import pytest

from logkeep.access import people
from logkeep.plan import Plan, plan
from logkeep.show.paint import Paint
from logkeep.show.plan import plan_text
from logkeep.show.plan_json import plan_json
from logkeep.snapshot import Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from support import scenes
from support.laws import nothing_is_promised_in_vain
from support.worlds import ACCOUNTS, ADMIN, empty, people_of

FLEET = scenes.FLEET
STAGING, PRODUCTION = ACCOUNTS["staging"], ACCOUNTS["production"]
MANAGEMENT = ACCOUNTS["security"]


def scp(snapshot: Snapshot, *statements: dict[str, Any]) -> Snapshot:
    """The snapshot with an SCP at the organization's root besides AWS's own."""
    home = FLEET.home_region
    listed = ask(
        MANAGEMENT, home, "organizations:ListPoliciesForTarget",
        TargetId="r-root", Filter="SERVICE_CONTROL_POLICY",
    )  # fmt: skip
    assert listed in snapshot.answers
    full = {"Id": "p-FullAWSAccess", "Name": "FullAWSAccess", "AwsManaged": True}
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    content = ask(MANAGEMENT, home, "organizations:DescribePolicy", PolicyId="p-guard")
    return snapshot.with_answers(
        {
            listed: reply({"Policies": [full, {"Id": "p-guard", "Name": "Guardrails"}]}),
            content: reply({"Policy": {"Content": json.dumps(document)}}),
        }
    )


def denying(action: str, **more: Any) -> dict[str, Any]:
    return {"Sid": "KeepTrails", "Effect": "Deny", "Action": action, "Resource": "*", **more}


def off(*accounts: str) -> Snapshot:
    """The healthy fleet with the trails of these accounts stopped."""
    snapshot = scenes.healthy()
    stopped = [
        q
        for q in snapshot.answers
        if q.call == "cloudtrail:GetTrailStatus" and q.account in accounts
    ]
    return snapshot.with_answers(dict.fromkeys(stopped, reply({"IsLogging": False})))


def calls(made: Plan) -> list[tuple[str, str]]:
    return [(change.account, change.call) for change in made.changes]


def test_an_scp_that_denies_a_call_blocks_it_and_is_named_with_its_owner() -> None:
    snapshot = scp(off(STAGING), denying("cloudtrail:StartLogging"))
    made = plan(FLEET, snapshot)
    assert made.changes == made.flips == ()
    (entry,) = made.blocked
    assert (entry.code, entry.accounts) == ("trail-off", (STAGING,))
    assert entry.evidence["refused"] == {
        "call": "cloudtrail:StartLogging",
        "principal": f"arn:aws:iam::{STAGING}:role/OrganizationAccountAccessRole",
        "action": "cloudtrail:StartLogging",
        "resource": f"arn:aws:cloudtrail:us-east-1:{STAGING}:trail/logkeep",
        "outcome": "ExplicitlyDenied",
        "layer": "scp",
        "statement": "KeepTrails",
        "policy": "Guardrails",
    }
    (told,) = plan_json(FLEET, made)["blocked"]
    assert told["owner"] == "the organization's management account"
    text = " ".join(plan_text(FLEET, made, Paint()).split())
    assert "refuse cloudtrail:StartLogging to `OrganizationAccountAccessRole`" in text
    assert "`KeepTrails` of `Guardrails`" in text
    assert "No changes." not in text
    nothing_is_promised_in_vain(FLEET, snapshot)


def test_it_binds_no_management_account() -> None:
    made = plan(FLEET, scp(off(MANAGEMENT, STAGING), denying("cloudtrail:StartLogging")))
    assert calls(made) == [(MANAGEMENT, "cloudtrail:StartLogging")]


def test_what_is_refused_withholds_only_what_hangs_on_it() -> None:
    snapshot = off(STAGING)
    loose = [q for q in snapshot.answers if q.call == "cloudtrail:GetEventSelectors"]
    mine = [q for q in loose if q.account == STAGING]
    nothing = reply({"EventSelectors": []})
    snapshot = scp(
        snapshot.with_answers(dict.fromkeys(mine, nothing)), denying("cloudtrail:StartLogging")
    )
    assert calls(plan(FLEET, snapshot)) == [(STAGING, "cloudtrail:PutEventSelectors")]
    nothing_is_promised_in_vain(FLEET, snapshot)


def test_a_trail_that_could_not_be_started_is_not_made() -> None:
    made = plan(FLEET, scp(empty(FLEET), denying("cloudtrail:StartLogging")))
    assert {account for account, call in calls(made) if "Trail" in call} == {MANAGEMENT}
    assert {entry.code for entry in made.blocked} == {"trail-off"}
    assert {entry.code for entry in made.unmended} >= {"trail-missing"}
    nothing_is_promised_in_vain(FLEET, scp(empty(FLEET), denying("cloudtrail:StartLogging")))


def test_many_accounts_refused_by_one_statement_are_one_thing() -> None:
    made = plan(FLEET, scp(off(STAGING, PRODUCTION), denying("cloudtrail:*")))
    (entry,) = made.blocked
    assert set(entry.accounts) == {STAGING, PRODUCTION}


@pytest.mark.parametrize(
    ("condition", "blocks"),
    [
        ({"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}, False),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, True),
        ({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Organization*"}}, False),
        ({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Security*"}}, True),
    ],
)
def test_its_conditions_are_asked(condition: dict[str, Any], *, blocks: bool) -> None:
    said = denying("cloudtrail:StartLogging", Condition=condition)
    made = plan(FLEET, scp(off(STAGING), said))
    assert bool(made.blocked) == blocks
    assert bool(made.changes) != blocks


def test_what_cannot_be_told_is_said_and_not_blocked() -> None:
    said = denying(
        "cloudtrail:StartLogging", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}
    )
    made = plan(FLEET, scp(off(STAGING), said))
    assert calls(made) == [(STAGING, "cloudtrail:StartLogging")]
    assert made.blocked == ()
    (doubt,) = made.doubts
    assert (doubt.calls, doubt.accounts) == (("cloudtrail:StartLogging",), (STAGING,))
    text = " ".join(plan_text(FLEET, made, Paint()).split())
    assert "not known whether Logkeep may call cloudtrail:StartLogging in staging" in text


def with_people(snapshot: Snapshot, account: str, body: dict[str, object]) -> Snapshot:
    question = people.details_ask(Facts(FLEET, snapshot), account)
    return snapshot.with_answers({question: reply(body)})


def role_that(*statements: dict[str, Any]) -> dict[str, object]:
    body = people_of(STAGING)
    (role,) = body["RoleDetailList"]  # pyright: ignore[reportGeneralTypeIssues]
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    own = [{"PolicyName": "own", "PolicyDocument": document}]
    return {**body, "RoleDetailList": [{**role, "RolePolicyList": own}]}


LOOKS = {"Effect": "Allow", "Action": ["*:Get*", "*:List*", "*:Describe*"], "Resource": "*"}


def test_a_role_whose_own_policies_say_nothing_is_its_accounts_to_change() -> None:
    made = plan(FLEET, with_people(off(STAGING), STAGING, role_that(LOOKS)))
    assert made.changes == ()
    (told,) = plan_json(FLEET, made)["blocked"]
    assert (told["code"], told["owner"]) == ("trail-off", "staging")
    assert "call cloudtrail:StartLogging" in told["ask"]


def test_a_role_whose_policies_were_not_read_is_not_blocked() -> None:
    snapshot = off(STAGING)
    question = people.details_ask(Facts(FLEET, snapshot), STAGING)
    made = plan(FLEET, snapshot.without([question]))
    assert calls(made) == [(STAGING, "cloudtrail:StartLogging")]
    assert [doubt.accounts for doubt in made.doubts] == [(STAGING,)]


def test_nor_one_that_is_not_among_the_roles_that_were_read() -> None:
    snapshot = with_people(off(STAGING), STAGING, {"UserDetailList": [], "RoleDetailList": []})
    made = plan(FLEET, snapshot)
    assert calls(made) == [(STAGING, "cloudtrail:StartLogging")]
    assert made.doubts


def test_a_policy_that_may_not_be_written_is_blocked_with_all_that_hangs_on_it() -> None:
    admin = {"PolicyName": "all", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Sid": "NoPolicies", "Effect": "Deny", "Action": "kms:PutKeyPolicy", "Resource": "*"},
    ]}}  # fmt: skip
    body = {"UserDetailList": [{"UserName": "ada", "Arn": ADMIN, "UserPolicyList": [admin]}]}
    snapshot = with_people(scenes.key_drops_production(), MANAGEMENT, body)
    made = plan(FLEET, snapshot)
    assert made.changes == ()
    entry = next(each for each in made.blocked if each.code == "key-refuses")
    assert entry.evidence["refused"]["statement"] == "NoPolicies"
    nothing_is_promised_in_vain(FLEET, snapshot)


def test_what_is_yet_to_be_made_has_no_policy_that_could_refuse() -> None:
    made = plan(FLEET, empty(FLEET))
    assert made.doubts == ()
    body = {"UserDetailList": [{"UserName": "ada", "Arn": ADMIN}]}
    told = plan(FLEET, with_people(empty(FLEET), MANAGEMENT, body))
    assert not [c for c in told.changes if c.account == MANAGEMENT]
    refused = {entry.code for entry in told.blocked if "refused" in entry.evidence}
    assert {"bucket-missing", "key-missing"} <= refused
