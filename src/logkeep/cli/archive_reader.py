"""The archive as a verification reads it: which folders to list, and what could not be read."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable

from logkeep.archive.files import Fetch, Fetched, Missing, Unreadable
from logkeep.aws.answer import answer as aws_answer
from logkeep.aws.archive import ArchiveProblem, ArchiveReader, ObjectGone
from logkeep.aws.errors import Unassumable
from logkeep.aws.session import Session
from logkeep.fleet import Fleet
from logkeep.route import Objects
from logkeep.snapshot import Ask, Reply
from logkeep.value import AccountId, parse_arn

DAY = datetime.timedelta(days=1)


class Reading:
    """Reads what a verification asks for; counts the files for whoever waits."""

    def __init__(self, fleet: Fleet, session: Session, tell: Callable[[int], None]) -> None:
        self._fleet = fleet
        self._asking = session
        self.session, self._account = reader_of(fleet, session)
        self._tell = tell
        self._read = 0

    def fetch(self, bucket: str, key: str) -> Fetch:
        """One object; only the archive's bucket is asked."""
        if bucket != self._fleet.archive.bucket:
            return Unreadable(f"it lies in another bucket, `{bucket}`")
        self._read += 1
        self._tell(self._read)
        try:
            found = self._archive().get(key)
        except ObjectGone:
            return Missing()
        except ArchiveProblem as problem:
            return Unreadable(str(problem))
        return Fetched(found.body, found.metadata)

    def ask(self, question: Ask) -> Reply:
        """What AWS answers to whoever runs Logkeep; what is asked here is of no one's logs."""
        return aws_answer(self._asking, question)

    def _archive(self) -> ArchiveReader:
        region, bucket = self._fleet.archive_region, self._fleet.archive.bucket
        owner = self._fleet.archive.account
        return ArchiveReader(self.session, self._account, region, bucket, owner)

    def keys(
        self, series: Objects, start: datetime.datetime, end: datetime.datetime
    ) -> Iterable[str] | Unreadable:
        """The keys in a series' folders of these days."""
        keys: list[str] = []
        try:
            for day in days(start, end):
                prefix = f"{series.prefix}{day:%Y/%m/%d}/"
                keys += [found.key for found in self._archive().keys(prefix)]
        except ArchiveProblem as problem:
            return Unreadable(str(problem))
        return keys


def reader_of(fleet: Fleet, session: Session) -> tuple[Session, AccountId]:
    """Who opens the archive: the first declared reader that can be entered, else the caller.

    The fleet's own role is kept from the logs, as everybody is who is not a reader (rule 4.10).
    """
    for reader in fleet.archive.readers or ():
        parts = parse_arn(reader)
        if parts is None or not parts.resource.startswith("role/"):
            continue
        entered = Session(fleet, roles={parts.account: reader})
        try:
            entered.account_client(parts.account, "s3", fleet.archive_region)
        except Unassumable:
            continue
        return entered, parts.account
    return session, fleet.archive.account


def days(start: datetime.datetime, end: datetime.datetime) -> Iterable[datetime.date]:
    """Every day that a time touches."""
    day = start.astimezone(datetime.UTC).date()
    while day <= end.astimezone(datetime.UTC).date():
        yield day
        day += DAY
