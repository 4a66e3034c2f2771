"""What did a verification find? Counts, faults by kind, and the verdict they make."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias, get_args

import msgspec

from logkeep.archive.files import ArchiveFiles
from logkeep.snapshot import Ask, ask
from logkeep.value import AccountId, Region, Verdict

FAULTS_MAX = 1000

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
    "key-unknown",
    "key-unreadable",
    "listing-unreadable",
    "gap",
]
FAULT_KINDS: tuple[FaultKind, ...] = get_args(FaultKind)
UNKNOWN_KINDS: frozenset[FaultKind] = frozenset(
    {
        "digest-unreadable",
        "log-unreadable",
        "key-unreadable",
        "listing-unreadable",
        # A gap is where CloudTrail itself says that a chain began anew (rule 1.9.7), or where the
        # newest digests are not there: logging stopped, or delivery broke, or somebody deleted
        # both digests and logs. Nothing in the archive tells these apart.
        "gap",
    }
)
"""The kinds that say what could not be told; all others say that something is wrong."""


class Fault(msgspec.Struct, frozen=True):
    """One thing found wrong, or that could not be told, and where."""

    kind: FaultKind
    bucket: str
    key: str
    """The object's key; empty for a gap or a listing."""
    says: str
    at: datetime.datetime | None = None
    """The end of the digest's hour or of the gap, or the minute of the log's delivery."""


class ChainReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was found along one chain of digests, and in the log files they vouch for."""

    bucket: str
    account: AccountId
    region: Region
    trail: str
    home_region: Region
    digests_valid: int = 0
    digests_invalid: int = 0
    digests_unknown: int = 0
    logs_valid: int = 0
    logs_invalid: int = 0
    logs_unknown: int = 0
    backfill_digests_valid: int = 0
    backfill_digests_invalid: int = 0
    backfill_digests_unknown: int = 0
    verified_from: datetime.datetime | None = None
    """The start of the oldest valid digest; of what lies before it nothing is said."""
    verified_until: datetime.datetime | None = None
    """The end of the newest valid digest."""
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


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A whole verification, as it is kept and read again; another version does not decode."""

    version: Literal[1] = 1
    taken_at: datetime.datetime
    start: datetime.datetime
    end: datetime.datetime
    chains: tuple[ChainReport, ...]


class Verification(NamedTuple):
    """What a kind of log offers to verify, and how."""

    what: str
    """`4 chains of digests`."""
    run: Callable[[ArchiveFiles, datetime.datetime, datetime.datetime], tuple[ChainReport, ...]]
    """Of the files of this time."""


def report_ask(account: AccountId, region: Region, trail: str) -> Ask:
    """The question that a report of `logkeep verify` answers."""
    return ask(account, region, "logkeep:Verify", Trail=trail)


def verdict(report: ChainReport) -> Verdict:
    """Fails on anything wrong, unknown where anything could not be told or nothing was proven."""
    if report.faults_failing:
        return "fails"
    return "unknown" if report.faults_unknown or not report.digests_valid else "holds"
