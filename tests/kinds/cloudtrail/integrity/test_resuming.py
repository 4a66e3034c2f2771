"""A verification that was stopped goes on where it was, and reads nothing twice for it."""

from __future__ import annotations

import datetime
from pathlib import Path

import msgspec
import pytest

from kinds.cloudtrail.integrity.archive import BUCKET, CHAIN, HOUR, START, Archive, built
from logkeep.archive.report import Folder, FolderReport, Wanted
from logkeep.cli.kept_report import (
    FILE,
    VERSION,
    KeptReport,
    ReportHeader,
    kept_answers,
    kept_header,
)
from logkeep.cli.place import Place
from logkeep.sources.cloudtrail.integrity import folder as looking
from logkeep.sources.cloudtrail.integrity.folder import verify_folder
from logkeep.sources.cloudtrail.integrity.task import Task
from support.worlds import fleet_of

NOW = START + 30 * 24 * HOUR
HOURS = 100


class Interrupted(Exception):
    """Somebody stopped the run."""


def header(at: datetime.datetime = NOW, asked: str = "") -> ReportHeader:
    return ReportHeader(VERSION, BUCKET, at, asked)


def report(number: int, fresh: tuple[str, ...] = ()) -> FolderReport:
    return FolderReport(folder=Folder(BUCKET, f"{number:012}", "us-east-1"), verified_at=NOW,
                        fresh=fresh)  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Place:
    fleet = fleet_of()
    archive = msgspec.structs.replace(fleet.archive, bucket=BUCKET)
    fleet = msgspec.structs.replace(fleet, archive=archive)
    return Place(tmp_path / "logkeep.toml", fleet)


@pytest.mark.parametrize("again", [False, True])
def test_what_was_read_before_the_stop_is_not_read_again(
    again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "PART_KEYS", 30)
    archive: Archive = built(*[1] * HOURS)
    task = Task(NOW, wanted=Wanted(again=again, is_live=False))
    saved: list[FolderReport] = []

    def save(found: FolderReport) -> None:
        saved.append(found)
        if len(saved) == 3:
            raise Interrupted

    with pytest.raises(Interrupted):
        verify_folder(archive, CHAIN.folder, task, None, save)
    before = set(archive.fetched)
    archive.fetched.clear()
    found = verify_folder(archive, CHAIN.folder, task, saved[-1])
    twice = before & set(archive.fetched)
    assert len(before) > HOURS // 2
    assert len(twice) <= 4  # the digests beside what was read
    (chain,) = found.chains
    assert (chain.digests_valid, chain.logs_valid, chain.faults_total) == (HOURS, HOURS, 0)
    archive.fetched.clear()
    verify_folder(archive, CHAIN.folder, task, found)
    assert archive.fetched == []


def test_reports_of_a_stopped_run_are_there_for_the_next(place: Place) -> None:
    first = KeptReport(place, FILE, header())
    first.add(report(1))
    first.add(report(2))
    first.close()
    assert len(kept_answers(place)) == 2
    assert kept_header(place) is None  # it did not come to its end
    second = KeptReport(place, FILE, header())
    assert second.goes_on
    assert second.earlier(report(1).folder) == report(1)
    second.add(report(3))
    second.done()
    third = KeptReport(place, FILE, header())
    assert not third.goes_on
    assert third.folders() == {report(number).folder for number in (1, 2, 3)}
    third.close()


@pytest.mark.parametrize(
    ("at", "asked"), [(NOW, "all again"), (NOW + datetime.timedelta(days=2), "")]
)
def test_another_run_keeps_what_was_found_and_reads_it_itself(
    place: Place, at: datetime.datetime, asked: str
) -> None:
    first = KeptReport(place, FILE, header())
    first.add(report(1, fresh=("2026/11/22",)))
    first.close()
    second = KeptReport(place, FILE, header(at, asked))
    assert not second.goes_on
    assert second.earlier(report(1).folder) == report(1)
    second.close()


def test_a_line_that_was_cut_off_or_is_no_report_is_left_out(place: Place) -> None:
    first = KeptReport(place, FILE, header())
    first.add(report(1))
    first.add(report(2))
    first.close()
    path = place.kept / f"{FILE}.part"
    path.write_bytes(path.read_bytes()[:-9] + b"\n[[[[\n")
    second = KeptReport(place, FILE, header())
    assert second.folders() == {report(1).folder}
    second.close()


def test_what_is_kept_of_another_archive_is_none_of_this_ones(place: Place) -> None:
    first = KeptReport(place, FILE, ReportHeader(VERSION, "another", NOW))
    first.add(report(1))
    first.done()
    second = KeptReport(place, FILE, header())
    assert second.folders() == set()
    second.close()
