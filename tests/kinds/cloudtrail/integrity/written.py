"""An archive that the lab's own CloudTrail wrote, with as many log files an hour as are wanted."""

from __future__ import annotations

import datetime
import json
from typing import Any

import boto3

from logkeep.aws.session import plain_sdk
from logkeep.lab.kinds.cloudtrail.state import Event, state_of
from logkeep.lab.server import Lab

TICK = datetime.timedelta(minutes=5)
EVENTS_A_FILE = 8


def with_trail(lab: Lab, bucket: str, name: str = "logkeep") -> str:
    """A trail of the management account that validates its files; gives its ARN."""
    session = boto3.Session(**_keys(lab), botocore_session=plain_sdk())
    s3 = session.client("s3", endpoint_url=lab.endpoint_url)
    s3.create_bucket(Bucket=bucket)
    service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    names = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    says = {**service, "Action": ["s3:GetBucketAcl", "s3:PutObject"], "Resource": names}
    s3.put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [says]})
    )
    trails = session.client("cloudtrail", endpoint_url=lab.endpoint_url)
    made = trails.create_trail(
        Name=name, S3BucketName=bucket, IsMultiRegionTrail=True, EnableLogFileValidation=True
    )
    trails.start_logging(Name=name)
    return made["TrailARN"]


def _keys(lab: Lab) -> dict[str, str]:
    found = lab.environment("ada")
    return {
        "aws_access_key_id": found["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": found["AWS_SECRET_ACCESS_KEY"],
        "region_name": found["AWS_REGION"],
    }


def write(lab: Lab, arn: str, hours: int, logs: int) -> None:
    """Let hours go by in each of which something is done before so many of the deliveries."""
    course = state_of(lab.world).courses[arn]
    for _ in range(hours):
        hour = lab.world.now()
        for stream in course.streams.values():
            for number in range(logs):
                at = hour + number * TICK + datetime.timedelta(seconds=30)
                stream.queue += [_event(stream, at, each) for each in range(EVENTS_A_FILE)]
        lab.advance(datetime.timedelta(hours=1))


def _event(stream: Any, at: datetime.datetime, number: int) -> Event:
    arn = f"arn:aws:iam::{stream.account}:user/ada"
    record = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "arn": arn,
            "accountId": stream.account,
            "userName": "ada",
        },
        "eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "DescribeInstances",
        "awsRegion": stream.region,
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux#6.8 lang/python#3.13.7",
        "requestParameters": {"filterSet": {}, "instancesSet": {"items": [{"instanceId": "i-1"}]}},
        "responseElements": None,
        "requestID": f"{at.timestamp():.0f}-{number}",
        "eventID": f"{stream.region}-{at.timestamp():.0f}-{number}",
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": stream.account,
        "eventCategory": "Management",
    }
    return Event(stream.account, stream.region, at, record, "Management")
