"""Which encryption do a request's headers ask for, or why does S3 not accept them?

Recorded against AWS by LocalStack and by users of SDKs; S3 API reference, PutObject.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec

from logkeep.policy.json_text import read_json
from logkeep.storage.bucket import AES256, DSSE, KMS, SSE_C, WITH_KEY

SSE: Final = "x-amz-server-side-encryption"
SSE_KEY: Final = "x-amz-server-side-encryption-aws-kms-key-id"
SSE_BUCKET_KEY: Final = "x-amz-server-side-encryption-bucket-key-enabled"
SSE_CONTEXT: Final = "x-amz-server-side-encryption-context"
CUSTOMER: Final = "x-amz-server-side-encryption-customer-algorithm"
CUSTOMER_KEY: Final = "x-amz-server-side-encryption-customer-key"
CUSTOMER_MD5: Final = "x-amz-server-side-encryption-customer-key-md5"
ACL: Final = "x-amz-acl"
TAGGING: Final = "x-amz-tagging"
LOCK_MODE: Final = "x-amz-object-lock-mode"
LOCK_UNTIL: Final = "x-amz-object-lock-retain-until-date"
LEGAL_HOLD: Final = "x-amz-object-lock-legal-hold"
GRANTS: Final = tuple(
    f"x-amz-grant-{name}" for name in ("read", "write", "read-acp", "write-acp", "full-control")
)

GRANT_FULL_CONTROL: Final = "x-amz-grant-full-control"
KEY_BYTES: Final = 32


class Sse(msgspec.Struct, frozen=True):
    """The encryption that a request's headers ask for."""

    algorithm: str = ""
    """`AES256`, `aws:kms`, `aws:kms:dsse`, `SSE-C`; empty where no header says."""
    key: str = ""
    bucket_key: bool | None = None
    """None where no header says."""
    context: tuple[str, ...] = ()
    """The names in an encryption context of the request's own."""


class BadHeader(msgspec.Struct, frozen=True):
    """Why S3 does not accept the headers: its code and HTTP status, and our reason."""

    reason: str
    code: str = "InvalidArgument"
    status: int = 400
    detail: str = ""
    is_sure: bool = True
    """False where AWS's answer is not recorded."""


def read_sse(headers: Mapping[str, str]) -> Sse | BadHeader:
    """Return what headers in lower case ask for, or what S3 says of them."""
    sse = headers.get(SSE)
    by_customer = any(name in headers for name in (CUSTOMER, CUSTOMER_KEY, CUSTOMER_MD5))
    if by_customer and (sse is not None or SSE_KEY in headers):
        return BadHeader("two-encryptions", detail=sse or SSE_KEY)
    if by_customer:
        return _read_customer(headers)
    if sse is not None and sse not in (AES256, KMS, DSSE):
        return BadHeader("algorithm-unknown", detail=sse)
    if sse not in WITH_KEY and (SSE_KEY in headers or SSE_CONTEXT in headers):
        return BadHeader("key-without-kms", detail=headers.get(SSE_KEY, SSE_CONTEXT))
    context = _read_context(headers.get(SSE_CONTEXT))
    if isinstance(context, BadHeader):
        return context
    wanted = headers.get(SSE_BUCKET_KEY, "").lower()
    if wanted not in ("", "true", "false"):
        return BadHeader("bucket-key-not-boolean", detail=wanted)
    bucket_key = None if not wanted else wanted == "true"
    return Sse(sse or "", headers.get(SSE_KEY, ""), bucket_key, context)


def _read_customer(headers: Mapping[str, str]) -> Sse | BadHeader:
    """S3 checks the algorithm, then the key and its MD5, then the key's length."""
    algorithm, key = headers.get(CUSTOMER), headers.get(CUSTOMER_KEY)
    if algorithm is None:
        return BadHeader("customer-algorithm-missing")
    if algorithm != AES256:
        return BadHeader("customer-algorithm-unknown", "InvalidEncryptionAlgorithmError",
                         detail=algorithm)  # fmt: skip
    if key is None:
        return BadHeader("customer-key-missing")
    sent = _decoded(key)
    md5 = headers.get(CUSTOMER_MD5)
    if md5 is None:
        return BadHeader("customer-md5-missing", is_sure=False)
    digest = hashlib.md5(sent or b"", usedforsecurity=False).digest()
    if sent is None or base64.b64encode(digest).decode() != md5:
        return BadHeader("customer-md5-wrong")
    if len(sent) != KEY_BYTES:
        return BadHeader("customer-key-length", detail=str(len(sent)))
    return Sse(SSE_C)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _read_context(text: str | None) -> tuple[str, ...] | BadHeader:
    """Return the names in an encryption context: base64 of a JSON map of texts."""
    if text is None:
        return ()
    plain = _decoded(text)
    try:
        found: Any = read_json(plain) if plain is not None else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return BadHeader("context-unreadable")
    pairs = cast("dict[str, object]", found)
    if not all(isinstance(value, str) for value in pairs.values()):
        return BadHeader("context-unreadable")
    return tuple(pairs)


S3_KEYS: Final = {
    name: f"s3:{name}"
    for name in (
        SSE, SSE_KEY, CUSTOMER, ACL, *GRANTS, "x-amz-storage-class", "x-amz-copy-source",
        "x-amz-metadata-directive", "x-amz-website-redirect-location",
    )
} | {
    LOCK_MODE: "s3:object-lock-mode",
    LOCK_UNTIL: "s3:object-lock-retain-until-date",
    LEGAL_HOLD: "s3:object-lock-legal-hold",
    "if-none-match": "s3:if-none-match",
    "if-match": "s3:if-match",
}  # fmt: skip
"""The condition key that each header makes (Service Authorization Reference, "Amazon S3")."""


def context_of(headers: Mapping[str, str]) -> dict[str, str | list[str]]:
    """The condition keys of a request as it is sent: a header not sent makes none (rule 2.2.3)."""
    made: dict[str, str | list[str]] = {key: headers.get(name, []) for name, key in S3_KEYS.items()}
    made["s3:RequestObjectTagKeys"] = []
    for pair in filter(None, headers.get(TAGGING, "").split("&")):
        name, _, value = pair.partition("=")
        made[f"s3:RequestObjectTag/{name}"] = value
        names = made["s3:RequestObjectTagKeys"]
        made["s3:RequestObjectTagKeys"] = [*names, name]
    return made
