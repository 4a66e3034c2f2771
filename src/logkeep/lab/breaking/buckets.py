"""Which calls make a bucket, encrypt it otherwise or let its objects expire, whosever it is?"""

from __future__ import annotations

from typing import TypeAlias

from logkeep.lab.breaking.calls import Breakage
from logkeep.snapshot.setting import Write
from logkeep.value import AccountId, Arn, Json, Region

BucketPlace: TypeAlias = tuple[Arn, AccountId, Region]
"""What the calls are for, and the account and Region in which they are made."""


def created(place: BucketPlace, name: str) -> Write:
    """A bucket is made in the place's Region (S3 API, CreateBucket)."""
    region = place[2]
    named: dict[str, Json] = {"Bucket": name}
    if region != "us-east-1":
        named["CreateBucketConfiguration"] = {"LocationConstraint": region}
    return Write(*place, "s3:CreateBucket", named)


def encrypted(place: BucketPlace, name: str, algorithm: str, **key: Json) -> Write:
    """Its default encryption is this one."""
    default: Json = {"SSEAlgorithm": algorithm, **key}
    rules: Json = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    named: dict[str, Json] = {"Bucket": name, "ServerSideEncryptionConfiguration": rules}
    return Write(*place, "s3:PutBucketEncryption", named)


def expiring(place: BucketPlace, name: str, what: str) -> Breakage:
    """A lifecycle rule deletes its objects after a month."""
    rule: Json = {
        "ID": "tidy-up", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}
    }  # fmt: skip
    named: dict[str, Json] = {"Bucket": name}
    rules: dict[str, Json] = {**named, "LifecycleConfiguration": {"Rules": [rule]}}
    return Breakage(
        f"the rule `tidy-up` deletes {what} after 30 days",
        (Write(*place, "s3:PutBucketLifecycleConfiguration", rules),),
        (Write(*place, "s3:DeleteBucketLifecycle", named),),
    )
