"""A verification as `logkeep verify` runs it, in this process, with what is known in memory."""

from __future__ import annotations

from functools import partial

from logkeep.archive.copies import Copies, CopyReport
from logkeep.archive.report import Folder, FolderReport, Report, Wanted
from logkeep.archive.standing import Stands, Where, by_place
from logkeep.aws.collect import collect
from logkeep.aws.session import Session
from logkeep.cli.archive_reader import Reading
from logkeep.cli.compare import compare_with
from logkeep.cli.kept_copies import KeptCopy, copies_answers
from logkeep.cli.verify import Opened, goes_on_until, report_of, to_ask, verifications
from logkeep.fleet import Fleet
from logkeep.snapshot import Ask, Reply, Snapshot
from logkeep.snapshot.facts import Facts


class Known:
    """What verifications have found, for the next one."""

    def __init__(self) -> None:
        self.reports: dict[Folder, FolderReport] = {}

    def folders(self) -> set[Folder]:
        return set(self.reports)

    def earlier(self, folder: Folder) -> FolderReport | None:
        return self.reports.get(folder)

    def add(self, report: FolderReport) -> None:
        self.reports[report.folder] = report


def verified(
    fleet: Fleet,
    session: Session,
    snapshot: Snapshot,
    known: Known | None = None,
    wanted: Wanted | None = None,
) -> tuple[Report, dict[Where, Stands], Session]:
    """What is found, how each account and Region stands, and who read the archive."""
    files = Reading(fleet, session, lambda _: None)
    asked = wanted or Wanted()
    opened = Opened(files, snapshot, "", fleet.archive.bucket)
    offers = verifications(fleet, opened)
    try:
        report = report_of(fleet, opened, offers, asked, known or Known())
    finally:
        files.close()
    return report, by_place(fleet, report, asked, partial(goes_on_until, offers)), files.session


class KnownCopies:
    """What comparisons have found, for the next one."""

    def __init__(self) -> None:
        self.found: dict[str, KeptCopy] = {}

    def earlier(self, route: str) -> CopyReport | None:
        known = self.found.get(route)
        return known.report if known else None

    def add(self, found: KeptCopy) -> None:
        self.found[found.report.route] = found


def compared(
    fleet: Fleet, session: Session, known: KnownCopies | None = None, *, whole: bool = True
) -> tuple[list[Copies], dict[Ask, Reply]]:
    """How each pair of buckets stands after a comparison, and what `diagnose` reads of it."""
    files = Reading(fleet, session, lambda _: None)
    kept = known or KnownCopies()
    asked = collect(fleet, lambda known: to_ask(Facts(fleet, known)), session)
    facts = Facts(fleet, asked)
    found = compare_with(facts, files, kept, lambda _: None, whole=whole)
    files.close()
    return found, copies_answers(tuple(kept.found.values()))
