"""What of a role's policies lets CloudTrail write, decided exactly, and whose it is to mend."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from kinds.cloudtrail.cloudwatch.streams import ACCOUNT, ROLE, ROUTE, asking, set_up
from logkeep.diagnose.check.finding import Finding
from logkeep.diagnose.diagnosis import diagnose
from logkeep.plan import plan
from logkeep.plan.plan import Plan
from logkeep.snapshot import Reply, Snapshot, ask, reply
from support.worlds import applied

FLEET = asking()
HEALTHY = set_up(FLEET)
DETAILS = ask(ACCOUNT, "us-east-1", "iam:GetAccountAuthorizationDetails")
GROUP = "arn:aws:logs:us-east-1:222222222222:log-group:SecurityTrail"
STREAM = f"{GROUP}:log-stream:222222222222_CloudTrail_us-east-1"
ACTIONS = ("logs:CreateLogStream", "logs:PutLogEvents")


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def writing(*resources: str, actions: tuple[str, ...] = ACTIONS) -> dict[str, Any]:
    return document({"Effect": "Allow", "Action": list(actions), "Resource": list(resources)})


def with_role(snapshot: Snapshot, policies: list[Any] | None = None, **fields: Any) -> Snapshot:
    """The role with these inline policies and fields in place of its own."""
    body = msgspec.json.decode(snapshot.answers[DETAILS].body)
    for role in body["RoleDetailList"]:
        if role["Arn"] == ROLE:
            role.update(fields)
            if policies is not None:
                role["RolePolicyList"] = [
                    {"PolicyName": f"byhand{n}", "PolicyDocument": each}
                    for n, each in enumerate(policies)
                ]
    managed = fields.get("Policies", [])
    return snapshot.with_answers({DETAILS: reply({**body, "Policies": managed})})


def findings(snapshot: Snapshot) -> dict[str, Finding]:
    """What became of each request of the role's, by its action."""
    route = next(r for r in diagnose(FLEET, snapshot).routes if r.name == ROUTE)
    hop = next(hop for hop in route.hops if hop.role == "role")
    return {str(f.need.request.action): f for f in hop.findings[1:]}  # type: ignore[union-attr] # all are Allows


def verdicts(snapshot: Snapshot) -> set[str]:
    return {findings(snapshot)[action].verdict for action in ACTIONS}


SUFFICE = [
    "*",
    f"{GROUP}:*",
    f"{GROUP}:log-stream:*",
    f"{STREAM}*",
    STREAM,
    "arn:aws:logs:*:*:log-group:Security*:*",
    "arn:aws:logs:us-east-1:222222222222:*",
]
FALL_SHORT = [
    GROUP,  # case CW01
    f"{GROUP}2:*",
    "arn:aws:logs:eu-west-1:222222222222:log-group:SecurityTrail:*",
    f"{GROUP}:log-stream:111111111111_CloudTrail_us-east-1*",
    f"{GROUP}:log-stream:o-exampleorg1_*",
]


@pytest.mark.parametrize("resource", SUFFICE)
def test_resources_that_name_the_stream(resource: str) -> None:
    assert verdicts(with_role(HEALTHY, [writing(resource)])) == {"holds"}


@pytest.mark.parametrize("resource", FALL_SHORT)
def test_resources_that_do_not(resource: str) -> None:
    assert verdicts(with_role(HEALTHY, [writing(resource)])) == {"fails"}


def test_both_actions_are_needed_and_may_come_of_two_policies() -> None:
    one = [writing("*", actions=("logs:PutLogEvents",))]
    assert findings(with_role(HEALTHY, one))["logs:CreateLogStream"].verdict == "fails"
    assert findings(with_role(HEALTHY, one))["logs:PutLogEvents"].verdict == "holds"
    two = [*one, writing("*", actions=("logs:Create*",))]
    assert verdicts(with_role(HEALTHY, two)) == {"holds"}


def test_a_managed_policy_that_was_not_shown_leaves_it_open() -> None:
    attached = [{"PolicyName": "Out", "PolicyArn": "arn:aws:iam::222222222222:policy/Out"}]
    hidden = with_role(HEALTHY, [], AttachedManagedPolicies=attached)
    assert verdicts(hidden) == {"unknown"}


def mended(snapshot: Snapshot) -> Plan:
    made = plan(FLEET, snapshot)
    after = applied(snapshot, made)
    assert plan(FLEET, after).changes == ()
    return made


def test_foreign_policies_of_the_role_are_left_as_they_are() -> None:
    before = with_role(HEALTHY, [writing(GROUP)])
    made = mended(before)
    assert [change.call for change in made.changes] == ["iam:PutRolePolicy"]
    assert made.changes[0].arguments["PolicyName"] == "LogkeepCloudTrailLogs"
    roles = msgspec.json.decode(applied(before, made).answers[DETAILS].body)["RoleDetailList"]
    kept = next(role["RolePolicyList"] for role in roles if role["Arn"] == ROLE)
    assert {"PolicyName": "byhand0", "PolicyDocument": writing(GROUP)} in kept


def test_what_a_boundary_keeps_is_not_ours_to_open() -> None:
    arn = "arn:aws:iam::222222222222:policy/Fence"
    fence = [{"Document": writing("*", actions=("s3:*",)), "IsDefaultVersion": True}]
    fenced = with_role(
        HEALTHY,
        PermissionsBoundary={"PermissionsBoundaryArn": arn},
        Policies=[{"Arn": arn, "PolicyName": "Fence", "PolicyVersionList": fence}],
    )
    assert verdicts(fenced) == {"fails"}
    made = mended(fenced)
    assert made.changes == ()
    assert {blocked.code for blocked in made.blocked} == {"role-refuses"}


def test_what_the_organization_denies_is_not_ours_to_open() -> None:
    question = next(
        q
        for q in HEALTHY.answers
        if q.call == "organizations:DescribePolicy" and "p-FullAWSAccess" in q.says()
    )
    deny = {"Effect": "Deny", "Action": "logs:PutLogEvents", "Resource": "*"}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    text = json.dumps(document(everything, deny))
    denied = HEALTHY.with_answers({question: reply({"Policy": {"Content": text}})})
    finding = findings(denied)["logs:PutLogEvents"]
    assert (finding.verdict, finding.evidence["layer"]) == ("fails", "scp")
    made = mended(denied)
    assert made.changes == ()
    assert {blocked.evidence["layer"] for blocked in made.blocked} == {"scp"}


NAMED = {"Service": "cloudtrail.amazonaws.com"}
TRUSTS = [
    (NAMED, {}, "holds"),
    ({"Service": ["ec2.amazonaws.com", "cloudtrail.amazonaws.com"]}, {}, "holds"),
    (NAMED, {"StringEquals": {"aws:SourceAccount": ACCOUNT}}, None),
    (NAMED, {"StringEquals": {"aws:SourceAccount": "1"}}, "fails"),
    (NAMED, {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}, "holds"),
    (NAMED, {"Bool": {"aws:SecureTransport": "false"}}, "fails"),
    (NAMED, {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, "fails"),
    (NAMED, {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, "holds"),
    (NAMED, {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, None),
    (NAMED, {"Null": {"aws:RequestTag/team": "true"}}, None),
    (NAMED, {"StringEquals": {"sts:ExternalId": "x"}}, None),
]


@pytest.mark.parametrize(("principal", "condition", "verdict"), TRUSTS)
def test_trusts(principal: dict[str, Any], condition: dict[str, Any], verdict: str | None) -> None:
    """Whether CloudTrail says here for whom it comes no page tells, but for no other account."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    trust = document({**statement, "Condition": condition} if condition else statement)
    found = findings(with_role(HEALTHY, AssumeRolePolicyDocument=trust))["sts:AssumeRole"]
    assert (found.code, found.verdict) == ("role-trust", verdict or "unknown")


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, "fails"),
        ({"NumericGreaterThan": {"aws:EpochTime": "1"}}, "fails"),
        ({"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}, "fails"),
        ({"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}, "holds"),
        ({"Null": {"aws:SourceArn": "false"}}, "holds"),
        ({"Null": {"aws:TokenIssueTime": "false"}}, "unknown"),
        ({"StringEquals": {"aws:PrincipalTag/team": "logs"}}, "unknown"),
        ({"StringEquals": {"aws:KeyOfTomorrow": "x"}}, "unknown"),
    ],
)
def test_a_deny_of_the_role_is_met_by_what_its_session_carries(
    condition: dict[str, Any], verdict: str
) -> None:
    """A session of a role has more keys than were once listed: none is absent unless judged so."""
    denied = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    allowed = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    assert verdicts(with_role(HEALTHY, [document(allowed, denied)])) == {verdict}


def test_a_role_that_nobody_may_see_is_unknown_not_missing() -> None:
    hidden = HEALTHY.with_answers({DETAILS: Reply(error="AccessDenied", message="no")})
    route = next(r for r in diagnose(FLEET, hidden).routes if r.name == ROUTE)
    hop = next(hop for hop in route.hops if hop.role == "role")
    assert hop.verdict == "unknown"
    assert "iam:GetAccountAuthorizationDetails" in hop.findings[0].settle
