"""What a verification asks of the archive and of CloudTrail, and how it is answered."""

from __future__ import annotations

import base64
import binascii
import datetime
from collections.abc import Iterable
from typing import Protocol

import msgspec

from logkeep.archive.files import ArchiveFiles, ArchiveObjects, Unreadable
from logkeep.snapshot import ask
from logkeep.sources.cloudtrail.events import CHANGES
from logkeep.sources.cloudtrail.integrity.history import KEPT, History, Page, history
from logkeep.sources.cloudtrail.integrity.keys import PublicKey
from logkeep.value import AccountId, Region


class Reader(ArchiveObjects, Protocol):
    """What a verification asks of the archive and of CloudTrail, by many threads at a time."""

    def public_keys(
        self, region: Region, start: datetime.datetime, end: datetime.datetime
    ) -> Iterable[PublicKey] | Unreadable:
        """CloudTrail's public keys of a time."""
        ...

    def history(self, account: AccountId, home: Region) -> History | None:
        """What was done to an account's trails at home in a Region; None where nobody tells."""
        ...


class KeyListed(msgspec.Struct, frozen=True, rename="pascal"):
    """A public key in a listing; its value in base64."""

    fingerprint: str
    value: str


class KeyList(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of cloudtrail:ListPublicKeys."""

    public_key_list: tuple[KeyListed, ...] = ()


# Made here and not by the first thread that reads: msgspec hands a type to others half made.
_KEYS = msgspec.json.Decoder(KeyList)
_PAGES = msgspec.json.Decoder(Page)


class FromFiles:
    """Reads an opened archive, and asks for each Region's public keys of a time once."""

    def __init__(self, files: ArchiveFiles, keeper: AccountId, now: datetime.datetime) -> None:
        self.folders = files.folders
        self.keys = files.keys
        self.fetch = files.fetch
        self.fetch_again = files.fetch_again
        self.metadata = files.metadata
        self.versions = files.versions
        self.fetch_version = files.fetch_version
        self._files = files
        self._keeper = keeper
        self._now = now
        self._latest = now + datetime.timedelta(hours=2)
        self._histories: dict[tuple[AccountId, Region], History | None] = {}
        self._known: dict[tuple[Region, str, str], list[PublicKey] | Unreadable] = {}

    def public_keys(
        self, region: Region, start: datetime.datetime, end: datetime.datetime
    ) -> Iterable[PublicKey] | Unreadable:
        """CloudTrail's public keys of a time, which are the same for every account (1.9.5)."""
        place = (region, _text(min(start, self._latest)), _text(min(end, self._latest)))
        found = self._known.get(place)
        if found is None:
            # Two threads may ask the same at once; they are answered the same.
            found = self._known[place] = self._asked(*place)
        return found

    def _asked(self, region: Region, start: str, end: str) -> list[PublicKey] | Unreadable:
        times = {"StartTime": start, "EndTime": end}
        found = self._files.ask(ask(self._keeper, region, "cloudtrail:ListPublicKeys", **times))
        if found.error:
            return Unreadable(f"{found.error}: {found.message}")
        try:
            listed = _KEYS.decode(found.body).public_key_list
            return [PublicKey(each.fingerprint, base64.b64decode(each.value)) for each in listed]
        except (msgspec.DecodeError, binascii.Error) as error:
            return Unreadable(f"ListPublicKeys answered something unexpected: {error}")

    def history(self, account: AccountId, home: Region) -> History | None:
        """What was done to an account's trails at home in a Region; None where nobody tells."""
        place = (account, home)
        if place not in self._histories:
            self._histories[place] = self._history_of(account, home)
        return self._histories[place]

    def _history_of(self, account: AccountId, home: Region) -> History | None:
        times = {"StartTime": _text(self._now - KEPT), "EndTime": _text(self._now)}
        pages: list[Page] = []
        for name in CHANGES:
            question = ask(account, home, "cloudtrail:LookupEvents", EventName=name, **times)
            found = self._files.ask(question)
            if found.error:
                return None
            try:
                pages.append(_PAGES.decode(found.body))
            except msgspec.DecodeError:
                return None
        return history(pages, self._now)


def _text(at: datetime.datetime) -> str:
    return at.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
