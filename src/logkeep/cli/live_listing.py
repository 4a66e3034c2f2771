"""The objects of a bucket as they are now: listed page by page, and each looked at.

A listing says neither how an object is encrypted nor what became of its replication: that takes
`s3:HeadObject` of each, of which a few are asked at a time and as few are held.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Final

from logkeep.access.bucket import Bucket
from logkeep.aws.archive import ArchiveProblem, ArchiveReader, ObjectGone, StoredKey
from logkeep.aws.session import Session
from logkeep.cli.answer import say
from logkeep.cli.archive_reader import reader_of
from logkeep.cli.listing_input import Listing
from logkeep.cli.problem import Problem
from logkeep.cli.side_by_side import side_by_side
from logkeep.fleet import Fleet
from logkeep.storage.many import Row, row_of
from logkeep.words.plain import count

EVERY: Final = 100
"""After how many objects the progress is told: each is a request or two."""


def live_listing(fleet: Fleet, at: Bucket, prefix: str, *, with_tags: bool = False) -> Listing:
    """The objects that lie under a prefix now, with their tags where those are needed."""
    looking = Looking(_reader(fleet, at), with_tags=with_tags)
    name, notes = f"s3://{at.name}/{prefix}", list[str]()
    return Listing(name, _rows(looking, at, prefix, notes), EVERY, is_live=True, notes=notes)


def _reader(fleet: Fleet, at: Bucket) -> ArchiveReader:
    """Who looks: the fleet's role of the bucket's account, and at the archive one of its readers.

    The role is kept from the archive's objects, as everybody is who is not a reader (rule 4.10).
    """
    session, account = Session(fleet), at.account
    if at.name == fleet.archive.bucket:
        session, account, refused = reader_of(fleet, session)
        for each in refused:
            say(f"a reader could not be entered: {each}")
    return ArchiveReader(session, account, at.region, at.name, at.account)


class Looking:
    """Looks at objects, from several threads, and counts those that it could not look at."""

    def __init__(self, reader: ArchiveReader, *, with_tags: bool) -> None:
        self.reader = reader
        self._with_tags = with_tags
        self._lock = threading.Lock()
        self.refused: dict[str, int] = {}
        self.first: dict[str, str] = {}
        """The first error of each call."""

    def row(self, listed: StoredKey) -> Row | None:
        """What S3 says of an object; None is that it has gone since it was listed."""
        try:
            head = self.reader.head(listed.key)
        except ObjectGone:
            return None
        except ArchiveProblem as problem:
            self._note("s3:HeadObject", problem)
            return Row(
                Key=listed.key,
                Size=listed.size_bytes,
                StorageClass=listed.storage_class or None,
                LastModified=listed.modified_at.isoformat(),
            )
        return row_of(listed.key, head, self._tags(listed.key) if self._with_tags else None)

    def _tags(self, key: str) -> dict[str, str] | None:
        try:
            return self.reader.tags(key)
        except ArchiveProblem as problem:
            self._note("s3:GetObjectTagging", problem)
            return None

    def _note(self, call: str, problem: ArchiveProblem) -> None:
        with self._lock:
            self.refused[call] = self.refused.get(call, 0) + 1
            self.first.setdefault(call, str(problem))

    def notes(self) -> Iterator[str]:
        """What could not be looked at, and what it takes."""
        for call, number in sorted(self.refused.items()):
            permission = call.replace("HeadObject", "GetObject")
            yield (
                f"{count(number, 'object')} could not be looked at by {call}, the first with "
                f"{self.first[call]}; it takes {permission} on the objects, and what an S3 "
                "Inventory says of them can be given by --listing"
            )


def _rows(looking: Looking, at: Bucket, prefix: str, notes: list[str]) -> Iterator[Row]:
    listed = looking.reader.keys(prefix)
    try:
        for row in side_by_side(looking.row, listed, lambda: None):
            if row is not None:
                yield row
    except ArchiveProblem as problem:
        says = f"the objects of `{at.name}` could not be listed: {problem}"
        hint = "it takes s3:ListBucket; or give a listing or S3 Inventory by --listing FILE"
        raise Problem(says, hint=hint) from problem
    made = count(looking.reader.session.calls.total, "API call")
    notes += [f"{made} made to look at the objects", *looking.notes()]
