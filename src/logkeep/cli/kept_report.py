"""What verifications have found, kept beside the fleet file: a line for each folder.

A run that is stopped leaves its lines in a file of its own; the next one goes on from them.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import msgspec

from logkeep.archive.report import Folder, FolderReport, FolderSummary, report_ask
from logkeep.aws.disk import (
    MIB,
    FileDenied,
    FileMissing,
    FileProblem,
    own,
    own_anew,
    reason,
    written,
)
from logkeep.cli.place import Place, made
from logkeep.fleet import Fleet
from logkeep.snapshot import Ask, Reply, reply
from logkeep.value import UNREADABLE, AccountId, Region, Time

FILE = "verify.jsonl"
COPY_FILE = "verify-copy.jsonl"
"""Of a copy on disk, which proves nothing of the archive."""
VERSION = 2
OLD_FILE = "verify.json"
SAME_RUN = datetime.timedelta(days=1)
"""What was read longer ago is not taken as read for a run that is to read it again."""
LINE_BYTES_MAX = 64 * MIB
"""How long what is kept of one folder may be."""


class ReportHeader(msgspec.Struct, frozen=True):
    """The first line: of which archive, and what was asked for."""

    version: int
    archive: str
    """The bucket's name, or the folder of a copy."""
    taken_at: Time
    asked: str = ""
    """What was to be read again, as the command line said it."""


class _Which(msgspec.Struct, frozen=True):
    folder: Folder


class Shelf:
    """Reports of folders in one file; of several lines of one folder the last counts."""

    def __init__(self, path: Path, archive: str, *, grows: bool = False) -> None:
        self.path = path
        self.header: ReportHeader | None = None
        self._lines: dict[Folder, tuple[int, int]] = {}
        self._lock = threading.Lock()
        self._number = -1
        with contextlib.suppress(FileMissing, FileDenied):
            self._number = own(path, os.O_RDWR | os.O_APPEND if grows else os.O_RDONLY)
            self._read(archive)

    def _read(self, archive: str) -> None:
        """Note where each folder's last line is; a line that was cut off is none."""
        with os.fdopen(os.dup(self._number), "rb") as file:
            at = 0
            while line := file.readline(LINE_BYTES_MAX):
                with contextlib.suppress(*UNREADABLE):
                    if self.header is None:
                        header = msgspec.json.decode(line, type=ReportHeader)
                        if header.version != VERSION or header.archive != archive:
                            return
                        self.header = header
                    elif line.endswith(b"\n"):
                        found = msgspec.json.decode(line, type=_Which)
                        self._lines[found.folder] = (at, len(line))
                at += len(line)

    def begin(self, header: ReportHeader) -> None:
        """Begin the file anew."""
        self.close()
        self._number = own_anew(self.path)
        _write(self._number, msgspec.json.encode(header) + b"\n", self.path)
        self.header = header
        self._lines.clear()

    def folders(self) -> list[Folder]:
        """Every folder that there is a report of."""
        return sorted(self._lines)

    def get(self, folder: Folder) -> FolderReport | None:
        """The report of a folder, None where there is none that can be read."""
        return self._decoded(folder, FolderReport)

    def summaries(self) -> Iterator[FolderSummary]:
        """All reports without what only the next verification needs."""
        found = (self._decoded(folder, FolderSummary) for folder in self.folders())
        return (each for each in found if each is not None)

    def _decoded(self, folder: Folder, kind: type[Any]) -> Any:
        place = self._lines.get(folder)
        if place is None:
            return None
        with self._lock:
            os.lseek(self._number, place[0], os.SEEK_SET)
            line = os.read(self._number, place[1])
        try:
            return msgspec.json.decode(line, type=kind)
        except UNREADABLE:
            return None

    def add(self, report: FolderReport) -> None:
        """Put a report behind the others, so that it is there should the run be stopped."""
        line = msgspec.json.encode(report) + b"\n"
        with self._lock:
            at = os.lseek(self._number, 0, os.SEEK_END)
            _write(self._number, line, self.path)
            self._lines[report.folder] = (at, len(line))

    def keep_as(self, path: Path) -> None:
        """Write the reports as those of a run that came to its end, whole or not at all."""
        with written(path) as file:
            file.write(msgspec.json.encode(self.header) + b"\n")
            for folder in self.folders():
                report = self.get(folder)
                if report is not None:
                    done = msgspec.structs.replace(report, fresh=())
                    file.write(msgspec.json.encode(done) + b"\n")
        self.remove()

    def remove(self) -> None:
        """Let go of the file, and take it away."""
        self.close()
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file."""
        if self._number >= 0:
            os.close(self._number)
            self._number = -1


def _write(number: int, line: bytes, path: Path) -> None:
    """Write all of a line; raises FileProblem where the disk takes no more."""
    try:
        while line:
            line = line[os.write(number, line) :]
    except OSError as error:
        raise FileProblem(path, f"cannot be written: {reason(error)}") from error


class Memory(Protocol):
    """What is known of folders, and is told what is found."""

    def folders(self) -> set[Folder]:
        """Every folder that is known."""
        ...

    def earlier(self, folder: Folder) -> FolderReport | None:
        """What is known of a folder."""
        ...

    def add(self, report: FolderReport) -> None:
        """Keep what was found, so far or in all."""
        ...


def _is_same_run(stopped: ReportHeader, header: ReportHeader) -> bool:
    return stopped.asked == header.asked and header.taken_at - stopped.taken_at <= SAME_RUN


class KeptReport:
    """What is known from before, with what a run that was stopped had found, and what comes."""

    def __init__(self, place: Place, file: str, header: ReportHeader) -> None:
        folder = made(place)
        self._path = folder / file
        self._old = Shelf(self._path, header.archive)
        self._new = Shelf(folder / f"{file}.part", header.archive, grows=True)
        stopped = self._new.header
        self.goes_on = stopped is not None and _is_same_run(stopped, header)
        """Whether a run that was stopped continues where it was."""
        if stopped is None:
            self._new.begin(header)
        elif not self.goes_on:
            self._begin_again(header)
        (folder / OLD_FILE).unlink(missing_ok=True)

    def _begin_again(self, header: ReportHeader) -> None:
        """What another run had found counts as known, and not as read for this one."""
        found = [self._new.get(folder) for folder in self._new.folders()]
        self._new.begin(header)
        for report in found:
            if report is not None:
                self._new.add(msgspec.structs.replace(report, fresh=()))

    def folders(self) -> set[Folder]:
        """Every folder that was known before."""
        return {*self._old.folders(), *self._new.folders()}

    def earlier(self, folder: Folder) -> FolderReport | None:
        """What is known of a folder."""
        return self._new.get(folder) or self._old.get(folder)

    def add(self, report: FolderReport) -> None:
        """Keep what was found, so far or in all."""
        self._new.add(report)

    def done(self) -> None:
        """The run has come to its end."""
        self._old.close()
        self._new.keep_as(self._path)

    def close(self) -> None:
        """The run was stopped; what it found lies there for the next."""
        self._old.close()
        self._new.close()


def kept_header(place: Place) -> ReportHeader | None:
    """When and of what the last verification was that came to its end."""
    shelf = Shelf(place.kept / FILE, place.fleet.archive.bucket)
    shelf.close()
    return shelf.header


def report_answers(reports: Iterable[FolderSummary], fleet: Fleet) -> dict[Ask, Reply]:
    """Reports as answers of a snapshot, one for each account and Region of the archive."""
    found: dict[tuple[AccountId, Region], list[FolderSummary]] = {}
    for report in reports:
        if report.folder.bucket == fleet.archive.bucket:
            place = (report.folder.account, report.folder.region)
            found.setdefault(place, []).append(report)
    return {
        report_ask(account, region): reply(msgspec.to_builtins(together))
        for (account, region), together in found.items()
    }


def kept_answers(place: Place) -> dict[Ask, Reply]:
    """What was kept, as answers of a snapshot; what a stopped run had found goes before it."""
    found: dict[Folder, FolderSummary] = {}
    for name in (FILE, f"{FILE}.part"):
        shelf = Shelf(place.kept / name, place.fleet.archive.bucket)
        found.update((each.folder, each) for each in shelf.summaries())
        shelf.close()
    return report_answers(found.values(), place.fleet)
