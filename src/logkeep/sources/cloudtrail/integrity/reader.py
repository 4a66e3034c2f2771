"""What a verification asks of the archive and of CloudTrail, and how it is answered."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Protocol, TypeAlias

import msgspec

from logkeep.sources.cloudtrail.integrity.keys import PublicKey
from logkeep.sources.cloudtrail.integrity.series import Chain
from logkeep.value import Region


class Unreadable(msgspec.Struct, frozen=True):
    """It could not be read, for this reason."""

    error: str


class Fetched(msgspec.Struct, frozen=True):
    """An object's bytes and its user metadata."""

    body: bytes
    metadata: Mapping[str, str] = {}


class Missing(msgspec.Struct, frozen=True):
    """S3 said that there is no such object."""


Fetch: TypeAlias = Fetched | Missing | Unreadable


class Reader(Protocol):
    """What a verification asks of the archive and of CloudTrail."""

    def digests(
        self, chain: Chain, start: datetime.datetime, end: datetime.datetime
    ) -> Iterable[str] | Unreadable:
        """The keys of the digests, backfill too, in the folders of these days."""
        ...

    def logs(
        self, chain: Chain, start: datetime.datetime, end: datetime.datetime
    ) -> Iterable[str] | Unreadable:
        """The keys of the log files in the folders of these days."""
        ...

    def fetch(self, bucket: str, key: str) -> Fetch:
        """One object."""
        ...

    def public_keys(
        self, region: Region, start: datetime.datetime, end: datetime.datetime
    ) -> Iterable[PublicKey] | Unreadable:
        """CloudTrail's public keys of a time."""
        ...
