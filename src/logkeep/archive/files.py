"""The archive's files as whoever may read them finds them: what a verification asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias

import msgspec

from logkeep.snapshot import Ask, Reply
from logkeep.value import Time


class Unreadable(msgspec.Struct, frozen=True):
    """It could not be read, for this reason."""

    error: str


class Fetched(msgspec.Struct, frozen=True):
    """An object's bytes and its user metadata."""

    body: bytes
    metadata: Mapping[str, str] | None = {}
    """None where a copy of the object has not kept it."""
    is_vouched: bool = False
    """Whether S3's own checksum says that the bytes are those that S3 sent."""


class Missing(msgspec.Struct, frozen=True):
    """S3 said that there is no such object."""


class Huge(msgspec.Struct, frozen=True):
    """There is an object of at least so many bytes, more than any log file has."""

    size_bytes: int


Fetch: TypeAlias = Fetched | Missing | Huge | Unreadable


class Listed(NamedTuple):
    """One object in a listing."""

    key: str
    tag: str
    """What changes whenever the object does; empty where nothing can be relied upon to."""
    modified: Time | None = None


class Version(NamedTuple):
    """One version of an object, or one delete marker."""

    id: str
    modified: Time
    is_marker: bool


class CannotList(Exception):
    """A listing broke off; the message says why."""


class ArchiveObjects(Protocol):
    """The objects of the archive, or of a copy of it; asked by many threads at a time."""

    def folders(self, prefix: str) -> Iterable[str]:
        """The names of the folders right under a prefix; raises CannotList."""
        ...

    def keys(self, prefix: str, after: str) -> Iterator[Listed]:
        """The objects under a prefix behind a key, in their keys' order; raises CannotList."""
        ...

    def fetch(self, places: Sequence[tuple[str, str]]) -> Iterator[Fetch]:
        """Objects by bucket and key, in their order."""
        ...

    def fetch_again(self, bucket: str, key: str) -> Fetch:
        """An object once more, vouched for where that can be, since it looked changed."""
        ...

    def metadata(self, bucket: str, key: str) -> Mapping[str, str] | None:
        """The user metadata of an object whose copy has not kept it; None where nobody tells."""
        ...

    def versions(self, key: str) -> Sequence[Version]:
        """An object's versions and delete markers, the newest first; raises CannotList."""
        ...

    def fetch_version(self, key: str, version: str) -> Fetch:
        """One version of an object."""
        ...


class ArchiveFiles(ArchiveObjects, Protocol):
    """The archive, opened: its bucket, or a copy of that, and what AWS says besides."""

    def ask(self, question: Ask) -> Reply:
        """What AWS answers to a question that only a verification puts."""
        ...
