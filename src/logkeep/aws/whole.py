"""Is the body of an object the one that S3 sent? A proxy may put a page into its place."""

from __future__ import annotations

import hashlib
import re
from typing import Final

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
    told = MD5.fullmatch(etag)
    if told is None or own_key or encryption not in MADE_OF_CONTENT:
        return None
    return hashlib.md5(body, usedforsecurity=False).hexdigest() == told[1]
