"""Is the body of an object the one that S3 sent? A proxy may put a page into its place."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from botocore import exceptions as sdk

MD5: Final = re.compile(r'"?([0-9a-f]{32})"?')
MADE_OF_CONTENT: Final = ("", "AES256")
"""The encryptions under which an ETag is the MD5 of the content, where it was uploaded in one piece
(S3 API Reference, "Object", `ETag`); of several pieces it ends in `-` and their number."""
GZIP: Final = b"\x1f\x8b"


class OtherBody(sdk.BotoCoreError):
    """A body that is not the one that S3 sent, or not the same when it was read again."""

    fmt = "a body that {why} came in place of the object"


def is_as_sent(body: bytes, etag: str, encryption: str, *, own_key: bool) -> bool | None:
    """Whether a body is what S3 sent by the ETag beside it; None where the ETag cannot tell.

    With `own_key` the object is under a key that only its owner holds (SSE-C).
    """
    digest = MD5.fullmatch(etag)
    if digest is None or own_key or encryption not in MADE_OF_CONTENT:
        return None
    return hashlib.md5(body, usedforsecurity=False).hexdigest() == digest[1]


CHECKSUMS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "CRC64NVME": lambda body: reflected(body, 0x9A6C9329AC4BC9B5, 8),
    "CRC32": lambda body: zlib.crc32(body).to_bytes(4),
    "CRC32C": lambda body: reflected(body, 0x82F63B78, 4),
    "SHA256": lambda body: hashlib.sha256(body).digest(),
    "SHA1": lambda body: hashlib.sha1(body, usedforsecurity=False).digest(),
}
"""The checksums that S3 keeps of an object; of one that came without any it makes a CRC64NVME,
since December 2024 (S3 API Reference, "GetObject", `x-amz-checksum-crc64nvme`). The SDK does not
look at that one by itself: it takes an extra part of the SDK."""


def checksums_of(found: Mapping[str, Any]) -> dict[str, str]:
    """The checksums of the whole content that S3 sent with an object, by their names.

    One that is made of the checksums of its pieces ends in `-` and their number, and tells nothing
    of the whole (S3 User Guide, "Checking object integrity", composite checksums).
    """
    if found.get("ChecksumType", "FULL_OBJECT") != "FULL_OBJECT":
        return {}
    checksums = {name: str(found.get(f"Checksum{name}") or "") for name in CHECKSUMS}
    return {name: value for name, value in checksums.items() if value and "-" not in value}


def fits_checksums(body: bytes, checksums: Mapping[str, str]) -> bool | None:
    """Whether a body is what S3 sent by the checksums beside it; None where there is none."""
    if not checksums:
        return None
    return all(
        base64.b64encode(CHECKSUMS[name](body)).decode() == value
        for name, value in checksums.items()
    )


def reflected(body: bytes, polynomial: int, size_bytes: int) -> bytes:
    """A CRC by a reversed polynomial that begins and ends with all bits turned over."""
    table, ones = _table(polynomial), (1 << 8 * size_bytes) - 1
    value = ones
    for byte in body:
        value = table[(value ^ byte) & 0xFF] ^ (value >> 8)
    return (value ^ ones).to_bytes(size_bytes)


@cache
def _table(polynomial: int) -> tuple[int, ...]:
    """What each byte does to a CRC."""

    def shifted(value: int) -> int:
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
        return value

    return tuple(map(shifted, range(256)))
