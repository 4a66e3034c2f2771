"""The lab's CloudTrail as real clients see it: boto3, and the `aws` command."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from kinds.cloudtrail.lab.organization import (
    ACCOUNTS,
    BUCKET,
    START,
    Organization,
    key_policy,
    trail_arn,
)
from logkeep.aws.pace import UNPACED
from logkeep.lab.server import Lab


@pytest.fixture
def organization() -> Iterator[Organization]:
    with Lab(ticking=False, start=START) as lab:
        organization = Organization(lab)
        organization.found()
        yield organization


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    """The error code and message of a call that must fail."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def validate(organization: Organization, account: str = "security") -> tuple[int, str]:
    """What `aws cloudtrail validate-logs` says of an account's home Region."""
    ran = organization.aws(
        "cloudtrail",
        "validate-logs",
        "--trail-arn",
        trail_arn(ACCOUNTS[account]),
        "--start-time",
        "2026-11-23T09:00:00Z",
        "--end-time",
        "2026-11-23T18:00:00Z",
        "--verbose",
    )
    return ran.returncode, ran.stdout + ran.stderr


def test_aws_command_finds_all_valid_and_names_what_is_not(organization: Organization) -> None:
    """Rules 1.9.6, 1.9.8."""
    organization.trail("security")
    for _ in range(3):
        organization.client("ec2").describe_vpcs()
        organization.lab.advance(timedelta(hours=1))
    code, said = validate(organization)
    assert code == 0, said
    assert "3/3 digest files valid" in said
    assert "3/3 log files valid" in said
    changed, deleted, _ = organization.keys("/CloudTrail/us-east-1/")
    s3 = organization.client("s3")
    content = organization.read(changed)
    content["Records"][0]["sourceIPAddress"] = "203.0.113.99"
    s3.put_object(Bucket=BUCKET, Key=changed, Body=gzip.compress(json.dumps(content).encode()))
    s3.delete_object(Bucket=BUCKET, Key=deleted)
    code, said = validate(organization)
    assert code == 1
    wrong = {line for line in said.splitlines() if "INVALID:" in line}
    where = f"Log file\ts3://{BUCKET}/"
    assert wrong == {
        f"{where}{changed}\tINVALID: hash value doesn't match",
        f"{where}{deleted}\tINVALID: not found",
    }


def work(organization: Organization, account: str) -> Counter[tuple[str, str]]:
    """A day's ordinary work in an account; what its records should say."""
    mine = f"admin@{account}"
    s3, iam = organization.client("s3", mine), organization.client("iam", mine)
    bucket = f"{account}-data"
    iam.create_user(UserName="bob")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="in/a", Body=b"hello")
    s3.list_objects_v2(Bucket=bucket, Prefix="in/")
    s3.get_object(Bucket=bucket, Key="in/a")
    organization.client("ec2", mine, "eu-west-1").describe_vpcs()
    intern = organization.client("s3", f"intern@{account}")
    assert refused(intern.get_object, Bucket=bucket, Key="in/a")[0] == "AccessDenied"
    names = ["CreateUser", "CreateBucket", "PutObject", "ListObjects", "GetObject", "DescribeVpcs"]
    return Counter({(n, ""): 1 for n in names} | {("GetObject", "AccessDenied"): 1})


def test_exactly_the_calls_made_arrive(organization: Organization) -> None:
    """Every account's work in its own folder, once, with data events and refusals."""
    everything = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}
    for account in ACCOUNTS:
        organization.trail(account)
        organization.client("cloudtrail", f"admin@{account}").put_event_selectors(
            TrailName="logkeep", EventSelectors=[{"DataResources": [everything]}]
        )
    organization.lab.advance(timedelta(minutes=5))
    before = {r["eventID"] for a in ACCOUNTS for r in organization.events(a)}
    made = {a: work(organization, a) for a in ("production", "staging")}
    organization.lab.advance(timedelta(hours=1))
    for account, calls in made.items():
        records = organization.events(account)
        fresh = [r for r in records if r["eventID"] not in before]
        assert {r["recipientAccountId"] for r in records} == {ACCOUNTS[account]}
        assert Counter((r["eventName"], r.get("errorCode", "")) for r in fresh) == calls
        assert {r["eventName"]: r["awsRegion"] for r in fresh}["DescribeVpcs"] == "eu-west-1"


def test_silence_and_mending(organization: Organization) -> None:
    """Rules 1.6.3, 1.7.2, 1.7.3: one account dropped from the key policy, and brought back."""
    for account in ACCOUNTS:
        organization.trail(account)
    organization.lab.advance(timedelta(hours=1))
    kms = organization.client("kms")
    two = key_policy([ACCOUNTS["security"], ACCOUNTS["production"]])
    kms.put_key_policy(KeyId=organization.key_arn, PolicyName="default", Policy=json.dumps(two))
    organization.client("iam", "admin@staging").create_user(UserName="unheard")
    organization.lab.advance(timedelta(hours=2))
    status = organization.client("cloudtrail", "admin@staging").get_trail_status(Name="logkeep")
    assert status["IsLogging"]
    assert status["LatestDeliveryError"] == "AccessDenied"
    assert status["LatestDigestDeliveryError"] == "AccessDenied"
    names = [r["eventName"] for r in organization.events("staging")]
    assert "CreateUser" not in names
    every = key_policy(list(ACCOUNTS.values()))
    kms.put_key_policy(KeyId=organization.key_arn, PolicyName="default", Policy=json.dumps(every))
    organization.lab.advance(timedelta(minutes=5))
    assert "CreateUser" in [r["eventName"] for r in organization.events("staging")]
    status = organization.client("cloudtrail", "admin@staging").get_trail_status(Name="logkeep")
    assert "LatestDeliveryError" not in status
    assert validate(organization, "security")[0] == 0


def test_files_lie_under_the_key_or_under_s3s_own(organization: Organization) -> None:
    """Rules 1.5.2, 1.5.3."""
    organization.trail("security")
    organization.trail("production", KmsKeyId="")
    organization.lab.advance(timedelta(hours=1))
    s3 = organization.client("s3")
    for account, algorithm in (("security", "aws:kms"), ("production", "AES256")):
        for key in organization.keys(f"AWSLogs/{ACCOUNTS[account]}/"):
            head = s3.head_object(Bucket=BUCKET, Key=key)
            assert head["ServerSideEncryption"] == algorithm
            assert (head.get("SSEKMSKeyId") == organization.key_arn) is (algorithm == "aws:kms")


def test_trails_are_refused_as_by_aws(organization: Organization) -> None:
    """Rule 1.7, through boto3."""
    create = organization.client("cloudtrail", "admin@staging").create_trail
    asked = {"Name": "logkeep", "S3BucketName": BUCKET}
    said = refused(create, **asked | {"Name": "other"})
    message = f"Incorrect S3 bucket policy is detected for bucket: {BUCKET}"
    assert said == ("InsufficientS3BucketPolicyException", message)
    one = key_policy([ACCOUNTS["security"]])
    organization.client("kms").put_key_policy(
        KeyId=organization.key_arn, PolicyName="default", Policy=json.dumps(one)
    )
    code, message = refused(create, KmsKeyId=organization.key_arn, **asked)
    assert code == "InsufficientEncryptionPolicyException"
    assert organization.key_arn in message
    assert create(**asked)["TrailARN"] == trail_arn(ACCOUNTS["staging"])


def test_role_switch_is_told_to_both_accounts(organization: Organization) -> None:
    """Rule 1.3.4, and the session's later calls name it."""
    role = f"arn:aws:iam::{ACCOUNTS['staging']}:role/OrganizationAccountAccessRole"
    organization.client("sts", "ada").assume_role(RoleArn=role, RoleSessionName="ada")
    shared = []
    for who in ("admin@security", "admin@staging"):
        attribute = {"AttributeKey": "EventName", "AttributeValue": "AssumeRole"}
        [event] = organization.client("cloudtrail", who).lookup_events(
            LookupAttributes=[attribute], StartTime=START - timedelta(hours=1)
        )["Events"]
        record = json.loads(event["CloudTrailEvent"])
        assert record["resources"][0]["ARN"] == role
        shared.append((record["sharedEventID"], record["recipientAccountId"]))
    assert len({s for s, _ in shared}) == 1
    assert [a for _, a in shared] == [ACCOUNTS["security"], ACCOUNTS["staging"]]


def test_aws_command_sets_up_a_trail_by_hand(organization: Organization, tmp_path: Path) -> None:
    made = organization.aws(
        *("cloudtrail", "create-trail", "--name", "logkeep", "--s3-bucket-name", BUCKET),
        *("--is-multi-region-trail", "--kms-key-id", organization.key_arn),
    )
    assert json.loads(made.stdout)["KmsKeyId"] == organization.key_arn
    assert organization.aws("cloudtrail", "start-logging", "--name", "logkeep").returncode == 0
    organization.lab.advance(timedelta(minutes=5))
    [key] = organization.keys("/CloudTrail/")
    copied = tmp_path / "log.json.gz"
    shown = organization.aws("s3", "cp", f"s3://{BUCKET}/{key}", str(copied))
    assert shown.returncode == 0, shown.stderr
    names = [r["eventName"] for r in json.loads(gzip.decompress(copied.read_bytes()))["Records"]]
    assert names == ["StartLogging"]


def test_recursive_logging_is_set_and_shown(organization: Organization) -> None:
    """Rule 1.1.6."""
    organization.trail("security", RecursiveLogging=False)
    cloudtrail = organization.client("cloudtrail")
    assert cloudtrail.get_trail(Name="logkeep")["Trail"]["RecursiveLogging"] is False
    told = cloudtrail.update_trail(Name="logkeep", RecursiveLogging=True)
    assert told["RecursiveLogging"] is True
    [shown] = cloudtrail.describe_trails()["trailList"]
    assert shown["RecursiveLogging"] is True


def test_paced_lab_refuses_hurried_lookups() -> None:
    """Rule 1.1.2."""
    with Lab(ticking=False, start=START, paced=True) as lab:
        hurried = Organization(lab).client("cloudtrail")
        assert lab.environment()[UNPACED] == "", "Logkeep keeps its pace there"
        codes = {_code(hurried) for _ in range(3)}
        assert codes == {"", "ThrottlingException"}


def _code(cloudtrail: Any) -> str:
    try:
        cloudtrail.lookup_events()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def test_insights_are_told_by_real_clients(organization: Organization) -> None:
    """Rule 1.12.5."""
    organization.trail("security")
    cloudtrail = organization.client("cloudtrail")
    code, _ = refused(cloudtrail.get_insight_selectors, TrailName="logkeep")
    assert code == "InsightNotEnabledException"
    wanted = {"InsightType": "ApiCallRateInsight", "EventCategories": ["Management", "Data"]}
    cloudtrail.put_insight_selectors(TrailName="logkeep", InsightSelectors=[wanted])
    told = cloudtrail.get_insight_selectors(TrailName="logkeep")["InsightSelectors"]
    assert told == [wanted]


def test_idle_days_pass_quickly(organization: Organization) -> None:
    for account in ACCOUNTS:
        organization.trail(account)
    organization.lab.advance(timedelta(minutes=5))
    before = len(organization.keys("/CloudTrail/"))
    organization.lab.advance(timedelta(days=2))
    assert len(organization.keys("/CloudTrail/")) == before
    assert len(organization.keys("/CloudTrail-Digest/")) == 3 * 2 * 49
