"""Two buckets in memory, written by a naive S3 that remembers what really happened."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from logkeep.archive.copies import (
    CannotCompare,
    Comparing,
    CopyReport,
    ListedVersion,
    VersionHead,
    standing,
)
from logkeep.route import Bucket
from logkeep.sources.replication.comparing import compared
from logkeep.sources.replication.judging import Pair
from logkeep.storage.rules import Filter

NOW = datetime.datetime(2026, 11, 23, 3, 10, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
FROM, TO = Bucket("app-logs", "2" * 12, "us-east-1"), Bucket("copy", "3" * 12, "eu-west-1")
PAIR = Pair(FROM, TO, under_keys=False, copies_markers=False, goes_elsewhere=False,
            comes_back=False, expiries=(), now=NOW)  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """A version as it lies in one of the two buckets."""

    id: str
    content: str
    status: str = ""
    is_marker: bool = False
    encryption: str = "AES256"
    checksum: bool = True
    hours: int = 2


@dataclass
class TwoBuckets:
    """Both buckets: of each key its versions, the newest last."""

    own: dict[str, list[Kept]] = field(default_factory=dict[str, list[Kept]])
    copies: dict[str, list[Kept]] = field(default_factory=dict[str, list[Kept]])
    closed: set[str] = field(default_factory=set[str])
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def _at(self, at: Bucket) -> dict[str, list[Kept]]:
        if at.name in self.closed:
            raise CannotCompare(f"s3:ListObjectVersions of `{at.name}`: AccessDenied")
        return self.own if at == FROM else self.copies

    def versions(self, at: Bucket, prefix: str, after: str) -> Iterator[ListedVersion]:
        held = self._at(at)
        for key in sorted(held):
            if key.startswith(prefix) and key > after:
                for kept in reversed(held[key]):
                    modified, last = NOW - kept.hours * HOUR, kept is held[key][-1]
                    etag = f"md5 of {kept.content}" if kept.encryption == "AES256" else kept.id
                    yield ListedVersion(key, kept.id, modified, last, kept.is_marker,
                                        len(kept.content), etag)  # fmt: skip

    def folders(self, at: Bucket, prefix: str) -> list[str]:
        rest = (key.removeprefix(prefix) for key in self._at(at) if key.startswith(prefix))
        return sorted({f"{prefix}{each.split('/')[0]}/" for each in rest if "/" in each})

    def head(self, at: Bucket, key: str, version: str) -> VersionHead | None:
        if f"heads of {at.name}" in self.closed:
            raise CannotCompare(f"s3:HeadObject of `{at.name}`: 403")
        kept = next((k for k in self._at(at).get(key, ()) if k.id == version), None)
        if kept is None or kept.is_marker:
            return None
        # Under a key an ETag is none of the content's, and each side has its own.
        plain = kept.encryption == "AES256"
        etag = f"md5 of {kept.content}" if plain else f"{at.name} {kept.id}"
        sums = {"CRC64NVME": f"crc of {kept.content}"} if kept.checksum else {}
        return VersionHead(len(kept.content), etag, kept.status, kept.encryption, checksums=sums)

    def replicated(self, key: str, content: str, **more: Any) -> Kept:
        kept = Kept(f"v{next(self.numbers)}", content, "COMPLETED", **more)
        self.own.setdefault(key, []).append(kept)
        self.copies.setdefault(key, []).append(replace(kept, status="REPLICA"))
        return kept

    def written(self, key: str, status: str) -> None:
        """Something that S3 did not replicate, or not yet."""
        kept = Kept(f"v{next(self.numbers)}", "content", status)
        self.own.setdefault(key, []).append(kept)


def one_by_one(make: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
    return map(make, items)


def run(
    world: TwoBuckets,
    earlier: CopyReport | None = None,
    *,
    whole: bool = True,
    of: Pair = PAIR,
    save: Callable[[CopyReport], None] = lambda _: None,
) -> CopyReport:
    comparing = Comparing(of.now, whole, earlier, save, one_by_one)
    return compared(world, of, Filter(), "route", comparing)


def verdict(report: CopyReport, accepted: Iterable[str] = ()) -> str:
    return standing(report, NOW, frozenset(accepted)).verdict
