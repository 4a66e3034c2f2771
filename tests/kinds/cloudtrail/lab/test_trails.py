"""Trails are made, changed and shown with AWS's own checks."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinds.cloudtrail.lab.small_world import (
    ARCHIVE,
    KEY,
    KEY_ID,
    PRODUCTION,
    SECURITY,
    STAGING,
    Player,
    SmallWorld,
    user,
)
from logkeep.lab.call import DeliveryBucket
from logkeep.lab.kinds.cloudtrail.checks import name_fault
from logkeep.lab.kinds.cloudtrail.selectors import advanced_fault, basic_fault

FOREIGN_KEY = "arn:aws:kms:eu-west-1:111111111111:key/mrk-0e5d0ab6097e49d899ef747ce3e5f8f4"


def asked(**settings: Any) -> dict[str, Any]:
    return {"Name": "logkeep", "S3BucketName": ARCHIVE} | settings


@pytest.mark.parametrize("name", ["abc", "a.b-c_d", "1" * 128, "log-keep"])
def test_good_names(name: str) -> None:
    assert name_fault(name) is None


@pytest.mark.parametrize(
    "name", ["ab", "a" * 129, "-abc", "abc.", "a--b", "a_.b", "a b c", "192.168.0.1", "ärger"]
)
def test_bad_names(name: str) -> None:
    """Rule 1.1.4."""
    fault = name_fault(name)
    assert fault is not None
    assert fault.code == "InvalidTrailNameException"


@given(st.text("ab-._", min_size=3, max_size=8))
def test_name_law(name: str) -> None:
    """Rule 1.1.4: alphanumeric ends, and no two marks beside each other."""
    marks = [c in "-._" for c in name]
    good = not marks[0] and not marks[-1] and not any(a and b for a, b in pairwise(marks))
    assert (name_fault(name) is None) is good


def test_defaults_of_a_trail(play: Player) -> None:
    """Rule 1.1.5: made by the API it does not log."""
    made = play.call("CreateTrail", **asked()).output
    assert made["TrailARN"] == f"arn:aws:cloudtrail:us-east-1:{PRODUCTION}:trail/logkeep"
    assert (made["IncludeGlobalServiceEvents"], made["IsMultiRegionTrail"]) == (True, False)
    assert (made["LogFileValidationEnabled"], made["RecursiveLogging"]) == (False, True)
    assert play.call("GetTrailStatus", Name="logkeep").output["IsLogging"] is False
    selectors = play.call("GetEventSelectors", TrailName="logkeep").output["EventSelectors"]
    assert [(s["ReadWriteType"], s["IncludeManagementEvents"]) for s in selectors] == [
        ("All", True)
    ]
    [shown] = play.call("DescribeTrails").output["trailList"]
    assert (shown["HomeRegion"], shown["HasCustomEventSelectors"]) == ("us-east-1", False)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"Name": "a--b"}, "InvalidTrailNameException"),
        ({"S3BucketName": "No_Such"}, "InvalidS3BucketNameException"),
        ({"S3BucketName": "no-such-bucket"}, "S3BucketDoesNotExistException"),
        ({"S3KeyPrefix": "x" * 201}, "InvalidS3PrefixException"),
        ({"S3KeyPrefix": "mine/AWSLogs/here"}, "InvalidS3PrefixException"),
        ({"KmsKeyId": "not a key"}, "InvalidKmsKeyIdException"),
        ({"KmsKeyId": KEY.replace("0e5d", "ffff")}, "KmsKeyNotFoundException"),
        ({"KmsKeyId": FOREIGN_KEY}, "KmsKeyNotFoundException"),
        ({"KmsKeyId": KEY_ID}, "KmsKeyNotFoundException"),
        ({"SnsTopicName": "a topic"}, "InvalidSnsTopicNameException"),
        (
            {"CloudWatchLogsLogGroupArn": "arn:aws:logs:us-east-1:222222222222:log-group:g:*"},
            "InvalidParameterCombinationException",
        ),
        (
            {"IsMultiRegionTrail": True, "IncludeGlobalServiceEvents": False},
            "InvalidParameterCombinationException",
        ),
        ({"IsOrganizationTrail": True}, "NotOrganizationMasterAccountException"),
    ],
)
def test_refused_creations(
    world: SmallWorld, play: Player, settings: dict[str, Any], code: str
) -> None:
    """Rule 1.7; a bare key id means a key of the caller's own account (rule 1.6.1)."""
    world.keys[FOREIGN_KEY] = replace(world.keys[KEY], arn=FOREIGN_KEY, region="eu-west-1")
    assert play.call("CreateTrail", **asked(**settings)).error_code == code
    assert play.call("DescribeTrails").output["trailList"] == []


@pytest.mark.parametrize(
    ("action", "settings", "code"),
    [
        ("s3:GetBucketAcl", {}, "InsufficientS3BucketPolicyException"),
        ("s3:PutObject", {}, "InsufficientS3BucketPolicyException"),
        ("s3:PutObject", {"KmsKeyId": KEY}, "InsufficientS3BucketPolicyException"),
        ("kms:GenerateDataKey", {"KmsKeyId": KEY}, "InsufficientEncryptionPolicyException"),
        ("kms:DescribeKey", {"KmsKeyId": KEY}, "InsufficientEncryptionPolicyException"),
    ],
)
def test_policies_are_checked(
    world: SmallWorld, play: Player, action: str, settings: dict[str, Any], code: str
) -> None:
    world.refused.add((action, PRODUCTION))
    assert play.call("CreateTrail", **asked(**settings)).error_code == code
    assert play.call("CreateTrail", user(STAGING), **asked(**settings)).status == 200


def test_decrypt_is_wanted_with_a_bucket_key_only(world: SmallWorld, play: Player) -> None:
    """Rule 1.5f."""
    world.refused.add(("kms:Decrypt", PRODUCTION))
    assert play.call("CreateTrail", **asked(Name="first", KmsKeyId=KEY)).status == 200
    world.buckets[ARCHIVE] = replace(world.buckets[ARCHIVE], bucket_key=True)
    refused = play.call("CreateTrail", **asked(Name="second", KmsKeyId=KEY))
    assert refused.error_code == "InsufficientEncryptionPolicyException"


def test_disabled_key_is_refused(world: SmallWorld, play: Player) -> None:
    world.keys[KEY] = replace(world.keys[KEY], state="Disabled")
    assert play.call("CreateTrail", **asked(KmsKeyId=KEY)).error_code == "KmsException"


def test_key_must_be_where_the_bucket_is(world: SmallWorld, play: Player) -> None:
    """Rule 1.6.1: not where the trail is."""
    world.buckets["away"] = DeliveryBucket("away", SECURITY, "eu-west-1", False, False)
    refused = play.call("CreateTrail", **asked(S3BucketName="away", KmsKeyId=KEY))
    assert refused.error_code == "KmsKeyNotFoundException"
    made = play.call("CreateTrail", region="eu-west-1", **asked(KmsKeyId=KEY))
    assert made.output["KmsKeyId"] == KEY


def test_requests_of_the_check(world: SmallWorld, play: Player) -> None:
    """The very requests and context of rules 1.5 to 1.5.4."""
    play.call("CreateTrail", **asked(KmsKeyId=KEY, S3KeyPrefix="central"))
    arn = f"arn:aws:cloudtrail:us-east-1:{PRODUCTION}:trail/logkeep"
    acl, put, data_key, describe = world.asked
    assert acl == (
        "s3:GetBucketAcl",
        f"arn:aws:s3:::{ARCHIVE}",
        {
            "aws:SourceArn": arn,
            "aws:SourceAccount": PRODUCTION,
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": "cloudtrail.amazonaws.com",
            "aws:SecureTransport": "true",
        },
    )
    path = f"arn:aws:s3:::{ARCHIVE}/central/AWSLogs/{PRODUCTION}/CloudTrail/us-east-1/2026/11/23/"
    assert put[1].startswith(path)
    assert put[2] == acl[2] | {
        "s3:x-amz-acl": "bucket-owner-full-control",
        "s3:x-amz-server-side-encryption": "aws:kms",
        "s3:x-amz-server-side-encryption-aws-kms-key-id": KEY,
    }
    assert data_key == (
        "kms:GenerateDataKey",
        KEY,
        acl[2]
        | {
            "kms:EncryptionContext:aws:cloudtrail:arn": arn,
            "kms:EncryptionContext:aws:s3:arn": put[1],
        },
    )
    assert describe == ("kms:DescribeKey", KEY, acl[2])


def test_same_name_is_refused(play: Player) -> None:
    play.call("CreateTrail", **asked())
    assert play.call("CreateTrail", **asked()).error_code == "TrailAlreadyExistsException"
    assert play.call("CreateTrail", region="eu-west-1", **asked()).status == 200
    assert play.call("CreateTrail", user(STAGING), **asked()).status == 200


def test_five_trails_a_region_with_shadows(play: Player) -> None:
    """Rule 1.1.9."""
    for n in range(2):
        play.call("CreateTrail", **asked(Name=f"wide{n}", IsMultiRegionTrail=True))
    for n in range(3):
        play.call("CreateTrail", region="eu-west-1", **asked(Name=f"narrow{n}"))
    sixth = play.call("CreateTrail", region="eu-west-1", **asked(Name="sixth"))
    assert sixth.error_code == "MaximumNumberOfTrailsExceededException"
    assert play.call("CreateTrail", **asked(Name="sixth")).status == 200
    wider = play.call("UpdateTrail", Name="sixth", IsMultiRegionTrail=True)
    assert wider.error_code == "MaximumNumberOfTrailsExceededException"


def test_shadows_are_shown_unless_hidden(play: Player) -> None:
    """Rule 1.1.7."""
    arn = play.trail()
    there = play.call("DescribeTrails", region="eu-west-1").output["trailList"]
    assert [t["TrailARN"] for t in there] == [arn]
    hidden = play.call("DescribeTrails", region="eu-west-1", includeShadowTrails=False)
    assert hidden.output["trailList"] == []
    by_name = play.call("DescribeTrails", region="eu-west-1", trailNameList=["logkeep"])
    assert by_name.output["trailList"] == []
    by_arn = play.call("DescribeTrails", region="eu-west-1", trailNameList=[arn])
    assert len(by_arn.output["trailList"]) == 1
    assert play.call("DescribeTrails", user(STAGING)).output["trailList"] == []
    listed = play.call("ListTrails", region="eu-west-1").output["Trails"]
    assert listed == [{"TrailARN": arn, "Name": "logkeep", "HomeRegion": "us-east-1"}]


@pytest.mark.parametrize("by", ["name", "arn"])
@pytest.mark.parametrize("operation", ["UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"])
def test_changes_belong_in_the_home_region(play: Player, operation: str, by: str) -> None:
    """Rule 1.1.3."""
    arn = play.trail()
    name = arn if by == "arn" else "logkeep"
    answer = play.call(operation, region="eu-west-1", Name=name)
    assert answer.error_code == "InvalidHomeRegionException"


@pytest.mark.parametrize("operation", ["UpdateTrail", "DeleteTrail", "StartLogging", "GetTrail"])
def test_unknown_trails(play: Player, operation: str) -> None:
    arn = play.trail(user(STAGING))
    for name in ("absent", arn):
        answer = play.call(operation, Name=name)
        assert answer.error_code == "TrailNotFoundException"
    assert answer.error_message == f"Unknown trail: {arn} for the user: {PRODUCTION}"


def test_update_checks_the_whole_trail_again(world: SmallWorld, play: Player) -> None:
    """Rule 1.7.1: re-pointing a trail at a bad bucket is refused and changes nothing."""
    play.trail()
    refused = play.call("UpdateTrail", Name="logkeep", S3BucketName="gone-bucket")
    assert refused.error_code == "S3BucketDoesNotExistException"
    world.refused.add(("kms:GenerateDataKey", PRODUCTION))
    refused = play.call("UpdateTrail", Name="logkeep", KmsKeyId=KEY)
    assert refused.error_code == "InsufficientEncryptionPolicyException"
    shown = play.call("GetTrail", Name="logkeep").output["Trail"]
    assert shown["S3BucketName"] == ARCHIVE
    assert "KmsKeyId" not in shown


def test_update_keeps_what_it_does_not_name(play: Player) -> None:
    play.trail(KmsKeyId=KEY, S3KeyPrefix="central/")
    play.call("UpdateTrail", Name="logkeep", EnableLogFileValidation=True)
    shown = play.call("GetTrail", Name="logkeep").output["Trail"]
    assert (shown["KmsKeyId"], shown["S3KeyPrefix"]) == (KEY, "central")
    assert shown["LogFileValidationEnabled"]
    play.call("UpdateTrail", Name="logkeep", KmsKeyId="", S3KeyPrefix="")
    shown = play.call("GetTrail", Name="logkeep").output["Trail"]
    assert not {"KmsKeyId", "S3KeyPrefix"} & shown.keys()


def test_global_events_follow_the_reach(play: Player) -> None:
    """Rule 1.11.3."""
    play.call("CreateTrail", **asked())
    wide = play.call("UpdateTrail", Name="logkeep", IsMultiRegionTrail=True)
    assert wide.output["IncludeGlobalServiceEvents"] is True
    narrow = play.call("UpdateTrail", Name="logkeep", IsMultiRegionTrail=False)
    assert narrow.output["IncludeGlobalServiceEvents"] is False


def test_selectors_of_one_kind_drop_the_other(play: Player) -> None:
    """Rule 1.12.3."""
    play.trail()
    category = {"Field": "eventCategory", "Equals": ["Management"]}
    play.call(
        "PutEventSelectors",
        TrailName="logkeep",
        AdvancedEventSelectors=[{"Name": "all", "FieldSelectors": [category]}],
    )
    shown = play.call("GetEventSelectors", TrailName="logkeep").output
    assert "EventSelectors" not in shown
    play.call("PutEventSelectors", TrailName="logkeep", EventSelectors=[{"ReadWriteType": "All"}])
    assert (
        "AdvancedEventSelectors" not in play.call("GetEventSelectors", TrailName="logkeep").output
    )
    neither = play.call("PutEventSelectors", TrailName="logkeep")
    assert neither.error_code == "InvalidEventSelectorsException"


def resource(kind: str, *values: str) -> dict[str, Any]:
    return {"DataResources": [{"Type": kind, "Values": list(values)}]}


@pytest.mark.parametrize(
    ("selectors", "accepted"),
    [
        ([{}] * 5, True),
        ([{}] * 6, False),
        ([{"ReadWriteType": "Some"}], False),
        ([{"ExcludeManagementEventSources": ["kms.amazonaws.com"]}], True),
        ([{"ExcludeManagementEventSources": ["s3.amazonaws.com"]}], False),
        ([resource("AWS::S3::Object", "arn:aws:s3")], True),
        ([resource("AWS::S3::Object", "arn:aws:s3:::b/")], True),
        ([resource("AWS::S3::Object", "arn:aws:s3:::b")], False),
        ([resource("AWS::S3::Bucket", "arn:aws:s3")], False),
        ([resource("AWS::Lambda::Function", "arn:aws:lambda")], True),
        ([resource("AWS::Lambda::Function", "arn:aws:s3")], False),
        ([resource("AWS::S3::Object", *[f"arn:aws:s3:::b{n}/" for n in range(250)])], True),
        ([resource("AWS::S3::Object", *[f"arn:aws:s3:::b{n}/" for n in range(251)])], False),
    ],
)
def test_basic_selectors_are_checked(selectors: list[dict[str, Any]], accepted: bool) -> None:
    """Rule 1.12.2."""
    assert (basic_fault(selectors) == "") is accepted


@pytest.mark.parametrize(
    ("fields", "accepted"),
    [
        ({"eventCategory": ["Management"]}, True),
        ({"eventCategory": ["Data"], "resources.type": ["AWS::SQS::Queue"]}, True),
        ({"eventCategory": ["Data"]}, False),
        ({"readOnly": ["true"]}, False),
        ({"eventCategory": ["Management"], "colour": ["red"]}, False),
        ({"eventCategory": ["Management"], "eventName": []}, False),
        ({"eventCategory": ["Management"], "eventName": ["x"] * 499}, True),
        ({"eventCategory": ["Management"], "eventName": ["x"] * 500}, False),
    ],
)
def test_advanced_selectors_are_checked(fields: dict[str, list[str]], accepted: bool) -> None:
    """Rule 1.12.3."""
    selector = {"FieldSelectors": [{"Field": k, "Equals": v} for k, v in fields.items()]}
    assert (advanced_fault([selector]) == "") is accepted


def test_tags_come_and_go(play: Player) -> None:
    arn = play.trail(TagsList=[{"Key": "owner", "Value": "logkeep"}])
    play.call("AddTags", ResourceId=arn, TagsList=[{"Key": "stage", "Value": "lab"}])
    play.call("RemoveTags", ResourceId=arn, TagsList=[{"Key": "owner"}])
    listed = play.call("ListTags", ResourceIdList=[arn]).output["ResourceTagList"]
    assert listed == [{"ResourceId": arn, "TagsList": [{"Key": "stage", "Value": "lab"}]}]
    gone = play.call("AddTags", ResourceId=f"{arn}x", TagsList=[])
    assert gone.error_code == "ResourceNotFoundException"
    assert play.call("AddTags", ResourceId="logkeep").error_code == "CloudTrailARNInvalidException"
