"""Chains as CloudTrail writes them, and each kind of damage found by its own kind."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable

import pytest

from kinds.cloudtrail.integrity.archive import (
    HOUR,
    MINUTE,
    START,
    Archive,
    Signer,
    built,
    key_of_digest,
    key_of_hour,
    log_key,
    public_key,
)
from kinds.cloudtrail.integrity.edits import (
    BUCKET,
    DIGEST,
    LOG,
    LOGS,
    change_log,
    delete_digest,
    delete_log,
    drop_signature,
    edited,
    kinds,
)
from logkeep.archive.files import Fetch, Fetched, Huge, Missing, Unreadable
from logkeep.archive.report import verdict


def test_a_whole_chain_is_valid() -> None:
    report = built(*LOGS).report(until=START + 6 * HOUR)
    assert report.faults == ()
    assert (report.digests_valid, report.logs_valid) == (6, 8)
    assert (report.verified_from, report.verified_until) == (START, START + 6 * HOUR)
    assert verdict(report) == "holds"


def test_the_aws_cli_finds_the_same_digests_signed() -> None:
    from awscli.customizations.cloudtrail.validation import Sha256RSADigestValidator

    archive = built(*LOGS)
    digests = list(archive.listed("/CloudTrail-Digest/"))
    assert len(digests) == 6
    for key in digests:  # it raises where one is not signed so
        fetched = archive.objects[BUCKET, key]
        content = gzip.decompress(fetched.body)
        said = json.loads(content) | {"_signature": fetched.metadata["signature"]}
        value = base64.b64encode(public_key().value)
        Sha256RSADigestValidator().validate(BUCKET, key, value, said, content)


def test_idle_hours_are_valid() -> None:
    report = built(0, 0, 0).report(until=START + 3 * HOUR)
    assert (report.digests_valid, report.logs_valid, verdict(report)) == (3, 0, "holds")


def cut_log(archive: Archive) -> None:
    archive.objects[BUCKET, LOG] = Fetched(archive.objects[BUCKET, LOG].body[:-1])


def extend_log(archive: Archive) -> None:
    archive.objects[BUCKET, LOG] = Fetched(archive.objects[BUCKET, LOG].body + b"\0")


def hide_log(archive: Archive) -> None:
    archive.refused.add((BUCKET, LOG))


PLANTED = log_key(START + 3 * HOUR + 17 * MINUTE, "Planted000000000")


def plant_log(archive: Archive) -> None:
    archive.objects[BUCKET, PLANTED] = archive.objects[BUCKET, LOG]


def change_digest(archive: Archive) -> None:
    archive.objects[BUCKET, DIGEST] = edited(archive.objects[BUCKET, DIGEST], b"SHA-256", b"SHA-1")


def sign_with_another_key(archive: Archive) -> None:
    other = Archive()
    signer = Signer(other, key_name="second")
    for number, count in enumerate(LOGS[:4]):
        signer.hour(number, count)
    fetched = edited(other.objects[BUCKET, DIGEST], b"fingerprint-second", b"fingerprint-first")
    archive.objects[BUCKET, DIGEST] = fetched


def change_signature(archive: Archive) -> None:
    fetched = archive.objects[BUCKET, DIGEST]
    metadata = {**fetched.metadata, "signature": "00" * 256}
    archive.objects[BUCKET, DIGEST] = Fetched(fetched.body, metadata)


def change_algorithm(archive: Archive) -> None:
    fetched = archive.objects[BUCKET, DIGEST]
    metadata = {**fetched.metadata, "signature-algorithm": "SHA1withRSA"}
    archive.objects[BUCKET, DIGEST] = Fetched(fetched.body, metadata)


def hide_digest(archive: Archive) -> None:
    archive.refused.add((BUCKET, DIGEST))


COPY = key_of_digest(START + 4 * HOUR + 7 * MINUTE)


def copy_digest(archive: Archive) -> None:
    archive.objects[BUCKET, COPY] = archive.objects[BUCKET, DIGEST]


FUTURE = key_of_digest(START + 9 * HOUR)


def copy_digest_into_the_future(archive: Archive) -> None:
    archive.objects[BUCKET, FUTURE] = archive.objects[BUCKET, DIGEST]


def put_older_digest_in_place(archive: Archive) -> None:
    archive.objects[BUCKET, DIGEST] = archive.objects[BUCKET, key_of_hour(1)]


def put_another_digest_signed_for_the_place(archive: Archive) -> None:
    other = Archive()
    Signer(other).hour(3, 0)
    archive.objects[BUCKET, DIGEST] = other.objects[BUCKET, DIGEST]


DAMAGES: list[tuple[Callable[[Archive], None], str, str]] = [
    (change_log, "log-changed", LOG),
    (cut_log, "log-changed", LOG),
    (extend_log, "log-changed", LOG),
    (delete_log, "log-missing", LOG),
    (hide_log, "log-unreadable", LOG),
    (plant_log, "log-unlisted", PLANTED),
    (change_digest, "digest-changed", DIGEST),
    (sign_with_another_key, "digest-changed", DIGEST),
    (change_signature, "digest-changed", DIGEST),
    (drop_signature, "digest-unsigned", DIGEST),
    (change_algorithm, "digest-unsigned", DIGEST),
    (delete_digest, "digest-missing", DIGEST),
    (hide_digest, "digest-unreadable", DIGEST),
    (copy_digest, "digest-moved", COPY),
    (copy_digest_into_the_future, "digest-moved", FUTURE),
    (put_older_digest_in_place, "digest-moved", DIGEST),
    (put_another_digest_signed_for_the_place, "digest-changed", DIGEST),
]


@pytest.mark.parametrize(("damage", "kind", "key"), DAMAGES)
def test_each_damage_is_found_by_its_kind_alone(
    damage: Callable[[Archive], None], kind: str, key: str
) -> None:
    archive = built(*LOGS)
    damage(archive)
    report = archive.report(until=START + 6 * HOUR)
    assert kinds(report) == {(kind, key)}
    assert verdict(report) == ("unknown" if kind.endswith("unreadable") else "fails")


SEEN_ANEW = ("digest-changed", "digest-unsigned", "digest-moved", "log-changed")
READ_TWICE = [(damage, kind, key) for damage, kind, key in DAMAGES if kind in SEEN_ANEW]
ANOTHER = gzip.compress(b'{"Records": []}')


@pytest.mark.parametrize(("damage", "kind", "key"), READ_TWICE)
def test_what_looked_changed_on_the_way_alone_is_well(
    damage: Callable[[Archive], None], kind: str, key: str
) -> None:
    archive = built(*LOGS)
    true = archive.objects.get((BUCKET, key), Missing())
    damage(archive)
    archive.again[BUCKET, key] = true
    found = kinds(archive.report(until=START + 6 * HOUR))
    assert found <= {("digest-missing", key), ("gap", "")}  # where there never was one
    assert (kind, key) not in found


@pytest.mark.parametrize("again", [Fetched(ANOTHER, {}), Huge(2**40)], ids=type)
@pytest.mark.parametrize(("damage", "kind", "key"), READ_TWICE)
def test_what_is_another_one_each_time_is_a_broken_line(
    damage: Callable[[Archive], None], kind: str, key: str, again: Fetch
) -> None:
    archive = built(*LOGS)
    damage(archive)
    archive.again[BUCKET, key] = again
    report = archive.report(until=START + 6 * HOUR)
    assert kinds(report) - {("gap", "")} == {(f"{kind.partition('-')[0]}-unreadable", key)}
    assert verdict(report) == "unknown" or key == FUTURE  # up to which there are no digests


@pytest.mark.parametrize(("damage", "kind", "key"), READ_TWICE)
def test_what_s3_vouches_for_the_second_time_is_changed(
    damage: Callable[[Archive], None], kind: str, key: str
) -> None:
    archive = built(*LOGS)
    damage(archive)
    changed = archive.objects[BUCKET, key]
    archive.again[BUCKET, key] = Fetched(changed.body, changed.metadata, is_vouched=True)
    archive.objects[BUCKET, key] = Fetched(ANOTHER, {})
    report = archive.report(until=START + 6 * HOUR)
    assert (kind, key) in kinds(report)
    assert verdict(report) == "fails"


@pytest.mark.parametrize("again", [Missing(), Unreadable("reset")], ids=type)
def test_what_is_gone_or_cannot_be_read_the_second_time_is_that(again: Fetch) -> None:
    for damage, kind, key in READ_TWICE:
        archive = built(*LOGS)
        damage(archive)
        archive.again[BUCKET, key] = again
        word = "missing" if isinstance(again, Missing) else "unreadable"
        told = (f"{kind.partition('-')[0]}-{word}", key)
        assert told in kinds(archive.report(until=START + 6 * HOUR))


def test_what_is_well_is_read_once() -> None:
    archive = built(*LOGS)
    every = {place: Unreadable("read twice") for place in archive.objects}
    archive.again.update(every)
    assert verdict(archive.report(until=START + 6 * HOUR)) == "holds"
