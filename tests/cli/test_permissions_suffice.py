"""What `logkeep permissions` prints suffices, and nothing beyond it passes: asked of a lab."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.granted import FLEET, HERE, PRODUCTION, ROLE, STAGING, printed
from logkeep.aws.errors import Unassumable
from logkeep.aws.scope import policies
from logkeep.aws.session import Session, plain_sdk
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from support.labs import Bench, bench
from support.worlds import ACCOUNTS, NOW, fleet_of


@pytest.fixture
def lab() -> Iterator[Bench]:
    with bench(ACCOUNTS, FLEET, regions=HERE) as made:
        yield made


def hold(lab: Bench, account: str, policy: dict[str, Any]) -> None:
    """Have Logkeep's role hold exactly this."""
    iam = lab.client(account, "iam")
    iam.put_role_policy(RoleName=ROLE, PolicyName="logkeep", PolicyDocument=json.dumps(policy))
    for each in iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=ROLE, PolicyArn=each["PolicyArn"])
    for name in iam.list_role_policies(RoleName=ROLE)["PolicyNames"]:
        if name != "logkeep":
            iam.delete_role_policy(RoleName=ROLE, PolicyName=name)


def capture(lab: Bench, traffic: str, *fleet: str) -> list[str]:
    """Capture the first subnet, with a tag that names a fleet or with none; refusals raise."""
    ec2, tags = lab.client(STAGING, "ec2"), [{"Key": "logkeep:fleet", "Value": f} for f in fleet]
    (subnet, *_) = ec2.describe_subnets()["Subnets"]
    made = ec2.create_flow_logs(
        ResourceType="Subnet",
        ResourceIds=[subnet["SubnetId"]],
        TrafficType=traffic,
        DeliverLogsPermissionArn=f"arn:aws:iam::{STAGING}:role/flow",
        LogGroupName="flow",
        TagSpecifications=[{"ResourceType": "vpc-flow-log", "Tags": tags}] if tags else [],
    )
    assert not made["Unsuccessful"]
    return list(made["FlowLogIds"])


def every_call_of_ec2(lab: Bench) -> Any:
    """Of the role's own credentials, which whoever holds them uses otherwise than Logkeep does."""
    access, secret, token = lab.session.signing_keys(STAGING)
    return plain_sdk().create_client(
        "ec2",
        HERE[0],
        endpoint_url=lab.lab.endpoint_url,
        aws_access_key_id=access,
        aws_secret_access_key=secret,
        aws_session_token=token,
    )


def refuses_what_is_not_the_fleets(lab: Bench, foreign: list[str]) -> None:
    """A key or a flow log without the fleet's tags is neither made nor deleted nor given them."""
    ec2, kms = every_call_of_ec2(lab), lab.client(PRODUCTION, "kms")
    tags = [{"Key": "logkeep:fleet", "Value": FLEET.name}]
    for call in (
        lambda: kms.create_key(),
        lambda: kms.create_key(Tags=[{"TagKey": "logkeep:fleet", "TagValue": FLEET.name}]),
        lambda: capture(lab, "ACCEPT"),
        lambda: capture(lab, "ACCEPT", "another"),
        lambda: ec2.create_tags(Resources=foreign, Tags=tags),
        lambda: ec2.delete_flow_logs(FlowLogIds=foreign),
    ):
        with pytest.raises(ClientError, match=r"AccessDenied|UnauthorizedOperation"):
            call()
    ec2.delete_flow_logs(FlowLogIds=capture(lab, "ACCEPT", FLEET.name))


def test_exactly_what_apply_needs_leads_from_nothing_to_healthy(lab: Bench) -> None:
    lab.session = Session(lab.fleet)  # type: ignore[assignment]
    foreign = capture(lab, "REJECT", "another")
    for account, policy in printed("apply").items():
        if account in (PRODUCTION, STAGING):
            hold(lab, account, policy)
    refuses_what_is_not_the_fleets(lab, foreign)
    with pytest.raises(ClientError, match="AccessDenied"):
        lab.client(STAGING, "s3").create_bucket(Bucket="one-that-no-route-needs")
    with pytest.raises(ClientError, match="AccessDenied"):
        lab.client(PRODUCTION, "iam").create_role(
            RoleName="administrator", AssumeRolePolicyDocument="{}"
        )
    made = lab.plan()
    assert {each.code for each in made.blocked} == {"no-reader"}  # the fleet names none
    assert {"kms:CreateKey", "ec2:CreateFlowLogs"} <= {each.call for each in made.changes}
    lab.mend()
    lab.pass_hours(3)
    again = lab.plan()
    assert (again.changes, {each.code for each in again.blocked}) == ((), {"no-reader"})
    found = lab.diagnose()
    assert {route.aspects["configured"] for route in found.routes} == {"holds"}
    assert {route.aspects["permitted"] for route in found.routes} == {"holds"}
    assert {route.aspects["arriving"] for route in found.routes} == {"holds"}


@pytest.mark.parametrize(("command", "enters"), [("verify", True), ("collect", False)])
def test_a_role_that_only_enters_a_reader(lab: Bench, command: str, *, enters: bool) -> None:
    """The role is kept from the logs: what it reads, it reads as the reader."""
    role, reader = (f"arn:aws:iam::{PRODUCTION}:role/{name}" for name in (ROLE, "Auditor"))
    who = {"Effect": "Allow", "Principal": {"AWS": PRODUCTION}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [who]})
    iam = lab.client(PRODUCTION, "iam")
    iam.create_role(RoleName="Auditor", AssumeRolePolicyDocument=trust)
    fleet = fleet_of(regions=HERE, readers=(reader,))
    found = policies(Facts(fleet, Snapshot("acme", NOW, {})), command)
    hold(lab, PRODUCTION, found[PRODUCTION])
    through = Session(fleet, roles={PRODUCTION: role})
    entered = Session(fleet, roles={PRODUCTION: reader}, through=through)
    with contextlib.nullcontext() if enters else pytest.raises(Unassumable):
        assert entered.account_client(PRODUCTION, "s3", "us-east-1")
