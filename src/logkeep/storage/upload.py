"""What is sent with an upload, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from logkeep.policy import Explanation, Request
from logkeep.storage.bucket import Requester
from logkeep.value import AccountId, Arn, Time

UploadAnswer: TypeAlias = Literal["accepted", "refused", "unknown"]


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """One upload as it is sent."""

    caller: Requester
    key: str
    headers: Mapping[str, str] = {}
    """In lower case."""
    multipart: bool = False
    creates: bool = True
    """Whether an object is there after it: not what begins an upload in parts, nor a part."""
    at: Time | None = None
    """When; None is not known."""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """How an object lies there."""

    encryption: str
    key: Arn = ""
    bucket_key: bool | None = None
    """None where no key is in use, or where AWS's pages disagree."""
    owner: AccountId = ""
    acl: str = ""
    """The canned ACL; empty where ACLs are off."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """S3's answer to an upload that it does not take, and what gave it."""

    code: str
    status: int
    by: str
    """What refused: `bucket-policy`, `request`, `kms`, `blocked-encryption-type`…"""
    reason: str
    """Ours, the same for one cause whatever the values."""
    detail: str = ""
    asked: Request | None = None
    explanation: Explanation | None = None


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the way of an answer, and what would settle it."""

    reason: str
    unknown: tuple[str, ...]
    settle: str = ""
    """A test that would tell, where no look-up does."""
    asked: Request | None = None
    explanation: Explanation | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of an upload."""

    answer: UploadAnswer
    refusal: Refusal | None = None
    doubts: tuple[Doubt, ...] = ()
    stored: Stored | None = None
    """How it lies there; where the answer is unknown, how it would."""
