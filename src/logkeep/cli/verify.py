"""`logkeep verify`: is what came complete and untouched?"""

from __future__ import annotations

import contextlib
import datetime

import click

from logkeep.cli.answer import Line, answer, say
from logkeep.cli.kept_report import keep_report
from logkeep.cli.look import as_json, look
from logkeep.cli.place import Place, find
from logkeep.cli.problem import CANNOT_TELL, NO, YES, Problem
from logkeep.cli.settings import Settings, common, output, settings_of
from logkeep.route import Arrived, Objects, Route
from logkeep.show.report import report_json, report_text
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.evidence import RHYTHMS
from logkeep.sources.cloudtrail.integrity.report import Report, verdict
from logkeep.sources.cloudtrail.integrity.series import HOUR, Chain, chain_of
from logkeep.sources.routes import all_routes
from logkeep.value import all_of
from logkeep.words.plain import count, moment

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


@click.command("verify", short_help="Check the archive's files against CloudTrail's digests.")
@click.option(
    "--start", callback=_time, metavar="TIME", help="From when; else a day before the end. In UTC."
)
@click.option("--end", callback=_time, metavar="TIME", help="Until when; else now.")
@common
@click.pass_context
def command(
    context: click.Context, start: datetime.datetime | None, end: datetime.datetime | None
) -> int:
    """Check that every log file is there and as CloudTrail wrote it.

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
    report = _verified(settings, place, taken.snapshot, since, until)
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
    snapshot: Snapshot,
    start: datetime.datetime,
    end: datetime.datetime,
) -> Report:
    from logkeep.aws.session import Session
    from logkeep.cli.archive_reader import Folders, Reading
    from logkeep.sources.cloudtrail.integrity.verify import verify

    folders = {chain: Folders(*both) for chain, both in chains(place, snapshot).items()}
    say(f"verifying {count(len(folders), 'chain')} of digests")
    session = Session(place.fleet)
    session.identity()
    line = Line(settings)
    reader = Reading(place.fleet, session, folders,
                     lambda number: line.show(f"verified {count(number, 'file')}"))  # fmt: skip
    due = snapshot.taken_at - RHYTHMS["digest"].patience + HOUR
    expected = {chain: min(end, due) for chain in folders}
    try:
        return verify(reader, folders, start, end, snapshot.taken_at, expected)
    finally:
        line.end()


def chains(place: Place, snapshot: Snapshot) -> dict[Chain, tuple[Objects, Objects]]:
    """The digests and the logs of every route that has a chain of digests."""
    facts = Facts(place.fleet, snapshot)
    found: dict[Chain, tuple[Objects, Objects]] = {}
    for route in all_routes(facts):
        for need in _arrivals(route):
            digests, logs = need.heartbeat, need.logs
            if not isinstance(digests, Objects) or not isinstance(logs, Objects):
                continue
            name = f"{digests.prefix}{digests.stem}20000101T000000Z.json.gz"
            chain = chain_of(place.fleet.archive.bucket, name)
            if chain is not None:
                found[chain] = digests, logs
    return found


def _arrivals(route: Route) -> list[Arrived]:
    return [need for way in route.ways for hop in way for need in hop.needs
            if isinstance(need, Arrived)]  # fmt: skip
