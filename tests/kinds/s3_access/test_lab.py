"""S3's access logs in the lab: AWS's own answers, real-shaped records, late and best effort."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from logkeep.lab.server import Lab
from logkeep.sources.s3_access.records import AccessRecord, read_record
from support.places import shared

ACCOUNT = "333333333333"
START = datetime.datetime(2026, 11, 23, 3, 10, tzinfo=datetime.UTC)
TARGET = "app-access-logs"
GROUP = "http://acs.amazonaws.com/groups/s3/LogDelivery"
Aws = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(start=START, ticking=False) as made:
        yield made


def client_of(lab: Lab, who: str) -> Any:
    found = lab.credentials[who]
    return boto3.client(
        "s3",
        "us-east-1",
        endpoint_url=lab.endpoint_url,
        aws_access_key_id=found.access_key_id,
        aws_secret_access_key=found.secret_access_key,
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def s3(lab: Lab) -> Any:
    """An administrator of staging, with a bucket that takes logs."""
    made = client_of(lab, "admin@staging")
    made.create_bucket(Bucket=TARGET)
    return made


@pytest.fixture
def aws(lab: Lab, tmp_path: Path) -> Aws:
    def run(*command: str, who: str = "admin@staging") -> subprocess.CompletedProcess[str]:
        program = Path(sys.executable).with_name("aws")
        variables = {"HOME": str(tmp_path), **lab.environment(who)}
        return subprocess.run(
            [str(program), "s3api", *command],
            env=variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


def logged(s3: Any, name: str, **more: Any) -> None:
    """A bucket that logs into the target, which lets S3 write for it."""
    s3.create_bucket(Bucket=name)
    lets_in(s3, "*")
    into(s3, name, **more)


def into(s3: Any, name: str, target: str = TARGET, prefix: str = "", **more: Any) -> None:
    enabled = {"TargetBucket": target, "TargetPrefix": prefix, **more}
    s3.put_bucket_logging(Bucket=name, BucketLoggingStatus={"LoggingEnabled": enabled})


def lets_in(s3: Any, source: str, **more: Any) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{TARGET}/*",
        "Condition": {
            "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{source}"},
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
        },
        **more,
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket=TARGET, Policy=json.dumps(document))


def keys(s3: Any, target: str = TARGET) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=target)
    return [each["Key"] for page in pages for each in page.get("Contents", ())]


def records(s3: Any, part: str = "") -> list[AccessRecord]:
    """Every record delivered; a line that is none fails."""
    found: list[AccessRecord] = []
    for key in keys(s3):
        if part in key:
            body = s3.get_object(Bucket=TARGET, Key=key)["Body"].read().decode()
            for line in body.splitlines():
                record = read_record(line)
                assert isinstance(record, AccessRecord), line
                found.append(record)
    return found


def hours(lab: Lab, count: float) -> None:
    lab.advance(datetime.timedelta(hours=count))


def operations(found: list[AccessRecord]) -> set[str]:
    return {record.fields["operation"] for record in found}


PARTITIONED = {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}}


def test_the_api_answers_as_aws_does(s3: Any, aws: Aws) -> None:
    s3.create_bucket(Bucket="app-data")
    assert aws("get-bucket-logging", "--bucket", "app-data").stdout == ""
    wanted = {
        "LoggingEnabled": {
            "TargetBucket": TARGET,
            "TargetPrefix": "data/",
            "TargetObjectKeyFormat": PARTITIONED,
        }
    }
    status = ("--bucket", "app-data", "--bucket-logging-status", json.dumps(wanted))
    assert aws("put-bucket-logging", *status).returncode == 0
    assert json.loads(aws("get-bucket-logging", "--bucket", "app-data").stdout) == wanted
    off = ("--bucket", "app-data", "--bucket-logging-status", "{}")
    assert aws("put-bucket-logging", *off).returncode == 0
    assert aws("get-bucket-logging", "--bucket", "app-data").stdout == ""
    stranger = aws("get-bucket-logging", "--bucket", "app-data", who="admin@production")
    assert "(AccessDenied)" in stranger.stderr


GRANT = {"Grantee": {"Type": "Group", "URI": GROUP}, "Permission": "READ"}
REFUSED = [
    ("nowhere", {}, "InvalidTargetBucketForLogging"),
    ("of-production", {}, "InvalidTargetBucketForLogging"),
    ("in-ireland", {}, "CrossLocationLoggingProhibitted"),
    (
        TARGET,
        {"TargetObjectKeyFormat": {"PartitionedPrefix": {"PartitionDateSource": "Tomorrow"}}},
        "MalformedXML",
    ),
    (TARGET, {"TargetGrants": [GRANT]}, "InvalidArgument"),
]


def test_a_target_that_cannot_be_is_refused(lab: Lab, s3: Any, subtests: pytest.Subtests) -> None:
    """Rule 9.1, and case SL05's own words."""
    s3.create_bucket(Bucket="app-data")
    ireland = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket="in-ireland", CreateBucketConfiguration=ireland)
    client_of(lab, "admin@production").create_bucket(Bucket="of-production")
    for target, more, code in REFUSED:
        with subtests.test(target, code=code):
            with pytest.raises(ClientError) as refused:
                into(s3, "app-data", target, **more)
            assert refused.value.response["Error"]["Code"] == code
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket="app-data")


def test_what_people_do_comes_late_at_flat_keys(lab: Lab, s3: Any) -> None:
    """Rules 9.6 to 9.9; a target without a policy is taken (rule 9.3)."""
    logged(s3, "app-data", prefix="data-")
    hours(lab, 1)  # until then some requests do not know of it
    body = b"place,sum\n"
    s3.put_object(Bucket="app-data", Key="some report.csv", Body=body)
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket="app-data", Key="none")
    s3.copy_object(Bucket="app-data", Key="copy", CopySource="app-data/some report.csv")
    s3.delete_objects(Bucket="app-data", Delete={"Objects": [{"Key": "copy"}], "Quiet": True})
    hours(lab, 0.5)
    assert keys(s3) == []
    hours(lab, 4)
    assert all(key.startswith("data-2026-11-23-") for key in keys(s3))
    found = {record.fields["operation"]: record.fields for record in records(s3)}
    assert found.keys() >= {
        *("REST.PUT.OBJECT", "REST.GET.OBJECT", "REST.COPY.OBJECT", "REST.COPY.OBJECT_GET"),
        *("REST.POST.MULTI_OBJECT_DELETE", "BATCH.DELETE.OBJECT"),
    }
    put, get = found["REST.PUT.OBJECT"], found["REST.GET.OBJECT"]
    assert put["requester"] == f"arn:aws:iam::{ACCOUNT}:user/admin"
    assert (put["bucket"], put["key"]) == ("app-data", "some%20report.csv")
    assert (put["http_status"], put["object_size"]) == ("200", str(len(body)))
    assert put["request_uri"].startswith("PUT /app-data/some%20report.csv")
    assert (get["http_status"], get["error_code"]) == ("404", "NoSuchKey")
    assert found["BATCH.DELETE.OBJECT"]["key"] == "copy"
    assert "request_uri" not in found["BATCH.DELETE.OBJECT"]
    copied = found["REST.COPY.OBJECT"], found["REST.COPY.OBJECT_GET"]
    assert [each["key"] for each in copied] == ["copy", "some%20report.csv"]


@pytest.mark.parametrize("date", ["EventTime", "DeliveryTime"])
def test_partitioned_keys_have_a_folder_for_each_bucket_and_day(
    lab: Lab, s3: Any, date: str
) -> None:
    """Rule 9.7: of events the day alone, of a delivery its time."""
    form = {"PartitionedPrefix": {"PartitionDateSource": date}}
    logged(s3, "app-data", prefix="p/", TargetObjectKeyFormat=form)
    hours(lab, 20)  # 23:10
    s3.list_objects_v2(Bucket="app-data")
    hours(lab, 4)
    key = max(keys(s3))
    day = "23" if date == "EventTime" else "24"
    folder = f"p/{ACCOUNT}/us-east-1/app-data/2026/11/{day}/2026-11-{day}-"
    assert key.startswith(folder)
    assert key.startswith(f"{folder}00-00-00-") is (date == "EventTime")


def let_in_elsewhere_alone(s3: Any) -> None:
    lets_in(s3, "app-data", Resource=f"arn:aws:s3:::{TARGET}/other/*")


def lock(s3: Any) -> None:
    on = {"Status": "Enabled"}
    s3.put_bucket_versioning(Bucket=TARGET, VersioningConfiguration=on)
    locked = {"ObjectLockEnabled": "Enabled"}
    s3.put_object_lock_configuration(Bucket=TARGET, ObjectLockConfiguration=locked)


def encrypt(s3: Any) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    rules = {"Rules": [rule]}
    s3.put_bucket_encryption(Bucket=TARGET, ServerSideEncryptionConfiguration=rules)


def make_others_pay(s3: Any) -> None:
    pays = {"Payer": "Requester"}
    s3.put_bucket_request_payment(Bucket=TARGET, RequestPaymentConfiguration=pays)


@pytest.mark.parametrize("spoil", [let_in_elsewhere_alone, lock, encrypt, make_others_pay])
def test_what_s3_does_not_write_to_is_lost_in_silence(
    lab: Lab, s3: Any, spoil: Callable[[Any], None]
) -> None:
    """Rules 9.1, 9.2, 9.4 and 9.5."""
    logged(s3, "app-data")
    spoil(s3)
    for _ in range(10):
        s3.list_objects_v2(Bucket="app-data")
    hours(lab, 6)
    assert keys(s3) == []


def test_the_log_delivery_group_counts_while_acls_are_on(lab: Lab, s3: Any) -> None:
    """Rule 9.2, model 2."""
    owned = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    s3.put_bucket_ownership_controls(Bucket=TARGET, OwnershipControls=owned)
    s3.put_bucket_acl(Bucket=TARGET, ACL="log-delivery-write")
    s3.create_bucket(Bucket="app-data")
    into(s3, "app-data")
    hours(lab, 1)
    s3.list_objects_v2(Bucket="app-data")
    hours(lab, 4)
    assert operations(records(s3)) >= {"REST.GET.BUCKET"}
    enforced = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    s3.put_bucket_ownership_controls(Bucket=TARGET, OwnershipControls=enforced)
    before = keys(s3)
    s3.list_objects_v2(Bucket="app-data")
    hours(lab, 4)
    assert keys(s3) == before


def test_a_bucket_that_logs_into_itself_never_falls_silent(lab: Lab, s3: Any) -> None:
    """Case SL08: each delivery is an access of its own."""
    lets_in(s3, TARGET)
    into(s3, TARGET, prefix="log/")
    hours(lab, 4)
    s3.list_objects_v2(Bucket=TARGET)
    counts: list[int] = []
    for _ in range(3):
        hours(lab, 24)
        counts.append(len(keys(s3)))
    assert counts[0] < counts[1] < counts[2]
    own = [r for r in records(s3) if r.fields["requester"] == "svc:logging.s3.amazonaws.com"]
    assert len(own) > 20


def test_few_of_many_are_lost_and_few_come_twice(lab: Lab, s3: Any) -> None:
    """Rule 9.6, best effort."""
    logged(s3, "app-data")
    hours(lab, 1)
    for _ in range(700):
        s3.head_bucket(Bucket="app-data")
    hours(lab, 4)
    found = [r.fields["request_id"] for r in records(s3) if "HEAD" in r.fields["operation"]]
    once = set(found)
    assert 690 <= len(once) < 700
    assert len(once) < len(found) < 710


def test_the_fields_are_those_of_real_records(lab: Lab, s3: Any) -> None:
    logged(s3, "app-data")
    hours(lab, 1)
    s3.get_bucket_versioning(Bucket="app-data")
    hours(lab, 4)
    real = shared("data/s3-access/otel_multi.log").read_text().splitlines()
    theirs = [read_record(line) for line in real]
    names = {
        name for record in theirs if isinstance(record, AccessRecord) for name in record.fields
    }
    found = records(s3)
    assert found
    for record in found:
        assert names - record.fields.keys() <= {
            "error_code", "bytes_sent", "access_point_arn", "acl_required", "object_size",
            "turn_around_time", "referer", "key",
        }  # fmt: skip
