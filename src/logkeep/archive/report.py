"""What did a verification find? Faults by kind, what is proven, and the counts of both."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from typing import Final, Literal, NamedTuple, TypeAlias, get_args

import msgspec

from logkeep.archive.spans import Span
from logkeep.snapshot import Ask
from logkeep.value import AccountId, Region, Time, Verdict

FAULTS_MAX = 1000
HOUR = datetime.timedelta(hours=1)
_NEVER = datetime.datetime(1970, 1, 1, 1, tzinfo=datetime.UTC)

FaultKind: TypeAlias = Literal[
    "digest-missing",
    "digest-changed",
    "digest-moved",
    "digest-unsigned",
    "digest-unreadable",
    "log-missing",
    "log-changed",
    "log-unreadable",
    "log-unlisted",
    "log-unproven",
    "key-unknown",
    "key-unreadable",
    "listing-unreadable",
    "gap",
]
FAULT_KINDS: Final[tuple[FaultKind, ...]] = get_args(FaultKind)
UNKNOWN_KINDS: Final[frozenset[FaultKind]] = frozenset(
    {
        "digest-unreadable",
        "log-unreadable",
        "key-unreadable",
        "listing-unreadable",
        # No digest speaks of their time, and nothing says that one was there (rule 1.9.7).
        "log-unproven",
        # A gap is where CloudTrail itself says that a chain began anew (rule 1.9.7), or where the
        # newest digests are not there: logging stopped, or delivery broke, or somebody deleted
        # both digests and logs. Nothing in the archive tells these apart.
        "gap",
    }
)
"""The kinds that say what could not be told; all others say that something is wrong."""


class Folder(msgspec.Struct, frozen=True, order=True):
    """Where the files of one account and Region lie, whoever wrote them."""

    bucket: str
    account: AccountId
    region: Region
    root: str = "AWSLogs/"
    """The key prefix before the account."""

    def prefix(self, kind: str) -> str:
        """The key prefix of its files of one kind, up to the folder of the year."""
        return f"{self.root}{self.account}/{kind}/{self.region}/"


class Earlier(msgspec.Struct, frozen=True, omit_defaults=True):
    """An earlier version of an object that is changed or gone."""

    version: str
    written_at: Time
    gone_at: Time
    """When it was deleted, or another put in its place."""
    marker: str = ""
    """The version of the delete marker in its place, if that is why it is gone."""
    is_whole: bool | None = None
    """Whether it is as it was written; None where it could not be read."""
    by: str = ""
    """Who deleted or replaced it, where the archive's own logs tell."""
    above: str = ""
    """The only version above it: once that is deleted, this one is current again."""


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing found wrong, or that could not be told, and where."""

    kind: FaultKind
    bucket: str
    key: str
    """The object's key; empty for a gap or a listing."""
    says: str
    at: Time | None = None
    """The end of the digest's hour or of the gap, or the minute of the log's delivery."""
    since: Time | None = None
    """Where it is of a longer time: its start."""
    found_at: Time | None = None
    """When a verification first found it."""
    hash_value: str = ""
    """What the content of the object should hash to, where a digest says so."""
    earlier: Earlier | None = None
    """The version of the object that may be put back."""

    @property
    def fails(self) -> bool:
        """Whether it says that something is wrong, and not only that it could not be told."""
        return self.kind not in UNKNOWN_KINDS

    @property
    def span(self) -> Span:
        """The time it is of: a digest's hour, or the hour before a log's delivery."""
        at = self.at or _NEVER
        return Span(self.since or at - HOUR, at)

    @property
    def place(self) -> tuple[str, str, datetime.datetime | None, datetime.datetime | None]:
        """What it is of: an object, or a time of which none is there."""
        return (self.bucket, self.key, None, None) if self.key else ("", "", self.since, self.at)


class ChainReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was found along one chain of digests, and in the log files they vouch for."""

    bucket: str
    account: AccountId
    region: Region
    trail: str
    """Who wrote them; empty where the folder holds logs and no digest."""
    home_region: Region
    root: str = "AWSLogs/"
    """The key prefix before the account's folder."""
    digests_valid: int = 0
    digests_invalid: int = 0
    digests_unknown: int = 0
    logs_valid: int = 0
    logs_invalid: int = 0
    logs_unknown: int = 0
    backfill_digests_valid: int = 0
    backfill_digests_invalid: int = 0
    backfill_digests_unknown: int = 0
    verified_from: Time | None = None
    """The start of the oldest valid digest; of what lies before it nothing is said."""
    verified_until: Time | None = None
    """The end of the newest valid digest."""
    proven: tuple[Span, ...] = ()
    """The times whose digests are valid with every log file that they list."""
    faults: tuple[Fault, ...] = ()
    """The first faults found, no more than the limit."""
    faults_failing: int = 0
    """How many faults there are in all that say something is wrong."""
    faults_unknown: int = 0
    """How many faults there are in all that say something could not be told."""

    @property
    def faults_total(self) -> int:
        """How many faults there are in all."""
        return self.faults_failing + self.faults_unknown


class OfChain(msgspec.Struct, frozen=True, array_like=True):
    """What a day's folder proves of one chain."""

    digests: int
    logs: int
    backfills: int
    proven: tuple[Span, ...]


class Day(msgspec.Struct, frozen=True, array_like=True):
    """A day's folder in which all was found as it should be."""

    tag: str
    """What changes whenever any of its objects does."""
    chains: dict[str, OfChain]
    """By the chain's name."""


class FolderSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the files of one account and Region under one root."""

    folder: Folder
    verified_at: Time
    oldest: Time | None = None
    """The time of the oldest object that ever was seen there."""
    newest: Time | None = None
    """The end of the newest digest, or the minute of the newest log where there is none."""
    chains: tuple[ChainReport, ...] = ()


class FolderReport(FolderSummary, frozen=True, kw_only=True):
    """The same with what the next verification needs."""

    days: dict[str, Day] = {}
    fresh: tuple[str, ...] = ()
    """The days that were read in this very run, for one that is stopped and run again."""


def summary_of(report: FolderReport) -> FolderSummary:
    """A report without what only the next verification needs."""
    return FolderSummary(
        folder=report.folder,
        verified_at=report.verified_at,
        oldest=report.oldest,
        newest=report.newest,
        chains=report.chains,
    )


class Wanted(msgspec.Struct, frozen=True):
    """What of the archive is to be read."""

    start: Time | None = None
    """From when all is read again, whatever was proven of it."""
    end: Time | None = None
    """Until when; None is now."""
    again: bool = False
    """Whether what was proven is read again too."""
    is_live: bool = True
    """Whether the archive goes on; a copy ends where it was made."""


AccountPrefix: TypeAlias = tuple[str, AccountId]
"""The key prefix before an account's folders, and the account."""
Saving: TypeAlias = Callable[[FolderReport], None]
"""Keeps what was found so far, should the run be stopped."""


class Verification(NamedTuple):
    """What a kind of log offers to verify, and how; by several threads at a time."""

    what: str
    """`6 chains of digests`: what is known to go on."""
    known: frozenset[str]
    """The key prefixes before accounts' folders under which it is known to write."""
    places: Callable[[frozenset[str]], Iterable[AccountPrefix]]
    """Where else in the archive it writes, or has written; raises CannotList."""
    folders: Callable[[AccountPrefix], Iterable[Folder]]
    """An account's folders, one a Region; raises CannotList."""
    expected: frozenset[Folder]
    """The folders that must be there."""
    run: Callable[[Folder, Wanted, FolderReport | None, Saving], FolderReport]
    """What is known of a folder now: what was known of it, and what is found there."""
    until: Callable[[AccountId, Region], datetime.datetime | None]
    """Up to when an account's logs of a Region must have come; None where no more are to."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A whole verification: what is known now of every folder, old and new."""

    taken_at: Time
    start: Time | None
    """From when it was asked to look; None is from the beginning."""
    end: Time
    folders: tuple[FolderSummary, ...] = ()
    problems: tuple[Fault, ...] = ()
    """What could not be told of the archive as a whole."""

    @property
    def chains(self) -> tuple[ChainReport, ...]:
        """Every chain of every folder."""
        return tuple(chain for folder in self.folders for chain in folder.chains)


def report_ask(account: AccountId, region: Region) -> Ask:
    """The question that reports of `logkeep verify` answer: how an account's folders stand."""
    return Ask(account, region, "logkeep:Verify")


def verdict(report: ChainReport) -> Verdict:
    """Fails on anything wrong, unknown where anything could not be told or nothing was proven."""
    if report.faults_failing:
        return "fails"
    return "unknown" if report.faults_unknown or not report.proven else "holds"
