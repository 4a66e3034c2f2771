"""What lies in a file of this machine? Read within bounds; written whole, for its owner alone.

This is the one door to files: nothing but a plain file is ever waited for, read or written into.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import os
import secrets
import stat
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

MIB = 1024 * 1024
OWNER_ONLY = 0o600
HANDED_OVER = frozenset({Path("/dev/fd"), Path("/proc/self/fd")})
"""Where a shell's open files have names."""
NO_SECOND_NAMES = frozenset({errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK})
"""How a disk says that it knows no hard links."""
NOT_PLAIN = "not a plain file"
STRANGERS = "belongs to another user of this machine"
REMOVE = "remove it, and run the same command again"


class FileProblem(Exception):
    """A file that cannot be read, and why."""

    def __init__(self, path: Path, says: str, hint: str = "") -> None:
        super().__init__(f"{path}: {says}")
        self.path = path
        self.says = says
        self.hint = hint


class FileMissing(FileProblem):
    """There is no such file."""


class FileDenied(FileProblem):
    """It may not be opened."""


def opened(path: Path) -> IO[bytes]:
    """A file to be read; raises FileProblem where it is a pipe or a device, which may never end.

    What a shell hands over is read all the same: the standard input, `<(…)`.
    """
    if path.parent in HANDED_OVER or path == Path("/dev/stdin"):
        return path.open("rb")
    return os.fdopen(plain(path, os.O_RDONLY, "name a file that lies on the disk"), "rb")


def plain(path: Path, flags: int, hint: str) -> int:
    """The number of a file that was opened; raises FileProblem where it is no plain file."""
    try:  # a pipe that nobody writes into waits not
        number = os.open(path, flags | os.O_NONBLOCK, OWNER_ONLY)
    except OSError as error:
        if error.errno == errno.ENXIO:  # a socket
            raise FileProblem(path, NOT_PLAIN, hint) from error
        raise
    mode = os.fstat(number).st_mode
    if stat.S_ISREG(mode):
        return number
    os.close(number)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise FileProblem(path, NOT_PLAIN, hint)


def own(path: Path, flags: int) -> int:
    """The number of one of Logkeep's own files, which is no link; raises FileProblem."""
    try:
        return plain(path, flags | os.O_NOFOLLOW, REMOVE)
    except FileNotFoundError as error:
        raise FileMissing(path, reason(error)) from error
    except PermissionError as error:
        raise FileDenied(path, reason(error)) from error
    except OSError as error:
        is_link = error.errno == errno.ELOOP
        says = f"a link, and {NOT_PLAIN}" if is_link else reason(error)
        raise FileProblem(path, says, REMOVE) from error


def own_anew(path: Path) -> int:
    """The number of one of Logkeep's own files, begun anew for its owner alone."""
    try:
        path.unlink(missing_ok=True)  # so that nobody else has it open, or may read it
    except OSError as error:
        raise FileProblem(path, reason(error), REMOVE) from error
    return own(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND)


def is_strangers(path: Path, beside: Path) -> bool:
    """Whether it is another user's: not ours, the administrator's, or who owns the folder beside.

    In a folder that all may write into, such as /tmp, anybody may lay down a file for us to find.
    """
    try:
        owner = path.lstat().st_uid
        return owner not in (os.geteuid(), 0, beside.stat().st_uid)
    except OSError:
        return False


def own_folder(path: Path) -> Path:
    """The folder of what Logkeep keeps, made if need be, and kept out of version control."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise FileProblem(path, f"cannot be made: {reason(error)}") from error
    if is_strangers(path, path.parent):
        raise FileProblem(path, STRANGERS, REMOVE)
    with contextlib.suppress(FileExistsError):
        write_new(path / ".gitignore", b"*\n")
    return path


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
        raise FileProblem(path, f"line {line}: {NO_TEXT}", hint) from error


NO_TEXT: Final = "not a text in UTF-8"


def text_lines(path: Path, mib_max: int) -> Iterator[tuple[int, str | None]]:
    """The lines of a file that hold something, numbered; None for one that is not in UTF-8."""
    found = read_bytes(path, mib_max).removeprefix(codecs.BOM_UTF8)
    for number, line in enumerate(found.split(b"\n"), 1):
        if line.strip():
            try:
                yield number, line.decode()
            except UnicodeDecodeError:
                yield number, None


def reason(error: OSError) -> str:
    """Why the system refuses, as it says it itself."""
    return (error.strerror or str(error)).lower()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    with written(path) as file:
        file.write(content)


def write_new(path: Path, content: bytes) -> None:
    """Write a file where none is, whole or not at all; raises FileExistsError where one is.

    Raises FileProblem where it cannot be written. It is no secret: the user's mask says who reads.
    """
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _take_place(beside, path)
    except FileExistsError:
        raise
    except OSError as error:
        raise FileProblem(path, f"cannot be written: {reason(error)}") from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def _take_place(beside: Path, path: Path) -> None:
    """Give a file its name, where nothing bears it; raises FileExistsError."""
    try:
        os.link(beside, path)
    except OSError as error:
        if isinstance(error, FileExistsError) or error.errno not in NO_SECOND_NAMES:
            raise
        beside.replace(path)  # looked at just before: such a disk has no way to do both at once


@contextmanager
def written(path: Path) -> Generator[IO[bytes]]:
    """A file to write into, which takes its place only once all of it is on the disk.

    Raises FileProblem where the disk is full, or something is in the way.
    """
    name = ""
    try:
        number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(number, "wb") as file:  # for its owner alone, as mkstemp makes it
            yield file
            file.flush()
            os.fsync(number)
        Path(name).replace(path)
    except OSError as error:
        raise FileProblem(path, f"cannot be written: {reason(error)}") from error
    finally:  # Ctrl-C too leaves no half file behind
        if name:
            Path(name).unlink(missing_ok=True)
