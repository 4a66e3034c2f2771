"""What lies in a file of this machine? Read within bounds; written whole, for its owner alone."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

MIB = 1024 * 1024
OWNER_ONLY = 0o600
HANDED_OVER = frozenset({Path("/dev/fd"), Path("/proc/self/fd")})
"""Where a shell's open files have names."""


class FileProblem(Exception):
    """A file that cannot be read, and why."""

    def __init__(self, path: Path, says: str, hint: str = "") -> None:
        super().__init__(f"{path}: {says}")
        self.path = path
        self.says = says
        self.hint = hint


class FileMissing(FileProblem):
    """There is no such file."""


def opened(path: Path) -> IO[bytes]:
    """A file to be read; raises FileProblem where it is a pipe or a device, which may never end.

    What a shell hands over is read all the same: the standard input, `<(…)`.
    """
    if path.parent in HANDED_OVER or path == Path("/dev/stdin"):
        return path.open("rb")
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe that nobody writes into waits not
    mode = os.fstat(number).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(number, "rb")
    os.close(number)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise FileProblem(path, "not a plain file", "name a file that lies on the disk")


def read_bytes(path: Path, mib_max: int) -> bytes:
    """All of a file; raises FileProblem, also where it is larger than any of its kind may be."""
    try:
        with opened(path) as file:
            found = file.read(mib_max * MIB + 1)
    except FileNotFoundError as error:
        raise FileMissing(path, reason(error)) from error
    except OSError as error:
        raise FileProblem(path, reason(error)) from error
    except ValueError as error:  # such as a name with a zero byte in it
        raise FileProblem(path, str(error)) from error
    if len(found) > mib_max * MIB:
        raise FileProblem(path, f"larger than {mib_max} MiB, which is the limit for such a file")
    return found


def read_text(path: Path, mib_max: int) -> str:
    """A file's text, which is in UTF-8; the mark that some editors put before it is left out."""
    found = read_bytes(path, mib_max)
    try:
        return found.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = found[: error.start].count(b"\n") + 1
        hint = "save it in UTF-8, which every editor can"
        raise FileProblem(path, f"line {line}: not a text in UTF-8", hint) from error


def reason(error: OSError) -> str:
    """Why the system refuses, as it says it itself."""
    return (error.strerror or str(error)).lower()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    with written(path) as file:
        file.write(content)


@contextmanager
def written(path: Path) -> Generator[IO[bytes]]:
    """A file to write into, which takes its place only once all of it is on the disk."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # for its owner alone
    try:
        with os.fdopen(number, "wb") as file:
            yield file
            file.flush()
            os.fsync(number)
        Path(name).replace(path)
    except BaseException:  # Ctrl-C too leaves no half file behind
        Path(name).unlink(missing_ok=True)
        raise
