"""The requests that CloudTrail makes to write one object, and whether they pass (rule 1.5)."""

from __future__ import annotations

from logkeep.lab import delivery
from logkeep.lab.call import DeliveryBucket, DeliveryKey, World
from logkeep.lab.delivery import SSE, SSE_KEY, Refused, Sender, Upload
from logkeep.lab.kinds.cloudtrail.state import Trail

SERVICE = "cloudtrail.amazonaws.com"


def sender(trail: Trail) -> Sender:
    """CloudTrail, on behalf of a trail."""
    return Sender(SERVICE, trail.arn, trail.account)


def upload(trail: Trail, bucket: str, object_key: str, *, encrypted: bool | None = None) -> Upload:
    """An object of a trail, encrypted as the trail says unless it is told otherwise.

    Whether the trail's ARN is still in the encryption context with a Bucket Key is not verified
    (rule 1.5.4); the lab sends it.
    """
    wants_key = bool(trail.key_arn) if encrypted is None else encrypted
    headers = put_headers(trail.key_arn if wants_key else "")
    context = {"aws:cloudtrail:arn": trail.arn}
    return Upload(bucket, object_key, headers, context, looks_first=True)


def put_headers(key_arn: str) -> dict[str, str]:
    """The condition keys of the headers of a PutObject (rules 1.5.1 to 1.5.3)."""
    headers = {"s3:x-amz-acl": "bucket-owner-full-control"}
    if not key_arn:
        return headers | {SSE: "AES256"}
    return headers | {SSE: "aws:kms", SSE_KEY: key_arn}


def judge_bucket(
    world: World,
    trail: Trail,
    bucket: DeliveryBucket,
    object_key: str,
    *,
    encrypted: bool | None = None,
) -> Refused | None:
    """The requests a to c of rule 1.5 against the bucket; None if they pass."""
    asked = upload(trail, bucket.name, object_key, encrypted=encrypted)
    return delivery.judge_bucket(world, sender(trail), asked, bucket)


def is_key_open(
    world: World, trail: Trail, bucket: DeliveryBucket, key: DeliveryKey, object_key: str
) -> bool:
    """Whether the requests d to f of rule 1.5 pass, as when a trail is created or changed."""
    by, asked = sender(trail), upload(trail, bucket.name, object_key)
    if delivery.judge_key(world, by, asked, bucket, key) is not None:
        return False
    return world.authorize_service(SERVICE, "kms:DescribeKey", key.arn, by.context()).allowed
