"""What is read without being named on a command line, for `make fuzz`: memories and digests.

Each reader takes damaged bytes and goes through all that comes after it; what it raises is a fault.
"""

from __future__ import annotations

import datetime
import gzip
import hashlib
import zlib
from collections.abc import Callable
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from kinds.cloudtrail.integrity.archive import (
    BUCKET,
    CHAIN,
    HOUR,
    START,
    Archive,
    built,
    key_of_hour,
    signing_key,
    stamp,
)
from logkeep.archive.files import Fetched
from logkeep.archive.report import FolderReport
from logkeep.aws.journal import JournalLine, Start, earlier_run
from logkeep.cli.kept_report import VERSION, ReportHeader, Shelf, report_answers
from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet
from support import scenes
from support.places import nowhere
from support.worlds import NOW

HOURS = (1, 2, 1)
END = START + len(HOURS) * HOUR
LAST = key_of_hour(len(HOURS) - 1)
BEGUN = Start("acme", "arn:aws:iam::111111111111:user/ada", NOW)


def lines(*rows: object) -> bytes:
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def of_this_bucket(report: FolderReport, fleet: Fleet) -> FolderReport:
    """The same report, of the fleet's own archive."""
    folder = msgspec.structs.replace(report.folder, bucket=fleet.archive.bucket)
    return msgspec.structs.replace(report, folder=folder)


def memory() -> bytes:
    """What a verification keeps."""
    report = of_this_bucket(built(*HOURS).whole(END), scenes.FLEET)
    return lines(ReportHeader(VERSION, scenes.FLEET.archive.bucket, NOW), report)


def journal() -> bytes:
    """What a killed run leaves."""
    found = scenes.healthy().answers
    return lines(BEGUN, *(JournalLine(question, said) for question, said in found.items()))


def digest() -> bytes:
    """A digest, packed as it lies in the archive."""
    return built(*HOURS).objects[BUCKET, LAST].body


@nowhere()
def read_memory(given: bytes) -> bool:
    """As `diagnose` takes it, and as the next `verify` goes on from it."""
    Path("verify.jsonl").write_bytes(given)
    shelf = Shelf(Path("verify.jsonl"), scenes.FLEET.archive.bucket)
    try:
        answers = report_answers(shelf.summaries(), scenes.FLEET)
        earlier = [shelf.get(folder) for folder in shelf.folders()]
    finally:
        shelf.close()
    diagnose(scenes.FLEET, scenes.healthy().with_answers(answers))
    for each in earlier:
        # The archive that it goes on with has keys in one Region alone.
        if each is not None and {chain.region for chain in each.chains} <= {CHAIN.region}:
            folder = msgspec.structs.replace(each.folder, bucket=BUCKET)
            again = built(*HOURS)
            again.whole(END, earlier=msgspec.structs.replace(each, folder=folder))
    return bool(answers)


@nowhere()
def read_journal(given: bytes) -> bool:
    """As `collect` goes on with it, and as the answers in it are then diagnosed."""
    Path("collecting").write_bytes(given)
    later = msgspec.structs.replace(BEGUN, started_at=NOW + datetime.timedelta(minutes=1))
    found = earlier_run(Path("collecting"), later, 30)
    diagnose(scenes.FLEET, msgspec.structs.replace(scenes.healthy(), answers=found.answers))
    return bool(found.answers)


def read_digest(given: bytes) -> bool:
    """As `verify` reads it: with a signature that fits, as far as it can be made."""
    archive = built(*HOURS)
    archive.objects[BUCKET, LAST] = Fetched(given, signature(archive, given))
    return not archive.report(END).faults_total


def signature(archive: Archive, given: bytes) -> dict[str, str]:
    """What would sign these bytes, so that what they say is looked at."""
    told = dict(archive.objects[BUCKET, LAST].metadata or {})
    try:
        content = gzip.decompress(given)
        said = msgspec.json.decode(content)
        before = said["previousDigestSignature"]
    except (OSError, EOFError, zlib.error, ValueError, TypeError, KeyError, RecursionError):
        return told
    text = f"{stamp(END)}\n{BUCKET}/{LAST}\n{hashlib.sha256(content).hexdigest()}\n{before}"
    signed = signing_key("first").sign(text.encode("utf-8", "replace"), PKCS1v15(), SHA256())
    return {**told, "signature": signed.hex()}


READERS: dict[str, tuple[Callable[[], bytes], Callable[[bytes], bool]]] = {
    "verify's memory": (memory, read_memory),
    "interrupted run": (journal, read_journal),
    "digest": (digest, read_digest),
}
"""A genuine file, and what reads a damaged one and says whether anything was taken of it."""
