"""The archive as a verification reads it: which folders to list, and what could not be read."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Callable, Iterable, Mapping

import msgspec

from logkeep.aws.archive import ArchiveProblem, ArchiveReader, ObjectGone
from logkeep.aws.session import Session, Unassumable
from logkeep.fleet import Fleet
from logkeep.route import Objects
from logkeep.sources.cloudtrail.integrity.keys import PublicKey
from logkeep.sources.cloudtrail.integrity.reader import Fetch, Fetched, Missing, Unreadable
from logkeep.sources.cloudtrail.integrity.series import Chain
from logkeep.value import AccountId, Region, parse_arn

DAY = datetime.timedelta(days=1)


class Folders(msgspec.Struct, frozen=True):
    """Where a chain's digests lie, and the logs that they vouch for."""

    digests: Objects
    logs: Objects


class Reading:
    """Reads what a verification asks for; counts the files for whoever waits."""

    def __init__(
        self,
        fleet: Fleet,
        session: Session,
        folders: Mapping[Chain, Folders],
        tell: Callable[[int], None],
    ) -> None:
        self._fleet = fleet
        self._asking = session
        self.session, self._account = reader_of(fleet, session)
        self._folders = folders
        self._tell = tell
        self._read = 0

    def digests(
        self, chain: Chain, start: datetime.datetime, end: datetime.datetime
    ) -> Iterable[str] | Unreadable:
        """The keys of the digests in the folders of these days."""
        return self._listed(self._folders[chain].digests, start, end)

    def logs(
        self, chain: Chain, start: datetime.datetime, end: datetime.datetime
    ) -> Iterable[str] | Unreadable:
        """The keys of the log files in the folders of these days."""
        return self._listed(self._folders[chain].logs, start, end)

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

    def public_keys(
        self, region: Region, start: datetime.datetime, end: datetime.datetime
    ) -> Iterable[PublicKey] | Unreadable:
        """CloudTrail's public keys of a time, which are the same for every account."""
        try:
            account = self._fleet.archive.account
            found = self._archive().public_keys(account, region, start, end, self._asking)
        except ArchiveProblem as problem:
            return Unreadable(str(problem))
        return [PublicKey(each["Fingerprint"], base64.b64decode(each["Value"])) for each in found]

    def _archive(self) -> ArchiveReader:
        region, bucket = self._fleet.archive_region, self._fleet.archive.bucket
        return ArchiveReader(self.session, self._account, region, bucket)

    def _listed(
        self, series: Objects, start: datetime.datetime, end: datetime.datetime
    ) -> Iterable[str] | Unreadable:
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
