"""The archive as a verification reads it: which folders to list, and what could not be read."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Callable, Iterable, Mapping

import msgspec

from logkeep.aws.archive import ArchiveProblem, ArchiveReader, ObjectGone
from logkeep.aws.session import Session
from logkeep.fleet import Fleet
from logkeep.integrity.keys import PublicKey
from logkeep.integrity.reader import Fetch, Fetched, Missing, Unreadable
from logkeep.integrity.series import Chain
from logkeep.route import Series
from logkeep.value import Region

DAY = datetime.timedelta(days=1)


class Folders(msgspec.Struct, frozen=True):
    """Where a chain's digests lie, and the logs that they vouch for."""

    digests: Series
    logs: Series


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
        self._session = session
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
            found = self._archive().public_keys(self._fleet.archive.account, region, start, end)
        except ArchiveProblem as problem:
            return Unreadable(str(problem))
        return [PublicKey(each["Fingerprint"], base64.b64decode(each["Value"])) for each in found]

    def _archive(self) -> ArchiveReader:
        archive = self._fleet.archive
        return ArchiveReader(
            self._session, archive.account, self._fleet.archive_region, archive.bucket
        )

    def _listed(
        self, series: Series, start: datetime.datetime, end: datetime.datetime
    ) -> Iterable[str] | Unreadable:
        keys: list[str] = []
        try:
            for day in days(start, end):
                prefix = f"{series.prefix}{day:%Y/%m/%d}/"
                keys += [found.key for found in self._archive().keys(prefix)]
        except ArchiveProblem as problem:
            return Unreadable(str(problem))
        return keys


def days(start: datetime.datetime, end: datetime.datetime) -> Iterable[datetime.date]:
    """Every day that a time touches."""
    day = start.astimezone(datetime.UTC).date()
    while day <= end.astimezone(datetime.UTC).date():
        yield day
        day += DAY
