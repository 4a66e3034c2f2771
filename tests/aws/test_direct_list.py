"""Listings read without the SDK: only what S3 writes counts, else the SDK lists on."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import cast
from urllib.parse import quote_plus
from xml.sax.saxutils import escape

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from logkeep.aws.archive import ArchiveReader, StoredKey
from logkeep.aws.direct import NO_BODY, DirectReader, Signing
from logkeep.aws.direct_list import DirectLister, page_of

AT = "2026-11-23T03:05:00.000Z"
SPACE = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


def page(
    keys: list[str],
    *,
    prefix: str = "a/",
    token: str = "",
    folders: tuple[str, ...] = (),
    **more: str,
) -> str:
    """A page as S3 writes it (S3 API Reference, "ListObjectsV2", "Response Syntax")."""
    contents = "".join(
        f"<Contents><Key>{escape(quote_plus(key))}</Key><LastModified>{AT}</LastModified>"
        f"<ETag>&quot;{n:032x}&quot;</ETag><Size>{n}</Size><StorageClass>STANDARD</StorageClass>"
        "</Contents>"
        for n, key in enumerate(keys)
    )
    common = "".join(
        f"<CommonPrefixes><Prefix>{quote_plus(each)}</Prefix></CommonPrefixes>" for each in folders
    )
    members = {
        "Prefix": quote_plus(prefix),
        "KeyCount": str(len(keys) + len(folders)),
        "EncodingType": "url",
        "IsTruncated": "true" if token else "false",
        "NextContinuationToken": token,
        **more,
    }
    told = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in members.items() if text)
    return f"<ListBucketResult{SPACE}>{told}{contents}{common}</ListBucketResult>"


class Pages:
    """A direct reader that has so many pages, and then nothing that is one."""

    def __init__(self, *pages: str | None) -> None:
        self.pages = list(pages)
        self.asked: list[Mapping[str, str]] = []

    def listing(self, asked: Mapping[str, str]) -> bytes | None:
        self.asked.append(asked)
        found = self.pages.pop(0) if self.pages else None
        return None if found is None else found.encode()


class Sdk:
    """The SDK's listing of all keys."""

    def __init__(self, keys: list[str]) -> None:
        self.all = keys

    def keys(self, prefix: str, start_after: str = "") -> Iterator[StoredKey]:
        at = datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC)
        return (
            StoredKey(key, 0, at)
            for key in self.all
            if key.startswith(prefix) and key > start_after
        )

    def folders(self, prefix: str) -> list[str]:
        return [f"by the SDK of {prefix}"]


def lister(direct: Pages, keys: list[str]) -> DirectLister:
    return DirectLister(cast(DirectReader, direct), cast(ArchiveReader, Sdk(keys)))


KEYS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=9).map(
        lambda text: f"a/{text}"
    ),
    unique=True,
    max_size=8,
).map(sorted)


@given(KEYS, st.integers(1, 3), st.integers(0, 4))
def test_all_keys_come_once_and_in_order_whoever_lists_them(
    keys: list[str], size: int, direct_pages: int
) -> None:
    parts = [keys[n : n + size] for n in range(0, len(keys), size)] or [[]]
    last = len(parts) - 1
    pages = [page(part, token="" if n == last else f"t{n}") for n, part in enumerate(parts)]
    direct = Pages(*pages[:direct_pages])
    assert [each.key for each in lister(direct, keys).keys("a/")] == keys


def test_what_s3_says_of_each_object_is_kept() -> None:
    (first, second) = lister(Pages(page(["a/x y+z", "a/ü&<"])), []).keys("a/")
    at = datetime.datetime(2026, 11, 23, 3, 5, tzinfo=datetime.UTC)
    assert first == StoredKey("a/x y+z", 0, at, f'"{0:032x}"', "STANDARD")
    assert (second.key, second.size_bytes) == ("a/ü&<", 1)


def test_folders_come_without_their_prefix() -> None:
    pages = [page([], folders=("a/b/",), token="next"), page(["a/file"], folders=("a/c d/",))]
    direct = Pages(*pages)
    assert lister(direct, []).folders("a/") == ["b", "c d"]
    assert [asked.get("continuation-token") for asked in direct.asked] == [None, "next"]
    assert lister(Pages(pages[0], None), []).folders("a/") == ["by the SDK of a/"]


WHOLE = page(["a/1", "a/2"])
ODD = {
    "nothing": "",
    "a proxy's page": "<html><body>Sign in</body></html>",
    "broken off": WHOLE[:-30],
    "another answer": "<ListVersionsResult/>",
    "an error": "<Error><Code>SlowDown</Code></Error>",
    "one less than it says": page(["a/1", "a/2"], KeyCount="3"),
    "one more than it says": page(["a/1", "a/2"], KeyCount="1"),
    "no count": page(["a/1"], KeyCount=""),
    "of another prefix": page(["a/1"], prefix="b/"),
    "a key that was not asked for": page(["b/1"]),
    "keys in their own letters": page(["a/1"], EncodingType=""),
    "neither the end nor more": page(["a/1"], IsTruncated=""),
    "more, and not where": page(["a/1"], IsTruncated="true"),
    "no time": WHOLE.replace(AT, "yesterday"),
    "no size": WHOLE.replace("<Size>1</Size>", ""),
    "no tag": WHOLE.replace("<ETag>", "<Tag>").replace("</ETag>", "</Tag>"),
    "an entity of its own": '<!DOCTYPE a [<!ENTITY b "c">]>' + WHOLE.replace("a/1", "&b;"),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_what_is_no_page_of_s3_is_listed_by_the_sdk(odd: str) -> None:
    assert page_of(odd.encode(), "a/") is None
    first = page(["a/0"], token="t")
    found = lister(Pages(first, odd), ["a/0", "a/1", "a/2"]).keys("a/")
    assert [each.key for each in found] == ["a/0", "a/1", "a/2"]


def test_a_token_that_leads_back_to_its_page_is_left_to_the_sdk() -> None:
    direct = Pages(*[page(["a/0"], token="t")] * 9)
    assert [each.key for each in lister(direct, ["a/0", "a/1"]).keys("a/")] == ["a/0", "a/1"]


@given(
    st.text("abc/ =+~ü", max_size=9),
    st.sampled_from(("", "token")),
    st.sampled_from(("", "list-type=2&prefix=a%2F")),
)
def test_requests_are_signed_as_the_sdk_signs_them(name: str, token: str, query: str) -> None:
    from urllib.parse import quote

    now = 1_795_400_000
    path = f"/archive/{quote(name, safe='/-_.~')}"
    keys = ("AKIDEXAMPLE", "secret", token)
    sent = Signing(keys, now, "eu-west-1", "host", "1" * 12).request(path, query).decode()
    head = dict(line.split(": ", 1) for line in sent.strip().split("\r\n")[1:])
    signer = S3SigV4Auth(Credentials(*keys), "s3", "eu-west-1")
    url = f"https://host{path}{'?' if query else ''}{query}"
    request = AWSRequest("GET", url, {k: v for k, v in head.items() if k != "authorization"})
    request.context["timestamp"] = head["x-amz-date"]
    lines = [
        "GET", path, query,
        *sorted(f"{k}:{v}" for k, v in head.items() if k != "authorization"), "",
        ";".join(sorted(set(head) - {"authorization"})), NO_BODY,
    ]  # fmt: skip
    to_sign = signer.string_to_sign(request, "\n".join(lines))
    assert head["authorization"].endswith(f"Signature={signer.signature(to_sign, request)}")
    assert f"Credential={signer.scope(request)}," in head["authorization"]
