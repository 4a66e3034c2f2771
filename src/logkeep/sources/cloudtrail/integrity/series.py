"""Which digests should exist? Their names, their hours, and what stands between two of them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator

import msgspec

from logkeep.value import AccountId, Region

HOUR = datetime.timedelta(hours=1)
EDGE = datetime.timedelta(minutes=5)
"""How far the minute in a log's name may lie outside the hour of the digest that lists it."""

# Rule 1.3: the time in a digest's name is the end of its hour, in a log's the delivery minute.
_DIGEST = re.compile(
    r"(?P<account>\d{12})_CloudTrail-Digest_(?P<region>[a-z0-9-]+)_(?P<trail>[A-Za-z0-9._-]+)"
    r"_(?P<home>[a-z0-9-]+)_(?P<time>\d{8}T\d{6}Z)(?P<backfill>_backfill)?\.json\.gz",
    re.ASCII,
)
_LOG = re.compile(
    r"\d{12}_CloudTrail_[a-z0-9-]+_(?P<time>\d{8}T\d{4}Z)_[A-Za-z0-9]+\.json\.gz", re.ASCII
)


class Chain(msgspec.Struct, frozen=True, order=True):
    """One chain of digests: those of one trail, for one account and Region, in one bucket."""

    bucket: str
    account: AccountId
    region: Region
    trail: str
    home_region: Region


class Span(msgspec.Struct, frozen=True, order=True):
    """A time from, and a time until."""

    starts: datetime.datetime
    ends: datetime.datetime

    def holds(self, at: datetime.datetime, edge: datetime.timedelta) -> bool:
        """Whether a time lies inside, by more than the edge."""
        return self.starts + edge <= at <= self.ends - edge


def digest_time(key: str) -> datetime.datetime | None:
    """The end of the hour that a digest of this name covers."""
    found = _DIGEST.fullmatch(_file_name(key))
    return _time(found["time"], "%Y%m%dT%H%M%SZ") if found else None


def key_at(key: str, at: datetime.datetime) -> str:
    """The key that the digest of another hour of the same chain has."""
    dated = re.sub(r"/\d{4}/\d{2}/\d{2}/(?=[^/]*$)", f"/{at:%Y/%m/%d}/", key)
    return re.sub(r"_\d{8}T\d{6}Z(?=(_backfill)?\.json\.gz$)", f"_{at:%Y%m%dT%H%M%SZ}", dated)


def log_time(key: str) -> datetime.datetime | None:
    """The minute in which a log file of this name was delivered."""
    found = _LOG.fullmatch(_file_name(key))
    return _time(found["time"], "%Y%m%dT%H%MZ") if found else None


def chain_of(bucket: str, key: str) -> Chain | None:
    """The chain that a digest belongs to by its name, None where it is no digest's name."""
    found = _DIGEST.fullmatch(_file_name(key))
    if found is None or digest_time(key) is None:
        return None
    return Chain(bucket, found["account"], found["region"], found["trail"], found["home"])


def is_backfill(key: str) -> bool:
    """Whether a digest belongs to the backfill chain (rule 1.9.9)."""
    return key.endswith("_backfill.json.gz")


def _file_name(key: str) -> str:
    return key.rsplit("/", 1)[-1]


def _time(text: str, form: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.strptime(text, form).replace(tzinfo=datetime.UTC)
    except ValueError:
        return None


def hours_between(
    older: datetime.datetime, newer: datetime.datetime
) -> list[datetime.datetime] | None:
    """The ends of the hourly digests between two, newest first; None where the hours do not fit."""
    count, rest = divmod(newer - older, HOUR)
    return None if rest else [newer - HOUR * back for back in range(1, count)]


def merged(spans: Iterable[Span]) -> Iterator[Span]:
    """The same time in as few spans as will do, oldest first."""
    last: Span | None = None
    for span in sorted(spans):
        if last is not None and span.starts <= last.ends:
            last = Span(last.starts, max(last.ends, span.ends))
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last
