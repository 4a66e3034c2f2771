"""What comparisons of copies have found, kept beside the fleet file."""

from __future__ import annotations

import threading
from pathlib import Path

import msgspec

from logkeep.archive.copies import CopyReport, CopySummary, copies_ask
from logkeep.aws.disk import FileProblem, read_bytes, written
from logkeep.cli.place import Place, made
from logkeep.snapshot import Ask, Reply, reply
from logkeep.value import UNREADABLE, AccountId, Region

FILE = "replicas.json"
VERSION = 1
MIB_MAX = 256


class KeptCopy(msgspec.Struct, frozen=True):
    """A report, and whose route it is of."""

    account: AccountId
    region: Region
    report: CopyReport


class _File(msgspec.Struct, frozen=True):
    version: int
    copies: tuple[KeptCopy, ...]


class KeptCopies:
    """The reports by their routes; the file is written whole, or not at all."""

    def __init__(self, place: Place) -> None:
        self._path = made(place) / FILE
        self._lock = threading.Lock()
        self.found = {each.report.route: each for each in _read(self._path)}

    def earlier(self, route: str) -> CopyReport | None:
        """What is known of a pair of buckets."""
        found = self.found.get(route)
        return found.report if found else None

    def add(self, found: KeptCopy) -> None:
        """Keep what was found, so far or in all."""
        with self._lock:
            self.found[found.report.route] = found
            content = _File(VERSION, tuple(self.found[name] for name in sorted(self.found)))
            with written(self._path) as file:
                file.write(msgspec.json.encode(content))


def _read(path: Path) -> tuple[KeptCopy, ...]:
    """What is kept; nothing where that cannot be read, so that it is compared anew."""
    try:
        found = msgspec.json.decode(read_bytes(path, MIB_MAX), type=_File)
    except (FileProblem, *UNREADABLE):
        return ()
    return found.copies if found.version == VERSION else ()


def copies_answers(found: tuple[KeptCopy, ...]) -> dict[Ask, Reply]:
    """Reports as answers of a snapshot."""
    return {
        copies_ask(each.report.route, each.account, each.region): reply(
            msgspec.to_builtins(msgspec.convert(msgspec.to_builtins(each.report), CopySummary))
        )
        for each in found
    }


def kept_copies(place: Place) -> dict[Ask, Reply]:
    """What was kept, as answers of a snapshot."""
    return copies_answers(_read(place.kept / FILE))
