"""What of a chain is missing or unsigned is a gap or unknown, and accuses no log in vain."""

from __future__ import annotations

import datetime

import msgspec
import pytest

from kinds.cloudtrail.integrity.archive import (
    CHAIN,
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
    stamp,
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
    kinds,
)
from logkeep.archive.files import Fetched, Unreadable
from logkeep.archive.report import FolderReport, Wanted, verdict
from logkeep.sources.cloudtrail.integrity.course import Course
from logkeep.sources.cloudtrail.integrity.series import Chain, unread
from logkeep.sources.cloudtrail.integrity.task import Known


def test_a_digest_by_a_key_that_aws_does_not_name_is_not_valid() -> None:
    archive = built(1, 1)
    archive.keys_of_aws = [public_key("second")]
    report = archive.report()
    assert {kind for kind, _ in kinds(report)} == {"key-unknown"}
    assert report.digests_valid == 0
    assert verdict(report) == "fails"


@pytest.mark.parametrize("keys", [Unreadable("AccessDenied"), []])
def test_without_public_keys_nothing_is_known(keys: list[object] | Unreadable) -> None:
    archive = built(1, 1)
    archive.keys_of_aws = keys
    report = archive.report()
    assert {kind for kind, _ in kinds(report)} == {"key-unreadable"}
    assert verdict(report) == "unknown"


def test_an_older_digest_is_believed_by_the_hash_in_a_newer_one() -> None:
    archive = Archive()
    signer = Signer(archive, key_name="second")
    signer.hour(0, 1)
    signer.key_name = "first"
    signer.hour(1, 1)
    assert archive.report().faults == ()
    assert archive.report().logs_valid == 2


def test_two_digests_deleted_in_the_middle_are_both_named() -> None:
    """Case IN01: the AWS CLI reports less than the full damage."""
    archive = built(*LOGS)
    for number in (2, 3):
        del archive.objects[BUCKET, key_of_hour(number)]
    report = archive.report()
    assert kinds(report) == {("digest-missing", key_of_hour(2)), ("digest-missing", DIGEST)}
    assert (report.digests_valid, report.digests_invalid) == (4, 2)


def test_the_newest_digests_deleted_are_a_gap_and_their_logs_unlisted() -> None:
    archive = built(*LOGS)
    del archive.objects[BUCKET, key_of_hour(5)]
    report = archive.report(until=START + 6 * HOUR)
    log = log_key(START + 5 * HOUR + 10 * MINUTE)
    assert kinds(report) == {("gap", ""), ("log-unlisted", log)}
    assert verdict(report) == "fails"


def test_the_newest_digests_deleted_with_their_logs_are_unknown() -> None:
    archive = built(*LOGS)
    del archive.objects[BUCKET, key_of_hour(5)]
    del archive.objects[BUCKET, log_key(START + 5 * HOUR + 10 * MINUTE)]
    assert kinds(archive.report()) == set()  # rule 1.9.8: the chain alone cannot tell
    report = archive.report(until=START + 6 * HOUR)
    assert kinds(report) == {("gap", "")}
    assert verdict(report) == "unknown"


def test_logs_after_the_newest_digest_are_not_accused() -> None:
    archive = built(1, 1)
    Signer(archive).deliver(START + 2 * HOUR + 20 * MINUTE)
    assert archive.report(until=START + 2 * HOUR + 50 * MINUTE).faults == ()


def test_a_log_before_the_first_digest_is_named_and_not_accused() -> None:
    archive = built(1, 1)
    Signer(archive).deliver(START - 2 * HOUR)
    report = archive.report()
    assert kinds(report) == {("log-unproven", log_key(START - 2 * HOUR))}
    assert verdict(report) == "unknown"
    assert report.verified_from == START


def restarted(hours_off: float) -> Archive:
    archive = built(1, 1, 1)
    signer = Signer(archive)
    back = START + (3 + hours_off) * HOUR
    signer.digest(back, back + HOUR, [signer.deliver(back + 20 * MINUTE)])
    return archive


def test_a_chain_that_began_anew_at_once_is_valid() -> None:
    assert verdict(restarted(0).report()) == "holds"


@pytest.mark.parametrize("hours_off", [0.6, 2, 2.5])
def test_a_chain_that_began_anew_later_leaves_a_gap(hours_off: float) -> None:
    report = restarted(hours_off).report()
    assert kinds(report) == {("gap", "")}
    assert (verdict(report), report.digests_valid) == ("unknown", 4)


def test_digests_deleted_before_a_new_beginning_are_shown_by_their_logs() -> None:
    """The AWS CLI calls this `No log files were delivered` and exits 0 (rule 1.9.6)."""
    archive = restarted(2)
    del archive.objects[BUCKET, key_of_hour(2)]
    report = archive.report()
    log = log_key(START + 2 * HOUR + 10 * MINUTE)
    assert kinds(report) == {("gap", ""), ("log-unlisted", log)}
    assert verdict(report) == "fails"


def test_no_digest_at_all_is_unknown_and_accuses_no_log() -> None:
    archive = Archive()
    Signer(archive).deliver(START + HOUR)
    expected = Known({CHAIN: Course(started=START)})
    report = archive.report(until=START + 3 * HOUR, known=expected)
    assert kinds(report) == {("gap", ""), ("log-unproven", log_key(START + HOUR))}
    assert verdict(report) == "unknown"


def test_a_listing_refused_is_unknown() -> None:
    archive = built(1, 1)
    archive.listing = "AccessDenied"
    report = archive.report()
    assert kinds(report) == {("listing-unreadable", "")}
    assert verdict(report) == "unknown"


def test_what_was_written_into_another_bucket_before_is_not_asked_of_this_one() -> None:
    archive = Archive()
    signer = Signer(archive, chain=Chain("old", *msgspec.structs.astuple(CHAIN)[1:]))
    signer.hour(0, 1)
    signer.hour(1, 1)
    before = signer.previous
    moved = Signer(archive, previous=before)
    moved.hour(2, 1)
    assert kinds(archive.report()) == {("digest-missing", key_of_hour(1))}
    moved.previous_bucket, moved.previous = "old", before
    moved.hour(2, 1)
    report = archive.report()
    assert report.faults == ()
    assert (report.digests_valid, report.logs_valid) == (1, 1)


def test_the_time_walked_ends_at_its_start() -> None:
    archive = built(*LOGS)
    report = archive.report(since=START + 4 * HOUR)
    assert report.faults == ()
    assert report.verified_from == START + 3 * HOUR
    assert (report.digests_valid, report.logs_valid) == (3, 5)


MADE = datetime.datetime(2026, 11, 25, 12, 0, tzinfo=datetime.UTC)


def with_backfill() -> tuple[Archive, str]:
    archive = built(1, 1)
    metadata = {"backfill-generation-timestamp": stamp(MADE)}
    signer = Signer(archive, suffix="_backfill", metadata=metadata)
    late = signer.deliver(START + 30 * MINUTE, "Backfilled000000")
    key = signer.digest(START, START + HOUR, [late])
    return archive, key


def test_the_backfill_chain_is_counted_by_itself() -> None:
    archive, _ = with_backfill()
    report = archive.report()
    assert report.faults == ()
    assert (report.digests_valid, report.backfill_digests_valid, report.logs_valid) == (2, 1, 3)
    assert (MADE - HOUR, MADE + HOUR) in archive.asked  # rule 1.9.9


def test_a_backfill_digest_needs_the_time_it_was_made() -> None:
    archive, key = with_backfill()
    fetched = archive.objects[BUCKET, key]
    metadata = {name: fetched.metadata[name] for name in ("signature", "signature-algorithm")}
    archive.objects[BUCKET, key] = Fetched(fetched.body, metadata)
    report = archive.report()
    assert kinds(report) == {("digest-unsigned", key)}
    assert (report.digests_valid, report.backfill_digests_invalid) == (2, 1)


def test_two_trails_may_share_a_folder_of_logs() -> None:
    archive = built(1, 1)
    second = Chain(BUCKET, CHAIN.account, CHAIN.region, "second", CHAIN.home_region)
    signer = Signer(archive, chain=second)
    for number in range(2):
        starts = START + number * HOUR
        logs = [signer.deliver(starts + 30 * MINUTE, "Second0000000000")]
        signer.digest(starts, starts + HOUR, logs)
    end = START + 3 * HOUR
    report = archive.whole(until=end - HOUR)
    assert [verdict(chain) for chain in report.chains] == ["holds", "holds"]


def test_faults_are_bounded_and_counted() -> None:
    archive = built(*LOGS)
    for key in archive.listed("/CloudTrail/"):
        del archive.objects[BUCKET, key]
    report = archive.report(faults_max=3)
    assert (len(report.faults), report.faults_total, report.logs_invalid) == (3, 8, 8)
    assert verdict(report) == "fails"


def test_a_report_is_read_as_it_was_written() -> None:
    archive = built(*LOGS)
    delete_digest(archive)
    delete_log(archive)
    report = archive.whole(until=START + 6 * HOUR)
    assert msgspec.json.decode(msgspec.json.encode(report), type=FolderReport) == report


def test_an_unsigned_digest_that_a_newer_one_vouches_for_is_still_followed() -> None:
    archive = built(*LOGS)
    drop_signature(archive)
    change_log(archive)
    report = archive.report(until=START + 6 * HOUR)
    assert kinds(report) == {("digest-unsigned", DIGEST), ("log-changed", LOG)}
    assert (report.digests_valid, report.logs_valid) == (5, 7)


def test_where_nothing_signed_says_that_a_digest_was_there_it_is_a_gap() -> None:
    archive = built(*LOGS)
    newest = (BUCKET, key_of_hour(5))
    archive.objects[newest] = Fetched(b"")
    del archive.objects[BUCKET, key_of_hour(4)]
    log = log_key(START + 4 * HOUR + 10 * MINUTE)
    expected = {("digest-changed", newest[1]), ("gap", ""), ("log-unlisted", log)}
    assert kinds(archive.report(until=START + 6 * HOUR)) == expected


@pytest.mark.parametrize("minutes", [-20, -1, 1, 20])
def test_rubbish_between_two_digests_moves_no_gap(minutes: int) -> None:
    archive = built(1, 1, 1)
    signer = Signer(archive)
    signer.hour(5, 1)
    signer.hour(6, 1)
    rubbish = key_of_digest(START + 6 * HOUR + minutes * MINUTE)
    archive.objects[BUCKET, rubbish] = Fetched(b"")
    report = archive.report()
    assert kinds(report) == {("digest-changed", rubbish), ("gap", "")}
    (gap,) = (fault for fault in report.faults if fault.kind == "gap")
    assert gap.at == START + 5 * HOUR
    assert f"from {stamp(START + 3 * HOUR)}" in gap.says


def test_a_signed_digest_beside_the_chain_hides_no_missing_one() -> None:
    archive = built(*LOGS)
    delete_digest(archive)
    aside = START + 4 * HOUR + 20 * MINUTE
    Signer(archive).digest(aside - HOUR, aside, [])
    assert kinds(archive.report()) == {("digest-missing", DIGEST)}


def test_a_digest_that_links_to_itself_ends_the_walk() -> None:
    archive = built(1, 1)
    signer = Signer(archive)
    signer.previous = (key_of_hour(1), "00" * 32, "00" * 256)
    signer.hour(1, 1)
    report = archive.report()
    assert (report.digests_valid, report.faults) == (2, ())


def test_a_file_of_the_same_key_in_another_bucket_is_no_excuse() -> None:
    archive = built(1)
    signer = Signer(archive)
    starts = START + HOUR
    entry = signer.deliver(starts + 30 * MINUTE) | {"s3Bucket": "elsewhere"}
    archive.objects["elsewhere", entry["s3Object"]] = archive.objects[BUCKET, entry["s3Object"]]
    signer.digest(starts, starts + HOUR, [entry])
    assert kinds(archive.report()) == {("log-unlisted", entry["s3Object"])}


def test_logs_of_a_hidden_backfill_digest_are_not_accused() -> None:
    archive, key = with_backfill()
    archive.refused.add((BUCKET, key))
    report = archive.report()
    assert kinds(report) == {("digest-unreadable", key)}
    assert (verdict(report), report.backfill_digests_unknown) == ("unknown", 1)


def test_the_backfill_chain_need_not_be_hourly() -> None:
    archive, _ = with_backfill()
    metadata = {"backfill-generation-timestamp": stamp(MADE)}
    signer = Signer(archive, suffix="_backfill", metadata=metadata)
    signer.digest(START + 5 * HOUR, START + 6 * HOUR, [])
    assert archive.report().faults == ()


def test_a_missing_digest_of_one_trail_accuses_no_log_through_another() -> None:
    archive = built(1, 1, 1)
    second = Chain(BUCKET, CHAIN.account, CHAIN.region, "second", CHAIN.home_region)
    signer = Signer(archive, chain=second)
    for number in range(3):
        starts = START + number * HOUR
        logs = [signer.deliver(starts + 30 * MINUTE, "Second0000000000")]
        signer.digest(starts, starts + HOUR, logs)
    gone = key_of_digest(START + 2 * HOUR, chain=second)
    del archive.objects[BUCKET, gone]
    end = START + 4 * HOUR
    report = archive.whole(until=end - HOUR)
    assert [kinds(chain) for chain in report.chains] == [set(), {("digest-missing", gone)}]


def test_where_nothing_was_proven_nothing_holds() -> None:
    assert verdict(unread(CHAIN)) == "unknown"


def test_proof_goes_back_to_the_oldest_digest_that_is_valid() -> None:
    archive = built(1, 1, 1)
    first = archive.objects[BUCKET, key_of_hour(0)]
    archive.objects[BUCKET, key_of_hour(0)] = Fetched(first.body)
    report = archive.report()
    assert kinds(report) == {("digest-unsigned", key_of_hour(0))}
    assert report.verified_from == START + HOUR


def test_what_is_missing_is_counted_once_and_its_logs_keep_one_name() -> None:
    """The trail's own word on its last digest adds nothing to digests that are named by hour."""
    archive = built(1, 1, 1, 1)
    ends, until = START + 4 * HOUR, START + 5 * HOUR
    course = Course(started=START - HOUR, latest_digest=ends, came_here=True)
    known = Known(courses={CHAIN: course})
    before = archive.whole(until, known=known)
    for number in range(4):
        del archive.objects[BUCKET, key_of_hour(number)]
    first = archive.whole(until, known=known, earlier=before)
    again = archive.whole(until, known=known, earlier=first)
    for found in (first, again):
        (chain,) = found.chains
        missing = [fault.key for fault in chain.faults if fault.kind == "digest-missing"]
        assert sorted(missing) == sorted(key_of_hour(number) for number in range(4))
        places = [fault.place for fault in chain.faults]
        assert len(places) == len(set(places))
        assert chain.faults_failing == sum(fault.fails for fault in chain.faults)
        assert chain.faults_unknown == sum(not fault.fails for fault in chain.faults)


def test_a_digest_that_is_gone_stays_missing_though_another_trail_proves_its_hour() -> None:
    archive = built(1, 1)
    second = Chain(BUCKET, CHAIN.account, CHAIN.region, "second", CHAIN.home_region)
    signer = Signer(archive, chain=second)
    for number in range(1, 4):
        starts = START + number * HOUR
        signer.digest(starts, starts + HOUR, [signer.deliver(starts + 30 * MINUTE, "Second0000")])
    found = archive.whole()
    gone = archive.objects.pop((BUCKET, key_of_hour(1)))
    for _ in range(3):
        found = archive.whole(earlier=found, wanted=Wanted(is_live=False, again=True))
        named = {pair for chain in found.chains for pair in kinds(chain)}
        assert ("digest-missing", key_of_hour(1)) in named
    archive.objects[BUCKET, key_of_hour(1)] = gone
    found = archive.whole(earlier=found)
    assert [verdict(chain) for chain in found.chains] == ["holds", "holds"]
