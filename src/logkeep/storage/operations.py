"""What does S3 answer to a bucket's settings being read or written, as far as cases ask?

Recorded against AWS by LocalStack in February 2026 (rule 13.2).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, cast

import msgspec

from logkeep.policy import Unread, explain, request
from logkeep.storage.asking import layers_of
from logkeep.storage.bucket import (
    AES256,
    DSSE,
    ENABLED,
    KMS,
    SSE_C,
    WITH_KEY,
    Bucket,
    Default,
    Requester,
)
from logkeep.storage.configuration import Mistake, check_configuration, destinations_of
from logkeep.storage.headers import SSE, SSE_BUCKET_KEY, SSE_CONTEXT, SSE_KEY
from logkeep.storage.keys import STATES, managed_arn
from logkeep.storage.upload import Stored


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """S3's answer to a call that is no upload."""

    allowed: bool | None
    code: str = ""
    status: int = 200
    by: str = ""
    reason: str = ""
    detail: str = ""
    returns: Any = msgspec.UNSET
    stored: Stored | None = None
    delivers: bool | None = None
    """Of access logs: whether any would arrive; None is not asked or not known."""


_MALFORMED: Final = "MalformedXML"


def get_encryption(document: object, bucket: Bucket, *, after_delete: bool) -> Answered:
    """A bucket without a setting has SSE-S3; just after the setting was deleted none is shown."""
    if after_delete:
        return Answered(allowed=True, returns=None)
    if document is not None:
        return Answered(allowed=True, returns=document)
    default = bucket.default if isinstance(bucket.default, Default) else Default()
    applied = {"SSEAlgorithm": default.algorithm}
    rule = {"ApplyServerSideEncryptionByDefault": applied, "BucketKeyEnabled": default.bucket_key}
    return Answered(allowed=True, returns={"Rules": [rule]})


def put_encryption(rules: object) -> Answered:
    """One rule, and a key only with KMS; whether the key exists is not asked (rule 2.2.7)."""
    listed = cast("list[object]", rules) if isinstance(rules, list) else []
    rule = listed[0] if len(listed) == 1 else None
    if not isinstance(rule, dict):
        return _refused(_MALFORMED, "encryption-rules")
    found: object = cast("dict[str, Any]", rule).get("ApplyServerSideEncryptionByDefault")
    applied = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    algorithm = applied.get("SSEAlgorithm")
    if found is not None and algorithm not in ("AES256", *WITH_KEY, "aws:fsx", "aws:backup"):
        return _refused(_MALFORMED, "algorithm-unknown", detail=str(algorithm))
    if applied.get("KMSMasterKeyID") and algorithm not in WITH_KEY:
        return _refused("InvalidArgument", "default-key-without-kms", detail=str(algorithm))
    return Answered(allowed=True)


def _refused(
    code: str, reason: str, status: int = 400, by: str = "request", detail: str = ""
) -> Answered:
    return Answered(allowed=False, code=code, status=status, by=by, reason=reason, detail=detail)


def read_object(operation: str, words: str, bucket: Bucket) -> Answered | None:
    """How an object lies that is told of in words, or why S3 does not show it.

    A new default changes no object that is there (rule 2.2.1). What lies under SSE-C takes the key
    in each request; HEAD answers with a status alone (recorded by LocalStack against AWS).
    """
    text = words.lower()
    if "sse-c" in text or "customer" in text:
        return _of_customer(operation, text)
    named = next((each for each in (DSSE, KMS, AES256) if f"header {each.lower()}" in text), "")
    if named:
        key = managed_arn(bucket.account, bucket.region) if named in WITH_KEY else ""
        return Answered(allowed=True, stored=Stored(encryption=named, key=key))
    if "before" in text:
        old = any(word in text for word in ("2023", "2022", "unencrypted"))
        return Answered(allowed=True, stored=Stored(encryption="" if old else AES256))
    if any(word in text for word in ("after", "without", "no header")):
        found = bucket.default
        if not isinstance(found, Default):
            return None
        managed = managed_arn(bucket.account, bucket.region)
        with_key = found.algorithm in WITH_KEY
        stored = Stored(
            encryption=found.algorithm,
            key=(found.key or managed) if with_key else "",
            bucket_key=found.bucket_key if with_key else None,
        )
        return Answered(allowed=True, stored=stored)
    return None


def _of_customer(operation: str, text: str) -> Answered | None:
    is_head = operation == "HeadObject"
    if any(word in text for word in ("wrong", "another key", "other key", "different key")):
        return _refused("403" if is_head else "AccessDenied", "customer-key-wrong", 403)
    if any(word in text for word in ("without", "no key", "missing")):
        return _refused("400" if is_head else "InvalidRequest", "customer-key-missing")
    if "with" in text:
        return Answered(allowed=True, stored=Stored(encryption=SSE_C))
    return None


NOT_HERE: Final = (SSE, SSE_KEY, SSE_BUCKET_KEY, SSE_CONTEXT)
"""What says how an object is to be encrypted is told when an upload begins, and only then."""


def misplaced(operation: str, headers: Collection[str]) -> Answered | None:
    """S3's answer to an encryption header in a request that makes no object.

    "x-amz-server-side-encryption header is not supported for this operation": UploadPart
    (aws/aws-sdk-java#1876), CompleteMultipartUpload (ClickHouse/ClickHouse#64570), and reads (API
    reference, GetObject: "you'll get an HTTP 400 Bad Request error").
    """
    found = next((name for name in NOT_HERE if name in headers), None)
    if found is None:
        return None
    code = "400" if operation == "HeadObject" else "InvalidArgument"
    return _refused(code, "header-not-here", detail=found)


def get_object(state: str) -> Answered:
    """Reading what lies under a key: a key that is not enabled gives 400 (rule 13.2)."""
    if state == ENABLED:
        return Answered(allowed=True)
    if state == "NotFound":
        return _refused("KMS.NotFoundException", "key-missing", by="kms")
    code = STATES.get(state)
    if code is None:
        return Answered(allowed=None, reason="key-unknown", detail=state)
    return _refused(code, "key-state", by="kms", detail=state)


_ABSENT: Final = ("not exist", "absent", "missing", "non-existent", "nonexistent", "no such bucket")


def put_logging(words: str) -> Answered:
    """PutBucketLogging accepts a target that grants nothing; then no log arrives (13.2, 9.3)."""
    text = words.lower()
    if any(word in text for word in _ABSENT):
        return _refused("InvalidTargetBucketForLogging", "target-missing", by="target")
    if any(f"{word} account" in text for word in ("another", "other", "different")):
        return _refused("InvalidTargetBucketForLogging", "target-foreign", by="target")
    if any(f"{word} region" in text for word in ("another", "other", "different")):
        return _refused("CrossLocationLoggingProhibitted", "target-elsewhere", 403, "target")
    silent = any(word in text for word in ("no policy", "no statement", "without a policy"))
    return Answered(allowed=True, delivers=False if silent else None, reason="logging-accepted")


def put_replication(
    document: object, source: Bucket, destinations: Mapping[str, Bucket | Unread], caller: Requester
) -> Answered:
    """Return what S3 says of a replication configuration for a bucket."""
    if source.exists is False:
        return _refused("NoSuchBucket", "no-such-bucket", 404, "bucket")
    action = "s3:PutReplicationConfiguration"
    asked = request(caller.principal, action, source.arn, source.account, unknown=("*",))
    outcome = explain(asked, layers_of(caller.layers, source)).decision.outcome
    if outcome not in ("Allowed", "Unknown"):
        by = "policies" if caller.account == source.account else "ownership"
        return _refused("AccessDenied", "replication-not-allowed", 403, by)
    found = (
        *check_configuration(document, source.name),
        *check_buckets(document, source, destinations),
    )
    if found:
        return _of_mistake(found[0])
    if isinstance(source.versioning, Unread) or outcome == "Unknown":
        return Answered(allowed=None, reason="versioning-unread")
    unlocked = [
        each.name
        for each in destinations.values()
        if isinstance(each, Bucket) and each.object_lock is False
    ]
    if source.object_lock is True and unlocked:
        # It was refused in 2023; that S3 asks for it today (3.1.1) is not recorded.
        return Answered(allowed=None, reason="lock-contested", detail=unlocked[0])
    return Answered(allowed=True)


def _of_mistake(found: Mistake) -> Answered:
    detail = f"rule `{found.rule}`: {found.detail}" if found.rule else found.detail
    return _refused(found.code, found.reason, found.status, found.by, detail)


def check_buckets(
    document: object, source: Bucket, destinations: Mapping[str, Bucket | Unread]
) -> tuple[Mistake, ...]:
    """Return what S3 does not accept in the buckets: both have to keep versions (rule 3.1.1).

    A destination that does not exist is told as one without versions (rule 13.2).
    """
    found: list[Mistake] = []
    if isinstance(source.versioning, str) and source.versioning != ENABLED:
        by = "source-versioning"
        found.append(Mistake("InvalidRequest", "source-unversioned", "", source.name, by))
    for name in destinations_of(document):
        destination = destinations.get(name)
        if not isinstance(destination, Bucket):
            continue
        versioning = destination.versioning
        if destination.exists is False or (isinstance(versioning, str) and versioning != ENABLED):
            by = "destination-versioning"
            found.append(Mistake("InvalidRequest", "destination-unversioned", "", name, by))
    return tuple(found)
