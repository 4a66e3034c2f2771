"""An object, or what is done to one, as far as its replication hangs on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from logkeep.policy import Unread
from logkeep.value import AccountId, Arn

ObjectEvent: TypeAlias = Literal[
    "put", "delete-marker", "delete-version", "metadata-change", "lifecycle", "bucket-setting"
]
Created: TypeAlias = Literal["after", "before", ""]
"""Before or after the rule was made; empty is not known."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One object version, delete marker or change, in the source bucket."""

    key: str
    event: ObjectEvent = "put"
    by_lifecycle: bool = False
    created: Created = "after"
    encryption: str | Unread = "AES256"
    """`AES256`, `aws:kms`, `aws:kms:dsse`, `SSE-C`, or empty for an old unencrypted one."""
    kms_key: Arn = ""
    """Empty is that it is not told."""
    bucket_key: bool | None = None
    """Whether it lies under a Bucket Key; None is as the source bucket says."""
    owner: AccountId | Unread = ""
    """Empty is the bucket's owner."""
    acl: str | Unread = ""
    """The canned ACL of an object that another account owns."""
    storage_class: str | Unread = "STANDARD"
    archived: bool = False
    """In an archive tier of Intelligent-Tiering."""
    restored: bool = False
    tags: Mapping[str, str] | None = {}
    """None is not known."""
    size: int | None = None
    status: str = ""
    """Its replication status: `PENDING`, `COMPLETED`, `FAILED`, `REPLICA`, or empty."""
    retention: bool = False
    legal_hold: bool = False
    batch: bool = False
    """Sent by S3 Batch Replication instead of live."""
