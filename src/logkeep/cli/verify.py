"""`logkeep verify`: is what came complete and untouched?"""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import click

from logkeep.archive.copies import Copies
from logkeep.archive.files import CannotList
from logkeep.archive.report import (
    AccountPrefix as Inside,
)
from logkeep.archive.report import (
    Fault,
    Folder,
    FolderSummary,
    Report,
    Verification,
    Wanted,
    summary_of,
)
from logkeep.archive.standing import Stands, Where, by_place
from logkeep.cli.answer import ProgressLine, answer, say
from logkeep.cli.kept_report import COPY_FILE, FILE, VERSION, KeptReport, Memory, ReportHeader
from logkeep.cli.look import as_json, closer, now
from logkeep.cli.place import Place, find, near
from logkeep.cli.problem import CANNOT_TELL, NO, YES, Problem
from logkeep.cli.settings import Settings, needs_none, options, output, settings_of
from logkeep.cli.side_by_side import side_by_side
from logkeep.fleet import Fleet
from logkeep.show.report import report_json, report_text
from logkeep.snapshot import Ask, Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.sources import sources
from logkeep.value import all_of
from logkeep.words.plain import count, joined, moment

if TYPE_CHECKING:
    from logkeep.cli.archive_reader import FolderCopy, Reading

Found = TypeVar("Found")
TIMES = ("%Y-%m-%d", *(f"%Y-%m-%dT%H:%M{rest}" for rest in ("", "Z", ":%S", ":%SZ")))


def _time(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> datetime.datetime | None:
    """The time in UTC that an option's text says."""
    if value is None:
        return None
    for form in TIMES:
        with contextlib.suppress(ValueError):
            return datetime.datetime.strptime(value, form).replace(tzinfo=datetime.UTC)
    raise click.BadParameter(f"`{value}` is not a time; write 2026-11-23 or 2026-11-23T03:00:00Z")


@click.command("verify", short_help="Check the archive's files against their digests.")
@click.option(
    "--start",
    callback=_time,
    metavar="TIME",
    help="Read all files again from this time on, in UTC; by default only new and changed ones.",
)
@click.option("--end", callback=_time, metavar="TIME", help="Up to this time; else now.")
@click.option("--again", is_flag=True, help="Read all files again, also those already proven.")
@click.option(
    "--all", "whole", is_flag=True, help="Compare every version with its replica, not a sample."
)
@click.option(
    "--from-folder",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Check a copy of the bucket on disk; the result does not count for the archive.",
)
@options("fleet", "snapshot", "recent", "json")
@click.pass_context
def command(
    context: click.Context,
    start: datetime.datetime | None,
    end: datetime.datetime | None,
    *,
    again: bool,
    whole: bool,
    folder: Path | None,
) -> int:
    """Check that every log file is there and as it was written.

    Every chain of digests in the archive is checked, whichever trail wrote it: signatures,
    hashes, and the series of digests that should exist. What was proven before and has not changed
    since is not read again. Reports add up: a fault stays until its file is back or it is accepted.
    They are kept, and `logkeep diagnose` reads them. A run that was stopped continues where it was.

    Replicas are compared with their sources, by version, size and checksum: of each replication the
    newest, the middle and the oldest folder, or with --all every version.
    """
    settings = settings_of(context)
    if folder is not None:
        needs_none(settings, "--from-folder", "snapshot", "recent")
        if whole:
            raise Problem("a copy on disk has no replicas", hint="leave out --all")
    place = find(settings)
    fleet = place.fleet
    line = ProgressLine(settings)
    wanted = Wanted(start, end, again or folder is not None, folder is None)
    opened = _copy(fleet, folder, line) if folder else _bucket(settings, place, line)
    taken = opened.snapshot.taken_at
    until = min(end or taken, taken)
    if start is not None and start >= until:
        raise Problem(f"--start ({moment(start)}) is not before --end ({moment(until)})")
    offers = verifications(fleet, opened)
    try:
        report = _verified(place, opened, offers, wanted)
        replicas = _replicas(place, opened, line, whole=whole)
    finally:
        line.end()
        opened.files.close()
    stands = by_place(fleet, report, wanted, partial(goes_on_until, offers))
    if settings.json:
        answer(as_json(report_json(fleet, report, stands, replicas)))
    else:
        answer(report_text(fleet, report, stands, output(settings), replicas))
    return _exit_code(report, stands, replicas)


def _replicas(place: Place, opened: Opened, line: ProgressLine, *, whole: bool) -> list[Copies]:
    """What is found of the replicas, and how each pair of buckets stands."""
    from logkeep.cli.archive_reader import Reading
    from logkeep.cli.compare import compare

    if not isinstance(opened.files, Reading):
        return []
    facts = Facts(place.fleet, opened.snapshot)
    return compare(place, facts, opened.files, line, whole=whole)


def _exit_code(report: Report, stands: Mapping[Where, Stands], replicas: list[Copies]) -> int:
    found = (*stands.values(), *(each.stands for each in replicas))
    verdict = all_of(each.verdict for each in found)
    if report.problems and verdict != "fails":
        return CANNOT_TELL
    return {"holds": YES, "accepted": YES, "fails": NO}.get(verdict, CANNOT_TELL)


class Opened(NamedTuple):
    """What is verified, and what is known of it besides."""

    files: Reading | FolderCopy
    snapshot: Snapshot
    file: str
    """What is kept of it."""
    archive: str
    """Its name there."""


def _bucket(settings: Settings, place: Place, line: ProgressLine) -> Opened:
    """The archive's bucket, with what AWS tells of what writes into it."""
    from logkeep.aws.session import Session
    from logkeep.cli.archive_reader import Reading

    fleet = place.fleet
    session = Session(fleet)
    session.identity()
    facts = closer(settings, place, to_ask, session)
    files = Reading(fleet, session, _progress(line))
    for each in files.refused:
        say(f"a reader could not be entered: {each}")
    return Opened(files, facts.snapshot, FILE, fleet.archive.bucket)


def to_ask(facts: Facts) -> Iterable[Ask]:
    """What the verifications of all kinds of log want to know of AWS, given what is known."""
    for name, source in sources().items():
        yield from source.to_verify(facts, facts.fleet.logs_of(name))


def _copy(fleet: Fleet, folder: Path, line: ProgressLine) -> Opened:
    """A copy of the bucket on disk: nothing is known of it but what lies in it."""
    from logkeep.aws.session import Session
    from logkeep.cli.archive_reader import FolderCopy

    files = FolderCopy(fleet, folder, cache(lambda: Session(fleet)), _progress(line))
    return Opened(files, Snapshot(fleet.name, now(), {}), COPY_FILE, str(folder.resolve()))


def _progress(line: ProgressLine) -> Callable[[int], None]:
    if not line.live:
        return lambda _: None
    return lambda number: line.show(f"verified {count(number, 'file')}")


def verifications(fleet: Fleet, opened: Opened) -> list[Verification]:
    """What every kind of log offers to verify."""
    facts = Facts(fleet, opened.snapshot)
    return [
        source.verification(facts, fleet.logs_of(source.name), opened.files)
        for source in sources().values()
        if source.verification is not None
    ]


def goes_on_until(
    offers: Iterable[Verification], account: str, region: str
) -> datetime.datetime | None:
    """Up to when an account's logs of a Region must have come, of whichever kind."""
    found = (offer.until(account, region) for offer in offers)
    return max((at for at in found if at is not None), default=None)


def _verified(place: Place, opened: Opened, offers: list[Verification], wanted: Wanted) -> Report:
    """Verify everything, and keep what is found as it comes."""
    taken = opened.snapshot.taken_at
    asked = f"{wanted.start} {wanted.end} {wanted.again}"
    kept = KeptReport(place, opened.file, ReportHeader(VERSION, opened.archive, taken, asked))
    if kept.goes_on:
        say("going on from a verification that was stopped")
    if wanted.is_live:
        known = joined(offer.what for offer in offers)
        say(f"verifying everything in the archive; {known} should be there")
    else:
        say(f"verifying everything in {near(Path(opened.archive))}")
    try:
        report = report_of(place.fleet, opened, offers, wanted, kept)
        kept.done()
    finally:
        kept.close()
    return report


def report_of(
    fleet: Fleet, opened: Opened, offers: list[Verification], wanted: Wanted, kept: Memory
) -> Report:
    """Verify every folder that is in the archive or was or should be, several at a time."""
    stop, bucket = opened.files.count.stop, fleet.archive.bucket
    problems: list[Fault] = []
    reports: list[FolderSummary] = []
    for offer in offers:
        known = {each for each in kept.folders() if each.bucket == bucket}
        roots = offer.known | {each.root for each in known}
        found = set(_folders(offer, roots, bucket, problems, stop))
        every = sorted(found | known | (offer.expected if wanted.is_live else frozenset()))
        reports += side_by_side(partial(_one, offer, wanted, kept), every, stop)
    reports.sort(key=lambda each: each.folder)
    taken = opened.snapshot.taken_at
    until = min(wanted.end or taken, taken)
    return Report(
        taken_at=taken,
        start=wanted.start,
        end=until,
        folders=tuple(reports),
        problems=tuple(problems),
    )


def _one(offer: Verification, wanted: Wanted, kept: Memory, folder: Folder) -> FolderSummary:
    """Verify one folder, and keep what was found."""
    report = offer.run(folder, wanted, kept.earlier(folder), kept.add)
    kept.add(report)
    return summary_of(report)


def _folders(
    offer: Verification,
    roots: frozenset[str],
    bucket: str,
    problems: list[Fault],
    stop: Callable[[], None],
) -> Iterator[Folder]:
    """Every folder in the archive into which something writes, or has written."""

    def listed(look: Callable[[], Iterable[Found]]) -> list[Found]:
        try:
            return list(look())
        except CannotList as error:
            says = f"the archive could not be listed: {error}"
            problems.append(Fault("listing-unreadable", bucket, "", says))
            return []

    def of(place: Inside) -> list[Folder]:
        return listed(lambda: offer.folders(place))

    for found in side_by_side(of, listed(lambda: offer.places(roots)), stop):
        yield from found
