"""Which digests should exist? Their names, their hours, and what stands between two of them."""

from __future__ import annotations

import datetime
import functools
import re

import msgspec

from logkeep.archive.report import HOUR, ChainReport, Folder
from logkeep.archive.spans import Span
from logkeep.value import AccountId, Region

DIGESTS = "CloudTrail-Digest"
LOGS = "CloudTrail"
"""The folders of the two kinds of file (rule 1.3)."""

# Rule 1.3: the time in a digest's name is the end of its hour, in a log's the delivery minute.
_DIGEST = re.compile(
    r"(?P<account>\d{12})_CloudTrail-Digest_(?P<region>[a-z0-9-]+)_(?P<trail>[A-Za-z0-9._-]+)"
    r"_(?P<home>[a-z0-9-]+)_(?P<time>\d{8}T\d{6}Z)(?P<backfill>_backfill)?\.json\.gz",
    re.ASCII,
)
_DAY = re.compile(r"/(\d{4}/(?:0[1-9]|1[0-2])/(?:0[1-9]|[12]\d|3[01]))/[^/]*$", re.ASCII)
_LOG = re.compile(
    r"\d{12}_CloudTrail_[a-z0-9-]+_(?P<time>\d{8}T\d{4}Z)_[A-Za-z0-9]+\.json\.gz", re.ASCII
)


YEARS = range(1970, 9000)
_FIRST = datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)


class Chain(msgspec.Struct, frozen=True, order=True):
    """One chain of digests: those of one trail, for one account and Region, in one folder."""

    bucket: str
    account: AccountId
    region: Region
    trail: str
    home_region: Region
    root: str = "AWSLogs/"

    @property
    def folder(self) -> Folder:
        """The folder that it lies in, perhaps with others."""
        return Folder(self.bucket, self.account, self.region, self.root)


def is_shared(root: str) -> bool:
    """Whether an organization's trail writes under a root, which ends with its id (rule 1.3)."""
    return bool(re.search(r"(^|/)o-[a-z0-9]{10,32}/$", root))


def name_of(chain: Chain) -> str:
    """A chain's name among those of its folder."""
    return f"{chain.trail}@{chain.home_region}"


def unread(chain: Chain) -> ChainReport:
    """The report of a chain of which nothing is known."""
    return ChainReport(
        bucket=chain.bucket,
        account=chain.account,
        region=chain.region,
        trail=chain.trail,
        home_region=chain.home_region,
        root=chain.root,
    )


def chain_reported(report: ChainReport) -> Chain:
    """Which chain a report is of."""
    home = report.home_region
    return Chain(report.bucket, report.account, report.region, report.trail, home, report.root)


@functools.lru_cache(1 << 12)
def digest_time(key: str) -> datetime.datetime | None:
    """The end of the hour that a digest of this name covers."""
    found = _DIGEST.fullmatch(_file_name(key))
    return _time(found["time"]) if found else None


def key_at(key: str, at: datetime.datetime) -> str:
    """The key that the digest of another hour of the same chain has."""
    dated = re.sub(r"/\d{4}/\d{2}/\d{2}/(?=[^/]*$)", f"/{at:%Y/%m/%d}/", key)
    return re.sub(r"_\d{8}T\d{6}Z(?=(_backfill)?\.json\.gz$)", f"_{at:%Y%m%dT%H%M%SZ}", dated)


def digest_key(chain: Chain, at: datetime.datetime, *, backfill: bool = False) -> str:
    """The key of the digest of a chain whose hour ends at a time (rules 1.3, 1.9.9)."""
    name = f"{chain.account}_{DIGESTS}_{chain.region}_{chain.trail}_{chain.home_region}"
    end = f"{at:%Y%m%dT%H%M%SZ}{'_backfill' if backfill else ''}.json.gz"
    return f"{chain.folder.prefix(DIGESTS)}{day_at(at)}/{name}_{end}"


@functools.lru_cache(1 << 14)
def log_time(key: str) -> datetime.datetime | None:
    """The minute in which a log file of this name was delivered."""
    found = _LOG.fullmatch(_file_name(key))
    return _time(found["time"]) if found else None


def chain_of(bucket: str, key: str) -> Chain | None:
    """The chain that a digest belongs to by its name, None where it is no digest's name."""
    found = _DIGEST.fullmatch(_file_name(key))
    if found is None or digest_time(key) is None:
        return None
    root = key.partition(f"{found['account']}/{DIGESTS}/")[0]
    return Chain(bucket, found["account"], found["region"], found["trail"], found["home"], root)


def is_backfill(key: str) -> bool:
    """Whether a digest belongs to the backfill chain (rule 1.9.9)."""
    return key.endswith("_backfill.json.gz")


def _file_name(key: str) -> str:
    return key.rsplit("/", 1)[-1]


_TIME_DIGITS = range(8, 15, 2)
"""How many digits a time has: a day's, and perhaps an hour's, a minute's and a second's."""


@functools.lru_cache(1 << 13)
def _time(text: str) -> datetime.datetime | None:
    """A time whose numbers stand in their order, as `20261123T0305Z`; None where it is none.

    Nor is one near the ends of the calendar, beside which no hour could be looked for.
    """
    digits = text.replace("T", "").replace("/", "").removesuffix("Z")
    if not (digits.isascii() and digits.isdigit() and len(digits) in _TIME_DIGITS):
        return None
    if int(digits[:4]) not in YEARS:
        return None
    try:  # ISO 8601 names at least an hour beside an offset
        return datetime.datetime.fromisoformat(f"{digits[:8]}T{digits[8:] or '00'}+00:00")
    except ValueError:
        return None


def hours_between(
    older: datetime.datetime, newer: datetime.datetime
) -> list[datetime.datetime] | None:
    """The ends of the hourly digests between two, newest first; None where the hours do not fit."""
    count, rest = divmod(newer - older, HOUR)
    return None if rest else [newer - HOUR * back for back in range(1, count)]


def day_of(key: str) -> str:
    """The day's folder that a key lies in, as `2026/11/23`; empty where it lies in none."""
    found = _DAY.search(key)
    return found[1] if found and _time(found[1]) else ""


@functools.lru_cache(1 << 10)
def day_at(at: datetime.datetime) -> str:
    """The name of the folder of a time's day."""
    return f"{at:%Y/%m/%d}"


def day_span(day: str) -> Span:
    """The time of a day's folder."""
    starts = _time(day) or _FIRST
    return Span(starts, starts + datetime.timedelta(days=1))
