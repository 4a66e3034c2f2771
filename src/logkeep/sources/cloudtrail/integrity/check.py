"""Is this one digest, or this one log file, what CloudTrail wrote?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec

from logkeep.archive.files import Fetched, Unreadable
from logkeep.archive.report import FaultKind
from logkeep.sources.cloudtrail.integrity.digest import (
    DIGEST_BYTES_MAX,
    LOG_BYTES_MAX,
    Digest,
    LogFile,
    Malformed,
    content_hash,
    gunzip,
    parse_digest,
    string_to_sign,
)
from logkeep.sources.cloudtrail.integrity.keys import ALGORITHM, KeyRing
from logkeep.sources.cloudtrail.integrity.series import is_backfill

SIGNATURE = "signature"
SIGNATURE_ALGORITHM = "signature-algorithm"
BACKFILL_TIMESTAMP = "backfill-generation-timestamp"
HASH_ALGORITHM = "SHA-256"


class DigestPlace(msgspec.Struct, frozen=True):
    """Where a digest should be, and what a newer valid digest says its hash is."""

    bucket: str
    key: str
    hash_value: str = ""
    """Empty where nothing vouches for it but its own signature."""
    linked: bool = False
    """Whether a newer valid digest says that it is there."""
    signature: str = ""
    """What the digest after it, valid or not, says that its signature is."""


class Blame(msgspec.Struct, frozen=True):
    """What is wrong with one object, or could not be told."""

    kind: FaultKind
    says: str
    hash_value: str = ""
    """What the content of the object should hash to, where a digest says so."""


class CheckedDigest(msgspec.Struct, frozen=True):
    """What a digest was found to be; without a digest, nothing in it may be believed."""

    digest: Digest | None
    blame: Blame | None = None
    hash_value: str = ""
    parsed: Digest | None = None
    """What it says, to be believed or not."""


Keys: TypeAlias = Callable[[Mapping[str, str]], KeyRing | Unreadable]
"""The keys that may have signed an object with this metadata."""


def check_digest(place: DigestPlace, fetched: Fetched, keys: Keys) -> CheckedDigest:
    """Whether the digest at this place was signed by CloudTrail, for this place, and is as it was.

    One that a newer valid digest vouches for by hash is believed even where its own signature
    is gone or its key unknown: the signature of the newer one covers that hash.
    """
    try:
        content = b"".join(gunzip(fetched.body, DIGEST_BYTES_MAX))
        hash_value = _sha256(content)
        digest = parse_digest(content)
    except Malformed as error:
        return CheckedDigest(None, Blame("digest-changed", str(error)))
    vouched = place.hash_value.lower() == hash_value
    blame = _signature_blame(digest, hash_value, _signed(place, fetched), keys)
    if not (blame and blame.kind == "digest-changed"):
        blame = _place_blame(place, digest, vouched) or blame
    if blame and blame.kind in ("key-unknown", "key-unreadable", "digest-unreadable") and vouched:
        return CheckedDigest(digest, None, hash_value, digest)
    believed = blame is None or (vouched and blame.kind != "digest-moved")
    return CheckedDigest(digest if believed else None, blame, hash_value, digest)


def _signed(place: DigestPlace, fetched: Fetched) -> Mapping[str, str] | None:
    """The metadata that the digest was written with; of a copy, as far as its neighbour says it."""
    if fetched.metadata is not None:
        return fetched.metadata
    if not place.signature or is_backfill(place.key):
        return None
    return {SIGNATURE: place.signature, SIGNATURE_ALGORITHM: ALGORITHM}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _signature_blame(
    digest: Digest, hash_value: str, metadata: Mapping[str, str] | None, keys: Keys
) -> Blame | None:
    if metadata is None:
        return Blame("digest-unreadable", "the copy has not kept its signature")
    signature = metadata.get(SIGNATURE)
    if not signature or metadata.get(SIGNATURE_ALGORITHM) != ALGORITHM:  # rule 1.9.3
        return Blame("digest-unsigned", f"carries no {ALGORITHM} signature in its metadata")
    if is_backfill(digest.digest_s3_object) and BACKFILL_TIMESTAMP not in metadata:  # rule 1.9.9
        return Blame("digest-unsigned", f"carries no {BACKFILL_TIMESTAMP} in its metadata")
    ring = keys(metadata)
    if isinstance(ring, Unreadable):
        return Blame("key-unreadable", f"the public keys could not be read: {ring.error}")
    if not len(ring):
        return Blame("key-unreadable", "no public keys were given for its time")
    fingerprint = digest.digest_public_key_fingerprint
    match ring.check(fingerprint, signature, string_to_sign(digest, hash_value)):
        case "valid":
            return None
        case "invalid":
            return Blame("digest-changed", "its signature does not match its content")
        case "key-unknown":
            says = f"signed by a key that CloudTrail does not name: {fingerprint[:64]!r}"
            return Blame("key-unknown", says)


def _place_blame(place: DigestPlace, digest: Digest, vouched: bool) -> Blame | None:
    written = (digest.digest_s3_bucket, digest.digest_s3_object)
    if written != (place.bucket, place.key):
        return Blame("digest-moved", f"was written as s3://{written[0]}/{written[1]}")
    if place.hash_value and not vouched:
        return Blame("digest-changed", "its hash is not the one that the next digest records")
    return None


def check_log(entry: LogFile, fetched: Fetched) -> Blame | None:
    """What is wrong with a log file that a digest vouches for."""
    if entry.hash_algorithm != HASH_ALGORITHM:
        says = f"its digest names a hash that is not known here: {entry.hash_algorithm[:64]!r}"
        return Blame("log-unreadable", says)
    try:
        found = content_hash(fetched.body, LOG_BYTES_MAX)
    except Malformed as error:
        return Blame("log-changed", str(error))
    if found != entry.hash_value.lower():
        return Blame("log-changed", "its hash is not the one that its digest records")
    return None
