"""What `logkeep permissions` prints lets nobody become an administrator."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from cli.granted import (
    FLEET,
    HERE,
    PRODUCTION,
    READER,
    SECURITY,
    STAGING,
    printed,
    statements,
)
from logkeep.aws.permissions import COMMANDS, RESOURCES
from logkeep.aws.scope import policies
from logkeep.fleet import Fleet, Logs
from logkeep.snapshot import Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.options import TrailOptions
from logkeep.sources.vpc_flow import FlowOptions
from support.least import leasts
from support.worlds import NOW, asking, fleet_of


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
    logs = tuple(logs for each in leasts() for logs in each.logs)
    return msgspec.structs.replace(fleet_of(regions=HERE), logs=logs)


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
    trails = asking(fleet_of(regions=HERE), log_group="SecurityTrail")
    grouped = Logs("vpc-flow", (PRODUCTION,), FlowOptions(to=("cloudwatch",)))
    kept = Logs("vpc-flow", (STAGING,), FlowOptions(to=("archive",)))
    found = allowed(msgspec.structs.replace(trails, logs=(*trails.logs, grouped, kept)))
    every_group = f"arn:aws:logs:*:{STAGING}:log-group:*"
    assert every_group not in found[STAGING]["logs:CreateLogGroup"]
    insights = Logs("cloudtrail", (STAGING,), TrailOptions(insights=("ApiCallRateInsight",)))
    fleet = asking(fleet_of(), insights=())
    own = tuple(msgspec.structs.replace(each, accounts=(PRODUCTION,)) for each in fleet.logs)
    wished = allowed(msgspec.structs.replace(fleet, logs=(*own, insights)))
    having = [a for a, actions in wished.items() if "cloudtrail:PutInsightSelectors" in actions]
    assert having == [STAGING]
