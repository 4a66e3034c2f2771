"""The policies that people write by hand, as the CloudTrail User Guide tells them to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

SECURITY = "111111111111"
BUCKET = "acme-logs"
TRAIL = "logs"
READER = f"arn:aws:iam::{SECURITY}:role/LogReader"
SERVICE = {"Service": "cloudtrail.amazonaws.com"}


def trail_arn(account: str) -> str:
    """The trail of an account."""
    return f"arn:aws:cloudtrail:us-east-1:{account}:trail/{TRAIL}"


def bucket_policy(accounts: Iterable[str]) -> dict[str, Any]:
    """The bucket's policy for the trails of these accounts (rule 1.4.2)."""
    named = list(accounts)
    sources = [trail_arn(account) for account in named]
    owned = {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceArn": sources}
    return _policy(
        {
            "Sid": "AWSCloudTrailAclCheck",
            "Effect": "Allow",
            "Principal": SERVICE,
            "Action": "s3:GetBucketAcl",
            "Resource": f"arn:aws:s3:::{BUCKET}",
            "Condition": {"StringEquals": {"aws:SourceArn": sources}},
        },
        {
            "Sid": "AWSCloudTrailWrite",
            "Effect": "Allow",
            "Principal": SERVICE,
            "Action": "s3:PutObject",
            "Resource": [f"arn:aws:s3:::{BUCKET}/AWSLogs/{account}/*" for account in named],
            "Condition": {"StringEquals": owned},
        },
    )


def key_policy(accounts: Iterable[str]) -> dict[str, Any]:
    """The key's policy for these accounts' trails and one reader (rules 1.6.2, 1.6.3)."""
    named = list(accounts)
    sources = {"aws:SourceArn": [trail_arn(account) for account in named]}
    contexts = [f"arn:aws:cloudtrail:*:{account}:trail/*" for account in named]
    return _policy(
        {
            "Sid": "Administer",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{SECURITY}:root"},
            "Action": ["kms:Create*", "kms:Describe*", "kms:Get*", "kms:List*", "kms:Put*"],
            "Resource": "*",
        },
        {
            "Sid": "CloudTrailEncrypts",
            "Effect": "Allow",
            "Principal": SERVICE,
            "Action": "kms:GenerateDataKey*",
            "Resource": "*",
            "Condition": {
                "StringEquals": sources,
                "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": contexts},
            },
        },
        {
            "Sid": "CloudTrailDescribes",
            "Effect": "Allow",
            "Principal": SERVICE,
            "Action": "kms:DescribeKey",
            "Resource": "*",
            "Condition": {"StringEquals": sources},
        },
        {
            "Sid": "ReaderDecrypts",
            "Effect": "Allow",
            "Principal": {"AWS": READER},
            "Action": "kms:Decrypt",
            "Resource": "*",
        },
    )


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def fleet_text() -> str:
    """The fleet file by which Logkeep looks at what was made by hand."""
    return f"""\
name = "acme"
home-region = "us-east-1"
regions = ["us-east-1", "eu-west-1"]

[accounts]
security   = "{SECURITY}"
production = "222222222222"
staging    = "333333333333"

[access]
role = "OrganizationAccountAccessRole"

[archive]
account = "security"
bucket  = "{BUCKET}"
key     = "alias/{TRAIL}"
readers = ["{READER}"]

[[logs]]
source = "cloudtrail"
trail  = "{TRAIL}"
"""
