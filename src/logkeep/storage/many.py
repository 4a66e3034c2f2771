"""What becomes of very many objects of one bucket, without asking the same thing twice?

Two objects that no rule and no policy tells apart have one fate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar, cast

import msgspec

from logkeep.policy import Layers, Policy, Unread
from logkeep.storage.bucket import Bucket
from logkeep.storage.fate import Fate, ReplicationRole, Sides
from logkeep.storage.permitted import ONE_PUT_MAX
from logkeep.storage.replicate import replicate
from logkeep.storage.rules import Replication
from logkeep.storage.subject import Subject

REMEMBERED: Final = 20_000
"""How many answers are remembered before all are forgotten."""
Answer = TypeVar("Answer")


def replicator(sides: Sides, read: Callable[[Fate], Answer]) -> Callable[[Subject], Answer]:
    """Return what reads an object's fate, asked once for all that nothing tells apart."""
    if tells_keys_apart(sides):
        return lambda subject: read(replicate(subject, sides))
    prefixes = _prefixes(sides)
    answers: dict[tuple[object, ...], Answer] = {}

    def answer(subject: Subject) -> Answer:
        key = subject.key
        size = subject.size is not None and subject.size > ONE_PUT_MAX
        asked = (
            tuple([key.startswith(prefix) for prefix in prefixes]), size, _hashable(subject.tags),
            subject.event, subject.by_lifecycle, subject.created, subject.encryption,
            subject.kms_key, subject.bucket_key, subject.owner, subject.acl,
            subject.storage_class, subject.archived, subject.restored, subject.status,
            subject.retention, subject.legal_hold, subject.batch,
        )  # fmt: skip
        found = answers.get(asked)
        if found is None:
            if len(answers) >= REMEMBERED:
                answers.clear()
            found = answers[asked] = read(replicate(subject, sides))
        return found

    return answer


def _hashable(tags: Mapping[str, str] | None) -> object:
    return tuple(tags.items()) if tags else tags is None


def _prefixes(sides: Sides) -> tuple[str, ...]:
    rules = sides.replication
    if not isinstance(rules, Replication):
        return ()
    return tuple(dict.fromkeys(rule.filter.prefix for rule in rules.rules))


def tells_keys_apart(sides: Sides) -> bool:
    """Whether a policy may answer otherwise for one object of a bucket than for another.

    It cannot where all that it says of objects is a whole bucket; in doubt it may.
    """
    buckets = [sides.source, *sides.destinations.values()]
    names = {bucket.name for bucket in buckets if isinstance(bucket, Bucket)}
    return any(
        _is_particular(text, names) for document in _documents(sides) for text in _texts(document)
    )


_OF_BUCKET: Final = re.compile(r"arn:[^:]*:s3:::([^/]*)(/.*)?", re.DOTALL)


def _is_particular(text: str, names: set[str]) -> bool:
    """Whether a text may fit some objects of these buckets and not others."""
    if "${" in text:
        return True
    if not text.startswith("arn:"):
        # What is no ARN can only fit one by a wildcard, and `*` alone fits all.
        return ("*" in text or "?" in text) and "/" in text
    found = _OF_BUCKET.fullmatch(text)
    if found is None:
        return ":s3:" in text or text.startswith(("arn:*", "arn:?"))
    bucket, rest = found.group(1), found.group(2)
    wild = "*" in bucket or "?" in bucket
    if not wild and bucket not in names:
        return False
    if wild:
        return bucket != "*" or rest not in (None, "/*")
    return rest not in (None, "/*")


def _documents(sides: Sides) -> Iterator[object]:
    buckets = [sides.source, *sides.destinations.values()]
    policies: list[object] = [b.policy for b in buckets if isinstance(b, Bucket)]
    for bucket in buckets:
        if isinstance(bucket, Bucket) and bucket.rcps and not isinstance(bucket.rcps, Unread):
            policies += [policy for level in bucket.rcps for policy in level]
    policies += [key.policy for key in sides.keys.known.values() if key is not None]
    role = sides.role
    if isinstance(role, ReplicationRole):
        policies += [role.trust, *_of_layers(role.caller.layers)]
    for policy in policies:
        if isinstance(policy, Policy):
            yield policy.document


def _of_layers(layers: Layers) -> Iterator[object]:
    yield from (layers.boundary, layers.session)
    for several in (layers.identity, layers.endpoints):
        if several is not None and not isinstance(several, Unread):
            yield from several
    for level in layers.scps if layers.scps and not isinstance(layers.scps, Unread) else ():
        yield from level


def _texts(found: object) -> Iterator[str]:
    """Every text in a document, names and values alike."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, dict):
        for name, value in cast("Mapping[str, Any]", found).items():
            yield name
            yield from _texts(value)
    elif isinstance(found, list):
        for each in cast("list[object]", found):
            yield from _texts(each)


class Row(msgspec.Struct, forbid_unknown_fields=False, gc=False):
    """One line of a listing: S3 Inventory's names, or those of ListObjectVersions."""

    Key: str
    Bucket: str | None = None
    Size: int | None = None
    StorageClass: str | None = None
    ReplicationStatus: str | None = None
    EncryptionStatus: str | None = None
    BucketKeyStatus: str | None = None
    IsDeleteMarker: bool | None = None
    IntelligentTieringAccessTier: str | None = None
    ObjectOwner: str | None = None
    ObjectLockMode: str | None = None
    ObjectLockLegalHoldStatus: str | None = None
    LastModifiedDate: str | None = None
    LastModified: str | None = None
    Tags: dict[str, str] | None = None
    SSEKMSKeyId: str | None = None
    """The key as `s3:HeadObject` tells it; S3 Inventory does not."""
    IsRestored: bool | None = None
    """Whether an archived object can be read for now, which `s3:HeadObject` tells too."""


_ENCRYPTIONS: Final = {
    "SSE-S3": "AES256", "SSE-KMS": "aws:kms", "DSSE-KMS": "aws:kms:dsse", "SSE-C": "SSE-C",
    "NOT-SSE": "",
}  # fmt: skip


_STATUSES: Final = {algorithm: status for status, algorithm in _ENCRYPTIONS.items()}


def row_of(key: str, head: Mapping[str, Any], tags: dict[str, str] | None) -> Row:
    """The line that a listing would have of an object, from what `s3:HeadObject` says of it.

    No encryption is one from before 2023, and no storage class is STANDARD (S3 API reference).
    """
    customer = "SSE-C" if head.get("SSECustomerAlgorithm") else ""
    algorithm = str(head.get("ServerSideEncryption") or customer)
    return Row(
        Key=key,
        Size=head.get("ContentLength"),
        StorageClass=head.get("StorageClass"),
        ReplicationStatus=head.get("ReplicationStatus"),
        EncryptionStatus=_STATUSES.get(algorithm, algorithm),
        BucketKeyStatus="ENABLED" if head.get("BucketKeyEnabled") else "DISABLED",
        IntelligentTieringAccessTier=head.get("ArchiveStatus"),
        ObjectLockMode=head.get("ObjectLockMode"),
        ObjectLockLegalHoldStatus=head.get("ObjectLockLegalHoldStatus"),
        LastModified=head["LastModified"].isoformat(),
        Tags=tags,
        SSEKMSKeyId=head.get("SSEKMSKeyId"),
        IsRestored='ongoing-request="false"' in str(head.get("Restore") or ""),
    )


def encryption_of(row: Row) -> str | None:
    """How an object lies there, empty for not encrypted; None is that the line does not say."""
    return _ENCRYPTIONS.get(row.EncryptionStatus or "")


_ARCHIVE_TIERS: Final = frozenset({"ARCHIVE", "DEEP_ARCHIVE", "ARCHIVE_ACCESS",
                                   "DEEP_ARCHIVE_ACCESS"})  # fmt: skip
_NOT_LISTED: Final = Unread("s3:HeadObject", "the listing does not say")


def subject_of(row: Row, since: str = "") -> Subject:
    """Return the object of a line; `since` is when the rules were made, empty if not known.

    S3 marks at once what it means to send: a status tells that it was made after the rule.
    """
    at = row.LastModifiedDate or row.LastModified or ""
    created = "after" if row.ReplicationStatus else ""
    if since and at and not created:
        created = "after" if at[:19] >= since[:19] else "before"
    encryption = row.EncryptionStatus
    return Subject(
        key=row.Key,
        event="delete-marker" if row.IsDeleteMarker else "put",
        created=created,
        encryption=_NOT_LISTED if encryption is None else _ENCRYPTIONS.get(encryption, _NOT_LISTED),
        kms_key=row.SSEKMSKeyId or "",
        bucket_key=None if row.BucketKeyStatus is None else row.BucketKeyStatus == "ENABLED",
        acl=_NOT_LISTED,
        storage_class=row.StorageClass or "STANDARD",
        archived=row.IntelligentTieringAccessTier in _ARCHIVE_TIERS,
        restored=row.IsRestored is True,
        tags=row.Tags,
        size=row.Size,
        status=row.ReplicationStatus or "",
        retention=bool(row.ObjectLockMode),
        legal_hold=row.ObjectLockLegalHoldStatus == "ON",
    )
