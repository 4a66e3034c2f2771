"""Digest files: what was delivered within the hour, chained and signed (rule 1.9)."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from logkeep.lab.call import HOUR, World
from logkeep.lab.kinds.cloudtrail.keys import digest_key
from logkeep.lab.kinds.cloudtrail.moments import iso
from logkeep.lab.kinds.cloudtrail.state import Digest, Json, LogFile, Stream, Trail, TrailState


def build_digest(
    world: World, state: TrailState, trail: Trail, stream: Stream, end: datetime
) -> Digest:
    """The signed digest of what a stream delivered in the hour before `end`."""
    key = digest_key(world, trail, stream.account, stream.region, end)
    signer = state.key_of(stream.region)
    content = {
        "awsAccountId": stream.account,
        "digestStartTime": iso(end - HOUR),
        "digestEndTime": iso(end),
        "digestS3Bucket": trail.bucket,
        "digestS3Object": key,
        "digestPublicKeyFingerprint": signer.fingerprint,
        "digestSignatureAlgorithm": "SHA256withRSA",
        **_times(stream.delivered),
        **_previous(stream.previous),
        "logFiles": [_log_file(f) for f in stream.delivered],
    }
    plain = json.dumps(content).encode()
    last = stream.previous.signature if stream.previous else "null"
    signed = f"{iso(end)}\n{trail.bucket}/{key}\n{hashlib.sha256(plain).hexdigest()}\n{last}"
    foreign = any(f.foreign for f in stream.delivered)
    return Digest(trail.bucket, key, plain, signer.sign(signed), end, foreign)


def _times(files: list[LogFile]) -> Json:
    if not files:  # rule 1.9.7
        return {"newestEventTime": None, "oldestEventTime": None}
    return {
        "newestEventTime": iso(max(f.newest for f in files)),
        "oldestEventTime": iso(min(f.oldest for f in files)),
    }


def _previous(previous: Digest | None) -> Json:
    return {
        "previousDigestS3Bucket": previous.bucket if previous else None,
        "previousDigestS3Object": previous.key if previous else None,
        "previousDigestHashValue": hashlib.sha256(previous.plain).hexdigest() if previous else None,
        "previousDigestHashAlgorithm": "SHA-256" if previous else None,
        "previousDigestSignature": previous.signature if previous else None,
    }


def _log_file(file: LogFile) -> Json:
    return {
        "s3Bucket": file.bucket,
        "s3Object": file.key,
        "hashValue": file.digest_hash,
        "hashAlgorithm": "SHA-256",
        "newestEventTime": iso(file.newest),
        "oldestEventTime": iso(file.oldest),
    }
