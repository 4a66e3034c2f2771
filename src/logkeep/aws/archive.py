"""What the archive holds: keys, objects and the keys that signed them, as verify reads them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, NoReturn

import msgspec
from botocore import exceptions as sdk
from urllib3.exceptions import HTTPError

from logkeep.aws.errors import (
    NOT_REACHED,
    NOT_UNDERSTOOD,
    STUMBLES,
    UNREACHABLE,
    Unassumable,
    code_and_message,
    in_a_line,
)
from logkeep.aws.expected import UNREADABLE, NotAnAnswer
from logkeep.aws.session import Client, Session, called
from logkeep.aws.whole import GZIP, OtherBody, checksums_of, fits_checksums, is_as_sent
from logkeep.value import AccountId, Region, Time

CANNOT_READ = (sdk.ClientError, *NOT_UNDERSTOOD, *STUMBLES, HTTPError, OSError, Unassumable)
"""How reading fails; what breaks under a body that is read reaches us as urllib3 says it."""
BROKEN_OFF = (sdk.HTTPClientError, sdk.IncompleteReadError, HTTPError, OSError)
"""How a body breaks off; the SDK, which tries each call again, leaves its reading to us."""
READ_AGAIN = (*BROKEN_OFF, OtherBody, sdk.FlexibleChecksumError)
"""How a try to read an object fails that may go well the next time."""
TRIES_MAX = 3
GONE_CODES = frozenset({"NoSuchKey", "NoSuchVersion", "404"})
SIZE_MAX = 512 * 1024 * 1024


class ArchiveProblem(Exception):
    """The archive could not be read: by which error, and what AWS said."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class ObjectGone(ArchiveProblem):
    """There is no such object, or no longer."""


class ObjectTooLarge(ArchiveProblem):
    """The object is larger than whoever asked wants to hold in memory."""


class StoredKey(msgspec.Struct, frozen=True):
    """One object in a listing."""

    key: str
    size_bytes: int
    modified_at: Time
    etag: str = ""
    storage_class: str = ""


class StoredVersion(msgspec.Struct, frozen=True):
    """One version in a listing of versions, or one delete marker."""

    version: str
    modified_at: Time
    is_marker: bool
    is_latest: bool


class StoredObject(msgspec.Struct, frozen=True):
    """One object's bytes, and what S3 says of it."""

    key: str
    body: bytes
    metadata: dict[str, str]
    version: str
    modified_at: Time
    encryption: str
    """`AES256`, `aws:kms` or `aws:kms:dsse`; empty where S3 does not say."""
    kms_key: str
    is_vouched: bool = False
    """Whether its ETag or a checksum of S3's says that these are the bytes that S3 sent."""


class ArchiveReader:
    """Reads one archive's bucket as an account that may, and only while it is its owner's."""

    def __init__(
        self,
        session: Session,
        account: AccountId,
        region: Region,
        bucket: str,
        owner: AccountId,
    ) -> None:
        self.session = session
        self.account = account
        self.region = region
        self._given = {"Bucket": bucket, "ExpectedBucketOwner": owner}

    def keys(self, prefix: str, start_after: str = "") -> Iterator[StoredKey]:
        """The objects under a prefix in the order of their keys, a page in memory at a time."""
        given = {**self._given, "Prefix": prefix, "StartAfter": start_after}
        try:
            pages = self._client().get_paginator("list_objects_v2").paginate(**given)
            for page in pages:
                for found in page.get("Contents", []):
                    etag, kept_as = found.get("ETag", ""), found.get("StorageClass", "")
                    at = found["LastModified"]
                    yield StoredKey(found["Key"], found["Size"], at, etag, kept_as)
        except CANNOT_READ as error:
            raise_problem(error)

    def folders(self, prefix: str) -> list[str]:
        """The names of the folders right under a prefix, in their order."""
        given = {**self._given, "Prefix": prefix, "Delimiter": "/"}
        try:
            pages = self._client().get_paginator("list_objects_v2").paginate(**given)
            found = [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])]
        except CANNOT_READ as error:
            raise_problem(error)
        return [each.removeprefix(prefix).removesuffix("/") for each in found]

    def metadata(self, key: str) -> dict[str, str]:
        """An object's user metadata alone."""
        return self.head(key).get("Metadata", {})

    def head(self, key: str) -> dict[str, Any]:
        """All that S3 says of an object besides its content."""
        try:
            return called(self._client(), "head_object", {**self._given, "Key": key})
        except CANNOT_READ as error:
            raise_problem(error)

    def tags(self, key: str) -> dict[str, str]:
        """An object's tags."""
        try:
            found = called(self._client(), "get_object_tagging", {**self._given, "Key": key})
        except CANNOT_READ as error:
            raise_problem(error)
        return {each["Key"]: each["Value"] for each in found["TagSet"]}

    def versions(self, key: str) -> list[StoredVersion]:
        """An object's versions and delete markers, the newest first, of one page."""
        try:
            page = called(self._client(), "list_object_versions", {**self._given, "Prefix": key})
        except CANNOT_READ as error:
            raise_problem(error)
        found = [(each, False) for each in page.get("Versions", [])]
        found += [(each, True) for each in page.get("DeleteMarkers", [])]
        own = [StoredVersion(each["VersionId"], each["LastModified"], marker, each["IsLatest"])
               for each, marker in found if each["Key"] == key]  # fmt: skip
        return sorted(own, key=lambda each: (each.is_latest, each.modified_at), reverse=True)

    def get(self, key: str, *, size_max: int = SIZE_MAX, version: str = "") -> StoredObject:
        """One object, or one version; raises ObjectGone, ObjectTooLarge or ArchiveProblem."""
        named = {"Key": key, "VersionId": version} if version else {"Key": key}
        if version:
            self.session.calls.note("s3:GetObjectVersion")
        for left in reversed(range(TRIES_MAX)):
            try:
                return self._sure(named, size_max)
            except CANNOT_READ as error:
                if not left or not isinstance(error, READ_AGAIN):
                    raise_problem(error)
                self.session.calls.note_repeat()
        raise AssertionError("the last try ends in an object or a problem")

    def _sure(self, named: dict[str, str], size_max: int) -> StoredObject:
        """An object as S3 sent it; what nothing vouches for, and is no gzip, is the same twice."""
        found = self._read(named, size_max)
        if found.is_vouched or found.body.startswith(GZIP) or not found.key.endswith(".gz"):
            return found
        self.session.calls.note_repeat()
        if self._read(named, size_max).body != found.body:
            raise OtherBody(why="was another one when it was read again")
        return found

    def _read(self, named: dict[str, str], size_max: int) -> StoredObject:
        """An object; raises OtherBody where its ETag or a checksum does not fit its body."""
        given = {**self._given, **named, "ChecksumMode": "ENABLED"}
        found = called(self._client(), "get_object", given)
        with contextlib.closing(found["Body"]) as stream:
            body = b"" if found.get("ContentLength", 0) > size_max else stream.read(size_max + 1)
            if found.get("ContentLength", len(body)) > size_max or len(body) > size_max:
                size = found.get("ContentLength", f"more than {size_max}")
                raise ObjectTooLarge("TooLarge", f"{named['Key']} has {size} bytes")
            stream.read()  # whether it came whole is seen at its end
        own_key = bool(found.get("SSECustomerAlgorithm"))
        encryption = found.get("ServerSideEncryption", "")
        is_vouched = is_as_sent(body, found["ETag"], encryption, own_key=own_key)
        if is_vouched is None:
            is_vouched = fits_checksums(body, checksums_of(found))
        if is_vouched is False:
            raise OtherBody(why="does not fit its ETag or checksum")
        made = stored(named["Key"], found, body)
        return msgspec.structs.replace(made, is_vouched=bool(is_vouched))

    def _client(self) -> Client:
        return self.session.account_client(self.account, "s3", self.region)


def stored(key: str, found: Any, body: bytes) -> StoredObject:
    """An object as S3 answered it."""
    return StoredObject(
        key,
        body,
        found.get("Metadata", {}),
        found.get("VersionId", ""),
        found["LastModified"],
        found.get("ServerSideEncryption", ""),
        found.get("SSEKMSKeyId", ""),
    )


def raise_problem(error: Exception) -> NoReturn:
    """Raise an SDK's error as a problem of the archive."""
    if isinstance(error, Unassumable):
        raise ArchiveProblem(error.code, error.message) from error
    if isinstance(error, sdk.ClientError):
        code, message = code_and_message(error)
        kind = ObjectGone if code in GONE_CODES else ArchiveProblem
        raise kind(code, message) from error
    if isinstance(error, STUMBLES):
        error = NotAnAnswer(came=UNREADABLE)
    reached = not isinstance(error, (*NOT_REACHED, *BROKEN_OFF))
    code = type(error).__name__ if reached else UNREACHABLE
    raise ArchiveProblem(code, in_a_line(str(error))) from error
