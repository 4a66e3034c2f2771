"""A page in an object's place is not the object; what S3 itself sends, it is."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from logkeep.aws.archive import TRIES_MAX, ArchiveProblem, ArchiveReader
from logkeep.aws.session import Session
from logkeep.aws.whole import CHECKSUMS, checksums_of, fits_checksums, is_as_sent
from support.faults import HTML, Faults, Page, faults
from support.labs import Bench, bench
from support.worlds import ACCOUNTS, fleet_of

KEY = "AWSLogs/a.json.gz"
CONTENT = gzip.compress(b"{}", mtime=0)
BY_MD5: dict[str, str] = {"ServerSideEncryption": "AES256"}
BY_KMS: dict[str, str] = {"ServerSideEncryption": "aws:kms"}
UNDER = (BY_MD5, BY_KMS)
BUCKET = "some-logs"
NOT_LOOKED_AT = {"MD5", "SHA512", "XXHASH64", "XXHASH3", "XXHASH128"}
"""Checksums that S3 only keeps where who uploads asks for them."""


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    with bench(ACCOUNTS, fleet_of(readers=None)) as made:
        made.archive("s3").create_bucket(Bucket=BUCKET)
        yield made


@pytest.fixture
def spoilt(lab: Bench) -> Iterator[Faults]:
    with faults(lab.lab) as made:
        yield made


def read(lab: Bench) -> bytes:
    owner = ACCOUNTS["security"]
    reader = ArchiveReader(Session(lab.fleet), owner, "us-east-1", BUCKET, owner)
    return reader.get(KEY).body


def put(lab: Bench, body: bytes, under: dict[str, Any]) -> None:
    lab.archive("s3").put_object(Bucket=BUCKET, Key=KEY, Body=body, **under)


def times(count: int) -> Any:
    """A page in the place of the first so many answers."""
    left = [count]

    def spoils(name: str) -> str | None:
        left[0] -= name == "s3:GetObject"
        return "html-with-headers" if name == "s3:GetObject" and left[0] >= 0 else None

    return spoils


@pytest.mark.parametrize("under", UNDER, ids=str)
def test_one_page_is_made_good(lab: Bench, spoilt: Faults, under: dict[str, str]) -> None:
    put(lab, CONTENT, under)
    spoilt.spoilt = times(1)
    assert read(lab) == CONTENT


def test_pages_that_do_not_fit_the_etag_are_not_the_object(lab: Bench, spoilt: Faults) -> None:
    put(lab, CONTENT, BY_MD5)
    spoilt.spoilt = times(99)
    with pytest.raises(ArchiveProblem, match=r"ETag|checksum"):
        read(lab)
    assert spoilt.seen.count("s3:GetObject") == TRIES_MAX


@pytest.mark.parametrize("under", UNDER, ids=str)
def test_what_somebody_put_there_is_the_object(
    lab: Bench, spoilt: Faults, under: dict[str, str]
) -> None:
    """Tampering through S3 gives the object an ETag of its own."""
    put(lab, HTML, under)
    assert read(lab) == HTML
    assert spoilt.seen


ETAG = f'"{hashlib.md5(CONTENT).hexdigest()}"'
SENT: dict[str, tuple[tuple[bytes, str, str, bool], bool | None]] = {
    "plain": ((CONTENT, ETAG, "", False), True),
    "under a key of S3's": ((CONTENT, ETAG, "AES256", False), True),
    "a page": ((HTML, ETAG, "AES256", False), False),
    "under KMS": ((HTML, ETAG, "aws:kms", False), None),
    "under KMS twice": ((HTML, ETAG, "aws:kms:dsse", False), None),
    "under a key of its owner's": ((HTML, ETAG, "", True), None),
    "of several pieces": ((HTML, f'{ETAG[:-1]}-2"', "AES256", False), None),
}


@pytest.mark.parametrize(("told", "sent"), SENT.values(), ids=SENT)
def test_an_etag_vouches_where_it_is_an_md5(
    told: tuple[bytes, str, str, bool], sent: bool | None
) -> None:
    assert is_as_sent(*told[:3], own_key=told[3]) is sent


OTHER = gzip.compress(b"[]", mtime=0)
CHECK = b"123456789"
"""What the catalogues of CRCs give each one's value of (CRC RevEng, "check")."""
VALUES = {
    "CRC64NVME": "ae8b14860a799888",
    "CRC32": "cbf43926",
    "CRC32C": "e3069283",
    "SHA1": hashlib.sha1(CHECK).hexdigest(),
    "SHA256": hashlib.sha256(CHECK).hexdigest(),
}


def test_each_checksum_is_the_one_that_s3_keeps() -> None:
    assert set(VALUES) == set(CHECKSUMS)
    model = boto3.client("s3", "us-east-1").meta.service_model.shape_for("GetObjectOutput")
    told = {name.removeprefix("Checksum") for name in model.members if "Checksum" in name}
    assert told - set(CHECKSUMS) == {"Type", *NOT_LOOKED_AT}
    for name, value in VALUES.items():
        sent = base64.b64encode(bytes.fromhex(value)).decode()
        assert checksums_of({f"Checksum{name}": sent}) == {name: sent}
        assert fits_checksums(CHECK, {name: sent}) is True
        assert fits_checksums(CHECK + b"0", {name: sent}) is False


def test_a_checksum_of_pieces_or_none_tells_nothing() -> None:
    assert fits_checksums(CHECK, {}) is None
    of_pieces = {"ChecksumCRC32": "y/Q5Jg==-2"}
    assert checksums_of(of_pieces) == {}
    assert checksums_of({"ChecksumCRC32": "y/Q5Jg==", "ChecksumType": "COMPOSITE"}) == {}


@pytest.mark.parametrize("name", VALUES)
def test_another_gzip_under_kms_does_not_fit_the_checksum(
    lab: Bench, spoilt: Faults, name: str
) -> None:
    """Which nothing else could tell: its ETag is no MD5, and it is gzip as the true one is."""
    put(lab, CONTENT, {**BY_KMS, **kept_with(name)})
    assert read(lab) == CONTENT
    spoilt.pages = {"gzip": Page(OTHER, "application/gzip")}
    spoilt.spoilt = {"s3:GetObject": "gzip-with-headers"}.get
    with pytest.raises(ArchiveProblem, match="checksum"):
        read(lab)
    put(lab, OTHER, {**BY_KMS, **kept_with(name, OTHER)})  # by somebody, through S3
    spoilt.spoilt = lambda _: None
    assert read(lab) == OTHER


def kept_with(name: str, body: bytes = CONTENT) -> dict[str, str]:
    value = base64.b64encode(CHECKSUMS[name](body)).decode()
    return {"ChecksumAlgorithm": name, f"Checksum{name}": value}
