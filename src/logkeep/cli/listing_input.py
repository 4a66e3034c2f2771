"""The lines of a listing, one at a time: JSON lines, S3 Inventory's CSV, or a bucket as it is.

S3 User Guide, "Cataloging and analyzing your data with S3 Inventory": CSV files have no head, their
columns stand in the manifest, and keys are URL-encoded.
"""

from __future__ import annotations

import csv
import gzip
import io
import urllib.parse
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, NamedTuple

import msgspec

from logkeep.aws.disk import opened
from logkeep.cli.answer import say
from logkeep.cli.problem import Problem
from logkeep.cli.settings import Settings
from logkeep.cli.working import waiting, working
from logkeep.storage.many import Row
from logkeep.value import UNREADABLE
from logkeep.words.plain import clean, count

LINE_MAX = 1024 * 1024
"""A key has 1,024 bytes, so that a longer line is none of a listing."""
MANIFEST_MAX: Final = 16 * 1024 * 1024
BAD: Final = (OSError, EOFError, zlib.error)


class Listing(NamedTuple):
    """Objects to be counted one by one, and how their progress is told."""

    name: str
    rows: Iterator[Row]
    every: int = 10_000
    """After how many objects the progress is told."""
    is_live: bool = False
    notes: list[str] | None = None
    """What is to be said of the whole, once all rows were had."""


def from_file(path: Path, bucket: str, prefix: str, columns: str = "") -> Listing:
    """The listing of a bucket's objects that a file holds."""
    return Listing(path.name, _all_of(bucket, path, rows(path, prefix, columns)))


def _all_of(bucket: str, path: Path, found: Iterator[Row]) -> Iterator[Row]:
    """The same, where no line says that it is of another bucket."""
    for row in found:
        if row.Bucket not in (None, bucket):
            says = f"`{clean(row.Key)}` lies in `{clean(row.Bucket)}`, not in `{bucket}`"
            raise Problem(f"{path.name}: {says}", hint=f"name a listing of `{bucket}` alone")
        yield row


def must_be_live(settings: Settings, described: Path | None, asks: str) -> None:
    """Refuse to list a bucket of which nothing but a snapshot or a file is to be had."""
    if described is not None:
        hint = "name the objects with --listing FILE, or leave out --bucket to have AWS asked"
        raise Problem(f"{asks} takes a --listing where --bucket describes the bucket", hint=hint)
    if settings.snapshot is not None:
        hint = "name them with --listing FILE, or leave out --snapshot to have AWS asked"
        raise Problem(f"{asks} takes a --listing: a snapshot holds no bucket's objects", hint=hint)


def watched(settings: Settings, doing: str, listing: Listing) -> Iterator[Row]:
    """The rows of a listing, with their progress told on a terminal."""
    # The SDK's answers and errors hold cycles, which pile up where nobody collects them.
    progress = waiting if listing.is_live else working
    with progress(settings, f"{doing} {listing.name}") as far:
        for number, row in enumerate(listing.rows, 1):
            yield row
            if number % listing.every == 0:
                far(count(number, "object"))
    for note in listing.notes or ():
        say(note)


class _File(msgspec.Struct):
    key: str


class _Manifest(msgspec.Struct, rename="camel"):
    """What S3 Inventory writes beside its files."""

    file_format: str
    file_schema: str
    files: list[_File]


def rows(path: Path, prefix: str, columns: str = "") -> Iterator[Row]:
    """The lines of a listing whose keys begin so, compressed or not."""
    if path.name == "manifest.json":
        yield from _of_manifest(path, prefix)
    elif columns or path.name.removesuffix(".gz").endswith(".csv"):
        if not columns:
            hint = "name its manifest.json, or the columns: --columns 'Bucket, Key, Size, …'"
            raise Problem(f"{path.name}: CSV of S3 Inventory does not say its columns", hint=hint)
        yield from _of_csv(path, prefix, _names(columns))
    else:
        yield from _of_json(path, prefix)


def _names(columns: str) -> list[str]:
    names = [each.strip() for each in columns.split(",")]
    if "Key" not in names:
        raise Problem(f"the columns of an inventory name `Key`, and these are {columns!r}")
    return names


def _of_json(path: Path, prefix: str) -> Iterator[Row]:
    decode = msgspec.json.Decoder(Row).decode
    try:
        with _opened(path) as lines:
            for number, line in enumerate(iter(lambda: lines.readline(LINE_MAX), b""), 1):
                if line.isspace():
                    continue
                try:
                    row = decode(line)
                except UNREADABLE as error:
                    raise Problem(f"{path.name}:{number}: {error}") from error
                if row.Key.startswith(prefix):
                    yield row
    except BAD as error:
        raise Problem(f"{path}: {str(error).lower()}") from error


def _of_manifest(path: Path, prefix: str) -> Iterator[Row]:
    """The files that a manifest names, as they lie beside it or in `data` beside its folder."""
    try:
        with opened(path) as found:
            manifest = msgspec.json.decode(found.read(MANIFEST_MAX), type=_Manifest)
    except UNREADABLE as error:
        raise Problem(f"{path}: {error}") from error
    except OSError as error:
        raise Problem(f"{path}: {str(error).lower()}") from error
    if manifest.file_format != "CSV":
        hint = "let the inventory be delivered as CSV, or write it as JSON lines"
        raise Problem(f"{path}: its files are {manifest.file_format}, not CSV", hint=hint)
    names = _names(manifest.file_schema)
    for each in manifest.files:
        name = each.key.rpartition("/")[2]
        places = (
            path.parent / name,
            path.parent / "data" / name,
            path.parent.parent / "data" / name,
        )
        there = next((place for place in places if place.is_file()), None)
        if there is None:
            raise Problem(
                f"{path}: names `{name}`, which lies neither beside it nor in `data`",
                hint="download the files of the inventory too",
            )
        yield from _of_csv(there, prefix, names)


def _of_csv(path: Path, prefix: str, names: list[str]) -> Iterator[Row]:
    try:
        with _opened(path) as found, io.TextIOWrapper(found, "utf-8", newline="") as text:
            for number, cells in enumerate(csv.reader(_bounded(text)), 1):
                row = _row(path, number, names, cells)
                if row.Key.startswith(prefix):
                    yield row
    except (*BAD, UnicodeDecodeError, csv.Error) as error:
        raise Problem(f"{path}: {str(error).lower()}") from error


def _bounded(text: io.TextIOWrapper) -> Iterator[str]:
    return iter(lambda: text.readline(LINE_MAX), "")


def _row(path: Path, number: int, names: list[str], cells: list[str]) -> Row:
    if len(cells) != len(names):
        raise Problem(f"{path.name}:{number}: {len(cells)} columns, and {len(names)} are named")
    said: dict[str, object] = {
        name: value for name, value in zip(names, cells, strict=True) if value
    }
    said["Key"] = urllib.parse.unquote_plus(str(said.get("Key", "")))
    said["IsDeleteMarker"] = said.get("IsDeleteMarker") == "true"
    try:
        return msgspec.convert(said, Row, strict=False)
    except UNREADABLE as error:
        raise Problem(f"{path.name}:{number}: {error}") from error


@contextmanager
def _opened(path: Path) -> Generator[gzip.GzipFile | IO[bytes]]:
    with opened(path) as file:
        if path.suffix != ".gz":
            yield file
            return
        with gzip.GzipFile(fileobj=file) as unpacked:
            yield unpacked
