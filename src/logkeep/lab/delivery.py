"""May a service write this object, and is it then there? Authorize, encrypt, put: for every kind.

A kind says who sends and which headers go along; the bucket's and the key's policies, the RCPs and
the bucket's default encryption decide.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from logkeep.lab.call import DeliveryBucket, DeliveryKey, World

SSE = "s3:x-amz-server-side-encryption"
SSE_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
"""The condition keys of the two headers that choose how an object is encrypted (rule 2.2.2)."""


@dataclass(frozen=True)
class Sender:
    """A service that delivers on behalf of a thing of some account."""

    service: str
    source_arn: str
    account: str

    def context(self) -> dict[str, str]:
        """The condition keys of every request of it (rule 1.5.1)."""
        return {
            "aws:SourceArn": self.source_arn,
            "aws:SourceAccount": self.account,
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": self.service,
            "aws:SecureTransport": "true",
        }


@dataclass(frozen=True)
class Upload:
    """One object on its way."""

    bucket: str
    key: str
    headers: dict[str, str] = field(default_factory=dict[str, str])
    """Condition keys of the headers that the service sends; without SSE the bucket decides."""
    encryption: dict[str, str] = field(default_factory=dict[str, str])
    """What the service adds to the encryption context."""
    looks_first: bool = False
    """Whether it asks for the bucket's ACL before it writes."""


@dataclass(frozen=True)
class Writable:
    """Every request of the write passes."""

    key: DeliveryKey | None = None
    encryption_context: dict[str, str] | None = None


@dataclass(frozen=True)
class Refused:
    """One of them does not: the first, and S3's or KMS's code for it (rule 1.7.2)."""

    request: Literal["bucket", "acl", "put", "key", "data-key", "decrypt"]
    code: str


def judge(world: World, sender: Sender, upload: Upload) -> Writable | Refused:
    """Whether a service may write an object now."""
    bucket = world.bucket(upload.bucket)
    if bucket is None:
        return Refused("bucket", "NoSuchBucket")
    if refused := judge_bucket(world, sender, upload, bucket):
        return refused
    name = key_name(upload, bucket)
    if not name:
        return Writable()
    key = world.key(name, sender.account, bucket.region)
    if key is None or key.region != bucket.region:  # rule 1.6.1
        return Refused("key", "KMS.NotFoundException")
    if key.state != "Enabled":
        return Refused("key", _state_code(key))
    if refused := judge_key(world, sender, upload, bucket, key):
        return refused
    return Writable(key, encryption_context(upload, bucket))


def key_name(upload: Upload, bucket: DeliveryBucket) -> str:
    """The key that the object will lie under: the header's, else the default's (rule 2.2.2)."""
    return upload.headers.get(SSE_KEY, "") if SSE in upload.headers else bucket.default_key


def _state_code(key: DeliveryKey) -> str:
    """Rule 1.7.2, 1.7.4: S3 passes on the KMS code behind `KMS.`."""
    return "KMS.DisabledException" if key.state == "Disabled" else "KMS.KMSInvalidStateException"


def judge_bucket(
    world: World, sender: Sender, upload: Upload, bucket: DeliveryBucket
) -> Refused | None:
    """The requests to the bucket; None if they pass."""
    arn, context = f"arn:aws:s3:::{bucket.name}", sender.context()

    def passes(action: str, resource: str, more: dict[str, str]) -> bool:
        return world.authorize_service(sender.service, action, resource, context | more).allowed

    if upload.looks_first and not passes("s3:GetBucketAcl", arn, {}):
        return Refused("acl", "AccessDenied")
    if bucket.requester_pays:  # rules 1.4.1 and 9.1
        return Refused("put", "AccessDenied")
    if not passes("s3:PutObject", f"{arn}/{upload.key}", upload.headers):
        return Refused("put", "AccessDenied")
    return None


def judge_key(
    world: World, sender: Sender, upload: Upload, bucket: DeliveryBucket, key: DeliveryKey
) -> Refused | None:
    """The requests to the key; None if they pass. A Bucket Key asks to decrypt too."""
    encryption = encryption_context(upload, bucket)
    context = sender.context() | {
        f"kms:EncryptionContext:{name}": value for name, value in encryption.items()
    }

    def passes(action: str) -> bool:
        return world.authorize_service(sender.service, action, key.arn, context).allowed

    if not passes("kms:GenerateDataKey"):
        return Refused("data-key", "AccessDenied")
    if bucket.bucket_key and not passes("kms:Decrypt"):
        return Refused("decrypt", "AccessDenied")
    return None


def encryption_context(upload: Upload, bucket: DeliveryBucket) -> dict[str, str]:
    """The encryption context; with a Bucket Key the bucket stands for the object (rule 2.2.9)."""
    arn = f"arn:aws:s3:::{bucket.name}"
    about = arn if bucket.bucket_key else f"{arn}/{upload.key}"
    return {**upload.encryption, "aws:s3:arn": about}


def put(
    world: World,
    sender: Sender,
    upload: Upload,
    body: bytes,
    at: datetime,
    *,
    metadata: dict[str, str] | None = None,
    content_type: str = "application/json",
    content_encoding: str = "gzip",
) -> str:
    """Write one object if every request of it passes; the code of the refusal otherwise."""
    verdict = judge(world, sender, upload)
    match verdict:
        case Refused(code=code):
            return code
        case Writable(key=key, encryption_context=context):
            world.store_object(
                upload.bucket,
                upload.key,
                body,
                at=at,
                algorithm="aws:kms" if key else "AES256",
                kms_key_arn=key.arn if key else "",
                metadata=metadata,
                content_type=content_type,
                content_encoding=content_encoding,
                encryption_context=context,
            )
            return ""
