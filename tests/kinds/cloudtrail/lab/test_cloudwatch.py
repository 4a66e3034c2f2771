"""The CloudWatch Logs leg of a trail: what is checked, what is sent, and what its faults show."""

from __future__ import annotations

import json
from collections.abc import Iterator
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
)
from kinds.cloudtrail.lab.small_world import (
    KEY,
    PRODUCTION,
    SECURITY,
    STAGING,
    Player,
    SmallWorld,
    user,
)
from logkeep.lab.call import LogGroup
from logkeep.lab.server import Lab

GROUP = "CloudTrail/logs"
ROLE = "CloudTrail_CloudWatchLogs_Role"


def group_arn(account: str) -> str:
    return f"arn:aws:logs:us-east-1:{account}:log-group:{GROUP}"


def leg(account: str) -> dict[str, str]:
    """The two settings that make the leg (rule 1.10.1)."""
    return {
        "CloudWatchLogsLogGroupArn": f"{group_arn(account)}:*",
        "CloudWatchLogsRoleArn": f"arn:aws:iam::{account}:role/{ROLE}",
    }


def ready(world: SmallWorld, account: str, key_arn: str = "") -> dict[str, str]:
    """A log group in an account; the settings that name it."""
    group = LogGroup(group_arn(account), account, "us-east-1", key_arn)
    world.groups[group.arn] = group
    return leg(account)


def test_only_one_of_the_two_is_refused(world: SmallWorld, play: Player) -> None:
    """Rule 1.7."""
    asked = {"Name": "logkeep", "S3BucketName": "acme-logs"}
    for name, value in ready(world, PRODUCTION).items():
        refused = play.call("CreateTrail", **asked, **{name: value})
        assert refused.error_code == "InvalidParameterCombinationException"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"CloudWatchLogsLogGroupArn": group_arn(PRODUCTION)}, "LogGroupArn"),
        ({"CloudWatchLogsLogGroupArn": f"{group_arn(PRODUCTION)}x:*"}, "LogGroupArn"),
        ({"CloudWatchLogsLogGroupArn": f"{group_arn(STAGING)}:*"}, "LogGroupArn"),
        (
            {
                "CloudWatchLogsLogGroupArn": group_arn(PRODUCTION).replace("us-east", "eu-west")
                + ":*"
            },
            "LogGroupArn",
        ),
        ({"CloudWatchLogsRoleArn": f"arn:aws:iam::{STAGING}:role/{ROLE}"}, "RoleArn"),
        ({"CloudWatchLogsRoleArn": f"arn:aws:iam::{PRODUCTION}:user/x"}, "RoleArn"),
    ],
)
def test_arns_that_name_nothing(
    world: SmallWorld, play: Player, settings: dict[str, str], code: str
) -> None:
    """Rules 1.7, 1.10.1: the group with `:*`, in the trail's account and home Region."""
    ready(world, STAGING)
    asked = {"Name": "logkeep", "S3BucketName": "acme-logs"} | ready(world, PRODUCTION)
    refused = play.call("CreateTrail", **asked | settings)
    assert refused.error_code == f"InvalidCloudWatchLogs{code}Exception"
    assert play.call("CreateTrail", **asked).status == 200


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("sts:AssumeRole", "InvalidCloudWatchLogsRoleArnException"),
        ("logs:CreateLogStream", "InvalidCloudWatchLogsLogGroupArnException"),
        ("logs:PutLogEvents", "InvalidCloudWatchLogsLogGroupArnException"),
    ],
)
def test_role_is_tried_when_named(world: SmallWorld, play: Player, action: str, code: str) -> None:
    """Rule 1.7; the codes as published errors of CreateTrail have them."""
    settings = ready(world, PRODUCTION)
    play.trail()
    world.refused.add((action, PRODUCTION))
    assert play.call("UpdateTrail", Name="logkeep", **settings).error_code == code
    world.refused.clear()
    assert play.call("UpdateTrail", Name="logkeep", **settings).status == 200


def test_empty_values_take_the_leg_off(world: SmallWorld, play: Player) -> None:
    """Rule 1.10.1; CloudTrail User Guide, update-trail: both values empty."""
    settings = ready(world, PRODUCTION)
    play.trail(**settings)
    assert play.call("UpdateTrail", Name="logkeep", **dict.fromkeys(settings, "")).status == 200
    [shown] = play.call("DescribeTrails").output["trailList"]
    assert not shown.keys() & settings.keys()
    play.happens("ec2", "RunInstances")
    world.advance(minutes=5)
    assert world.messages.get(f"{PRODUCTION}_CloudTrail_us-east-1", []) == []


def test_every_region_goes_to_the_home_regions_stream(world: SmallWorld, play: Player) -> None:
    """Rules 1.1.7, 1.10.3: one event a message, exactly those that S3 gets."""
    play.trail(**ready(world, PRODUCTION))
    for region in ("us-east-1", "eu-west-1"):
        play.happens("ec2", "RunInstances", region=region)
    world.advance(minutes=5)
    assert list(world.messages) == [f"{PRODUCTION}_CloudTrail_us-east-1"]
    sent = sorted(m["eventID"] for m in world.messages[f"{PRODUCTION}_CloudTrail_us-east-1"])
    assert sent == sorted(r["eventID"] for r in world.events())


def test_selectors_hold_for_both(world: SmallWorld, play: Player) -> None:
    """Rule 1.10.1."""
    play.trail(**ready(world, PRODUCTION))
    play.call(
        "PutEventSelectors", TrailName="logkeep", EventSelectors=[{"ReadWriteType": "ReadOnly"}]
    )
    play.happens("ec2", "RunInstances")
    play.happens("ec2", "DescribeVpcs")
    world.advance(minutes=5)
    names = [m["eventName"] for m in world.messages[f"{PRODUCTION}_CloudTrail_us-east-1"]]
    assert "DescribeVpcs" in names
    assert "RunInstances" not in names


def test_organization_trail_has_a_stream_for_each_account(world: SmallWorld, play: Player) -> None:
    """Rule 1.10.3."""
    play.trail(user(SECURITY), IsOrganizationTrail=True, **ready(world, SECURITY))
    for account in (SECURITY, STAGING):
        play.happens("ec2", "RunInstances", user(account))
    world.advance(minutes=5)
    streams = {f"o-exampleorg1_{a}_CloudTrail_us-east-1" for a in (SECURITY, STAGING)}
    assert set(world.messages) == streams


@pytest.mark.parametrize(
    "action", ["sts:AssumeRole", "logs:CreateLogStream", "logs:PutLogEvents", "group", "key"]
)
def test_faults_show_in_one_field_and_s3_goes_on(
    world: SmallWorld, play: Player, action: str
) -> None:
    """Rule 1.10.4."""
    settings = ready(world, PRODUCTION, KEY)
    play.trail(**settings)
    world.advance(minutes=5)
    if action == "group":
        world.groups.clear()
    elif action == "key":
        world.refused.add(("kms:GenerateDataKey", SECURITY))
    else:
        world.refused.add((action, PRODUCTION))
    play.happens("ec2", "RunInstances")
    world.advance(minutes=10)
    status = play.call("GetTrailStatus", Name="logkeep").output
    assert status["LatestCloudWatchLogsDeliveryError"]
    assert status["LatestCloudWatchLogsDeliveryTime"] < status["LatestDeliveryTime"]
    assert "LatestDeliveryError" not in status
    assert "RunInstances" in [r["eventName"] for r in world.events()]
    world.refused.clear()
    ready(world, PRODUCTION)
    play.happens("ec2", "StopInstances")
    world.advance(minutes=10)
    status = play.call("GetTrailStatus", Name="logkeep").output
    assert "LatestCloudWatchLogsDeliveryError" not in status
    names = [m["eventName"] for m in world.messages[f"{PRODUCTION}_CloudTrail_us-east-1"]]
    assert "StopInstances" in names
    assert "RunInstances" not in names


def test_big_events_are_left_out(world: SmallWorld, play: Player) -> None:
    """Rule 1.10.1: above 256 KB."""
    play.trail(**ready(world, PRODUCTION))
    play.happens("ec2", "RunInstances", ImageId="x" * 300_000)
    play.happens("ec2", "StopInstances")
    world.advance(minutes=5)
    names = [m["eventName"] for m in world.messages[f"{PRODUCTION}_CloudTrail_us-east-1"]]
    assert "StopInstances" in names
    assert "RunInstances" not in names
    assert "RunInstances" in [r["eventName"] for r in world.events()]


@pytest.fixture(scope="module")
def organization() -> Iterator[Organization]:
    """A trail of production's with its log group, role and key, made by real clients."""
    with Lab(ticking=False, start=START) as lab:
        organization = Organization(lab)
        organization.found()
        make_leg(organization, "production")
        organization.trail("production", **leg(PRODUCTION))
        yield organization


def trust(service: str = "cloudtrail.amazonaws.com") -> str:
    """Rule 1.10.2."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def permissions(account: str, *streams: str) -> str:
    """Rule 1.10.2."""
    statement = {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": [f"{group_arn(account)}:log-stream:{s}" for s in streams],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def group_key_policy(account: str, group: str = GROUP) -> str:
    """CWL-KMS: for the service of the Region, by the group's ARN in the encryption context."""
    root = {"AWS": f"arn:aws:iam::{account}:root"}
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:{group}"
    context = {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": arn}}
    use = {
        "Effect": "Allow",
        "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        "Resource": "*",
        "Condition": context,
    }
    own = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [own, use]})


def make_leg(organization: Organization, account: str) -> None:
    """The log group and role of an account's trail."""
    id_, who = ACCOUNTS[account], f"admin@{account}"
    organization.client("logs", who).create_log_group(logGroupName=GROUP)
    iam = organization.client("iam", who)
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust())
    streams = (f"{id_}_CloudTrail_us-east-1*", "o-exampleorg1_*")
    document = permissions(id_, *streams)
    iam.put_role_policy(RoleName=ROLE, PolicyName="write", PolicyDocument=document)


def act(organization: Organization, minutes: int = 5) -> dict[str, Any]:
    """Something happens in production, and is delivered; the trail's status then."""
    organization.client("ec2", "admin@production").describe_vpcs()
    organization.lab.advance(timedelta(minutes=minutes))
    cloudtrail = organization.client("cloudtrail", "admin@production")
    return cloudtrail.get_trail_status(Name="logkeep")


def refused(call: Any, **arguments: Any) -> str:
    """The error code of a call that must fail."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


def test_events_stand_in_the_stream(organization: Organization) -> None:
    """Rule 1.10.3: DescribeLogStreams tells the newest event, and when it came."""
    status = act(organization)
    logs = organization.client("logs", "admin@production")
    [stream] = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
    assert stream["logStreamName"] == f"{PRODUCTION}_CloudTrail_us-east-1"
    ingested = status["LatestCloudWatchLogsDeliveryTime"].timestamp() * 1000
    assert stream["lastIngestionTime"] == ingested
    assert stream["lastEventTimestamp"] < ingested
    asked = {"logGroupName": GROUP, "logStreamName": stream["logStreamName"]}
    events = logs.get_log_events(**asked)["events"]
    assert {json.loads(e["message"])["eventName"] for e in events} >= {"DescribeVpcs"}
    assert {e["ingestionTime"] for e in events} == {ingested}


def test_trust_and_permissions_are_judged_at_run_time(organization: Organization) -> None:
    """Rules 1.10.2, 1.10.4."""
    iam = organization.client("iam", "admin@production")
    foreign, other = trust("logs.amazonaws.com"), permissions(PRODUCTION, "other")
    mine = permissions(PRODUCTION, f"{PRODUCTION}_CloudTrail_us-east-1*")
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=foreign)
    assert "trust" in act(organization)["LatestCloudWatchLogsDeliveryError"]
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust())
    iam.put_role_policy(RoleName=ROLE, PolicyName="write", PolicyDocument=other)
    status = act(organization)
    assert "permissions" in status["LatestCloudWatchLogsDeliveryError"]
    assert "LatestDeliveryError" not in status
    iam.put_role_policy(RoleName=ROLE, PolicyName="write", PolicyDocument=mine)
    assert "LatestCloudWatchLogsDeliveryError" not in act(organization)


def test_key_of_the_group_has_its_say(organization: Organization) -> None:
    """CWL-KMS: the policy must know the group; a key switched off stops the leg alone."""
    kms = organization.client("kms", "admin@production")
    logs = organization.client("logs", "admin@production")
    made = kms.create_key(Policy=group_key_policy(PRODUCTION, "another"))["KeyMetadata"]
    key = made["Arn"]
    associate = {"logGroupName": GROUP, "kmsKeyId": key}
    assert refused(logs.associate_kms_key, **associate) == "AccessDeniedException"
    policy = {"PolicyName": "default", "Policy": group_key_policy(PRODUCTION)}
    kms.put_key_policy(KeyId=key, **policy)
    logs.associate_kms_key(**associate)
    [group] = logs.describe_log_groups()["logGroups"]
    assert group["kmsKeyId"] == key
    assert "LatestCloudWatchLogsDeliveryError" not in act(organization)
    kms.disable_key(KeyId=key)
    status = act(organization)
    assert "KMS key" in status["LatestCloudWatchLogsDeliveryError"]
    assert "LatestDeliveryError" not in status
    bad = {"logGroupName": "second", "kmsKeyId": key}
    assert refused(logs.create_log_group, **bad) == "InvalidParameterException"
    logs.disassociate_kms_key(logGroupName=GROUP)
    assert "LatestCloudWatchLogsDeliveryError" not in act(organization)


def test_streams_and_groups_can_be_kept_and_removed(organization: Organization) -> None:
    """The calls that Logkeep and its people make to CloudWatch Logs pass the front."""
    logs = organization.client("logs", "admin@staging")
    logs.create_log_group(logGroupName="mine")
    logs.put_retention_policy(logGroupName="mine", retentionInDays=30)
    logs.create_log_stream(logGroupName="mine", logStreamName="s")
    now = int(organization.lab.world.now().timestamp() * 1000)
    event = {"timestamp": now, "message": "hello"}
    logs.put_log_events(logGroupName="mine", logStreamName="s", logEvents=[event])
    [group] = logs.describe_log_groups(logGroupNamePrefix="mine")["logGroups"]
    assert (group["retentionInDays"], group["arn"][-2:]) == (30, ":*")
    logs.delete_log_stream(logGroupName="mine", logStreamName="s")
    logs.delete_log_group(logGroupName="mine")
    assert logs.describe_log_groups()["logGroups"] == []
    intern = organization.client("logs", "intern@staging")
    assert refused(intern.describe_log_groups) == "AccessDeniedException"


def test_organization_trails_streams(organization: Organization) -> None:
    """Rule 1.10.3, for an organization trail of the management account; last of its module."""
    make_leg(organization, "security")
    organizations = organization.client("organizations")
    organizations.enable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
    policy = json.dumps(organization_bucket_policy())
    organization.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy)
    organization.trail("security", IsOrganizationTrail=True, **leg(SECURITY))
    act(organization)
    logs = organization.client("logs")
    streams = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
    names = {s["logStreamName"] for s in streams}
    wanted = {f"o-exampleorg1_{a}_CloudTrail_us-east-1" for a in (SECURITY, PRODUCTION)}
    assert names >= wanted
