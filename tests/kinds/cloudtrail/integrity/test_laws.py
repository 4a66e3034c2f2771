"""Laws of verification: all damage is found, nothing else is accused, hiding never helps."""

from __future__ import annotations

import datetime
import gzip
import itertools
import json
import zlib

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from kinds.cloudtrail.integrity.archive import (
    CHAIN,
    HOUR,
    START,
    Archive,
    Signer,
    built,
    key_of_digest,
    key_of_hour,
    public_key,
)
from logkeep.archive.files import Fetched
from logkeep.archive.report import UNKNOWN_KINDS, verdict
from logkeep.archive.spans import Span, merged
from logkeep.sources.cloudtrail.integrity.check import DigestPlace, check_digest
from logkeep.sources.cloudtrail.integrity.digest import (
    Malformed,
    content_hash,
    gunzip,
    parse_digest,
    parse_time,
)
from logkeep.sources.cloudtrail.integrity.keys import KeyRing, PublicKey, parse_key
from logkeep.sources.cloudtrail.integrity.series import (
    Chain,
    chain_of,
    digest_time,
    hours_between,
    key_at,
    log_time,
)
from support.examples import examples

BUCKET = CHAIN.bucket
LOGS = (1, 2, 0, 1, 1)
END = START + len(LOGS) * HOUR
WHOLE = built(*LOGS)
PLACES = sorted(WHOLE.objects)
MIDDLE = [place for place in PLACES if place[1] != key_of_hour(len(LOGS) - 1)]


def faulty(archive: Archive) -> set[str]:
    return {fault.key for fault in archive.report(until=END).faults}


def content_of(body: bytes) -> bytes | None:
    try:
        return b"".join(gunzip(body, 1 << 20))
    except Malformed:
        return None


@examples(300)
@given(st.sampled_from(PLACES), st.data())
def test_any_flipped_bit_that_changes_the_content_is_found(
    place: tuple[str, str], data: st.DataObject
) -> None:
    archive = built(*LOGS)
    fetched = archive.objects[place]
    body = bytearray(fetched.body)
    body[data.draw(st.integers(0, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    archive.objects[place] = Fetched(bytes(body), fetched.metadata)
    same = content_of(bytes(body)) == content_of(fetched.body)  # as in gzip's header (rule 1.9.2)
    assert faulty(archive) == (set() if same else {place[1]})


@examples(100)
@given(st.sampled_from(PLACES), st.data())
def test_any_changed_character_inside_is_found(place: tuple[str, str], data: st.DataObject) -> None:
    archive = built(*LOGS)
    fetched = archive.objects[place]
    content = bytearray(gzip.decompress(fetched.body))
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 6))
    archive.objects[place] = Fetched(gzip.compress(bytes(content)), fetched.metadata)
    assert faulty(archive) == {place[1]}
    assert verdict(archive.report()) == "fails"


@given(st.sampled_from(MIDDLE))
def test_any_deleted_file_is_found(place: tuple[str, str]) -> None:
    archive = built(*LOGS)
    del archive.objects[place]
    assert faulty(archive) == {place[1]}


@given(st.permutations(PLACES))
def test_any_two_swapped_files_are_found(order: list[tuple[str, str]]) -> None:
    one, other = order[:2]
    archive = built(*LOGS)
    objects = archive.objects
    objects[one], objects[other] = objects[other], objects[one]
    found = faulty(archive)
    assert found <= {one[1], other[1]}
    assert {key for key in (one[1], other[1]) if "-Digest" in key} <= found
    if "-Digest" not in one[1] + other[1]:  # else a log's own digest may no longer vouch for it
        assert found == {one[1], other[1]}


@given(st.sampled_from(MIDDLE), st.integers(0, len(LOGS) * 60 - 1))
def test_any_moved_file_is_missed_where_it_was(place: tuple[str, str], minute: int) -> None:
    archive = built(*LOGS)
    at = START + datetime.timedelta(minutes=minute, seconds=5)
    key = f"{place[1].rsplit('/', 1)[0]}/{key_of_digest(at).rsplit('/', 1)[1]}"
    archive.objects[BUCKET, key] = archive.objects.pop(place)
    found = faulty(archive)
    assert place[1] in found
    assert found <= {place[1], key}


@examples(200)
@given(st.sets(st.sampled_from(PLACES)), st.sets(st.sampled_from(PLACES), min_size=1))
def test_hiding_any_file_never_makes_a_verdict_hold(
    deleted: set[tuple[str, str]], hidden: set[tuple[str, str]]
) -> None:
    archive = built(*LOGS)
    for place in deleted:
        del archive.objects[place]
    before = verdict(archive.report(until=END))
    archive.refused |= hidden - deleted
    report = archive.report(until=END)
    assert before != "holds" or not deleted
    assert verdict(report) != "holds" or not (deleted or hidden)


@given(st.sampled_from(PLACES))
def test_what_cannot_be_read_is_unknown_and_not_wrong(place: tuple[str, str]) -> None:
    archive = built(*LOGS)
    archive.refused.add(place)
    report = archive.report(until=END)
    assert report.faults
    assert {fault.kind for fault in report.faults} <= UNKNOWN_KINDS
    assert verdict(report) == "unknown"


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8))
def test_every_chain_as_cloudtrail_writes_it_holds(logs: list[int]) -> None:
    report = built(*logs).report(until=START + len(logs) * HOUR)
    assert verdict(report) == "holds"
    assert (report.digests_valid, report.logs_valid) == (len(logs), sum(logs))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
FIELDS = sorted(json.loads(gzip.decompress(WHOLE.objects[BUCKET, key_of_hour(1)].body)))


@examples(300)
@given(
    st.one_of(
        st.binary(max_size=64),
        st.binary(max_size=64).map(gzip.compress),
        JSON.map(lambda value: gzip.compress(json.dumps(value).encode())),
    ),
    st.sampled_from(PLACES),
    st.dictionaries(st.sampled_from(["signature", "signature-algorithm"]), st.text(max_size=8)),
)
def test_hostile_bytes_are_faults_and_never_a_crash(
    body: bytes, place: tuple[str, str], metadata: dict[str, str]
) -> None:
    archive = built(*LOGS)
    archive.objects[place] = Fetched(body, metadata)
    assert place[1] in faulty(archive)


@examples(300)
@given(st.sampled_from(FIELDS), JSON | st.text(st.characters(), max_size=20), st.booleans())
@example("digestS3Object", "\ud800", True)
@example("digestEndTime", "9999-12-31T23:59:59-23:59", True)
@example("digestEndTime", "0001-01-01T00:00:00+23:59", True)
@example("digestEndTime", "2026-11-22", True)
@example("previousDigestS3Object", key_of_hour(30), True)
@example("logFiles", [{"s3Bucket": "b"}], True)
def test_a_hostile_field_is_a_fault_and_never_a_crash(
    name: str, value: object, signed: bool
) -> None:
    archive = built(*LOGS)
    place = (BUCKET, key_of_hour(1))
    fetched = archive.objects[place]
    content = json.loads(gzip.decompress(fetched.body))
    assume(not signed or value != content[name])
    changed = json.dumps({**content, name: value}).encode()
    archive.objects[place] = Fetched(gzip.compress(changed), fetched.metadata if signed else {})
    assert place[1] in faulty(archive)


@given(st.text(max_size=600), st.text(max_size=20), st.binary(max_size=80))
def test_a_hostile_signature_or_key_is_no_crash(signature: str, name: str, value: bytes) -> None:
    assert parse_key(value) is None
    ring = KeyRing([PublicKey("bad", value), public_key()])
    assert len(ring) == 1
    assert ring.check("bad", signature, b"") == "key-unknown"
    assert ring.check("fingerprint-first", signature, name.encode()) == "invalid"


def test_deep_nesting_is_malformed() -> None:
    with pytest.raises(Malformed):
        parse_digest(b'{"a":' + b"[" * 100_000)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "cut short"),
        (gzip.compress(b"x")[:-1], "cut short"),
        (gzip.compress(b"x") + b"\0", "bytes follow"),
        (gzip.compress(b"x") + gzip.compress(b"y"), "bytes follow"),
        (zlib.compress(b"x"), "not gzip"),
        (b"plain", "not gzip"),
    ],
    ids=range(6),
)
def test_only_one_whole_gzip_member_is_read(body: bytes, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        list(gunzip(body, 100))


@given(st.binary(max_size=5000), st.integers(0, 9))
def test_gunzip_gives_back_what_was_compressed(content: bytes, level: int) -> None:
    body = gzip.compress(content, level)
    assert b"".join(gunzip(body, len(content))) == content
    if content:
        with pytest.raises(Malformed, match="more than"):
            list(gunzip(body, len(content) - 1))


def test_a_gzip_bomb_is_cut_off() -> None:
    bomb = gzip.compress(bytes(32 << 20))
    pieces = []
    with pytest.raises(Malformed, match="more than"):
        pieces.extend(gunzip(bomb, 2 << 20))
    with pytest.raises(Malformed, match="more than"):
        content_hash(bomb, 1 << 20)
    assert len(content_hash(bomb, 32 << 20)) == 64


TIMES = st.datetimes(
    datetime.datetime(2000, 1, 1), datetime.datetime(2100, 1, 1), timezones=st.just(datetime.UTC)
).map(lambda at: at.replace(microsecond=0))
TRAILS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{1,20}[A-Za-z0-9]", fullmatch=True)


@given(TRAILS, TIMES, TIMES, st.sampled_from(["", "_backfill"]))
def test_a_digests_name_says_its_chain_and_hour(
    trail: str, at: datetime.datetime, other: datetime.datetime, suffix: str
) -> None:
    chain = Chain("b", "111111111111", "eu-west-1", trail, "us-gov-west-1")
    key = key_of_digest(at, suffix, chain)
    assert chain_of("b", key) == chain
    assert digest_time(key) == at
    assert key_at(key, other) == key_of_digest(other, suffix, chain)


@given(st.text(max_size=80))
def test_any_other_name_is_nobodys(key: str) -> None:
    assert digest_time(key) is None
    assert log_time(key) is None


@pytest.mark.parametrize("time", ["20261322T000000Z", "99999999T999999Z", "20260230T000000Z"])
def test_a_name_with_no_real_time_is_nobodys(time: str) -> None:
    key = key_of_digest(START).replace(f"{START:%Y%m%dT%H%M%SZ}", time)
    assert digest_time(key) is None
    assert chain_of("b", key) is None


@given(TIMES, st.integers(0, 50), st.integers(0, 3599))
def test_missing_hours_are_named_where_hours_fit(
    older: datetime.datetime, hours: int, seconds: int
) -> None:
    newer = older + hours * HOUR + datetime.timedelta(seconds=seconds)
    found = hours_between(older, newer)
    if seconds:
        assert found is None
    else:
        assert found == [newer - HOUR * n for n in range(1, hours)]


@given(st.lists(st.tuples(TIMES, TIMES).map(lambda two: Span(min(two), max(two)))), TIMES)
def test_merged_spans_cover_the_same_time(spans: list[Span], at: datetime.datetime) -> None:
    none = datetime.timedelta(0)
    together = list(merged(spans))
    assert any(s.holds(at, none) for s in spans) == any(s.holds(at, none) for s in together)
    assert all(one.ends < two.starts for one, two in itertools.pairwise(together))


def test_a_digest_signed_for_another_chain_is_not_believed() -> None:
    other = Archive()
    foreign = Chain(BUCKET, CHAIN.account, CHAIN.region, "other", CHAIN.home_region)
    key = Signer(other, chain=foreign).digest(START, START + HOUR, [])
    place = DigestPlace(BUCKET, key_of_hour(0))
    checked = check_digest(place, other.objects[BUCKET, key], lambda _: KeyRing([public_key()]))
    assert checked.digest is None
    assert checked.blame is not None
    assert checked.blame.kind == "digest-moved"


def test_a_time_without_a_zone_is_none() -> None:
    with pytest.raises(Malformed):
        parse_time("2026-11-22T20:28:11")
