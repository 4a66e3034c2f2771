"""What is put back is seen, and what goes later is named, whichever days a run was asked for."""

from __future__ import annotations

import pytest

from kinds.cloudtrail.integrity.archive import BUCKET, HOUR, START, Archive, built, key_of_hour
from logkeep.archive.report import Fault, FolderReport, Wanted
from logkeep.sources.cloudtrail.integrity.series import log_time

HOURS = 60
UNTIL = START + HOURS * HOUR


@pytest.fixture(scope="module")
def whole() -> Archive:
    return built(*[1] * HOURS)


def wrong(report: FolderReport) -> list[Fault]:
    return [fault for chain in report.chains for fault in chain.faults if fault.fails]


@pytest.mark.parametrize("later", [12, 26, 50])
@pytest.mark.parametrize("gone", [range(2, 5), range(30), range(28, 45)], ids=str)
@pytest.mark.parametrize("with_logs", [False, True])
def test_what_is_back_is_no_fault_though_a_run_begins_after_it(
    whole: Archive, gone: range, later: int, with_logs: bool
) -> None:
    archive = whole.copy()
    keys = {key_of_hour(number) for number in gone}
    if with_logs:
        hours = [START + number * HOUR for number in gone]
        times = {key: log_time(key) for _, key in archive.objects}
        keys |= {k for k, at in times.items() if at and any(h - HOUR < at <= h for h in hours)}
    first = archive.whole(UNTIL)
    taken = {(BUCKET, key): archive.objects.pop((BUCKET, key)) for key in keys}
    found = archive.whole(UNTIL, earlier=first)
    assert wrong(found)
    wanted = Wanted(start=START + later * HOUR)
    found = archive.whole(UNTIL, earlier=found, wanted=wanted)
    assert wrong(found)
    archive.objects.update(taken)
    assert wrong(archive.whole(UNTIL, earlier=found, wanted=wanted)) == []


@pytest.mark.parametrize("place", [0, 30, -1])
@pytest.mark.parametrize(
    "wanted", [Wanted(), Wanted(start=START + 50 * HOUR), Wanted(start=START, end=START + HOUR)]
)
def test_a_log_that_goes_after_its_day_was_proven_is_named_by_its_key(
    whole: Archive, place: int, wanted: Wanted
) -> None:
    archive = whole.copy()
    first = archive.whole(UNTIL)
    key = [key for _, key in archive.objects if log_time(key)][place]
    del archive.objects[BUCKET, key]
    found = wrong(archive.whole(UNTIL, earlier=first, wanted=wanted))
    assert [(fault.kind, fault.key) for fault in found] == [("log-missing", key)]
