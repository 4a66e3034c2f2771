"""Is an earlier version of what is changed or gone still there, and who took its place?

A bucket that keeps versions keeps the file as CloudTrail wrote it, until somebody deletes that
version too. The archive's own logs tell who deleted or replaced it, where its trail takes the data
events of the archive's bucket: CloudTrail's event history holds none (rule 1.1.1).
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from logkeep.archive.files import CannotList, Fetched, Version
from logkeep.archive.report import ChainReport, Earlier, Fault, Folder, FolderReport
from logkeep.sources.cloudtrail.integrity.check import SIGNATURE
from logkeep.sources.cloudtrail.integrity.digest import (
    LOG_BYTES_MAX,
    Malformed,
    content_hash,
    gunzip,
    parse_digest,
    string_to_sign,
)
from logkeep.sources.cloudtrail.integrity.keys import KeyRing
from logkeep.sources.cloudtrail.integrity.reader import Reader
from logkeep.sources.cloudtrail.integrity.series import DIGESTS, HOUR, LOGS, day_at, log_time

LOOKED_FOR_MAX: Final = 50
"""For how many files of a folder earlier versions are looked for."""
VERSIONS_MAX: Final = 5
"""How many versions of a file are looked at."""
DELAY: Final = datetime.timedelta(minutes=20)
"""How long after an event its log file comes, mostly (rule 1.8.1)."""
LOGS_MAX: Final = 12
_LOST: Final = ("digest-missing", "digest-changed", "digest-unsigned", "log-missing", "log-changed")
_REMOVES: Final = ("DeleteObject", "PutObject", "CopyObject", "CompleteMultipartUpload")


def with_earlier(report: FolderReport, reader: Reader, keepers: Iterable[Folder]) -> FolderReport:
    """The report with what can be put back, of the files that are changed or gone."""
    left = LOOKED_FOR_MAX
    chains: list[ChainReport] = []
    for chain in report.chains:
        faults = list(chain.faults)
        for number, fault in enumerate(faults):
            if left and fault.key and fault.kind in _LOST:
                left -= 1
                earlier = _earlier(fault, reader, tuple(keepers))
                faults[number] = msgspec.structs.replace(fault, earlier=earlier)
        chains.append(msgspec.structs.replace(chain, faults=tuple(faults)))
    return msgspec.structs.replace(report, chains=tuple(chains))


def _earlier(fault: Fault, reader: Reader, keepers: Sequence[Folder]) -> Earlier | None:
    """The newest earlier version that is as it should be, else the newest there is."""
    try:
        versions = reader.versions(fault.key)
    except CannotList:
        return fault.earlier
    found: list[Earlier] = []
    for newer, older in _pairs(versions):
        is_whole = _is_whole(fault, older, reader)
        marker = newer.id if newer.is_marker else ""
        # Of what could not be read nobody knows whether it is better than what is there now.
        is_sure = newer is versions[0] and (is_whole or (newer.is_marker and is_whole is None))
        above = newer.id if is_sure else ""
        times = older.modified, newer.modified
        found.append(Earlier(older.id, *times, marker, is_whole, above=above))
        if is_whole:
            break
    best = next((each for each in found if each.is_whole), next(iter(found), None))
    if best is None:
        return None
    return msgspec.structs.replace(best, by=_by(fault.key, best.gone_at, reader, keepers))


def _pairs(versions: Sequence[Version]) -> Iterator[tuple[Version, Version]]:
    """Each version that is no delete marker, with the one that took its place."""
    pairs = itertools.islice(itertools.pairwise(versions), VERSIONS_MAX)
    return ((new, old) for new, old in pairs if not old.is_marker)


def _is_whole(fault: Fault, version: Version, reader: Reader) -> bool | None:
    """Whether a version is as CloudTrail wrote it; None where that cannot be told."""
    fetched = reader.fetch_version(fault.key, version.id)
    if not isinstance(fetched, Fetched):
        return None
    try:
        if fault.hash_value:
            return content_hash(fetched.body, LOG_BYTES_MAX) == fault.hash_value
        return _is_signed(fault, fetched, reader) if f"/{DIGESTS}/" in fault.key else None
    except Malformed:
        return False


def _is_signed(fault: Fault, fetched: Fetched, reader: Reader) -> bool | None:
    """Whether a digest that nothing vouches for bears CloudTrail's signature for its place."""
    content = b"".join(gunzip(fetched.body, LOG_BYTES_MAX))
    digest = parse_digest(content)
    keys = reader.public_keys(_region(fault.key), digest.starts - HOUR, digest.ends + HOUR)
    if not isinstance(keys, Sequence) or digest.digest_s3_object != fault.key:
        return None
    to_sign = string_to_sign(digest, content_hash(fetched.body, LOG_BYTES_MAX))
    signature = (fetched.metadata or {}).get(SIGNATURE, "")
    signed = KeyRing(keys).check(digest.digest_public_key_fingerprint, signature, to_sign)
    return {"valid": True, "invalid": False, "key-unknown": None}[signed]


def _region(key: str) -> str:
    return key.partition(f"/{DIGESTS}/")[2].partition("/")[0]


class _Identity(msgspec.Struct, frozen=True):
    arn: str = ""
    account_id: str = msgspec.field(name="accountId", default="")
    invoked_by: str = msgspec.field(name="invokedBy", default="")


class _Asked(msgspec.Struct, frozen=True, rename="camel"):
    bucket_name: str = ""
    key: str = ""


class _Record(msgspec.Struct, frozen=True, rename="camel"):
    event_name: str = ""
    event_time: str = ""
    error_code: str | None = None
    user_identity: _Identity | None = None
    request_parameters: _Asked | None = None


class _Records(msgspec.Struct, frozen=True):
    records: tuple[_Record, ...] = msgspec.field(name="Records", default=())


_RECORDS = msgspec.json.Decoder(_Records)


def _by(key: str, at: datetime.datetime, reader: Reader, keepers: Sequence[Folder]) -> str:
    """Who deleted or replaced an object at a time, where the archive's own logs tell."""
    for folder in keepers:
        for record in _records(folder, at, reader, key):
            asked = record.request_parameters
            if record.error_code or asked is None or asked.key != key:
                continue
            if record.event_name in _REMOVES and asked.bucket_name == folder.bucket:
                who = record.user_identity or _Identity()
                name = who.arn or who.invoked_by or who.account_id
                return f"{name} by {record.event_name} at {record.event_time}"
    return ""


def _records(folder: Folder, at: datetime.datetime, reader: Reader, key: str) -> Iterator[_Record]:
    """The events of the log files that came soon after a time and name a key."""
    prefix = folder.prefix(LOGS)
    names: list[str] = []
    try:
        for day in dict.fromkeys((day_at(at), day_at(at + DELAY))):
            for listed in reader.keys(f"{prefix}{day}/", ""):
                came = log_time(listed.key)
                if came is not None and at - HOUR / 60 <= came <= at + DELAY:
                    names.append(listed.key)
    except CannotList:
        return
    places = [(folder.bucket, name) for name in names[:LOGS_MAX]]
    for fetched in reader.fetch(places):
        if not isinstance(fetched, Fetched):
            continue
        try:
            content = b"".join(gunzip(fetched.body, LOG_BYTES_MAX))
            if key.encode() in content:
                yield from _RECORDS.decode(content).records
        except (Malformed, msgspec.DecodeError, RecursionError):
            continue
