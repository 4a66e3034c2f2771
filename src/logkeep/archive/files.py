"""The archive's files as whoever may read them finds them: what a verification asks for."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Protocol, TypeAlias

import msgspec

from logkeep.route import Objects
from logkeep.snapshot import Ask, Reply


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


class ArchiveFiles(Protocol):
    """The archive, opened."""

    def keys(
        self, series: Objects, start: datetime.datetime, end: datetime.datetime
    ) -> Iterable[str] | Unreadable:
        """The keys in a series' folders of these days."""
        ...

    def fetch(self, bucket: str, key: str) -> Fetch:
        """One object."""
        ...

    def ask(self, question: Ask) -> Reply:
        """What AWS answers to a question that only a verification puts."""
        ...
