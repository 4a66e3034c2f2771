"""Whatever a file holds that is given to a command, it is answered in words."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from logkeep.aws import disk
from logkeep.snapshot import Snapshot
from support import scenes
from support.command_line import Run, Said
from support.hanging import no_hanging
from support.worlds import NOW

MIB = 1024 * 1024
PING = ("try", "ping", "eni-1", "10.0.0.1")

READERS: dict[str, tuple[str, ...]] = {
    "the fleet file": ("diagnose", "--fleet", "FILE"),
    "a snapshot": ("diagnose", "--snapshot", "FILE"),
    "an earlier snapshot": ("diagnose", "--snapshot", "good.gz", "--since", "FILE"),
    "a plan": ("apply", "FILE", "--yes"),
    "cases of why": ("why", "--cases", "FILE"),
    "cases of put": ("try", "put", "--cases", "FILE"),
    "a bucket": ("try", "put", "s3://a-bucket/key", "--bucket", "FILE"),
    "cases of replicate": ("try", "replicate", "--cases", "FILE"),
    "a replication": ("try", "replicate", "s3://a-bucket/key", "--bucket", "FILE"),
    "cases of ping": ("try", "ping", "--cases", "FILE"),
    "a network": (*PING, "--network", "FILE"),
}


def prepare(folder: Path, kept: Callable[[Snapshot], Path]) -> None:
    """A fleet file and a snapshot of its fleet."""
    (folder / "logkeep.toml").write_text(scenes.FLEET_TEXT, encoding="utf-8")
    kept(Snapshot("acme", NOW, {})).rename(folder / "good.gz")


def packed(content: bytes) -> bytes:
    return gzip.compress(content, 9)


def bomb(piece: bytes, times: int) -> bytes:
    """A piece many times over, each packed as the first: parts of gzip are read as one."""
    return packed(piece) * times


FILES: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "not UTF-8": lambda: b'{"a": "\xff\xfe"}\n',
    "zeros": lambda: bytes(1000),
    "a mark alone": lambda: b"\xef\xbb\xbf",
    "nested lists": lambda: b"[" * 200_000,
    "nested objects": lambda: b'{"a":' * 200_000,
    "nested and closed": lambda: b"[" * 100_000 + b"]" * 100_000,
    "a list": lambda: b"[1, 2, 3]\n",
    "null": lambda: b"null\n",
    "a long number": lambda: b'{"a": ' + b"9" * 100_000 + b"}",
    "a key of many parts": lambda: b".".join([b"a"] * 100_000) + b" = 1",
    "a bomb": lambda: bomb(bytes(8 * MIB), 64),
    "a bomb of lines": lambda: bomb(b"[]\n" * MIB, 40),
    "a bomb of one record": lambda: (
        packed(
            b'{"snapshot":1,"fleet":"acme","taken_at":"2026-11-23T03:10:00Z"}\n'
            + b'{"account":"111111111111","answers":['
        )
        + bomb(b'[{"account":"1","region":"","call":"s3:HeadBucket","arguments":[]},{}],' * MIB, 4)
    ),
    "half a packed file": lambda: packed(b'{"snapshot":1}\n' * 1000)[:40],
    "packed nested lists": lambda: packed(b'{"snapshot":' + b"[" * 1_000_000),
}


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return {name: make() for name, make in FILES.items()}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("reader", READERS)
def test_every_reader_answers_in_words(
    logkeep: Run,
    folder: Path,
    kept: Callable[[Snapshot], Path],
    made: dict[str, bytes],
    reader: str,
    name: str,
) -> None:
    prepare(folder, kept)
    file = folder / "given"
    file.write_bytes(made[name])
    with no_hanging():
        said: Said = logkeep(*(str(file) if word == "FILE" else word for word in READERS[reader]))
    assert said.code in (1, 2, 3), said.err
    assert "Traceback" not in said.err
    assert said.code != 2 or "error: " in said.err or "Invalid" in said.out or said.out, said.err


@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_file_is_said_to_be_none(
    logkeep: Run, folder: Path, kept: Callable[[Snapshot], Path], reader: str
) -> None:
    prepare(folder, kept)
    for name in ("missing", str(folder)):
        said = logkeep(*(name if word == "FILE" else word for word in READERS[reader]))
        assert said.code == 2, said.out
        assert "error: " in said.err


@pytest.mark.parametrize("reader", READERS)
def test_a_pipe_that_nobody_writes_into_is_not_waited_for(
    logkeep: Run, folder: Path, kept: Callable[[Snapshot], Path], reader: str
) -> None:
    prepare(folder, kept)
    os.mkfifo(folder / "pipe")
    with no_hanging():
        said = logkeep(*("pipe" if word == "FILE" else word for word in READERS[reader]))
    assert (said.code, "pipe: not a plain file" in said.err) == (2, True), said.err


def test_what_a_shell_hands_over_is_read() -> None:
    """Such as `<(…)`, which is a pipe with a name."""
    for where in ("/dev/fd", "/proc/self/fd"):
        end, begin = os.pipe()
        os.write(begin, b"a text")
        os.close(begin)
        assert disk.read_text(Path(f"{where}/{end}"), 1) == "a text"
        os.close(end)


def test_a_mark_before_a_fleet_file_is_no_mistake(logkeep: Run, folder: Path) -> None:
    text = scenes.FLEET_TEXT.encode()
    (folder / "logkeep.toml").write_bytes(b"\xef\xbb\xbf" + text)
    assert "logkeep.toml" not in logkeep("diagnose", "--snapshot", "missing").err


def test_a_file_larger_than_its_kind_may_be_is_refused(folder: Path) -> None:
    (folder / "large").write_bytes(bytes(MIB + 1))
    with pytest.raises(disk.FileProblem, match="larger than 1 MiB, which is the limit"):
        disk.read_bytes(Path("large"), 1)


@pytest.mark.parametrize("reader", [name for name in READERS if name.startswith("cases of")])
def test_of_cases_the_line_that_is_no_text_is_named_and_the_others_are_tried(
    logkeep: Run, folder: Path, kept: Callable[[Snapshot], Path], reader: str
) -> None:
    prepare(folder, kept)
    file = folder / "given"
    file.write_bytes(b'\n{"id": "first"}\n\xff\n{"id": "last"}\n')
    said: Said = logkeep(*(str(file) if word == "FILE" else word for word in READERS[reader]))
    assert said.code == 2
    first, bad, last = said.out.splitlines()[:3]
    assert " first: " in first
    assert "3: " in bad
    assert bad.endswith(": not a text in UTF-8")
    assert " last: " in last
