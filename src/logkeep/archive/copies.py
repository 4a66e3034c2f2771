"""What did comparing copies of objects with the objects find: what is lost, what is another?

A kind of log whose copies lie in a second bucket offers a comparison, as another offers a
verification: it has no digests, but each version has to lie there under the same id.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal, NamedTuple, Protocol, TypeAlias, TypeVar

import msgspec

from logkeep.route import Bucket
from logkeep.snapshot import Ask, ask
from logkeep.value import AccountId, Arn, Region, Standing, Time

LOST: Final = "replica-lost"
DIFFERS: Final = "replica-differs"
UNCOMPARED: Final = "replica-uncompared"
CopyFaultKind: TypeAlias = Literal["replica-lost", "replica-differs", "replica-uncompared"]
FAULTS_MAX: Final = 1000
SAME_RUN: Final = datetime.timedelta(days=1)
"""What was compared longer ago is not gone on with."""
AGE_MAX: Final = datetime.timedelta(days=2)
"""How old a comparison may be: a day until an object has to be there, and a run every day."""

Item = TypeVar("Item")
Made = TypeVar("Made")


class ListedVersion(NamedTuple):
    """One version of an object in a listing of versions, or one delete marker."""

    key: str
    id: str
    modified: Time
    is_latest: bool
    is_marker: bool = False
    size_bytes: int = 0
    etag: str = ""


class VersionHead(msgspec.Struct, frozen=True):
    """What S3 says of one version besides its content."""

    size_bytes: int
    etag: str
    status: str = ""
    """`x-amz-replication-status`; empty where S3 tells none."""
    encryption: str = ""
    is_customers: bool = False
    """Whether it is under a key that only its writer has (SSE-C)."""
    checksums: dict[str, str] = {}
    """By algorithm, of the whole object or, where `checksum_type` says so, of its parts."""
    checksum_type: str = ""


class CannotCompare(Exception):
    """A bucket could not be listed, or an object not be looked at; the message says why."""


class BucketFiles(Protocol):
    """Any bucket as whoever may look into it finds it; asked by many threads at a time."""

    def versions(self, at: Bucket, prefix: str, after: str) -> Iterator[ListedVersion]:
        """All versions under a prefix behind a key, in their keys' order; raises CannotCompare."""
        ...

    def folders(self, at: Bucket, prefix: str) -> list[str]:
        """The prefixes of the folders right under a prefix, of some pages; raises CannotCompare."""
        ...

    def head(self, at: Bucket, key: str, version: str) -> VersionHead | None:
        """One version with its checksums; None where it is not there; raises CannotCompare."""
        ...


class CopyFault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One version that is not in the copy as it is in the source, or of which that is open."""

    kind: CopyFaultKind
    key: str
    version: str
    says: str
    found_at: Time | None = None
    """When a comparison first found it."""
    undo: str = ""
    """The command that brings it back, where one does."""

    @property
    def fails(self) -> bool:
        """Whether it says that something is wrong, and not only that it could not be told."""
        return self.kind != UNCOMPARED


class Counts(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many versions of the source a comparison came upon, by what became of them."""

    alike: int = 0
    pending: int = 0
    """S3 has still to replicate them."""
    failed: int = 0
    """S3 says that it could not replicate them: what has not arrived, not what was lost."""
    unselected: int = 0
    """S3 never meant to: no rule selects them, or they are older than the rule."""
    expired: int = 0
    """The destination's own lifecycle has deleted them."""
    markers: int = 0
    """Delete markers, which hold nothing that could be compared."""
    failing: int = 0
    uncompared: int = 0

    def plus(self, other: Counts) -> Counts:
        """Both together."""
        return Counts(*(a + b for a, b in zip(_numbers(self), _numbers(other), strict=True)))


def _numbers(counts: Counts) -> tuple[int, ...]:
    return msgspec.structs.astuple(counts)


class CopySummary(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one pair of buckets."""

    route: str
    compared_at: Time | None = None
    """When the last comparison began that came to its end."""
    sampled: bool = True
    """Whether it looked at some folders only."""
    whole_at: Time | None = None
    """When the last one began that looked at every version."""
    counts: Counts = Counts()
    """Of the last comparison."""
    faults: tuple[CopyFault, ...] = ()
    """What was found by any and has not been seen well since; no more than the limit."""
    hidden: int = 0
    """How many more there are than are listed, or fewer: a run that was stopped may count twice."""


class Going(msgspec.Struct, frozen=True):
    """How far a comparison of every version came that was stopped."""

    began_at: Time
    after: str
    """The last key that was compared."""
    counts: Counts


class CopyReport(CopySummary, frozen=True, kw_only=True):
    """The same with what the next comparison needs."""

    going: Going | None = None


class SideBySide(Protocol):
    """Does something for several at a time, a few of them in memory; gives each as it is done."""

    def __call__(self, make: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
        """What is made of each."""
        ...


class Comparing(NamedTuple):
    """What is to be compared, and who is told of it."""

    at: Time
    whole: bool
    earlier: CopyReport | None
    save: Callable[[CopyReport], None]
    """Keeps what was found so far, should the run be stopped."""
    side_by_side: SideBySide


class Comparison(NamedTuple):
    """What a kind of log offers to compare, and how."""

    route: str
    account: AccountId
    region: Region
    source: Bucket
    destination: Bucket
    keys: tuple[Arn, ...]
    """The keys under which the objects and the copies lie."""
    run: Callable[[BucketFiles, Comparing], CopyReport]


def copies_ask(route: str, account: AccountId, region: Region) -> Ask:
    """The question that the reports of `logkeep verify` answer of a pair of buckets."""
    return ask(account, region, "logkeep:Compare", Route=route)


class Compared(NamedTuple):
    """How a pair of buckets stands."""

    verdict: Standing
    code: str
    says: str
    """Why it is not known, where it is not."""


def standing(
    known: CopySummary | None, now: datetime.datetime, accepted: frozenset[str]
) -> Compared:
    """How a pair stands: what is wrong before what is open, and nothing fine that is not fresh."""
    found = known.faults if known else ()
    for kind in (LOST, DIFFERS):
        if kind not in accepted and any(each.kind == kind for each in found):
            return Compared("fails", kind, "")
    open_ = next((each for each in found if each.kind == UNCOMPARED), None)
    if open_ is not None and UNCOMPARED not in accepted:
        return Compared("unknown", UNCOMPARED, f"could not compare all: {open_.says}")
    if known is None or known.compared_at is None:
        return Compared("unknown", UNCOMPARED, "has not been run")
    if known.hidden:
        says = f"found {known.hidden} faults more than it keeps: run `logkeep verify --all` again"
        return Compared("unknown", UNCOMPARED, says)
    if now - known.compared_at > AGE_MAX:
        until = f"{known.compared_at:%Y-%m-%d %H:%M} UTC"
        return Compared("unknown", UNCOMPARED, f"has compared them until {until} only")
    if not known.counts.alike:
        return Compared("unknown", UNCOMPARED, "has found no object that is replicated")
    if found:
        return Compared("accepted", found[0].kind, "")
    return Compared("holds", LOST, "")


class Copies(NamedTuple):
    """A pair of buckets after a comparison, and how it stands."""

    source: Bucket
    destination: Bucket
    summary: CopySummary
    stands: Compared
