"""What lies in a folder, day by day, and which days are as they were when they were proven?"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator, Mapping
from itertools import groupby

import msgspec

from logkeep.archive.files import Listed
from logkeep.archive.report import Day
from logkeep.sources.cloudtrail.integrity.course import Newest
from logkeep.sources.cloudtrail.integrity.reader import Reader
from logkeep.sources.cloudtrail.integrity.series import (
    DIGESTS,
    HOUR,
    LOGS,
    Chain,
    Folder,
    Span,
    chain_of,
    day_of,
    day_span,
    digest_key,
    digest_time,
    is_backfill,
    log_time,
)

KEYS_KEPT_MAX = 20_000
"""How many keys are kept from the first listing; of more, each part is listed again when read."""
RACY = datetime.timedelta(seconds=30)
"""What was written this shortly before it was listed may be written again in the same second."""


class DayListed(msgspec.Struct):
    """The objects of one day's folders, digests and logs."""

    day: str
    tag: str = ""
    """Empty where nothing can be relied upon to change with the objects."""
    digests: list[str] = []
    logs: list[str] = []
    size: int = 0
    """How many objects they are, kept or not."""
    put_at: dict[str, datetime.datetime | None] = {}
    """When the newest digest of each chain was put there."""

    @property
    def is_whole(self) -> bool:
        """Whether the keys are kept."""
        return self.size == len(self.digests) + len(self.logs)


def days(
    reader: Reader, folder: Folder, first: str, last: str, now: datetime.datetime
) -> Iterator[DayListed]:
    """The days of a folder from one to another, oldest first; raises CannotList."""
    parts = [_by_day(reader, folder.prefix(kind), first, last) for kind in (DIGESTS, LOGS)]
    ahead = [next(part, None) for part in parts]
    while any(ahead):
        day = min(each[0] for each in ahead if each)
        found = [each[1] if each and each[0] == day else [] for each in ahead]
        yield _day(day, found[0], found[1], now)
        for number, each in enumerate(ahead):
            if each and each[0] == day:
                ahead[number] = next(parts[number], None)


def _by_day(
    reader: Reader, prefix: str, first: str, last: str
) -> Iterator[tuple[str, list[Listed]]]:
    """The objects of each day; what lies in no day's folder is nobody's."""
    for day, group in groupby(reader.keys(prefix, f"{prefix}{first}"), lambda o: day_of(o.key)):
        objects = list(group)
        if day and day > last:
            return
        if day and objects[0].key.startswith(f"{prefix}{day}/"):
            yield day, objects


def _day(day: str, digests: list[Listed], logs: list[Listed], now: datetime.datetime) -> DayListed:
    hashed = hashlib.sha256()
    sure = True
    for each in (*digests, *logs):
        hashed.update(f"{each.key}\n{each.tag}\n".encode())
        young = each.modified is not None and each.modified > now - RACY
        sure = sure and bool(each.tag) and not young
    newest = {kind_of(each.key): each for each in sorted(digests, key=lambda o: _when(o.key))}
    return DayListed(
        day,
        hashed.hexdigest()[:16] if sure else "",
        [each.key for each in digests],
        [each.key for each in logs],
        len(digests) + len(logs),
        {each.key: each.modified for each in newest.values()},
    )


class DayRun(msgspec.Struct):
    """Days to be read, with no day between them that is not, and the digests next to them."""

    days: list[DayListed] = []
    below: dict[str, list[str]] = {}
    """By chain and kind: the digest before them."""
    above: dict[str, list[str]] = {}
    """The digests after them, of the first day that has any."""

    @property
    def span(self) -> Span:
        """The time of its days."""
        return Span(day_span(self.days[0].day).starts, day_span(self.days[-1].day).ends)


class FolderLook:
    """One look through a folder: which days are settled, which to read, what is newest."""

    def __init__(self, folder: Folder, settled: Mapping[str, Day], watched: frozenset[str]) -> None:
        self._folder = folder
        self._before = settled
        self._watched = watched
        self.settled: dict[str, Day] = {}
        """The days whose objects are just those that were proven."""
        self.runs: list[DayRun] = []
        self.present: set[str] = set()
        """Which of the watched keys are there."""
        self.chains: dict[Chain, Newest] = {}
        """Every chain that has a digest, and its newest one by their names."""
        self.first: dict[Chain, datetime.datetime] = {}
        """The end of each chain's oldest digest."""
        self.oldest: datetime.datetime | None = None
        self.newest_log: datetime.datetime | None = None
        self.oldest_log: datetime.datetime | None = None
        self._kept = 0
        self._beside: dict[str, list[str]] = {}
        """The newest digest of each chain in the days before."""
        self._open: DayRun | None = None
        self._closing: DayRun | None = None
        """A run that still wants the digests after it."""

    def see(self, day: DayListed, *, wanted: bool) -> None:
        """Take in the next day; one that is wanted is read unless it is as it was."""
        self._note(day)
        before = self._before.get(day.day)
        if before is not None and day.tag and before.tag == day.tag:
            self.settled[day.day] = before
            self._leave(day)
        elif wanted or before is not None:
            self._enter(day)
        else:
            self._leave(day)

    def _note(self, day: DayListed) -> None:
        for key in day.digests:
            chain, at = chain_of(self._folder.bucket, key), digest_time(key)
            if chain is None or at is None or not in_place(self._folder, key):
                continue
            self.first.setdefault(chain, at)
            known = self.chains.get(chain)
            if known is None or at >= known.ends:
                self.chains[chain] = Newest(at, day.put_at.get(key))
            self._older(at - HOUR)
        for key in day.logs:
            at = log_time(key)
            if at is not None:
                self._older(at)
                self.oldest_log = min(at, self.oldest_log or at)
                self.newest_log = max(at, self.newest_log or at)
        if self._watched:
            self.present.update(self._watched.intersection((*day.digests, *day.logs)))

    @property
    def newest(self) -> datetime.datetime | None:
        """The end of the newest digest, else the time of the newest log."""
        return max((each.ends for each in self.chains.values()), default=self.newest_log)

    def _older(self, at: datetime.datetime) -> None:
        self.oldest = min(at, self.oldest or at)

    def _enter(self, day: DayListed) -> None:
        if self._open is None:
            self._closing = None
            self._open = DayRun([], dict(self._beside), {})
            self.runs.append(self._open)
        self._beside = {**self._beside, **_last_of_each(self._folder, day)}
        self._kept += day.size
        if self._kept > KEYS_KEPT_MAX:
            backfills = [key for key in day.digests if is_backfill(key)]
            day = DayListed(day.day, day.tag, backfills, size=day.size, put_at=day.put_at)
        self._open.days.append(day)

    def _leave(self, day: DayListed) -> None:
        if self._open is not None:
            self._open, self._closing = None, self._open
        if self._closing is not None:
            for name, key in _first_of_each(self._folder, day).items():
                self._closing.above.setdefault(name, key)
        self._beside = {**self._beside, **_last_of_each(self._folder, day)}


def kind_of(key: str) -> str:
    """Which chain's and kind's a digest is, among those of its folder."""
    chain = chain_of("", key)
    if chain is None:
        return ""
    return f"{chain.trail}@{chain.home_region}{'+' if is_backfill(key) else ''}"


def in_place(folder: Folder, key: str) -> bool:
    """Whether a digest lies in the folder that its name says, and in that of its day."""
    chain, at = chain_of(folder.bucket, key), digest_time(key)
    if chain is None or at is None:
        return False
    return key == digest_key(chain, at, backfill=is_backfill(key)) and chain.folder == folder


def _first_of_each(folder: Folder, day: DayListed) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key in sorted(day.digests, key=_when):
        if in_place(folder, key):
            found.setdefault(kind_of(key), [key])
    return found


def _last_of_each(folder: Folder, day: DayListed) -> dict[str, list[str]]:
    placed = (key for key in sorted(day.digests, key=_when) if in_place(folder, key))
    return {kind_of(key): [key] for key in placed}


def _when(key: str) -> str:
    at = digest_time(key)
    return at.isoformat() if at else ""
