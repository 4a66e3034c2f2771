"""A request as a line of an access log: its operation's name and its fields (rules 9.8, 9.9)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from logkeep.lab import documents
from logkeep.lab.acls import canonical_id
from logkeep.lab.actions import copy_source
from logkeep.lab.call import Answer, Bucket, Call

SERVICE = "svc:logging.s3.amazonaws.com"


@dataclass(frozen=True)
class Entry:
    """One record; a field that says nothing is empty."""

    bucket: str
    at: datetime
    operation: str
    key: str = ""
    remote_ip: str = ""
    requester: str = ""
    request_id: str = ""
    uri: str = ""
    status: int = 200
    error: str = ""
    sent: int = 0
    size: int = 0
    user_agent: str = ""
    referer: str = ""
    version: str = ""
    signed: str = "AuthHeader"
    """How the request said who asks; empty where nobody says."""
    more: dict[str, str] = field(default_factory=dict[str, str])


_RESOURCES = {
    "AbortMultipartUpload": "UPLOAD",
    "CompleteMultipartUpload": "UPLOAD",
    "CreateMultipartUpload": "UPLOADS",
    "UploadPart": "PART",
    "ListParts": "UPLOAD",
    "ListMultipartUploads": "UPLOADS",
    "ListObjects": "BUCKET",
    "ListObjectsV2": "BUCKET",
    "ListObjectVersions": "BUCKETVERSIONS",
    "HeadBucket": "BUCKET",
    "CreateBucket": "BUCKET",
    "DeleteBucket": "BUCKET",
    "DeleteObjects": "MULTI_OBJECT_DELETE",
    "BucketLifecycleConfiguration": "LIFECYCLE",
    "BucketNotificationConfiguration": "NOTIFICATION",
    "BucketLogging": "LOGGING_STATUS",
    "BucketPolicy": "BUCKETPOLICY",
    "BucketRequestPayment": "REQUEST_PAYMENT",
    "BucketAccelerateConfiguration": "ACCELERATE",
    "BucketOwnershipControls": "OWNERSHIP_CONTROLS",
    "PublicAccessBlock": "PUBLIC_ACCESS_BLOCK",
    "ObjectLockConfiguration": "OBJECT_LOCK_CONFIGURATION",
    "ObjectTagging": "OBJECT_TAGGING",
    "ObjectRetention": "OBJECT_LOCK_RETENTION",
    "ObjectLegalHold": "OBJECT_LOCK_LEGALHOLD",
    "BucketPolicyStatus": "BUCKET_POLICY_STATUS",
    "ObjectAttributes": "OBJECT_ATTRIBUTES",
}
"""The resource's name in an operation, where it is not the API's own without `Bucket`."""
_VERBS = ("Get", "Put", "Head", "Delete", "List", "Create")


def operation_name(call: Call) -> str:
    """`REST.`, the HTTP method, and what the request is about."""
    if call.operation == "CopyObject":
        return "REST.COPY.OBJECT"
    if call.operation == "UploadPartCopy":
        return "REST.COPY.PART"
    return f"REST.{call.method or 'GET'}.{_resource(call.operation)}"


def _resource(operation: str) -> str:
    if operation in _RESOURCES:
        return _RESOURCES[operation]
    verb = next((verb for verb in _VERBS if operation.startswith(verb)), "")
    name = operation.removeprefix(verb)
    return (
        _RESOURCES.get(name) or (name.removeprefix("Bucket").removeprefix("Object") or name).upper()
    )


def entries(call: Call, answer: Answer) -> list[Entry]:
    """The records of a request: a copy has two, a batch of deletes one more for each key."""
    bucket = str(call.arguments.get("Bucket") or "")
    if not bucket:
        return []
    main = _main(call, answer, bucket)
    if call.operation in ("CopyObject", "UploadPartCopy"):
        source, key = copy_source(call.arguments)
        read = main.operation + "_GET"
        return [replace(main, bucket=source, key=key, operation=read, size=main.size), main]
    if call.operation == "DeleteObjects":
        return [main, *_deleted(main, answer)]
    return [main]


def _main(call: Call, answer: Answer, bucket: str) -> Entry:
    headers = call.headers
    anonymous = call.caller.kind == "anonymous"
    reads = call.operation in ("GetObject", "HeadObject")
    return Entry(
        bucket,
        call.at,
        operation_name(call),
        str(call.arguments.get("Key") or ""),
        call.source_ip,
        "" if anonymous else requester(call),
        call.request_id.replace("-", "")[:16],
        f"{call.method} {call.target} HTTP/1.1",
        answer.status,
        answer.error_code,
        0 if call.method == "HEAD" else len(answer.body),
        _size(bucket, call) if reads or call.operation == "PutObject" else 0,
        call.user_agent,
        headers.get("referer", ""),
        str(answer.output.get("VersionId") or ""),
        "" if anonymous else "AuthHeader" if "authorization" in headers else "QueryString",
    )


def _size(bucket: str, call: Call) -> int:
    held = documents.bucket_of(bucket)
    found: Any = held.keys.get(str(call.arguments.get("Key"))) if held is not None else None
    return int(getattr(found, "size", 0) or 0)


def _deleted(main: Entry, answer: Answer) -> list[Entry]:
    """Each key that was deleted or refused, without the request's own line."""
    each = replace(main, operation="BATCH.DELETE.OBJECT", uri="", sent=0, user_agent="", size=0)
    done = [
        replace(each, key=str(one["Key"]), status=204) for one in answer.output.get("Deleted", ())
    ]
    refused = [
        replace(each, key=str(one["Key"]), status=403, error=str(one["Code"]))
        for one in answer.output.get("Errors", ())
    ]
    return [*done, *refused]


def requester(call: Call) -> str:
    """An ARN of IAM or STS; of a root user its account's canonical id."""
    return canonical_id(call.caller.account) if call.caller.kind == "root" else call.caller.arn


def own_entry(bucket: str, key: str, size: int, at: datetime) -> Entry:
    """The record of S3's own delivery of a log, where the target logs too."""
    uri = f"PUT /{bucket}/{quote(key)} HTTP/1.1"
    unique = hashlib.sha256(key.encode()).hexdigest()[:16].upper()
    return Entry(
        bucket, at, "REST.PUT.OBJECT", key, "", SERVICE, unique, uri, size=size,
        user_agent="aws-internal/3",
    )  # fmt: skip


def line(bucket: Bucket, entry: Entry) -> str:
    """The record as S3 writes it: fields by place, `-` for what is empty, quotes around three."""
    known = hashlib.sha256(f"{entry.request_id}{entry.operation}{entry.key}".encode()).digest()
    took, turned = 5 + known[0] % 60, 2 + known[1] % 3
    signed = bool(entry.signed)
    return " ".join(
        (
            canonical_id(bucket.account),
            bucket.name,
            f"[{entry.at:%d/%b/%Y:%H:%M:%S +0000}]",
            entry.remote_ip or "-",
            entry.requester or "-",
            entry.request_id or "-",
            entry.operation,
            quote(entry.key) or "-",
            _quoted(entry.uri) if entry.uri else "-",
            str(entry.status),
            entry.error or "-",
            str(entry.sent or "-"),
            str(entry.size or "-"),
            str(took),
            str(turned) if entry.size else "-",
            _quoted(entry.referer),
            _quoted(entry.user_agent),
            entry.version or "-",
            base64.b64encode(known * 2).decode(),
            "SigV4" if signed else "-",
            "TLS_AES_128_GCM_SHA256",
            entry.signed or "-",
            f"{bucket.name}.s3.{bucket.region}.amazonaws.com",
            "TLSv1.3",
            "-",
            "-",
        )
    )


def _quoted(text: str) -> str:
    return f'"{text or "-"}"'
