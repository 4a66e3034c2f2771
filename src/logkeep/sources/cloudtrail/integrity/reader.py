"""What a verification asks of the archive and of CloudTrail, and how it is answered."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from logkeep.archive.files import ArchiveFiles, Fetch, Unreadable
from logkeep.route import Objects
from logkeep.snapshot import ask
from logkeep.sources.cloudtrail.integrity.keys import PublicKey
from logkeep.sources.cloudtrail.integrity.series import Chain
from logkeep.value import AccountId, Region


class Reader(Protocol):
    """What a verification asks of the archive and of CloudTrail."""

    def digests(
        self, chain: Chain, start: datetime.datetime, end: datetime.datetime
    ) -> Iterable[str] | Unreadable:
        """The keys of the digests, backfill too, in the folders of these days."""
        ...

    def logs(
        self, chain: Chain, start: datetime.datetime, end: datetime.datetime
    ) -> Iterable[str] | Unreadable:
        """The keys of the log files in the folders of these days."""
        ...

    def fetch(self, bucket: str, key: str) -> Fetch:
        """One object."""
        ...

    def public_keys(
        self, region: Region, start: datetime.datetime, end: datetime.datetime
    ) -> Iterable[PublicKey] | Unreadable:
        """CloudTrail's public keys of a time."""
        ...


class Folders(msgspec.Struct, frozen=True):
    """Where a chain's digests lie, and the logs that they vouch for."""

    digests: Objects
    logs: Objects


class Listed(msgspec.Struct, frozen=True, rename="pascal"):
    """A public key in a listing; its value in base64."""

    fingerprint: str
    value: str


class KeyList(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of cloudtrail:ListPublicKeys."""

    public_key_list: tuple[Listed, ...] = ()


class FromFiles:
    """Reads the digests and logs of some chains out of an opened archive."""

    def __init__(
        self, files: ArchiveFiles, folders: Mapping[Chain, Folders], keeper: AccountId
    ) -> None:
        self._files = files
        self._folders = folders
        self._keeper = keeper

    def digests(
        self, chain: Chain, start: datetime.datetime, end: datetime.datetime
    ) -> Iterable[str] | Unreadable:
        """The keys of the digests in the folders of these days."""
        return self._files.keys(self._folders[chain].digests, start, end)

    def logs(
        self, chain: Chain, start: datetime.datetime, end: datetime.datetime
    ) -> Iterable[str] | Unreadable:
        """The keys of the log files in the folders of these days."""
        return self._files.keys(self._folders[chain].logs, start, end)

    def fetch(self, bucket: str, key: str) -> Fetch:
        """One object."""
        return self._files.fetch(bucket, key)

    def public_keys(
        self, region: Region, start: datetime.datetime, end: datetime.datetime
    ) -> Iterable[PublicKey] | Unreadable:
        """CloudTrail's public keys of a time, which are the same for every account (1.9.5)."""
        times = {"StartTime": _text(start), "EndTime": _text(end)}
        found = self._files.ask(ask(self._keeper, region, "cloudtrail:ListPublicKeys", **times))
        if found.error:
            return Unreadable(f"{found.error}: {found.message}")
        listed = msgspec.json.decode(found.body, type=KeyList).public_key_list
        return [PublicKey(each.fingerprint, base64.b64decode(each.value)) for each in listed]


def _text(at: datetime.datetime) -> str:
    return at.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
