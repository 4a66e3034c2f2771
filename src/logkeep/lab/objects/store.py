"""What does S3 do with an upload? As the PutObject page and the user guide tell it, in plain steps.

Sources: S3 API reference, PutObject; S3 User Guide, "Setting default server-side encryption",
"Using SSE-KMS", "Controlling ownership of objects", "Blocking public access", "Blocking SSE-C".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from logkeep.lab.objects.model import (
    Asks,
    Key,
    LabBucket,
    Readings,
    managed_key,
    may,
    may_use_key,
)

SSE = "x-amz-server-side-encryption"
KEY_ID = f"{SSE}-aws-kms-key-id"
BUCKET_KEY = f"{SSE}-bucket-key-enabled"
CUSTOMER = f"{SSE}-customer-algorithm"
CUSTOMER_KEY = f"{SSE}-customer-key"
ACL = "x-amz-acl"
TAGGING = "x-amz-tagging"


@dataclass(frozen=True)
class Stored:
    """An object that lies there."""

    encryption: str
    key: str
    bucket_key: bool
    owner: str


def store(
    who: Asks,
    headers: dict[str, str],
    name: str,
    bucket: LabBucket,
    keys: dict[str, Key],
    readings: Readings,
    *,
    in_parts: bool = False,
) -> Stored | set[str]:
    """The stored object, or every error code that S3 has a reason for."""
    if not bucket.exists:
        return {"NoSuchBucket"}
    encryption, key_name, _ = _encryption(headers, bucket, readings)
    key = _key(key_name, bucket, keys) if encryption.startswith("aws:kms") else None
    found = lay(who, headers, name, bucket, keys, readings, in_parts=in_parts)
    if _allowed(who, headers, name, bucket, key, readings):
        return found
    return {"AccessDenied", *(found if isinstance(found, set) else ())}


def lay(
    who: Asks,
    headers: dict[str, str],
    name: str,
    bucket: LabBucket,
    keys: dict[str, Key],
    readings: Readings,
    *,
    in_parts: bool = False,
) -> Stored | set[str]:
    """The same for an upload that the bucket's and the caller's policies let by."""
    errors = _bad_headers(headers) | _bad_acl(headers, bucket) | _bad_tags(headers)
    if CUSTOMER in headers and bucket.blocks_sse_c:
        errors.add("AccessDenied")
    encryption, key_name, with_bucket_key = _encryption(headers, bucket, readings)
    key = _key(key_name, bucket, keys) if encryption.startswith("aws:kms") else None
    if encryption.startswith("aws:kms"):
        errors |= _key_errors(who, key, bucket, name, with_bucket_key, in_parts)
    if errors:
        return errors
    owner = _owner(who, headers, bucket)
    return Stored(encryption, key.arn if key else "", with_bucket_key, owner)


def _bad_headers(headers: dict[str, str]) -> set[str]:
    """The encryption asked for has to be one, and only one."""
    if CUSTOMER in headers:
        if SSE in headers or KEY_ID in headers:
            return {"InvalidArgument"}
        if headers[CUSTOMER] != "AES256":
            return {"InvalidEncryptionAlgorithmError"}
        return set() if CUSTOMER_KEY in headers else {"InvalidArgument"}
    if headers.get(SSE, "AES256") not in ("AES256", "aws:kms", "aws:kms:dsse"):
        return {"InvalidArgument"}
    if KEY_ID in headers and not headers.get(SSE, "").startswith("aws:kms"):
        return {"InvalidArgument"}
    return set()


def _bad_tags(headers: dict[str, str]) -> set[str]:
    """S3 User Guide, "Categorizing your objects using tags"."""
    errors: set[str] = set()
    names: set[str] = set()
    for pair in filter(None, headers.get(TAGGING, "").split("&")):
        name, _, value = (unquote_plus(part) for part in pair.partition("="))
        if name in names:
            errors.add("InvalidArgument")
        if not name or len(name) > 128 or len(value) > 256 or name.startswith("aws:"):
            errors.add("InvalidTag")
        names.add(name)
    if len(names) > 10:
        errors.add("BadRequest")
    return errors


def _bad_acl(headers: dict[str, str], bucket: LabBucket) -> set[str]:
    acl = headers.get(ACL)
    errors: set[str] = set()
    if acl is None:
        return errors
    if bucket.ownership == "BucketOwnerEnforced" and acl != "bucket-owner-full-control":
        errors.add("AccessControlListNotSupported")
    if bucket.blocks_public_acls and acl in ("public-read", "public-read-write"):
        errors.add("AccessDenied")
    return errors


def _encryption(
    headers: dict[str, str], bucket: LabBucket, readings: Readings
) -> tuple[str, str, bool]:
    """The header wins; without one the bucket's default is applied."""
    if CUSTOMER in headers:
        return "SSE-C", "", False
    if SSE not in headers:
        asked, key = bucket.algorithm, bucket.key
    else:
        asked, key = headers[SSE], headers.get(KEY_ID, "")
    if asked != "aws:kms":
        return asked, key, False
    if BUCKET_KEY in headers:
        return asked, key, headers[BUCKET_KEY] == "true"
    leaves_the_default = SSE in headers and not key and bucket.algorithm == asked and bucket.key
    if leaves_the_default and not readings.bucket_key_of_default:
        return asked, key, False
    return asked, key, bucket.bucket_key


def _key(name: str, bucket: LabBucket, keys: dict[str, Key]) -> Key | None:
    """No name is the AWS managed key of the bucket's account."""
    return keys.get(name) if name else managed_key(bucket.account, bucket.region)


def _context(headers: dict[str, str]) -> dict[str, Any]:
    """A header that is not sent makes no condition key."""
    names = (SSE, KEY_ID, CUSTOMER, ACL)
    return {f"s3:{name}": headers[name] for name in names if name in headers}


def _allowed(
    who: Asks,
    headers: dict[str, str],
    name: str,
    bucket: LabBucket,
    key: Key | None,
    readings: Readings,
) -> bool:
    context = _context(headers)
    if key is not None and readings.key_condition_sees_default:
        context[f"s3:{KEY_ID}"] = key.arn
    actions = ["s3:PutObject"]
    if headers.get(ACL, "bucket-owner-full-control") != "bucket-owner-full-control":
        actions.append("s3:PutObjectAcl")
    return all(
        may(
            who,
            action,
            f"{bucket.arn}/{name}",
            bucket.account,
            bucket.policy,
            context if action == "s3:PutObject" else _context(headers),
        )
        for action in actions
    )


def _key_errors(
    who: Asks,
    key: Key | None,
    bucket: LabBucket,
    name: str,
    with_bucket_key: bool,
    in_parts: bool,
) -> set[str]:
    """GenerateDataKey for every upload, then Decrypt for one in parts: the first that fails tells.

    KMS looks at who asks before it looks at the key's state.
    """
    if key is None or key.region != bucket.region:
        return {"KMS.NotFoundException"}
    context = bucket.arn if with_bucket_key else f"{bucket.arn}/{name}"
    for action in ["kms:GenerateDataKey"] + (["kms:Decrypt"] if in_parts else []):
        if not may_use_key(who, action, key, bucket.region, context):
            return {"AccessDenied"}
        if key.state != "Enabled":
            disabled = key.state == "Disabled"
            return {"KMS.DisabledException" if disabled else "KMS.KMSInvalidStateException"}
    return set()


def _owner(who: Asks, headers: dict[str, str], bucket: LabBucket) -> str:
    writer = who.caller.account
    if bucket.ownership == "BucketOwnerEnforced":
        return bucket.account
    gives = headers.get(ACL) == "bucket-owner-full-control"
    if bucket.ownership == "BucketOwnerPreferred" and gives:
        return bucket.account
    return writer
