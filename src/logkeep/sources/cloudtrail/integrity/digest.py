"""What does one digest file say? Read strictly, from bytes that anybody may have written."""

from __future__ import annotations

import datetime
import hashlib
import zlib
from typing import TYPE_CHECKING

import msgspec

from logkeep.sources.cloudtrail.integrity.series import YEARS

if TYPE_CHECKING:
    from collections.abc import Iterator

DIGEST_BYTES_MAX = 64 << 20
LOG_BYTES_MAX = 256 << 20
"""Far over the 50 MB that CloudTrail puts into one log file (rule 1.3.3)."""
_CHUNK_BYTES = 1 << 20
_GZIP_WINDOW_BITS = 31


class Malformed(Exception):
    """These bytes are not what CloudTrail writes; the message says why."""


class LogFile(msgspec.Struct, frozen=True, rename="camel"):
    """One log file that a digest vouches for."""

    s3_bucket: str
    s3_object: str
    hash_value: str
    hash_algorithm: str


class Digest(msgspec.Struct, frozen=True, rename="camel"):
    """A digest file's content; fields added by AWS later are let pass (rule 1.9.1)."""

    digest_start_time: str
    digest_end_time: str
    digest_s3_bucket: str
    digest_s3_object: str
    digest_public_key_fingerprint: str
    previous_digest_signature: str | None
    previous_digest_s3_bucket: str | None = None
    previous_digest_s3_object: str | None = None
    previous_digest_hash_value: str | None = None
    previous_digest_hash_algorithm: str | None = None
    log_files: tuple[LogFile, ...] = ()

    @property
    def starts(self) -> datetime.datetime:
        """When the hour that it covers begins."""
        return parse_time(self.digest_start_time)

    @property
    def ends(self) -> datetime.datetime:
        """When the hour that it covers ends."""
        return parse_time(self.digest_end_time)


_DECODER = msgspec.json.Decoder(Digest)


def gunzip(data: bytes, bytes_max: int) -> Iterator[bytes]:
    """The pieces of exactly one gzip member; raises Malformed on anything else."""
    stream = zlib.decompressobj(_GZIP_WINDOW_BITS)
    size = 0
    rest = data
    while not stream.eof:
        try:
            piece = stream.decompress(rest, _CHUNK_BYTES)
        except zlib.error as error:
            raise Malformed(f"not gzip: {error}") from None
        rest = stream.unconsumed_tail
        if not piece and not rest and not stream.eof:
            raise Malformed("the gzip stream is cut short")
        size += len(piece)
        if size > bytes_max:
            raise Malformed(f"holds more than {bytes_max} bytes")
        yield piece
    if stream.unused_data:
        raise Malformed("bytes follow the gzip stream")  # as the AWS CLI has it (rule 1.9.6)


def content_hash(data: bytes, bytes_max: int) -> str:
    """The hash CloudTrail records: hex SHA-256 of the uncompressed bytes (rule 1.9.2)."""
    digest = hashlib.sha256()
    for piece in gunzip(data, bytes_max):
        digest.update(piece)
    return digest.hexdigest()


def parse_digest(content: bytes) -> Digest:
    """A digest from its uncompressed bytes; raises Malformed where it is none."""
    try:
        digest = _DECODER.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed(f"not a digest: {error}") from None
    if digest.starts > digest.ends:
        raise Malformed("not a digest: it ends before it starts")
    return digest


def parse_time(text: str) -> datetime.datetime:
    """A digest's time; raises Malformed where it is none."""
    try:
        found = msgspec.convert(text, datetime.datetime)
    except msgspec.ValidationError:
        raise Malformed("not a digest: a time in it is none") from None
    if found.tzinfo is None:
        raise Malformed("not a digest: a time in it has no time zone")
    if found.year not in YEARS:
        raise Malformed("not a digest: a time in it is none")
    return found.astimezone(datetime.UTC)


def string_to_sign(digest: Digest, hash_value: str) -> bytes:
    """What CloudTrail signs (rule 1.9.4): end time, place, hash and the signature before."""
    previous = digest.previous_digest_signature
    place = f"{digest.digest_s3_bucket}/{digest.digest_s3_object}"
    lines = (digest.digest_end_time, place, hash_value, "null" if previous is None else previous)
    return "\n".join(lines).encode()
