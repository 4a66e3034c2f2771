"""A request as a line of an access log, its fields by their places (rules 9.8, 9.9)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from logkeep.lab import documents
from logkeep.lab.acls import canonical_id
from logkeep.lab.actions import copy_source
from logkeep.lab.call import Answer, Call, DeliveryBucket
from logkeep.lab.services.s3_requests import COPIES, batch, rest_name

SERVICE = "svc:logging.s3.amazonaws.com"


@dataclass(frozen=True)
class AccessRecord:
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


def entries(call: Call, answer: Answer) -> list[AccessRecord]:
    """The records of a request: a copy has two, a batch of deletes one more for each key."""
    bucket = str(call.arguments.get("Bucket") or "")
    if not bucket:
        return []
    main = _main(call, answer, bucket)
    if call.operation in COPIES:
        source, key = copy_source(call.arguments)
        return [replace(main, bucket=source, key=key, operation=f"{main.operation}_GET"), main]
    each = replace(main, operation="BATCH.DELETE.OBJECT", uri="", sent=0, user_agent="", size=0)
    return [main] + [
        replace(each, key=key, status=403 if code else 204, error=code)
        for key, code in batch(call, answer)
    ]


def _main(call: Call, answer: Answer, bucket: str) -> AccessRecord:
    headers = call.headers
    anonymous = call.caller.kind == "anonymous"
    reads = call.operation in ("GetObject", "HeadObject")
    return AccessRecord(
        bucket,
        call.at,
        rest_name(call.method, call.operation),
        str(call.arguments.get("Key") or ""),
        call.source_ip,
        "" if anonymous else _requester(call),
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


def _requester(call: Call) -> str:
    """An ARN of IAM or STS; of a root user its account's canonical id."""
    return canonical_id(call.caller.account) if call.caller.kind == "root" else call.caller.arn


def _size(bucket: str, call: Call) -> int:
    held = documents.bucket_of(bucket)
    found: Any = held.keys.get(str(call.arguments.get("Key"))) if held is not None else None
    return int(getattr(found, "size", 0) or 0)


def own_entry(bucket: str, key: str, size: int, at: datetime) -> AccessRecord:
    """The record of S3's own delivery of a log, where the target logs too."""
    uri = f"PUT /{bucket}/{quote(key)} HTTP/1.1"
    unique = hashlib.sha256(key.encode()).hexdigest()[:16].upper()
    return AccessRecord(
        bucket, at, "REST.PUT.OBJECT", key, "", SERVICE, unique, uri, size=size,
        user_agent="aws-internal/3",
    )  # fmt: skip


def line(bucket: DeliveryBucket, entry: AccessRecord) -> str:
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
