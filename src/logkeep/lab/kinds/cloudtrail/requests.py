"""The requests that CloudTrail makes to write one object, and whether they pass (rule 1.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from logkeep.lab.call import Bucket, Key, World
from logkeep.lab.kinds.cloudtrail.state import Trail

SERVICE = "cloudtrail.amazonaws.com"


@dataclass(frozen=True)
class Writable:
    """Every request of the write passes."""

    key: Key | None = None
    encryption_context: dict[str, str] | None = None


@dataclass(frozen=True)
class Refused:
    """One of them does not: the first, and S3's or KMS's code for it (rule 1.7.2)."""

    request: Literal["bucket", "acl", "put", "key", "data-key", "decrypt", "describe"]
    code: str


def judge_write(
    world: World, trail: Trail, bucket_name: str, object_key: str
) -> Writable | Refused:
    """Whether CloudTrail may write this object now, as the trail is set."""
    bucket = world.bucket(bucket_name)
    if bucket is None:
        return Refused("bucket", "NoSuchBucket")
    if refused := judge_bucket(world, trail, bucket, object_key):
        return refused
    if not trail.key_arn:
        return Writable()
    key = world.key(trail.key_arn, trail.account, bucket.region)
    if key is None or key.region != bucket.region:  # rule 1.6.1
        return Refused("key", "KMS.NotFoundException")
    if key.state != "Enabled":
        return Refused("key", _state_code(key))
    if refused := judge_key(world, trail, bucket, key, object_key):
        return refused
    return Writable(key, encryption_context(trail, bucket, object_key))


def _state_code(key: Key) -> str:
    """Rule 1.7.2, 1.7.4: S3 passes on the KMS code behind `KMS.`."""
    return "KMS.DisabledException" if key.state == "Disabled" else "KMS.KMSInvalidStateException"


def judge_bucket(
    world: World, trail: Trail, bucket: Bucket, object_key: str, *, encrypted: bool | None = None
) -> Refused | None:
    """The requests a to c of rule 1.5 against the bucket; None if they pass."""
    arn = f"arn:aws:s3:::{bucket.name}"
    context = service_context(trail)
    if not world.authorize_service(SERVICE, "s3:GetBucketAcl", arn, context).allowed:
        return Refused("acl", "AccessDenied")
    if bucket.requester_pays:  # rule 1.4.1
        return Refused("put", "AccessDenied")
    wants_key = bool(trail.key_arn) if encrypted is None else encrypted
    put = context | put_headers(trail.key_arn if wants_key else "")
    if not world.authorize_service(SERVICE, "s3:PutObject", f"{arn}/{object_key}", put).allowed:
        return Refused("put", "AccessDenied")
    return None


def service_context(trail: Trail) -> dict[str, str]:
    """The condition keys of every request of CloudTrail's (rule 1.5.1)."""
    return {
        "aws:SourceArn": trail.arn,
        "aws:SourceAccount": trail.account,
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": SERVICE,
        "aws:SecureTransport": "true",
    }


def put_headers(key_arn: str) -> dict[str, str]:
    """The condition keys of the headers of a PutObject (rules 1.5.1 to 1.5.3)."""
    headers = {"s3:x-amz-acl": "bucket-owner-full-control"}
    if not key_arn:
        return headers | {"s3:x-amz-server-side-encryption": "AES256"}
    return headers | {
        "s3:x-amz-server-side-encryption": "aws:kms",
        "s3:x-amz-server-side-encryption-aws-kms-key-id": key_arn,
    }


def judge_key(
    world: World, trail: Trail, bucket: Bucket, key: Key, object_key: str
) -> Refused | None:
    """The requests d and f of rule 1.5 against the key; None if they pass."""
    encryption = encryption_context(trail, bucket, object_key)
    context = service_context(trail) | {
        f"kms:EncryptionContext:{name}": value for name, value in encryption.items()
    }
    if not world.authorize_service(SERVICE, "kms:GenerateDataKey", key.arn, context).allowed:
        return Refused("data-key", "AccessDenied")
    if (
        bucket.bucket_key
        and not world.authorize_service(SERVICE, "kms:Decrypt", key.arn, context).allowed
    ):
        return Refused("decrypt", "AccessDenied")
    return None


def encryption_context(trail: Trail, bucket: Bucket, object_key: str) -> dict[str, str]:
    """The encryption context (rule 1.5.4); with a Bucket Key the bucket stands for the object.

    Whether the trail's ARN is then still sent is not verified; the lab sends it.
    """
    arn = f"arn:aws:s3:::{bucket.name}"
    return {
        "aws:cloudtrail:arn": trail.arn,
        "aws:s3:arn": arn if bucket.bucket_key else f"{arn}/{object_key}",
    }


def judge_describe(world: World, trail: Trail, key: Key) -> Refused | None:
    """The request e of rule 1.5, made when a trail is created or changed."""
    context = service_context(trail)
    if world.authorize_service(SERVICE, "kms:DescribeKey", key.arn, context).allowed:
        return None
    return Refused("describe", "AccessDenied")
