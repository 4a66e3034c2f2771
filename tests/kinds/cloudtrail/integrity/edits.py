"""What somebody does to the files of an archive, one edit each."""

from __future__ import annotations

import gzip

from kinds.cloudtrail.integrity.archive import (
    CHAIN,
    HOUR,
    MINUTE,
    START,
    Archive,
    key_of_hour,
    log_key,
)
from logkeep.archive.files import Fetched
from logkeep.archive.report import ChainReport

BUCKET = CHAIN.bucket
LOGS = (2, 1, 0, 3, 1, 1)
LOG = log_key(START + 3 * HOUR + 15 * MINUTE)
DIGEST = key_of_hour(3)


def kinds(report: ChainReport) -> set[tuple[str, str]]:
    return {(fault.kind, fault.key) for fault in report.faults}


def edited(fetched: Fetched, old: bytes, new: bytes) -> Fetched:
    content = gzip.decompress(fetched.body)
    assert old in content
    return Fetched(gzip.compress(content.replace(old, new)), fetched.metadata)


def change_log(archive: Archive) -> None:
    archive.objects[BUCKET, LOG] = edited(archive.objects[BUCKET, LOG], b"Records", b"records")


def delete_log(archive: Archive) -> None:
    del archive.objects[BUCKET, LOG]


def drop_signature(archive: Archive) -> None:
    archive.objects[BUCKET, DIGEST] = Fetched(archive.objects[BUCKET, DIGEST].body)


def delete_digest(archive: Archive) -> None:
    del archive.objects[BUCKET, DIGEST]
