"""`logkeep verify`: is what came complete and untouched?"""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterable

import click

from logkeep.archive.files import ArchiveFiles
from logkeep.archive.report import Report, Verification, verdict
from logkeep.cli.answer import Line, answer, say
from logkeep.cli.kept_report import keep_report
from logkeep.cli.look import as_json, look
from logkeep.cli.place import Place, find
from logkeep.cli.problem import CANNOT_TELL, NO, YES, Problem
from logkeep.cli.settings import Settings, common, output, settings_of
from logkeep.show.report import report_json, report_text
from logkeep.snapshot.facts import Facts
from logkeep.sources import sources
from logkeep.value import all_of
from logkeep.words.plain import count, joined, moment

TIMES = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d")
DAY = datetime.timedelta(days=1)


def _time(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> datetime.datetime | None:
    """The time in UTC that an option's text says."""
    if value is None:
        return None
    for form in TIMES:
        with contextlib.suppress(ValueError):
            return datetime.datetime.strptime(value, form).replace(tzinfo=datetime.UTC)
    raise click.BadParameter(f"`{value}` is no time; write 2026-11-23 or 2026-11-23T03:00:00Z")


@click.command("verify", short_help="Check the archive's files against their digests.")
@click.option(
    "--start", callback=_time, metavar="TIME", help="From when; else a day before the end. In UTC."
)
@click.option("--end", callback=_time, metavar="TIME", help="Until when; else now.")
@common
@click.pass_context
def command(
    context: click.Context, start: datetime.datetime | None, end: datetime.datetime | None
) -> int:
    """Check that every log file is there and as it was written.

    Digests, signatures, hashes and the series of digests that should exist; the report is kept,
    and `logkeep diagnose` reads it.
    """
    settings = settings_of(context)
    place = find(settings)
    taken = look(settings, place)
    until = end or taken.snapshot.taken_at
    since = start or until - DAY
    if since >= until:
        raise Problem(f"--start ({moment(since)}) is not before --end ({moment(until)})")
    report = _verified(settings, place, taken.facts, since, until)
    keep_report(place, report)
    if settings.json:
        answer(as_json(report_json(place.fleet, report)))
    else:
        answer(report_text(place.fleet, report, output(settings)))
    return {"holds": YES, "fails": NO, "unknown": CANNOT_TELL}[
        all_of(verdict(chain) for chain in report.chains) if report.chains else "unknown"
    ]


def _verified(
    settings: Settings,
    place: Place,
    facts: Facts,
    start: datetime.datetime,
    end: datetime.datetime,
) -> Report:
    from logkeep.aws.session import Session
    from logkeep.cli.archive_reader import Reading

    offers = verifications(facts)
    say(f"verifying {joined(offer.what for offer in offers)}")
    session = Session(place.fleet)
    session.identity()
    line = Line(settings)
    files = Reading(
        place.fleet, session, lambda number: line.show(f"verified {count(number, 'file')}")
    )
    try:
        return report_of(offers, files, facts.snapshot.taken_at, start, end)
    finally:
        line.end()


def report_of(
    offers: Iterable[Verification],
    files: ArchiveFiles,
    taken_at: datetime.datetime,
    start: datetime.datetime,
    end: datetime.datetime,
) -> Report:
    """What the verifications find of the files of this time."""
    found = (chain for offer in offers for chain in offer.run(files, start, end))
    return Report(taken_at=taken_at, start=start, end=end, chains=tuple(found))


def verifications(facts: Facts) -> list[Verification]:
    """What every kind of log offers to verify."""
    return [
        source.verification(facts, facts.fleet.logs_of(source.name))
        for source in sources().values()
        if source.verification is not None
    ]
