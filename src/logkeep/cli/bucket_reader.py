"""Any bucket of the fleet as a comparison reads it: as the archive's reader, else as the fleet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

from logkeep.archive.copies import CannotCompare, ListedVersion, VersionHead
from logkeep.aws.archive import ArchiveProblem
from logkeep.aws.session import Session
from logkeep.aws.versions import VersionReader
from logkeep.cli.archive_reader import Count, Opener, Progress
from logkeep.route import Bucket
from logkeep.value import AccountId

Made = TypeVar("Made")


class BothSides:
    """Looks into the buckets of both sides of a replication."""

    def __init__(self, opener: Opener, session: Session, tell: Progress) -> None:
        self._opener = opener
        self._session = session
        self._lock = threading.Lock()
        self._ways: dict[Bucket, list[VersionReader]] = {}
        self.count = Count(tell)

    def versions(self, at: Bucket, prefix: str, after: str) -> Iterator[ListedVersion]:
        """All versions under a prefix behind a key."""
        first = self._first(at, lambda way: self._begun(way, prefix, after))
        try:
            yield from first
        except ArchiveProblem as problem:
            raise _cannot("s3:ListObjectVersions", at, problem) from problem

    def _begun(self, way: VersionReader, prefix: str, after: str) -> Iterator[ListedVersion]:
        """A listing whose first page has come, so that a refusal is known."""
        found = way.every(prefix, after)
        first = next(found, None)
        return iter(()) if first is None else _and(first, found)

    def folders(self, at: Bucket, prefix: str) -> list[str]:
        """The prefixes of the folders right under a prefix."""
        return self._first(at, lambda way: way.some_folders(prefix), "s3:ListObjectsV2")

    def head(self, at: Bucket, key: str, version: str) -> VersionHead | None:
        """One version with its checksums."""
        self.count.one_more()
        return self._first(at, lambda way: way.head_version(key, version), "s3:HeadObject")

    def _first(
        self,
        at: Bucket,
        look: Callable[[VersionReader], Made],
        call: str = "s3:ListObjectVersions",
    ) -> Made:
        """What the first sees who may look."""
        problem: ArchiveProblem | None = None
        for way in self._ways_to(at):
            try:
                return look(way)
            except ArchiveProblem as error:
                problem = problem or error
        assert problem is not None
        raise _cannot(call, at, problem) from problem

    def _ways_to(self, at: Bucket) -> list[VersionReader]:
        with self._lock:
            if at not in self._ways:
                who = [(self._opener.session, self._opener.account), (self._session, at.account)]
                self._ways[at] = [
                    VersionReader(session, account, at.region, at.name, at.account)
                    for session, account in _once(who)
                ]
            return self._ways[at]


def _once(who: list[tuple[Session, AccountId]]) -> list[tuple[Session, AccountId]]:
    return [each for number, each in enumerate(who) if each not in who[:number]]


def _and(first: ListedVersion, rest: Iterator[ListedVersion]) -> Iterator[ListedVersion]:
    yield first
    yield from rest


def _cannot(call: str, at: Bucket, problem: ArchiveProblem) -> CannotCompare:
    return CannotCompare(f"{call} of `{at.name}`: {problem.code}: {problem.message}")
