"""The archive as a verification reads it: its bucket, or a copy of that on disk."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from logkeep.archive.files import (
    CannotList,
    Fetch,
    Fetched,
    Huge,
    Listed,
    Missing,
    Unreadable,
    Version,
)
from logkeep.aws.answer import answer as aws_answer
from logkeep.aws.archive import ArchiveProblem, ArchiveReader, ObjectGone, ObjectTooLarge
from logkeep.aws.direct import DirectReader
from logkeep.aws.direct_list import DirectLister
from logkeep.aws.errors import Unassumable
from logkeep.aws.session import Session
from logkeep.fleet import Fleet
from logkeep.snapshot import Ask, Reply
from logkeep.value import AccountId, Arn, arn_name, parse_arn

OBJECT_BYTES_MAX = 64 << 20
"""Over the 50 MB that CloudTrail puts into one log file, before it is compressed (rule 1.3.3)."""

Progress = Callable[[int], None]
"""Is told how many files have been read."""


class Reading:
    """Reads the archive's bucket; counts the files for whoever waits."""

    def __init__(self, fleet: Fleet, session: Session, tell: Progress) -> None:
        self._bucket = fleet.archive.bucket
        self.session, self._account, self.refused = reader_of(fleet, session)
        self.caller = session
        region, owner = fleet.archive_region, fleet.archive.account
        self._archive = ArchiveReader(self.session, self._account, region, self._bucket, owner)
        self._own = ArchiveReader(session, owner, region, self._bucket, owner)
        self._direct = DirectReader(self.session, self._account, region, self._bucket, owner)
        self._lister = DirectLister(self._direct, self._archive)
        self.count = Count(tell)

    @property
    def opener(self) -> Opener:
        """Who reads."""
        return Opener(self.session, self._account, self.refused)

    def folders(self, prefix: str) -> Iterable[str]:
        """The names of the folders right under a prefix."""
        try:
            return self._lister.folders(prefix)
        except ArchiveProblem as problem:
            raise CannotList(str(problem)) from problem

    def keys(self, prefix: str, after: str) -> Iterator[Listed]:
        """The objects under a prefix; what S3 says of each changes whenever it does."""
        try:
            for found in self._lister.keys(prefix, after):
                tag = f"{found.etag} {found.size_bytes} {found.modified_at.isoformat()}"
                yield Listed(found.key, tag, found.modified_at)
        except ArchiveProblem as problem:
            raise CannotList(str(problem)) from problem

    def fetch(self, places: Sequence[tuple[str, str]]) -> Iterator[Fetch]:
        """Objects in their order, asked for ahead; only the archive's bucket is asked."""
        own = [key for bucket, key in places if bucket == self._bucket]
        direct = self._direct.get(own, OBJECT_BYTES_MAX)
        for bucket, key in places:
            if bucket != self._bucket:
                yield elsewhere(bucket)
                continue
            self.count.one_more()
            found = next(direct)
            yield self._asked(key) if found is None else Fetched(found.body, found.metadata)

    def fetch_again(self, bucket: str, key: str) -> Fetch:
        """An object once more by the SDK, with what S3's checksum says of it."""
        return self._asked(key) if bucket == self._bucket else elsewhere(bucket)

    def _asked(self, key: str, version: str = "") -> Fetch:
        """One object by the SDK, or why it cannot be had."""
        try:
            found = self._archive.get(key, size_max=OBJECT_BYTES_MAX, version=version)
        except ObjectGone:
            return Missing()
        except ObjectTooLarge:
            return Huge(OBJECT_BYTES_MAX)
        except ArchiveProblem as problem:
            return Unreadable(str(problem))
        return Fetched(found.body, found.metadata, found.is_vouched)

    def metadata(self, bucket: str, key: str) -> Mapping[str, str] | None:
        """Nothing: the bucket tells an object's metadata with it."""
        del bucket, key

    def versions(self, key: str) -> Sequence[Version]:
        """An object's versions, told to whoever reads, else to whoever runs Logkeep."""
        try:
            found = self._archive.versions(key)
        except ArchiveProblem:
            try:
                found = self._own.versions(key)
            except ArchiveProblem as problem:
                raise CannotList(str(problem)) from problem
        return [Version(each.version, each.modified_at, each.is_marker) for each in found]

    def fetch_version(self, key: str, version: str) -> Fetch:
        """One version of an object."""
        return self._asked(key, version)

    def close(self) -> None:
        """Let go of the connections."""
        self._direct.close()

    def ask(self, question: Ask) -> Reply:
        """What AWS answers to whoever runs Logkeep; what is asked here is of no one's logs."""
        return aws_answer(self.caller, question)


class FolderCopy:
    """Reads a copy of the bucket on disk, whose files are named as the objects were."""

    def __init__(
        self, fleet: Fleet, folder: Path, session: Callable[[], Session], tell: Progress
    ) -> None:
        self._fleet = fleet
        self._folder = folder.resolve()
        self._session = session
        self.count = Count(tell)

    def folders(self, prefix: str) -> Iterable[str]:
        """The names of the folders right under a prefix."""
        return sorted(each.name for each in self._within(prefix) if _is_folder(each))

    def keys(self, prefix: str, after: str) -> Iterator[Listed]:
        """The files under a prefix in the order of their keys; links lead nowhere."""
        for each in sorted(self._within(prefix), key=_order):
            key = f"{prefix}{each.name}"
            if _is_folder(each):
                if f"{key}0" > after:  # `0` comes next after `/`
                    yield from self.keys(f"{key}/", after)
            elif key > after and each.is_file(follow_symlinks=False):
                found = each.stat(follow_symlinks=False)
                yield Listed(key, f"{found.st_size} {found.st_mtime_ns}")

    def _within(self, prefix: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self._folder / prefix) as entries:
                return list(entries)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise CannotList(f"{prefix}: {error.strerror}") from error

    def fetch(self, places: Sequence[tuple[str, str]]) -> Iterator[Fetch]:
        """Files of the copy and of nowhere else, whatever a digest says."""
        for bucket, key in places:
            is_here = bucket == self._fleet.archive.bucket
            yield self._file(key) if is_here else elsewhere(bucket)

    def fetch_again(self, bucket: str, key: str) -> Fetch:
        """A file once more."""
        return self._file(key) if bucket == self._fleet.archive.bucket else elsewhere(bucket)

    def _file(self, key: str) -> Fetch:
        self.count.one_more()
        if "\0" in key or not {"", ".", ".."}.isdisjoint(key.split("/")):
            return Missing()
        try:
            return self._read(f"{self._folder}/{key}")
        except (FileNotFoundError, NotADirectoryError):
            return Missing()
        except OSError as error:
            return Unreadable(error.strerror or str(error))

    def _read(self, path: str) -> Fetch:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        with os.fdopen(number, "rb") as file:
            found = os.fstat(number)
            if not stat.S_ISREG(found.st_mode):
                return Unreadable("it is no plain file")
            if found.st_size > OBJECT_BYTES_MAX:
                return Huge(found.st_size)
            return Fetched(file.read(), None)

    def metadata(self, bucket: str, key: str) -> Mapping[str, str] | None:
        """What S3 says of the object that the file is a copy of; a newest digest needs it."""
        try:
            session, account, _ = reader_of(self._fleet, self._session())
            region, owner = self._fleet.archive_region, self._fleet.archive.account
            return ArchiveReader(session, account, region, bucket, owner).metadata(key)
        except ArchiveProblem:
            return None

    def versions(self, key: str) -> Sequence[Version]:
        """None: a copy has no versions."""
        del key
        return ()

    def fetch_version(self, key: str, version: str) -> Fetch:
        """None: a copy has no versions."""
        del key, version
        return Missing()

    def close(self) -> None:
        """Nothing is held open."""

    def ask(self, question: Ask) -> Reply:
        """What AWS answers to whoever runs Logkeep."""
        return aws_answer(self._session(), question)


class WaiterGone(Exception):
    """Whoever waited has gone."""


class Count:
    """How many files were read, by whichever thread."""

    def __init__(self, tell: Progress) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._number = 0
        self._is_stopped = False

    def stop(self) -> None:
        """Have no more read."""
        self._is_stopped = True

    def one_more(self) -> None:
        """Count one, and tell whoever waits; raises WaiterGone where nobody does any more."""
        if self._is_stopped:
            raise WaiterGone
        with self._lock:
            self._number += 1
            number = self._number
        self._tell(number)


def elsewhere(bucket: str) -> Unreadable:
    """What is said of an object that is not of the archive."""
    return Unreadable(f"it lies in another bucket, `{bucket}`")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


def _order(entry: os.DirEntry[str]) -> str:
    """Where an entry stands in the order of keys: a folder's go on with a slash."""
    return f"{entry.name}/" if _is_folder(entry) else entry.name


class Opener(NamedTuple):
    """Who opens the archive, and which of its readers could not be entered, with why."""

    session: Session
    account: AccountId
    refused: tuple[str, ...] = ()


def reader_of(fleet: Fleet, session: Session) -> Opener:
    """Who opens the archive: the first declared reader that can be entered, else the caller.

    The fleet's own role is kept from the logs, as everybody is who is not a reader (rule 4.10);
    but a reader's trust may let that role in, and not the caller.
    """
    refused: list[str] = []
    readers = fleet.archive.readers or ()
    if any(_is_caller(session, reader) for reader in readers):
        return Opener(session, session.identity().account)
    for reader in readers:
        parts = parse_arn(reader)
        if parts is None or not parts.resource.startswith("role/"):
            refused.append(f"{reader} is no role: run `logkeep verify` with its credentials")
            continue
        tried: list[str] = []
        for who, through in _ways_in(fleet, session, parts.account):
            try:
                entered = Session(fleet, roles={parts.account: reader}, through=through)
                entered.account_client(parts.account, "s3", fleet.archive_region)
            except Unassumable as error:
                tried.append(f"{who}: {error.message}")
            else:
                return Opener(entered, parts.account, tuple(refused))
        refused += tried
    return Opener(session, fleet.archive.account, tuple(refused))


def _ways_in(
    fleet: Fleet, session: Session, account: AccountId
) -> Iterator[tuple[str, Session | None]]:
    """Who may enter a reader: the caller, else the fleet's role in the reader's account."""
    yield "the caller", None
    role = session.role_arn(account)
    yield f"`{role}`", Session(fleet, roles={account: role})


def _is_caller(session: Session, reader: Arn) -> bool:
    """Whether the caller is that user, or a session of that role."""
    caller, named = parse_arn(session.identity().arn), parse_arn(reader)
    if caller is None or named is None or caller.account != named.account:
        return False
    kind, _, rest = caller.resource.partition("/")
    if kind == "assumed-role":
        return named.resource.startswith("role/") and arn_name(reader) == rest.partition("/")[0]
    return caller.resource == named.resource
