"""What lies in the archive? Listed without the SDK, which takes a tenth of a second for a page.

Only a whole answer that is what S3 writes counts; from the first that is not, the SDK lists on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import unquote_plus
from xml.etree.ElementTree import Element, ParseError, fromstring

from logkeep.aws.archive import ArchiveReader, StoredKey
from logkeep.aws.direct import DirectReader
from logkeep.aws.expected import NotAnAnswer
from logkeep.aws.typed import time_of

ROOT: Final = "ListBucketResult"


class _Page(NamedTuple):
    keys: list[StoredKey]
    folders: list[str]
    """With the prefix, and the slash at their end."""
    token: str
    """Names the next page; empty where there is none."""


class DirectLister:
    """Lists one bucket directly, and by the SDK what does not come so."""

    def __init__(self, direct: DirectReader, sdk: ArchiveReader) -> None:
        self._direct = direct
        self._sdk = sdk

    def keys(self, prefix: str, start_after: str = "") -> Iterator[StoredKey]:
        """The objects under a prefix in the order of their keys; raises ArchiveProblem."""
        token, last = "", start_after
        while True:
            page = self._page(prefix, token, last)
            if page is None:
                yield from self._sdk.keys(prefix, last)
                return
            yield from page.keys
            last = page.keys[-1].key if page.keys else last
            token = page.token
            if not token:
                return

    def folders(self, prefix: str) -> list[str]:
        """The names of the folders right under a prefix; raises ArchiveProblem."""
        found: list[str] = []
        token = ""
        while True:
            page = self._page(prefix, token, "", delimiter="/")
            if page is None:
                return self._sdk.folders(prefix)
            found += page.folders
            token = page.token
            if not token:
                return [each.removeprefix(prefix).removesuffix("/") for each in found]

    def _page(
        self, prefix: str, token: str, start_after: str, *, delimiter: str = ""
    ) -> _Page | None:
        given = {"list-type": "2", "encoding-type": "url", "prefix": prefix}
        if delimiter:
            given["delimiter"] = delimiter
        if token:
            given["continuation-token"] = token
        elif start_after:
            given["start-after"] = start_after
        body = self._direct.listing(given)
        page = None if body is None else page_of(body, prefix)
        return None if page is None or (token and page.token == token) else page


def page_of(body: bytes, prefix: str) -> _Page | None:
    """A page of a listing; None where it is not just what S3 writes (API, "ListObjectsV2")."""
    if b"<!" in body:  # declares something, which S3 does not
        return None
    try:
        return _read(fromstring(body), prefix)
    except (ParseError, LookupError, TypeError, ValueError, NotAnAnswer):
        return None


def _read(root: Element, prefix: str) -> _Page | None:
    space = root.tag.removesuffix(ROOT)
    if root.tag != f"{space}{ROOT}" or not (space == "" or space[0] + space[-1] == "{}"):
        return None
    is_more = {"true": True, "false": False}[_text(root, f"{space}IsTruncated")]
    if _text(root, f"{space}EncodingType") != "url":
        return None
    if unquote_plus(root.findtext(f"{space}Prefix") or "") != prefix:
        return None
    keys = [_key(each, space) for each in root.iterfind(f"{space}Contents")]
    folders = [
        unquote_plus(_text(each, f"{space}Prefix"))
        for each in root.iterfind(f"{space}CommonPrefixes")
    ]
    names = [*(each.key for each in keys), *folders]
    if int(_text(root, f"{space}KeyCount")) != len(names):
        return None
    if not all(name.startswith(prefix) for name in names):
        return None
    return _Page(keys, folders, _text(root, f"{space}NextContinuationToken") if is_more else "")


def _key(each: Element, space: str) -> StoredKey:
    found = {child.tag: child.text for child in each}
    modified = time_of(found[f"{space}LastModified"])
    size, etag = int(found[f"{space}Size"] or ""), found[f"{space}ETag"] or ""
    kept_as = found.get(f"{space}StorageClass") or ""
    return StoredKey(unquote_plus(found[f"{space}Key"] or ""), size, modified, etag, kept_as)


def _text(each: Element, name: str) -> str:
    """The text of a member that always comes; raises LookupError where it did not."""
    found = each.findtext(name)
    if not found:
        raise LookupError(name)
    return found
