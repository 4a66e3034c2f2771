"""What `logkeep permissions` prints suffices, and lets nobody become an administrator."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError

from logkeep.aws.errors import Unassumable
from logkeep.aws.permissions import COMMANDS, RESOURCES
from logkeep.aws.scope import policies
from logkeep.aws.session import Session, plain_sdk
from logkeep.fleet import Fleet, Logs
from logkeep.snapshot import Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.options import TrailOptions
from logkeep.sources.replication.options import Pair
from logkeep.sources.s3_access.options import AccessOptions
from logkeep.sources.vpc_flow import FlowOptions
from support import scenes
from support.command_line import Run
from support.labs import Bench, bench
from support.worlds import ACCOUNTS, NOW, asking, fleet_of

PRODUCTION, STAGING = ACCOUNTS["production"], ACCOUNTS["staging"]
HERE = ("us-east-1",)
ROLE = "OrganizationAccountAccessRole"


def fleet_to_be() -> Fleet:
    """A fleet whose archive lies in an account that is entered by a role."""
    fleet = asking(fleet_of(regions=HERE, readers=None), log_group="SecurityTrail")
    members = (PRODUCTION, STAGING)
    logs = tuple(msgspec.structs.replace(each, accounts=members) for each in fleet.logs)
    archive = msgspec.structs.replace(fleet.archive, account=PRODUCTION)
    flows = Logs("vpc-flow", (STAGING,), FlowOptions())
    return msgspec.structs.replace(fleet, archive=archive, logs=(*logs, flows))


FLEET = fleet_to_be()


def printed(command: str) -> dict[str, Any]:
    """What is printed where nothing is known but the fleet file."""
    return policies(Facts(FLEET, Snapshot("acme", NOW, {})), command)


def statements(policy: dict[str, Any]) -> Iterator[tuple[list[str], list[str]]]:
    for each in policy["Statement"]:
        found = each["Resource"]
        yield each["Action"], found if isinstance(found, list) else [found]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_role_may_be_written_to_but_by_its_name(command: str) -> None:
    for policy in printed(command).values():
        for actions, resources in statements(policy):
            if any(a.startswith("iam:") and not a.startswith("iam:Get") for a in actions):
                assert command == "apply"
                assert not any("*" in resource for resource in resources), resources


def test_only_apply_changes_and_only_where_the_fleet_does() -> None:
    for account, policy in printed("apply").items():
        actions = {action for found, _ in statements(policy) for action in found}
        assert ("s3:CreateBucket" in actions) == (account == PRODUCTION)
        assert ("kms:CreateKey" in actions) == (account == PRODUCTION)
        assert ("cloudtrail:CreateTrail" in actions) == (account in (PRODUCTION, STAGING))
        assert "s3:GetObject" not in actions
    for command in set(COMMANDS) - {"apply"}:
        for policy in printed(command).values():
            assert not any(each["Sid"].startswith("Write") for each in policy["Statement"])


def test_what_is_written_lies_in_the_account() -> None:
    for account, policy in printed("apply").items():
        for each in policy["Statement"]:
            if each["Sid"].startswith("Write"):
                found = each["Resource"]
                for arn in found if isinstance(found, list) else [found]:
                    assert arn == "*" or arn.split(":")[4] in ("", account), arn


def test_what_aws_names_is_made_and_deleted_with_the_fleets_tags_alone() -> None:
    tag, alias = "aws:RequestTag/logkeep:fleet", "aws:RequestTag/logkeep:alias"
    conditions = {
        (each["Action"][0], key): value
        for policy in printed("apply").values()
        for each in policy["Statement"]
        for key, value in each.get("Condition", {}).get("StringEquals", {}).items()
        if not key.startswith("iam:")
    }
    assert conditions == {
        ("kms:CreateKey", tag): FLEET.name,
        ("kms:CreateKey", alias): FLEET.archive.key,
        ("kms:TagResource", tag): FLEET.name,
        ("kms:TagResource", alias): FLEET.archive.key,
        ("ec2:CreateFlowLogs", tag): FLEET.name,
        ("ec2:CreateTags", tag): FLEET.name,
        ("ec2:CreateTags", "ec2:CreateAction"): "CreateFlowLogs",
        ("ec2:DeleteFlowLogs", "aws:ResourceTag/logkeep:fleet"): FLEET.name,
    }


def test_no_statement_has_anothers_name() -> None:
    for policy in printed("apply").values():
        names = [each["Sid"] for each in policy["Statement"]]
        assert len(set(names)) == len(names)
        assert all(name.isalnum() for name in names)


def test_every_kind_of_resource_has_a_name_for_its_statement() -> None:
    assert all(each.replace("-", "").isalnum() for each in RESOURCES)


READER = "arn:aws:iam::111111111111:role/LogReader"
SECURITY = ACCOUNTS["security"]


def allowed(fleet: Fleet, snapshot: Snapshot | None = None) -> dict[str, dict[str, set[str]]]:
    """What `apply` may change in each account, and on what."""
    facts = Facts(fleet, snapshot or Snapshot("acme", NOW, {}))
    found: dict[str, dict[str, set[str]]] = {}
    for account, policy in policies(facts, "apply").items():
        own = found.setdefault(account, {})
        for each in policy["Statement"]:
            where = each["Resource"] if isinstance(each["Resource"], list) else [each["Resource"]]
            if not each["Sid"].startswith("Read"):
                for action in each["Action"]:
                    own.setdefault(action, set()).update(where)
    return found


def test_a_declared_reader_is_nobody_whom_logkeep_makes_or_writes_to() -> None:
    for group in ("", "SecurityTrail"):
        for account, actions in allowed(asking(fleet_of(), log_group=group)).items():
            changing = [a for a in actions if a.startswith("iam:")]
            assert bool(changing) == bool(group), account
            assert READER not in {arn for a in changing for arn in actions[a]}


def test_an_account_that_only_keeps_and_reads_has_no_trail_written_to() -> None:
    fleet = fleet_of()
    logs = tuple(msgspec.structs.replace(each, accounts=(STAGING,)) for each in fleet.logs)
    actions = allowed(msgspec.structs.replace(fleet, logs=logs))
    assert not any(each.startswith("cloudtrail:") for each in actions[SECURITY])
    assert "cloudtrail:CreateTrail" in actions[STAGING]


@pytest.mark.parametrize(
    ("action", "asked"),
    [
        ("cloudtrail:PutInsightSelectors", {"insights": ("ApiCallRateInsight",)}),
        ("cloudtrail:DeleteTrail", {"organization": False}),
        ("logs:CreateLogGroup", {"log_group": "SecurityTrail"}),
    ],
)
def test_what_the_fleet_does_not_ask_for_is_not_granted(action: str, asked: dict[str, Any]) -> None:
    fleet = asking(fleet_of(), insights=())
    assert not any(action in actions for actions in allowed(fleet).values())
    assert all(action in actions for actions in allowed(asking(fleet, **asked)).values())


def test_flow_logs_take_only_what_they_are_sent_to() -> None:
    def granted(*to: str) -> set[str]:
        logs = (Logs("vpc-flow", (STAGING,), FlowOptions(to=to)),)
        found = allowed(msgspec.structs.replace(fleet_of(), logs=logs))[STAGING]
        return {"logs:CreateLogGroup", "firehose:TagDeliveryStream"} & set(found)

    assert granted("archive") == set()
    assert granted("archive", "cloudwatch") == {"logs:CreateLogGroup"}
    assert granted("firehose") == {"firehose:TagDeliveryStream"}


def test_only_the_management_account_may_trust_services() -> None:
    action = "organizations:EnableAWSServiceAccess"
    fleet = fleet_of(organization=True)
    assert not any(action in actions for actions in allowed(fleet).values())  # who, nobody knows
    told = {"Id": "o-acme", "MasterAccountId": PRODUCTION, "FeatureSet": "ALL"}
    question = ask(SECURITY, fleet.home_region, "organizations:DescribeOrganization")
    seen = Snapshot("acme", NOW, {question: reply({"Organization": told})})
    assert [a for a, own in allowed(fleet, seen).items() if action in own] == [PRODUCTION]
    assert not any(action in actions for actions in allowed(fleet_of(), seen).values())


def of_all_kinds() -> Fleet:
    """Every kind of log, and what somebody who holds its permissions might want more of."""
    fleet = asking(fleet_of(regions=HERE), log_group="SecurityTrail")
    more = (
        Logs("s3-access", (STAGING,), AccessOptions(buckets=("app-*",))),
        Logs("vpc-flow", (PRODUCTION,), FlowOptions(to=("cloudwatch",))),
        Logs("vpc-flow", (STAGING,), FlowOptions(to=("archive",))),
        Logs("replication", (), Pair(from_="app-data", to="app-copy", account="staging")),
    )
    return msgspec.structs.replace(fleet, logs=(*fleet.logs, *more))


TAKES_OVER = {
    "s3:PutBucketPolicy": "a bucket",
    "s3:PutReplicationConfiguration": "a bucket, whose objects go elsewhere then",
    "s3:PutBucketPublicAccessBlock": "a bucket",
    "s3:PutBucketOwnershipControls": "a bucket",
    "s3:PutEncryptionConfiguration": "a bucket",
    "iam:PutRolePolicy": "an account",
    "iam:UpdateAssumeRolePolicy": "a role",
    "iam:CreateRole": "an account",
    "iam:PassRole": "a role",
    "cloudtrail:UpdateTrail": "a trail, which writes elsewhere then",
    "cloudtrail:DeleteTrail": "a trail",
}
"""What an action takes over that is granted on more than the fleet names."""


def test_what_takes_over_is_granted_by_name_alone() -> None:
    for account, actions in allowed(of_all_kinds()).items():
        for action in TAKES_OVER.keys() & actions.keys():
            assert not [arn for arn in actions[action] if "*" in arn], (account, action)


def test_what_one_kind_writes_to_is_not_written_to_by_another_s_calls() -> None:
    """Else whoever holds it copies the archive away by a permission for another bucket."""
    fleet = of_all_kinds()
    found = allowed(fleet)
    replicated = {f"arn:aws:s3:::{name}" for name in ("app-data", "app-copy")}
    for actions in found.values():
        assert actions.get("s3:PutReplicationConfiguration", set()) <= replicated
        assert fleet.bucket_arn not in actions.get("s3:PutBucketLogging", ())
    for account, policy in policies(Facts(fleet, Snapshot("acme", NOW, {})), "apply").items():
        for each in policy["Statement"]:
            if "iam:PassRole" in each["Action"] and "CloudTrail" in str(each["Resource"]):
                to = each["Condition"]["StringEquals"]["iam:PassedToService"]
                assert to == ["cloudtrail.amazonaws.com"], account


def test_what_one_account_is_asked_for_is_not_granted_in_another() -> None:
    found = allowed(of_all_kinds())
    every_group = f"arn:aws:logs:*:{STAGING}:log-group:*"
    assert every_group not in found[STAGING]["logs:CreateLogGroup"]
    insights = Logs("cloudtrail", (STAGING,), TrailOptions(insights=("ApiCallRateInsight",)))
    fleet = asking(fleet_of(), insights=())
    own = tuple(msgspec.structs.replace(each, accounts=(PRODUCTION,)) for each in fleet.logs)
    wished = allowed(msgspec.structs.replace(fleet, logs=(*own, insights)))
    having = [a for a, actions in wished.items() if "cloudtrail:PutInsightSelectors" in actions]
    assert having == [STAGING]


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
