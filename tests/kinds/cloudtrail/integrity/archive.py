"""An archive in memory whose digests are signed as CloudTrail signs them (rules 1.9.1 to 1.9.4)."""

from __future__ import annotations

import datetime
import functools
import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from logkeep.archive.files import CannotList, Fetch, Fetched, Listed, Missing, Unreadable, Version
from logkeep.archive.report import ChainReport, FolderReport, Wanted
from logkeep.sources.cloudtrail.integrity.folder import verify_folder
from logkeep.sources.cloudtrail.integrity.history import History
from logkeep.sources.cloudtrail.integrity.keys import PublicKey
from logkeep.sources.cloudtrail.integrity.series import Chain, digest_key
from logkeep.sources.cloudtrail.integrity.task import Known, Task

HOUR = datetime.timedelta(hours=1)
MINUTE = datetime.timedelta(minutes=1)
START = datetime.datetime(2026, 11, 22, 20, 28, 11, tzinfo=datetime.UTC)
BUCKET = "archive"
CHAIN = Chain(BUCKET, "111111111111", "eu-west-1", "log_keep", "us-east-1")


_KEYS = {name: rsa.generate_private_key(65537, 2048) for name in ("first", "second")}


def signing_key(name: str) -> rsa.RSAPrivateKey:
    """One of two key pairs."""
    return _KEYS[name]


def public_key(name: str = "first") -> PublicKey:
    """The public half as ListPublicKeys gives it."""
    der = signing_key(name).public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return PublicKey(f"fingerprint-{name}", der)


@dataclass
class Archive:
    """Objects by bucket and key, and the keys that signed them; reads as a Reader does."""

    objects: dict[tuple[str, str], Fetched] = field(default_factory=dict)
    keys_of_aws: list[PublicKey] | Unreadable = field(default_factory=lambda: [public_key()])
    refused: set[tuple[str, str]] = field(default_factory=set)
    asked: list[tuple[datetime.datetime, datetime.datetime]] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    told: dict[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    """The metadata that S3 tells of what is a copy here."""
    older: dict[str, Sequence[Version]] = field(default_factory=dict)
    again: dict[tuple[str, str], Fetch] = field(default_factory=dict)
    """What is read the second time, where it is another thing."""
    changes: History | None = None
    listing: str = ""
    """Why nothing can be listed, if it cannot."""

    def copy(self) -> Archive:
        return Archive(dict(self.objects), self.keys_of_aws, set(self.refused))

    def folders(self, prefix: str) -> Iterable[str]:
        if self.listing:
            raise CannotList(self.listing)
        rest = {key.removeprefix(prefix) for _, key in self.objects if key.startswith(prefix)}
        return sorted({name.partition("/")[0] for name in rest if "/" in name})

    def keys(self, prefix: str, after: str) -> Iterator[Listed]:
        if self.listing:
            raise CannotList(self.listing)
        for bucket, key in sorted(self.objects):
            if bucket == BUCKET and key.startswith(prefix) and key > after:
                yield Listed(key, tag_of(self.objects[bucket, key]))

    def listed(self, folder: str) -> list[str]:
        return sorted(key for at, key in self.objects if at == BUCKET and folder in key)

    def fetch(self, places: Sequence[tuple[str, str]]) -> Iterator[Fetch]:
        self.fetched += [key for _, key in places]
        for place in places:
            refused = Unreadable("AccessDenied") if place in self.refused else None
            yield refused or self.objects.get(place, Missing())

    def fetch_again(self, bucket: str, key: str) -> Fetch:
        place = (bucket, key)
        if place in self.again:
            return self.again[place]
        refused = Unreadable("AccessDenied") if place in self.refused else None
        return refused or self.objects.get(place, Missing())

    def metadata(self, bucket: str, key: str) -> Mapping[str, str] | None:
        return self.told.get((bucket, key))

    def versions(self, key: str) -> Sequence[Version]:
        return self.older.get(key, ())

    def fetch_version(self, key: str, version: str) -> Fetch:
        return self.objects.get((version, key), Missing())

    def public_keys(
        self, region: str, start: datetime.datetime, end: datetime.datetime
    ) -> Iterable[PublicKey] | Unreadable:
        assert start < end
        assert region == CHAIN.region  # rule 1.9.5
        self.asked.append((start, end))
        return self.keys_of_aws

    def history(self, account: str, home: str) -> History | None:
        assert (account, home) == (CHAIN.account, CHAIN.home_region)
        return self.changes

    def whole(self, until: datetime.datetime | None = None, **more: Any) -> FolderReport:
        """What is known of the folder; with a time, digests should have come until then."""
        known = Known(unseen=frozenset({CHAIN.account}))
        earlier = more.pop("earlier", None)
        at = until + HOUR if until else START + datetime.timedelta(days=30)
        wanted = Wanted(is_live=until is not None)
        task = Task(taken_at=at, **{"known": known, "wanted": wanted, **more})
        return verify_folder(self, CHAIN.folder, task, earlier)

    def report(self, until: datetime.datetime | None = None, **more: Any) -> ChainReport:
        """What is known of the one chain."""
        (chain,) = self.whole(until, **more).chains
        return chain


def tag_of(fetched: Fetched) -> str:
    """What S3 would list of an object: another tag for each other content or metadata."""
    said = json.dumps(dict(fetched.metadata or {}), sort_keys=True).encode()
    return hashlib.sha256(fetched.body + said).hexdigest()


def log_key(at: datetime.datetime, name: str = "AbCdEf0123456789", chain: Chain = CHAIN) -> str:
    """Where a log file delivered at this time lies (rule 1.3)."""
    return (
        f"{chain.folder.prefix('CloudTrail')}{at:%Y/%m/%d}/"
        f"{chain.account}_CloudTrail_{chain.region}_{at:%Y%m%dT%H%MZ}_{name}.json.gz"
    )


def key_of_digest(ends: datetime.datetime, suffix: str = "", chain: Chain = CHAIN) -> str:
    """Where the digest of the hour that ends at this time lies (rule 1.3)."""
    return digest_key(chain, ends, backfill=suffix == "_backfill")


def stamp(at: datetime.datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


@dataclass
class Signer:
    """What CloudTrail does for one trail: deliver logs, and sign a digest an hour."""

    archive: Archive
    chain: Chain = CHAIN
    suffix: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    key_name: str = "first"
    previous: tuple[str, str, str] | None = None
    previous_bucket: str = ""

    def deliver(self, at: datetime.datetime, name: str = "AbCdEf0123456789") -> dict[str, str]:
        """Put a log file, and give its entry for the digest."""
        key = log_key(at, name, self.chain)
        content = json.dumps({"Records": [{"eventID": f"{at}{name}"}]}).encode()
        self.archive.objects[self.chain.bucket, key] = Fetched(gzip.compress(content, mtime=0))
        return {
            "s3Bucket": self.chain.bucket,
            "s3Object": key,
            "hashValue": hashlib.sha256(content).hexdigest(),
            "hashAlgorithm": "SHA-256",
            "newestEventTime": stamp(at),
            "oldestEventTime": stamp(at),
        }

    def digest(
        self, starts: datetime.datetime, ends: datetime.datetime, logs: list[dict[str, str]]
    ) -> str:
        """Put a signed digest that links to the one before it."""
        key = key_of_digest(ends, self.suffix, self.chain)
        old_key, old_hash, old_signature = self.previous or (None, None, None)
        content = json.dumps(
            {
                "awsAccountId": self.chain.account,
                "digestStartTime": stamp(starts),
                "digestEndTime": stamp(ends),
                "digestS3Bucket": self.chain.bucket,
                "digestS3Object": key,
                "digestPublicKeyFingerprint": f"fingerprint-{self.key_name}",
                "digestSignatureAlgorithm": "SHA256withRSA",
                "newestEventTime": None,
                "oldestEventTime": None,
                "previousDigestS3Bucket": (self.previous_bucket or self.chain.bucket)
                if old_key
                else None,
                "previousDigestS3Object": old_key,
                "previousDigestHashValue": old_hash,
                "previousDigestHashAlgorithm": "SHA-256" if old_key else None,
                "previousDigestSignature": old_signature,
                "logFiles": logs,
            }
        ).encode()
        digest = hashlib.sha256(content).hexdigest()
        place = f"{self.chain.bucket}/{key}"
        to_sign = f"{stamp(ends)}\n{place}\n{digest}\n{old_signature or 'null'}".encode()
        signature = signing_key(self.key_name).sign(to_sign, PKCS1v15(), SHA256()).hex()
        self.archive.objects[self.chain.bucket, key] = Fetched(
            gzip.compress(content, mtime=0),
            {"signature": signature, "signature-algorithm": "SHA256withRSA", **self.metadata},
        )
        self.previous = (key, digest, signature)
        return key

    def hour(self, number: int, log_files: int) -> str:
        """The digest of one hour after START, with this many log files in it."""
        starts = START + number * HOUR
        logs = [self.deliver(starts + (10 + 5 * index) * MINUTE) for index in range(log_files)]
        return self.digest(starts, starts + HOUR, logs)


@functools.cache
def _built(log_files: tuple[int, ...]) -> Archive:
    archive = Archive()
    signer = Signer(archive)
    for number, count in enumerate(log_files):
        signer.hour(number, count)
    return archive


def built(*log_files: int) -> Archive:
    """An archive with one digest an hour, which list this many log files each."""
    return _built(log_files).copy()


def key_of_hour(number: int) -> str:
    """The key of the digest of one hour after START."""
    return key_of_digest(START + (number + 1) * HOUR)
