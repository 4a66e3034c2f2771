"""Each reader of a file is given files that were damaged by chance, for a while: `make fuzz`.

A reader must answer in words and soon: no traceback, no exit 70, nothing that takes ten seconds.
What is found is kept in the folder that is named last, to become a case of a test.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import gzip
import importlib
import io
import json
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from logkeep.aws.files import write_snapshot
from logkeep.cli.place import find
from logkeep.cli.plan_file import write_plan
from logkeep.cli.program import run
from logkeep.cli.settings import Settings
from logkeep.plan import plan
from logkeep.value import Json
from support import scenes
from support.small import Row, small

SECONDS_MAX = 10.0
BAD_FILE, OUR_FAULT = 2, 70
WORDS = (b"null", b"true", b"-1", b"1e999", b'""', b"[]", b"{}", b'"*"', b"${", b"}", b'"', b"\\",
         b"\xff", b"\x00", b"\xef\xbb\xbf", b"[" * 3000, b'{"a":' * 3000, b"9" * 5000)  # fmt: skip
VALUES: tuple[Json, ...] = (
    None, True, False, 0, -1, 2**53, 10**40, 1.5, "", "*", "null", "arn:aws:s3:::",
    "111111111111", "arn:aws:iam::1:", "2026-13-45T00:00:00Z", "9999-12-31T23:59:59Z",
    "2026-11-23T03:10:00", "0001-01-01T00:00:00+14:00",
    "\x00\u202e", "0.0.0.0/0", "::/129", "x" * 5000, [], {}, [None], {"": None}, [[[]]], "{", "[]",
    "é" * 70, "${aws:username}",
)  # fmt: skip
"""What stands in the place of a value."""
PUT = {"id": "1", "bucket": {"name": "a-bucket"}, "key": "k", "upload": {"sse": "AES256"}}
WHY = {"id": "1", "request": {"principal": "*", "action": "s3:GetObject", "resource": "*"}}

CASES = Path(__file__).parents[3] / "shared" / "cases"
SHARED = {
    "why.jsonl": ("policy-vectors.jsonl", "decision"),
    "put.jsonl": ("storage-cases.jsonl", "default-encryption"),
    "replicate.jsonl": ("storage-cases.jsonl", "replication"),
    "ping.jsonl": ("network-paths.jsonl", "path"),
}
SEEDS = 5
"""How many cases a file begins with, others each time."""

READERS: dict[str, tuple[tuple[str, ...], str]] = {
    "fleet file": (("diagnose", "--snapshot", "good.gz", "--fleet", "FILE"), "logkeep.toml"),
    "snapshot": (("diagnose", "--snapshot", "FILE"), "good.gz"),
    "earlier snapshot": (("diagnose", "--snapshot", "good.gz", "--since", "FILE"), "good.gz"),
    "plan": (("apply", "FILE", "--yes"), "plan.json"),
    "cases of why": (("why", "--cases", "FILE"), "why.jsonl"),
    "cases of put": (("try", "put", "--cases", "FILE"), "put.jsonl"),
    "bucket of put": (("try", "put", "s3://a-bucket/k", "--bucket", "FILE"), "put.json"),
    "cases of replicate": (("try", "replicate", "--cases", "FILE"), "replicate.jsonl"),
    "buckets of replicate": (
        ("try", "replicate", "s3://a-bucket/test", "--bucket", "FILE"),
        "replicate.json",
    ),
    "listing": (
        (
            "try",
            "replicate",
            "s3://a-bucket/",
            "--bucket",
            "replicate.json",
            "--all",
            "--listing",
            "FILE",
        ),
        "listing.jsonl",
    ),
    "inventory": (
        (
            "list",
            "encryption",
            "--objects",
            "s3://a-bucket/",
            "--bucket",
            "put.json",
            "--listing",
            "FILE",
            "--columns",
            "Bucket, Key, Size, EncryptionStatus",
        ),
        "inventory.csv",
    ),
    "manifest": (
        (
            "list",
            "encryption",
            "--objects",
            "s3://a-bucket/",
            "--bucket",
            "put.json",
            "--listing",
            "FILE",
        ),
        "manifest.json",
    ),
    "cases of ping": (("try", "ping", "--cases", "FILE"), "ping.jsonl"),
    "network": (("try", "ping", "eni-web", "10.0.0.20", "--network", "FILE"), "network.json"),
}


ROWS = (
    {"Key": "a/1", "Size": 5, "EncryptionStatus": "SSE-S3", "ReplicationStatus": "FAILED"},
    {"Key": "b", "Size": 0, "StorageClass": "GLACIER", "IsDeleteMarker": False},
)
CSV = b'"a-bucket","a/1","5","SSE-S3"\n"a-bucket","b%2F2","","SSE-KMS"\n'
MANIFEST = {
    "fileFormat": "CSV",
    "fileSchema": "Bucket, Key, Size, EncryptionStatus",
    "files": [{"key": "inventory.csv"}],
}


def seeds() -> None:
    """A genuine file for every reader, in the present folder."""
    Path("logkeep.toml").write_text(scenes.FLEET_TEXT, encoding="utf-8")
    write_snapshot(Path("good.gz"), scenes.healthy())
    empty = scenes.empty(scenes.FLEET)
    write_plan(Path("plan.json"), plan(scenes.FLEET, empty), find(Settings()), empty)
    rows = {name: cases(*SHARED[name]) for name in SHARED}
    if not CASES.exists():
        sys.stdout.write(f"{CASES} is not there: readers of cases begin with small files\n")
        rows = {"why.jsonl": [WHY], "put.jsonl": [PUT], "replicate.jsonl": [PUT],
                "ping.jsonl": [{"id": "1", "network": small()}]}  # fmt: skip
    for name, found in rows.items():
        Path(name).write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in found))
    for name in ("put", "replicate"):
        bucket = {**rows[f"{name}.jsonl"][0]["bucket"], "name": "a-bucket"}
        Path(f"{name}.json").write_bytes(msgspec.json.encode(bucket))
    Path("listing.jsonl").write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in ROWS))
    Path("inventory.csv").write_bytes(CSV)
    Path("manifest.json").write_bytes(msgspec.json.encode(MANIFEST))
    Path("network.json").write_bytes(msgspec.json.encode(small()))


def cases(file: str, kind: str) -> list[Row]:
    """The cases of a kind in a file of those that others wrote."""
    if not CASES.exists():
        return []
    rows = [json.loads(line) for line in (CASES / file).read_text("utf-8").splitlines()]
    return [row for row in rows if kind in (row.get("kind"), row.get("level"))]


def damaged(content: bytes, chance: random.Random) -> bytes:
    """A file damaged in its letters or in its values; under its packing or on it."""
    is_packed = content[:2] == b"\x1f\x8b" and chance.random() < 0.9
    found = gzip.decompress(content) if is_packed else content
    found = other_values(found, chance) or other_letters(found, chance)
    return gzip.compress(found, 1) if is_packed else found


def other_values(content: bytes, chance: random.Random) -> bytes | None:
    """Lines of JSON in which some values are others, every other time; None for what is none."""
    lines = content.splitlines()
    if chance.random() < 0.5 or not lines:
        return None
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(lines))
        try:
            row: Json = msgspec.json.decode(lines[at])
        except (msgspec.DecodeError, RecursionError):
            return None
        lines[at] = json.dumps(other_value(row, chance)).encode()
    return b"\n".join(lines) + b"\n"


def other_value(row: Json, chance: random.Random) -> Json:
    """The same value with one place in it changed, taken away or added; texts of JSON within."""
    if isinstance(row, dict) and row and chance.random() < 0.95:
        name = chance.choice(list(row))
        match chance.randrange(20):
            case 0:
                return {each: row[each] for each in row if each != name}
            case 1:
                return {**row, chance.choice(("", "A", "Condition", "NotAction", "*")): row[name]}
            case _:
                return {**row, name: other_value(row[name], chance)}
    if isinstance(row, list) and row and chance.random() < 0.95:
        at = chance.randrange(len(row))
        match chance.randrange(20):
            case 0:
                return row[:at] + row[at + 1 :]
            case 1:
                return row + row[at:]
            case _:
                return [*row[:at], other_value(row[at], chance), *row[at + 1 :]]
    if isinstance(row, str) and row[:1] in ("{", "[") and chance.random() < 0.95:
        with contextlib.suppress(ValueError, RecursionError):
            return json.dumps(other_value(json.loads(row), chance))
    return chance.choice((*VALUES, [row], {"AWS": row}, f"{row}*", f"{row}\n", str(row)[:-1]))


def other_letters(content: bytes, chance: random.Random) -> bytes:
    """A file with a few places changed, cut, doubled or moved."""
    found = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at, size = chance.randrange(len(found) + 1), chance.choice((0, 1, 4, 40, 400))
        piece = bytes(found[at : at + size])
        match chance.randrange(5):
            case 0:
                found[at : at + size] = chance.choice(WORDS)
            case 1:
                found[at:at] = piece * chance.choice((1, 2, 100))
            case 2:
                del found[at : at + size]
            case 3:
                elsewhere = chance.randrange(len(found) + 1)
                found[elsewhere:elsewhere] = piece
            case _:
                found[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(found)


class Reader(NamedTuple):
    """What reads a file, and a genuine one."""

    read: Callable[[bytes], tuple[int, str]]
    """Gives the exit code, and what was said on the side."""
    content: bytes
    has_cases: bool = False
    """Whether a file begins with a few of its lines, others each time."""


def called() -> dict[str, tuple[Callable[[], bytes], Callable[[bytes], bool]]]:
    """The readers of what no command line names, which the tests of their rooms and kinds add."""
    found: dict[str, tuple[Callable[[], bytes], Callable[[bytes], bool]]] = {}
    tests = Path(__file__).parents[1]
    for file in sorted((*tests.glob("*/fuzzed.py"), *tests.glob("kinds/*/fuzzed.py"))):
        module = ".".join(file.relative_to(tests).with_suffix("").parts)
        found |= importlib.import_module(module).READERS
    return found


def readers() -> dict[str, Reader]:
    """Every reader: of files that are named to a command, and of what the kinds' tests add."""
    found = {
        name: Reader(
            functools.partial(by_command, words, name_given(seed)),
            Path(seed).read_bytes(),
            seed.endswith(".jsonl"),
        )
        for name, (words, seed) in READERS.items()
    }
    for name, (genuine, read) in called().items():
        found[name] = Reader(functools.partial(by_call, read), genuine())
    return found


def name_given(seed: str) -> str:
    """What a damaged file is called: a manifest is known by its name."""
    return "given/manifest.json" if seed == "manifest.json" else "given/file"


def by_command(arguments: tuple[str, ...], name: str, given: bytes) -> tuple[int, str]:
    """What a command line answers that is given a file."""
    Path("given").mkdir(exist_ok=True)
    Path("given/inventory.csv").write_bytes(CSV)
    Path(name).write_bytes(given)
    return answered([name if word == "FILE" else word for word in arguments])


def by_call(read: Callable[[bytes], bool], given: bytes) -> tuple[int, str]:
    """What comes of reading bytes by a function: 2 for nothing, and what it raises is a fault."""
    try:
        return (0 if read(given) else BAD_FILE), ""
    except Exception:
        return OUR_FAULT, traceback.format_exc()


def fuzz(
    name: str, reader: Reader, seconds: float, chance: random.Random, kept: Path
) -> tuple[str, bool]:
    """What came of a reader in so much time, in a line, and whether all was well."""
    codes = collections.Counter[int]()
    lines = reader.content.splitlines(keepends=True)
    slowest, wrong, end = 0.0, 0, time.monotonic() + seconds
    while time.monotonic() < end:
        some = (
            b"".join(chance.sample(lines, min(SEEDS, len(lines))))
            if reader.has_cases
            else reader.content
        )
        given = damaged(some, chance)
        begun = time.process_time()
        code, said = reader.read(given)
        took = time.process_time() - begun
        slowest, codes[code] = max(slowest, took), codes[code] + 1
        if code == OUR_FAULT or "Traceback" in said or took > SECONDS_MAX:
            wrong += 1
            (kept / f"{name.replace(' ', '-')}-{wrong}").write_bytes(given)
            sys.stderr.write(f"{name}: {code} in {took:.1f} s: {said[-300:]}\n")
    told = json.dumps(dict(sorted(codes.items())))
    return f"{name}: {codes.total():,} files, exit codes {told}, slowest {slowest:.2f} s", not wrong


def answered(arguments: list[str]) -> tuple[int, str]:
    """The exit code of a command line, and what it said on the side."""
    out, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
        code = run(arguments)
    return code, said.getvalue()


def main(seconds: float, seed: int, kept: Path, names: list[str]) -> int:
    """Fuzz every reader, or those named; 1 where any of them failed."""
    kept = kept.absolute()
    kept.mkdir(parents=True, exist_ok=True)
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID"):
        os.environ.pop(name, None)
    os.environ.update(AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE="none",
                      AWS_SHARED_CREDENTIALS_FILE="none")  # fmt: skip
    say: Callable[[str], object] = sys.stdout.write
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        seeds()
        ends = []
        for name, reader in readers().items():
            if names and name not in names:
                continue
            told, well = fuzz(name, reader, seconds, random.Random(seed), kept)
            say(f"{told}\n")
            ends.append(well)
    say(f"seed {seed}, {seconds:g} s a reader\n")
    return 0 if all(ends) else 1


if __name__ == "__main__":
    _, time_s, number, where, *some = sys.argv
    sys.exit(main(float(time_s), int(number) or random.randrange(1, 10**6), Path(where), some))
