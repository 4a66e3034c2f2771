"""What a collect run has already been told, so that a killed run need not ask again."""

from __future__ import annotations

import contextlib
import datetime
import os
import threading
from collections.abc import Iterable
from pathlib import Path

import msgspec

from logkeep.aws.applied import NO_ANSWER
from logkeep.aws.disk import MIB, FileProblem, own, own_anew, reason
from logkeep.aws.errors import EXPIRED_CODES, THROTTLED_CODES
from logkeep.snapshot import Ask, Reply
from logkeep.value import UNREADABLE, Arn, Time

VERSION = 2
MIB_MAX = 1024
NO_TIME = datetime.timedelta()

PASSING_ERRORS = EXPIRED_CODES | THROTTLED_CODES | NO_ANSWER
"""Errors that may be gone a minute later: such an answer is not kept for the next run."""


class Start(msgspec.Struct, frozen=True):
    """The first line of a journal: whose answers follow, and when the first of them came."""

    fleet: str
    caller: Arn
    started_at: Time
    endpoint: str = ""
    fleet_file: str = ""
    journal: int = VERSION


class JournalLine(msgspec.Struct, frozen=True):
    """One finished question."""

    question: Ask
    reply: Reply


_START = msgspec.json.Decoder(Start)
_LINE = msgspec.json.Decoder(JournalLine)


class Earlier(msgspec.Struct, frozen=True):
    """What an earlier run left: when it began, and what it was told."""

    started_at: Time
    answers: dict[Ask, Reply]


class Journal:
    """A file that grows by every finished answer, and is gone when the run is done."""

    def __init__(self, path: Path, start: Start, *, minutes_max: int) -> None:
        self.path = path
        self._lock = threading.Lock()
        earlier = earlier_run(path, start, minutes_max)
        self.answers = earlier.answers
        self.started_at = earlier.started_at
        self._file = os.fdopen(own_anew(path), "wb")
        self._write([msgspec.structs.replace(start, started_at=earlier.started_at)])
        self._write(JournalLine(question, found) for question, found in earlier.answers.items())

    def note(self, question: Ask, found: Reply) -> None:
        """Write down an answer, before the next question is asked."""
        if found.error not in PASSING_ERRORS:
            self._write([JournalLine(question, found)])

    def close(self, *, done: bool) -> None:
        """Close the file, and remove it where the run is done."""
        with contextlib.suppress(OSError):  # a full disk was told when it was written into
            self._file.close()
        if done:
            self.path.unlink(missing_ok=True)

    def _write(self, lines: Iterable[Start | JournalLine]) -> None:
        try:
            with self._lock:
                for line in lines:
                    self._file.write(msgspec.json.encode(line) + b"\n")
                self._file.flush()
        except OSError as error:
            raise FileProblem(self.path, f"cannot be written: {reason(error)}") from error


def earlier_run(path: Path, start: Start, minutes_max: int) -> Earlier:
    """What the same caller was told, of the same AWS, for the same fleet a short time ago."""
    nothing = Earlier(start.started_at, {})
    if not minutes_max:
        return nothing
    try:
        with os.fdopen(own(path, os.O_RDONLY), "rb") as file:
            if os.fstat(file.fileno()).st_size > MIB_MAX * MIB:
                return nothing
            begun = _START.decode(file.readline())
            same = msgspec.structs.replace(begun, started_at=start.started_at) == start
            age = start.started_at - begun.started_at
            if not same or not NO_TIME <= age <= datetime.timedelta(minutes=minutes_max):
                return nothing
            return Earlier(begun.started_at, whole_lines(file))
    except (OSError, FileProblem, *UNREADABLE):
        return nothing


def whole_lines(lines: Iterable[bytes]) -> dict[Ask, Reply]:
    """The answers up to a line that was never finished."""
    answers: dict[Ask, Reply] = {}
    for line in lines:
        try:
            found = _LINE.decode(line)
        except UNREADABLE:
            break
        answers[found.question] = found.reply
    return answers
