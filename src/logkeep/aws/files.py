"""Snapshots as compressed files: written whole or not at all, read or refused with a reason."""

from __future__ import annotations

import gzip
import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import msgspec

from logkeep.snapshot import Snapshot, WrongVersion, decode, encode
from logkeep.value import Json


class SnapshotFileProblem(Exception):
    """A snapshot file that cannot be read, and why."""

    def __init__(self, path: Path, says: str) -> None:
        super().__init__(f"{path}: {says}")
        self.path = path
        self.says = says


class SnapshotMissing(SnapshotFileProblem):
    """There is no such file."""


class SnapshotTruncated(SnapshotFileProblem):
    """The file ends before the snapshot does."""


class SnapshotOfOtherVersion(SnapshotFileProblem):
    """The file was written by a Logkeep of another version."""


class NotASnapshot(SnapshotFileProblem):
    """The file is something else, or damaged."""


def write_snapshot(path: Path, snapshot: Snapshot) -> None:
    """Write a snapshot file: equal snapshots give equal bytes, and none is ever half there."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with (
            os.fdopen(number, "wb") as plain,
            gzip.GzipFile("", "wb", mtime=0, fileobj=plain) as packed,
        ):
            for line in encode(snapshot):
                packed.write(line + b"\n")
        Path(name).replace(path)
    except BaseException:  # Ctrl-C too leaves no half file behind
        Path(name).unlink(missing_ok=True)
        raise


def read_snapshot(path: Path) -> Snapshot:
    """The snapshot of a file; raises a SnapshotFileProblem that says what is wrong with it."""
    try:
        with path.open("rb") as file, gzip.GzipFile(fileobj=file) as lines:
            return decode(checked(path, lines))
    except FileNotFoundError as error:
        raise SnapshotMissing(path, "there is no such file") from error
    except EOFError as error:
        raise SnapshotTruncated(path, "the file ends before the snapshot does") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise NotASnapshot(path, f"not a snapshot, or damaged: {error}") from error
    except OSError as error:
        raise SnapshotFileProblem(path, error.strerror or str(error)) from error
    except WrongVersion as error:
        raise SnapshotOfOtherVersion(path, str(error)) from error
    except msgspec.DecodeError as error:
        raise NotASnapshot(path, f"not a snapshot, or damaged: {error}") from error


def checked(path: Path, lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a file whose first says that it is a snapshot."""
    rest = iter(lines)
    header = next(rest, b"")
    if not header:
        raise SnapshotTruncated(path, "the file is empty")
    if "snapshot" not in msgspec.json.decode(header, type=dict[str, Json]):
        raise NotASnapshot(path, "not a snapshot")
    return chain([header], rest)
