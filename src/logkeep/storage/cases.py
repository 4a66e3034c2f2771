"""Storage tests as data: one case is a request to S3 or an object, the bucket, and the answer.

The format is that of `storage-cases.jsonl`: what a case leaves out is in order.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Final, TypeAlias, cast

import msgspec

from logkeep.policy import Malformed
from logkeep.storage import members
from logkeep.storage.bucket import Bucket, Keys
from logkeep.storage.fate import Sides
from logkeep.storage.operations import (
    Answered,
    get_encryption,
    get_object,
    misplaced,
    put_encryption,
    put_logging,
    put_replication,
    read_object,
)
from logkeep.storage.reading import Reader, read_bucket, read_caller, read_keys, state_of
from logkeep.storage.reading_replication import read_destinations, read_sides, read_subject
from logkeep.storage.subject import Subject
from logkeep.storage.upload import Upload

STRANGER: Final = "999999999999"
"""The account of a caller who is told to be of another."""
UPLOADS: Final = ("PutObject", "POST", "PostObject", "CopyObject", "CreateMultipartUpload",
                  "UploadPart", "UploadPartCopy", "CompleteMultipartUpload")  # fmt: skip


PARTS: Final = ("UploadPart", "UploadPartCopy", "CompleteMultipartUpload")
"""What belongs to an upload that another request began."""
BEFORE: Final = ("CreateMultipartUpload", "UploadPart", "UploadPartCopy")
"""What leaves no object yet."""


class Put(msgspec.Struct, frozen=True):
    """A case that asks what becomes of an upload."""

    upload: Upload
    bucket: Bucket
    keys: Keys
    is_part: bool = False
    """Whether it goes on with an upload in parts, or ends it, that another request began."""


class Replicate(msgspec.Struct, frozen=True):
    """A case that asks what becomes of an object under the rules."""

    subject: Subject
    sides: Sides


CaseQuestion: TypeAlias = Put | Replicate | Answered


class Case(msgspec.Struct, frozen=True):
    """One case: what it asks, or at once what S3 says where nothing is to be judged."""

    id: str
    question: CaseQuestion
    unjudged: tuple[str, ...] = ()
    """What it tells of besides, which no answer looks at."""


class _Row(msgspec.Struct):
    id: str
    request: dict[str, Any]
    bucket: dict[str, Any] = {}


def read_case(row: object) -> Case | Malformed:
    """Return a case from its parsed JSON, or every mistake in it."""
    try:
        read = msgspec.convert(row, _Row)
    except msgspec.ValidationError as error:
        return Malformed((f"case: {error}",))
    reader = Reader(read.bucket, assumed=True)
    asked = Reader(read.request, assumed=True, place="request")
    asked.mistakes += members.misspelt(cast("dict[str, Any]", row), members.CASE, "case")
    asked.knows(asked.document, members.REQUEST, "request")
    question = _question(read, reader, asked)
    if isinstance(question, str):
        read_sides(reader)  # for its mistakes
    mistakes = (*reader.mistakes, *asked.mistakes)
    if isinstance(question, str):
        return Malformed((*mistakes, question))
    if mistakes:
        return Malformed(tuple(dict.fromkeys(mistakes)))
    return Case(read.id, question, tuple(dict.fromkeys((*asked.unjudged, *reader.unjudged))))


def _question(read: _Row, reader: Reader, asked: Reader) -> CaseQuestion | str:
    if "object" in read.request:
        answered = Reader(read.request["object"], assumed=True, place="object")
        found = Replicate(read_subject(answered), read_sides(reader))
        asked.mistakes += answered.mistakes
        asked.unjudged += answered.unjudged
        return found
    operation = asked.text("operation", "PutObject")
    if operation in UPLOADS:
        return _put(reader, asked, operation)
    return _answer_of(read, reader, asked, operation)


def _headers(asked: Reader) -> dict[str, str]:
    sent = asked.mapping(asked.document.get("headers"), "request.headers")
    found = {name.lower(): str(value) for name, value in sent.items()}
    asked.mistakes += members.misspelt_headers(found, "request.headers")
    return found


def _put(reader: Reader, asked: Reader, operation: str) -> Put | Answered:
    headers = _headers(asked)
    if operation in PARTS:
        wrong = misplaced(operation, headers)
        if wrong is not None:
            return wrong
    near = [value for name, value in headers.items() if name.endswith("kms-key-id")]
    bucket = read_bucket(reader, near=near)
    account = asked.text("account") or _other_account(asked)
    caller = read_caller(asked, bucket, asked.text("principal"), account)
    upload = Upload(
        caller=caller,
        key=asked.text("key", "object") or "object",
        headers=headers,
        multipart=operation in (*BEFORE, *PARTS) or asked.flag("multipart") is True,
        creates=operation not in BEFORE,
        at=_moment(asked),
    )
    return Put(upload, bucket, read_keys(reader, bucket), operation in PARTS)


def _moment(asked: Reader) -> datetime.datetime | None:
    text = asked.text("at")
    try:
        found = datetime.datetime.fromisoformat(text) if text else None
    except ValueError:
        asked.mistakes.append(f"request.at: `{text}` is not a time")
        return None
    return found.replace(tzinfo=found.tzinfo or datetime.UTC) if found else None


def _answer_of(read: _Row, reader: Reader, asked: Reader, operation: str) -> Answered | str:
    request: Mapping[str, Any] = read.request
    words = " ".join(str(request[name]) for name in ("of", "target") if name in request)
    match operation:
        case "GetBucketEncryption":
            deleted = "Delete" in asked.text("after")
            bucket = read_bucket(reader)
            return get_encryption(read.bucket.get("encryption"), bucket, after_delete=deleted)
        case "PutBucketEncryption":
            return put_encryption(request.get("rules"))
        case "DeleteBucketEncryption" | "DeleteBucketReplication":
            return Answered(allowed=True, status=204)
        case "HeadObject" | "GetObject":
            return misplaced(operation, _headers(asked)) or _read(reader, operation, words)
        case "PutBucketLogging":
            return put_logging(words)
        case "PutBucketReplication":
            return _put_replication(request, reader, asked)
        case "GetBucketReplication" if reader.document.get("replication") is None:
            code = "ReplicationConfigurationNotFoundError"
            return Answered(allowed=False, code=code, status=404, by="request", reason="no-rules")
        case "GetBucketReplication":
            return Answered(allowed=True, returns=reader.document["replication"])
        case _:
            known = ", ".join((*UPLOADS[:1], "HeadObject", "PutBucketReplication"))
            return f"request.operation: `{operation}` is not one that can be tried, as {known} are"


def _read(reader: Reader, operation: str, words: str) -> Answered | str:
    if reader.has("key_state"):
        return get_object(state_of(reader.text("key_state")))
    found = read_object(operation, words, read_bucket(reader))
    return found or f"request.of: {operation} of `{words}` is not understood"


def _put_replication(request: Mapping[str, Any], reader: Reader, asked: Reader) -> Answered:
    """The configuration is not the bucket's yet, so the buckets are read beside it."""
    config = cast("object", request.get("config"))
    sent: dict[str, Any] = {}
    if isinstance(config, dict):
        sent = cast("dict[str, Any]", config)
    role: object = sent.get("Role")
    inner = Reader({"versioning": "Enabled", **reader.document}, assumed=True)
    source = read_bucket(inner, near=[role if isinstance(role, str) else ""])
    destinations = read_destinations(inner, sent, source)
    caller = read_caller(asked, source, account=_other_account(asked))
    reader.mistakes += inner.mistakes
    reader.unjudged += inner.unjudged
    return put_replication(cast("object", config), source, destinations, caller)


def _other_account(asked: Reader) -> str:
    words = asked.text("caller")
    return STRANGER if any(f"{word} account" in words for word in ("another", "other")) else ""
