"""What does S3 say of the tags that an upload brings?

S3 User Guide, "Categorizing your objects using tags": up to 10 of them with different names, names
of up to 128 and values of up to 256 characters. S3's own words: "The header 'x-amz-tagging' shall
be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates", "Object
tags cannot be greater than 10".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl

from logkeep.storage.headers import TAGGING
from logkeep.storage.upload import Refusal, Upload

TAGS_MAX: Final = 10
NAME_MAX: Final = 128
VALUE_MAX: Final = 256
LENGTH_MAX: Final = 8192
"""Longer headers S3 does not take at all."""


def check_tags(upload: Upload) -> Iterator[Refusal]:
    """Yield what is wrong with the tags."""
    text = upload.headers.get(TAGGING, "")
    pairs = parse_qsl(text[:LENGTH_MAX], keep_blank_values=True)
    twice = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
    if twice:
        yield _refused("InvalidArgument", "tag-twice", twice[0])
    if len(pairs) > TAGS_MAX:
        yield _refused("BadRequest", "tags-too-many", str(len(pairs)))
    for name, value in pairs:
        if not 0 < len(name) <= NAME_MAX or len(value) > VALUE_MAX or name.startswith("aws:"):
            yield _refused("InvalidTag", "tag-not-allowed", name)
            return


def _refused(code: str, reason: str, detail: str) -> Refusal:
    return Refusal(code=code, status=400, by="request", reason=reason, detail=detail)
