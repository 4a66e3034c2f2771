"""Snapshots as compressed files: written whole or not at all, read or refused with a reason."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import msgspec

from logkeep.aws.disk import MIB, FileProblem, opened, reason, written
from logkeep.snapshot import Origin, Snapshot, WrongVersion, decode_kept, encode
from logkeep.value import UNREADABLE, Json
from logkeep.words.plain import count

ROOM_MIB, OF_ACCOUNT_MIB = 64, 32
"""How much a snapshot may hold, in all and for an account: IAM tells up to some 20 MiB of one."""
PACKED_MAX = 200
"""How much smaller gzip may have made it: 60 times where all accounts are alike."""
ANSWERS, OF_ACCOUNT_ANSWERS = 100_000, 5_000
ACCOUNTS_MAX = 20_000


class SnapshotFileProblem(FileProblem):
    """A snapshot file that cannot be read, and why."""


AFRESH = "take one with `logkeep collect -o FILE`"
"""What to do where a file is no snapshot, or no longer."""


class SnapshotMissing(SnapshotFileProblem):
    """There is no such file."""


class SnapshotTruncated(SnapshotFileProblem):
    """The file ends before the snapshot does."""


class SnapshotOfOtherVersion(SnapshotFileProblem):
    """The file was written by a Logkeep of another version."""


class NotASnapshot(SnapshotFileProblem):
    """The file is something else, or damaged."""


YEARS = range(2006, 9000)
"""In which AWS can have answered, with room for what is counted from a time on and back."""


def write_snapshot(path: Path, snapshot: Snapshot, origin: Origin | None = None) -> None:
    """Write a snapshot file: equal snapshots give equal bytes, and none is ever half there."""
    with written(path) as plain, gzip.GzipFile("", "wb", mtime=0, fileobj=plain) as packed:
        for line in encode(snapshot, origin) if origin else encode(snapshot):
            packed.write(line + b"\n")


def read_snapshot(path: Path, accounts: int = ACCOUNTS_MAX) -> Snapshot:
    """The snapshot of a file; raises a SnapshotFileProblem that says what is wrong with it."""
    return read_kept(path, accounts)[0]


def read_kept(path: Path, accounts: int = ACCOUNTS_MAX) -> tuple[Snapshot, Origin]:
    """The snapshot of a file, of a fleet of so many accounts, and where it comes from."""
    try:
        with opened(path) as file, gzip.GzipFile(fileobj=file) as lines:
            packed_bytes = os.fstat(file.fileno()).st_size
            found = decode_kept(checked(path, bounded(path, lines, packed_bytes, accounts)))
            if found[0].taken_at.year not in YEARS:
                raise NotASnapshot(path, f"not a snapshot: of the year {found[0].taken_at.year}")
            return found
    except FileNotFoundError as error:
        raise SnapshotMissing(path, "there is no such file", AFRESH) from error
    except EOFError as error:
        raise SnapshotTruncated(path, "the file ends before the snapshot does", AFRESH) from error
    except gzip.BadGzipFile as error:
        raise NotASnapshot(
            path, "not a snapshot, or damaged: it isn't a whole gzip file", AFRESH
        ) from error
    except zlib.error as error:
        raise NotASnapshot(path, f"not a snapshot, or damaged: {error}", AFRESH) from error
    except OSError as error:
        raise SnapshotFileProblem(path, reason(error)) from error
    except WrongVersion as error:
        hint = "run `logkeep collect -o FILE` with this Logkeep"
        raise SnapshotOfOtherVersion(path, str(error), hint) from error
    except UNREADABLE as error:
        raise NotASnapshot(path, f"not a snapshot, or damaged: {error}", AFRESH) from error


def bounded(path: Path, lines: gzip.GzipFile, packed_bytes: int, accounts: int) -> Iterator[bytes]:
    """The lines of a file, which is refused once it holds more than any such snapshot can."""
    bytes_left = min(
        (ROOM_MIB + accounts * OF_ACCOUNT_MIB) * MIB, ROOM_MIB * MIB + packed_bytes * PACKED_MAX
    )
    answers_left = ANSWERS + accounts * OF_ACCOUNT_ANSWERS
    while line := lines.readline(bytes_left + 1):
        bytes_left -= len(line)
        answers_left -= line.count(b'"call"')
        if bytes_left < 0 or answers_left < 0:
            says = f"holds more than a snapshot of {count(accounts, 'account')} can"
            raise NotASnapshot(path, says)
        yield line


def checked(path: Path, lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a file whose first says that it is a snapshot."""
    rest = iter(lines)
    header = next(rest, b"")
    if not header:
        raise SnapshotTruncated(path, "the file is empty")
    if "snapshot" not in msgspec.json.decode(header, type=dict[str, Json]):
        raise NotASnapshot(path, "not a snapshot")
    return chain([header], rest)
