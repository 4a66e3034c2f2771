"""Organization trails: who makes them, who sees them, who may change them, where they deliver."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from kinds.cloudtrail.lab.organization import (
    ACCOUNTS,
    BUCKET,
    START,
    Organization,
    organization_bucket_policy,
    organization_key_policy,
)
from kinds.cloudtrail.lab.small_world import PRODUCTION, SECURITY, STAGING, Player, SmallWorld, user
from logkeep.lab.server import Lab

TRAIL = f"arn:aws:cloudtrail:us-east-1:{SECURITY}:trail/logkeep"
SERVICE = "cloudtrail.amazonaws.com"
ASKED: dict[str, Any] = {
    "Name": "logkeep",
    "S3BucketName": "acme-logs",
    "IsOrganizationTrail": True,
}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"all_features": False}, "OrganizationNotInAllFeaturesModeException"),
        ({"trusted": False}, "CloudTrailAccessNotEnabledException"),
        ({"linked": False}, "NoManagementAccountSLRExistsException"),
    ],
)
def test_organization_must_be_ready(
    world: SmallWorld, play: Player, change: dict[str, bool], code: str
) -> None:
    """Rule 1.2.1."""
    world.stands = replace(world.stands, **change)
    assert play.call("CreateTrail", user(SECURITY), **ASKED).error_code == code
    assert play.call("DescribeTrails", user(SECURITY)).output["trailList"] == []


def test_outsiders_and_members_make_none(world: SmallWorld, play: Player) -> None:
    """Rule 1.2.1."""
    refused = play.call("CreateTrail", user("999999999999"), **ASKED)
    assert refused.error_code == "OrganizationsNotInUseException"
    refused = play.call("CreateTrail", user(STAGING), **ASKED)
    assert refused.error_code == "NotOrganizationMasterAccountException"
    world.delegate(STAGING, SERVICE)
    assert play.call("CreateTrail", user(STAGING), **ASKED).output["TrailARN"] == TRAIL


def test_delegated_administrator_manages_but_does_not_convert(
    world: SmallWorld, play: Player
) -> None:
    """Rule 1.2.1, and CloudTrail's UpdateTrail page: only management converts a trail."""
    play.trail(user(SECURITY), IsOrganizationTrail=True)
    world.delegate(PRODUCTION, SERVICE)
    for operation in ("StopLogging", "StartLogging"):
        assert play.call(operation, user(PRODUCTION), Name=TRAIL).status == 200
        refused = play.call(operation, user(STAGING), Name=TRAIL)
        assert refused.error_code == "NotOrganizationMasterAccountException"
    asked = {"Name": TRAIL, "IsOrganizationTrail": False}
    refused = play.call("UpdateTrail", user(PRODUCTION), **asked)
    assert refused.error_code == "NotOrganizationMasterAccountException"
    assert play.call("UpdateTrail", user(SECURITY), **asked).status == 200
    refused = play.call("StopLogging", user(PRODUCTION), Name=TRAIL)
    assert refused.error_code == "TrailNotFoundException"


def test_it_takes_a_slot_of_every_member(play: Player) -> None:
    """Rule 1.1.9."""
    play.trail(user(SECURITY), IsOrganizationTrail=True)
    asked = {"S3BucketName": "acme-logs"}
    for number in range(4):
        made = play.call("CreateTrail", user(STAGING), Name=f"own-{number}", **asked)
        assert made.status == 200
    sixth = play.call("CreateTrail", user(STAGING), Name="own-4", **asked)
    assert sixth.error_code == "MaximumNumberOfTrailsExceededException"
    stranger = play.call("CreateTrail", user("999999999999"), Name="own", **asked)
    assert stranger.status == 200


def test_members_come_and_go(world: SmallWorld, play: Player) -> None:
    """Rule 1.2.2."""
    play.trail(user(SECURITY), IsOrganizationTrail=True, EnableLogFileValidation=True)
    world.accounts["444444444444"] = "late"
    world.advance(minutes=1)
    play.happens("ec2", "RunInstances", user("444444444444"))
    world.accounts.pop(STAGING)
    world.advance(minutes=1)
    play.happens("ec2", "RunInstances", user(STAGING))
    world.advance(hours=2)
    assert [r["eventName"] for r in world.events("444444444444")] == ["RunInstances"]
    assert world.events(STAGING) == []
    late = [k for k, _ in world.digests() if "/444444444444/" in k]
    gone = [k for k, _ in world.digests() if f"/{STAGING}/" in k]
    assert (len(late), len(gone)) == (3, 1)
    assert play.call("DescribeTrails", user(STAGING)).output["trailList"] == []


def test_distrust_leaves_management_a_trail_of_its_own(world: SmallWorld, play: Player) -> None:
    """AWS Organizations User Guide, "AWS CloudTrail and AWS Organizations"."""
    play.trail(user(SECURITY), IsOrganizationTrail=True)
    world.stands = replace(world.stands, trusted=False)
    world.advance(minutes=1)
    world.stands = replace(world.stands, trusted=True)
    for account in (SECURITY, STAGING):
        play.happens("ec2", "RunInstances", user(account))
    world.advance(minutes=10)
    names = {
        k.split("/CloudTrail/")[0] for k, o in world.logs() if "RunInstances" in str(o.content)
    }
    assert names == {f"AWSLogs/{SECURITY}"}
    assert play.call("DescribeTrails", user(STAGING)).output["trailList"] == []
    [mine] = play.call("DescribeTrails", user(SECURITY)).output["trailList"]
    assert mine["IsOrganizationTrail"] is False


@pytest.fixture(scope="module")
def organization() -> Iterator[Organization]:
    """An archive ready for an organization trail, and nothing more."""
    with Lab(ticking=False, start=START) as lab:
        organization = Organization(lab)
        organization.found()
        s3, kms = organization.client("s3"), organization.client("kms")
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(organization_bucket_policy()))
        policy = json.dumps(organization_key_policy())
        kms.put_key_policy(KeyId=organization.key_arn, PolicyName="default", Policy=policy)
        yield organization


def refused(call: Any, **arguments: Any) -> str:
    """The error code of a call that must fail."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


def test_from_trusted_access_to_every_members_files(organization: Organization) -> None:
    """Rules 1.2, 1.3.1, 1.4.3: made by management, delivered for each member and Region."""
    cloudtrail = organization.client("cloudtrail")
    organizations = organization.client("organizations")
    asked = {
        "Name": "logkeep",
        "S3BucketName": BUCKET,
        "KmsKeyId": organization.key_arn,
        "IsMultiRegionTrail": True,
        "IsOrganizationTrail": True,
        "EnableLogFileValidation": True,
    }
    assert refused(cloudtrail.create_trail, **asked) == "CloudTrailAccessNotEnabledException"
    organizations.enable_aws_service_access(ServicePrincipal=SERVICE)
    enabled = organizations.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
    assert [one["ServicePrincipal"] for one in enabled] == [SERVICE]
    role = organization.client("iam").get_role(RoleName="AWSServiceRoleForCloudTrail")["Role"]
    assert role["Path"] == f"/aws-service-role/{SERVICE}/"
    assert cloudtrail.create_trail(**asked)["TrailARN"] == TRAIL
    cloudtrail.start_logging(Name="logkeep")
    for account in ACCOUNTS:
        organization.client("ec2", f"admin@{account}", "eu-west-1").describe_vpcs()
    organization.lab.advance(timedelta(hours=1))
    for id_ in ACCOUNTS.values():
        root = f"AWSLogs/o-exampleorg1/{id_}/"
        assert organization.keys(f"{root}CloudTrail/eu-west-1/")
        assert organization.keys(f"{root}CloudTrail-Digest/us-east-1/")
    assert not organization.keys(f"AWSLogs/{ACCOUNTS['staging']}/")


def test_members_see_it_and_cannot_change_it(organization: Organization) -> None:
    """Rule 1.2.2; includeShadowTrails counts a member's copy as a shadow (CT DescribeTrails)."""
    for region in ("us-east-1", "eu-west-1"):
        mine = organization.client("cloudtrail", "admin@staging", region)
        [shown] = mine.describe_trails()["trailList"]
        assert (shown["TrailARN"], shown["IsOrganizationTrail"]) == (TRAIL, True)
        assert mine.describe_trails(includeShadowTrails=False)["trailList"] == []
        assert mine.get_event_selectors(TrailName=TRAIL)["TrailARN"] == TRAIL
    mine = organization.client("cloudtrail", "admin@staging")
    status = mine.get_trail_status(Name=TRAIL)
    assert status["IsLogging"]
    assert "LatestDigestDeliveryTime" in status
    assert [t["TrailARN"] for t in mine.list_trails()["Trails"]] == [TRAIL]
    assert refused(mine.get_trail_status, Name="logkeep") == "TrailNotFoundException"
    for call in (mine.stop_logging, mine.delete_trail, mine.update_trail):
        assert refused(call, Name=TRAIL) == "NotOrganizationMasterAccountException"


def test_new_account_is_recorded_without_asking(organization: Organization) -> None:
    """Rule 1.2.2; its access role lets management in (rule 10.1)."""
    organizations = organization.client("organizations")
    made = organizations.create_account(AccountName="late", Email="late@example.com")
    account = made["CreateAccountStatus"]["AccountId"]
    listed = organizations.get_paginator("list_accounts").paginate()
    assert account in [one["Id"] for page in listed for one in page["Accounts"]]
    role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
    organization.client("sts").assume_role(RoleArn=role, RoleSessionName="look")
    organization.lab.advance(timedelta(minutes=5))
    assert organization.keys(f"AWSLogs/o-exampleorg1/{account}/CloudTrail/us-east-1/")


def test_delegated_administrator_asks_for_the_organization(organization: Organization) -> None:
    """Organizations API Reference, "API operations by account"."""
    mine = organization.client("organizations", "admin@production")
    assert refused(mine.list_accounts) == "AccessDeniedException"
    account = ACCOUNTS["production"]
    cloudtrail = organization.client("cloudtrail")
    cloudtrail.register_organization_delegated_admin(MemberAccountId=account)
    assert len(mine.list_accounts()["Accounts"]) >= len(ACCOUNTS)
    listed = mine.list_delegated_administrators(ServicePrincipal=SERVICE)
    assert [one["Id"] for one in listed["DelegatedAdministrators"]] == [account]
    create = organization.client("organizations").create_account
    assert "CreateAccountStatus" in create(AccountName="later", Email="later@example.com")
    assert (
        refused(mine.create_account, AccountName="x", Email="x@example.com")
        == "AccessDeniedException"
    )
    theirs = organization.client("cloudtrail", "admin@production")
    theirs.stop_logging(Name=TRAIL)
    theirs.start_logging(Name=TRAIL)
    again = cloudtrail.register_organization_delegated_admin
    assert refused(again, MemberAccountId=account) == "AccountRegisteredException"
    cloudtrail.deregister_organization_delegated_admin(DelegatedAdminAccountId=account)
    assert refused(mine.list_accounts) == "AccessDeniedException"


def test_linked_role_can_be_made_by_hand(organization: Organization) -> None:
    """Rule 1.2.1: an organization whose role was deleted makes it anew."""
    iam, cloudtrail = organization.client("iam"), organization.client("cloudtrail")
    iam.delete_service_linked_role(RoleName="AWSServiceRoleForCloudTrail")
    change = {"Name": TRAIL, "IncludeGlobalServiceEvents": True}
    assert refused(cloudtrail.update_trail, **change) == "NoManagementAccountSLRExistsException"
    made = iam.create_service_linked_role(AWSServiceName=SERVICE)["Role"]
    assert made["RoleName"] == "AWSServiceRoleForCloudTrail"
    assert cloudtrail.update_trail(**change)["TrailARN"] == TRAIL


def test_removed_account_is_recorded_no_longer(organization: Organization) -> None:
    """Rule 1.2.2."""
    organizations = organization.client("organizations")
    made = organizations.create_account(AccountName="brief", Email="brief@example.com")
    account = made["CreateAccountStatus"]["AccountId"]
    organizations.remove_account_from_organization(AccountId=account)
    listed = organizations.get_paginator("list_accounts").paginate()
    assert account not in [one["Id"] for page in listed for one in page["Accounts"]]
    master = {"AccountId": ACCOUNTS["security"]}
    code = refused(organizations.remove_account_from_organization, **master)
    assert code == "MasterCannotLeaveOrganizationException"


def test_aws_command_validates_a_members_files(organization: Organization) -> None:
    """Rule 1.9.10: of an organization trail with `--account-id`, under the organization's id."""
    ran = organization.aws(
        *("cloudtrail", "validate-logs", "--trail-arn", TRAIL),
        *("--start-time", "2026-11-23T09:00:00Z", "--end-time", "2026-11-23T18:00:00Z"),
        *("--account-id", ACCOUNTS["staging"]),
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "digest files valid" in ran.stdout


def test_trust_withdrawn_through_the_front(organization: Organization) -> None:
    """AWS Organizations User Guide, "AWS CloudTrail and AWS Organizations"; last of its module."""
    organization.client("organizations").disable_aws_service_access(ServicePrincipal=SERVICE)
    organization.lab.advance(timedelta(minutes=5))
    assert organization.client("cloudtrail", "admin@staging").list_trails()["Trails"] == []
    [mine] = organization.client("cloudtrail").describe_trails()["trailList"]
    assert mine["IsOrganizationTrail"] is False
