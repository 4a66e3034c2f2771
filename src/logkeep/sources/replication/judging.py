"""Is every version of one object in the replica as it is in the source?

S3 keeps the version id of a replica (rule 3.1.3), so a pair is told by it. What S3 never meant to
replicate, has still to or could not is no loss: the source's status tells these apart (rule 3.4.1).
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from logkeep.archive.copies import (
    DIFFERS,
    LOST,
    UNCOMPARED,
    BucketFiles,
    CannotCompare,
    CopyFault,
    CopyFaultKind,
    Counts,
    ListedVersion,
    VersionHead,
)
from logkeep.route import Bucket
from logkeep.sources.replication.expiring import Expiry, is_expired
from logkeep.value import Time

DONE: Final = frozenset({"COMPLETED", "COMPLETE"})
UNVERSIONED: Final = "null"
"""The id of what was written while the bucket kept no versions, and is not replicated."""
VERSIONS_MAX: Final = 5000
"""Of how many versions an object is compared; S3 itself slows down at millions."""


class Pair(NamedTuple):
    """A source and a destination, and what tells whether a version has to be there."""

    source: Bucket
    destination: Bucket
    under_keys: bool
    """Whether objects under SSE-KMS are replicated, whose ETags are no MD5."""
    copies_markers: bool
    goes_elsewhere: bool
    """Whether rules for other destinations may have been what S3 calls COMPLETED."""
    comes_back: bool
    """Whether the destination is replicated into the source: people write and delete there too."""
    expiries: tuple[Expiry, ...] | None
    """What the destination's lifecycle deletes; None where nobody may see it."""
    now: Time


class Versions(NamedTuple):
    """All versions of one key on both sides."""

    key: str
    own: Sequence[ListedVersion]
    copies: Sequence[ListedVersion]


class Judged(NamedTuple):
    """What was found of one key."""

    counts: Counts
    faults: tuple[CopyFault, ...] = ()


class CannotTell(Exception):
    """Why it cannot be told."""


def judged(buckets: BucketFiles, pair: Pair, versions: Versions) -> Judged:
    """What became of each version of a key."""
    if max(len(versions.own), len(versions.copies)) > VERSIONS_MAX:
        says = f"it has more than {VERSIONS_MAX} versions"
        open_ = CopyFault(UNCOMPARED, versions.key, "", says)
        return Judged(Counts(uncompared=1), (open_,))
    there = {each.id: each for each in versions.copies if not each.is_marker}
    counts, found = Counter[str](), list[CopyFault]()
    for own in versions.own:
        if own.is_marker:
            counts["markers"] += 1
            continue
        if own.id == UNVERSIONED:
            counts["unselected"] += 1
            continue
        try:
            outcome = _one(buckets, pair, own, there.get(own.id), versions)
        except (CannotCompare, CannotTell) as error:
            outcome = CopyFault(UNCOMPARED, own.key, own.id, str(error))
        if isinstance(outcome, CopyFault):
            counts["failing" if outcome.fails else "uncompared"] += 1
            found.append(outcome)
        else:
            counts[outcome] += 1
    return Judged(Counts(**counts), tuple(found))


def _one(
    buckets: BucketFiles,
    pair: Pair,
    own: ListedVersion,
    copy: ListedVersion | None,
    versions: Versions,
) -> str | CopyFault:
    """The name of the count that a version belongs to, or how it differs."""
    if copy is None:
        return _missing(buckets, pair, own)
    says = _differs(buckets, pair, own, copy)
    if says:
        return CopyFault(DIFFERS, own.key, own.id, says)
    if own.is_latest and not copy.is_latest:
        return _hidden(buckets, pair, own, versions) or "alike"
    return "alike"


def _missing(buckets: BucketFiles, pair: Pair, own: ListedVersion) -> str | CopyFault:
    """Why a version is not in the destination: the source's status says whether it ever was."""
    head = buckets.head(pair.source, own.key, own.id)
    if head is None:
        return "unselected"  # deleted since it was listed
    if head.status in ("PENDING", "FAILED"):
        return head.status.lower()
    if head.status not in DONE:
        return "unselected"
    if pair.expiries is None:
        raise CannotTell("whether the destination's lifecycle deleted it could not be read")
    expired = is_expired(pair.expiries, own.key, pair.now - own.modified)
    if expired is None:
        raise CannotTell(
            "a lifecycle rule of the destination may have deleted it, by its tags or size"
        )
    if expired:
        return "expired"
    if pair.goes_elsewhere:
        raise CannotTell("S3 says COMPLETED of it, which may be of another destination's rule")
    says = f"S3 had replicated it (COMPLETED), and `{pair.destination.name}` has no such version"
    return CopyFault(LOST, own.key, own.id, says)


def _hidden(
    buckets: BucketFiles, pair: Pair, own: ListedVersion, versions: Versions
) -> CopyFault | None:
    """What lies above the replica of what is current in the source, if it is not S3's work."""
    top = next((each for each in versions.copies if each.is_latest), None)
    if pair.comes_back or top is None or any(each.id == top.id for each in versions.own):
        return None
    at = f"{top.modified:%Y-%m-%d %H:%M} UTC"
    where = f"--bucket {shlex.quote(pair.destination.name)} --key {shlex.quote(own.key)}"
    undo = f"aws s3api delete-object {where} --version-id {shlex.quote(top.id)}"
    if top.is_marker:
        if pair.copies_markers:
            raise CannotTell(f"a delete marker of {at} hides it, which S3 may have replicated")
        kind: CopyFaultKind = LOST
        says = f"a delete marker of {at} hides it, which the source does not have"
    else:
        head = buckets.head(pair.destination, top.key, top.id)
        if head is None or head.status == "REPLICA":
            return None
        kind, says = DIFFERS, f"another object was put over it at {at}, which is no replica"
    return CopyFault(kind, own.key, own.id, says, undo=undo)


def _differs(buckets: BucketFiles, pair: Pair, own: ListedVersion, copy: ListedVersion) -> str:
    """In what a replica differs; nothing where it is the same. Raises CannotTell."""
    if own.size_bytes != copy.size_bytes:
        return f"it has {copy.size_bytes} bytes there, and {own.size_bytes} in the source"
    if own.etag == copy.etag and not pair.under_keys:
        return ""
    heads = (
        buckets.head(pair.source, own.key, own.id),
        buckets.head(pair.destination, copy.key, copy.id),
    )
    if heads[0] is None or heads[1] is None:
        raise CannotTell("it was deleted while it was looked at")
    return _by_heads(heads[0], heads[1])


def _by_heads(own: VersionHead, copy: VersionHead) -> str:
    for name in _comparable(own, copy):
        if own.checksums[name] != copy.checksums[name]:
            return f"its checksum ({name}) is another than the source's"
        return ""
    if own.etag == copy.etag and _is_md5(own) and _is_md5(copy):
        return ""
    if _is_md5(own, single=True) and _is_md5(copy, single=True):
        return "its ETag, the MD5 of its content, is another than the source's"
    raise CannotTell(
        "S3 keeps no checksum of it on both sides, and its ETag is no MD5 of the content"
    )


def _comparable(own: VersionHead, copy: VersionHead) -> Iterator[str]:
    """The checksums of both sides; those of parts say nothing where the parts may differ."""
    for name in sorted(own.checksums.keys() & copy.checksums.keys()):
        parted = "COMPOSITE" in (own.checksum_type, copy.checksum_type)
        if not parted or own.checksums[name] == copy.checksums[name]:
            yield name


def _is_md5(head: VersionHead, *, single: bool = False) -> bool:
    """Whether its ETag follows from the content: S3 API reference, Object, `ETag`."""
    parted = "-" in head.etag
    return head.encryption in ("", "AES256") and not head.is_customers and not (single and parted)
