"""Walk a chain of digests from the newest to the oldest, and check all that it vouches for.

The AWS CLI follows the links between digests only, and so cannot miss what no link points at.
Three things more are compared here:

* the hourly series: an hour between two digests that has none is named `digest-missing` where a
  signed digest points there and the hours fit, else it is a `gap`, which is unknown: a chain that
  began anew (rule 1.9.7) looks the same as one from which the newest digests were deleted;
* the end: with `expected_until` given, hours after the newest digest are a `gap` too;
* the archive itself: a log file that lies in an hour whose digest is valid, or in a gap, and that
  no digest lists is `log-unlisted`. In a gap that is what turns it from unknown to wrong. Log
  files in the hour of a faulty digest are not accused: the digest is.

Before the oldest digest nothing is expected: `verified_from` says how far back proof goes.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping

from logkeep.archive.files import Unreadable
from logkeep.archive.report import FAULTS_MAX, ChainReport, Report
from logkeep.sources.cloudtrail.integrity.check import Blame
from logkeep.sources.cloudtrail.integrity.ledger import Ledger
from logkeep.sources.cloudtrail.integrity.reader import Reader
from logkeep.sources.cloudtrail.integrity.series import (
    HOUR,
    Chain,
    Span,
    chain_of,
    digest_time,
    is_backfill,
    log_time,
)
from logkeep.sources.cloudtrail.integrity.walk import Walk


def verify(
    reader: Reader,
    chains: Iterable[Chain],
    start: datetime.datetime,
    end: datetime.datetime,
    taken_at: datetime.datetime,
    expected: Mapping[Chain, datetime.datetime] | None = None,
    faults_max: int = FAULTS_MAX,
) -> Report:
    """Verify chains; `expected` says until when digests of a chain should have come."""
    folders: dict[tuple[str, str, str], list[Chain]] = {}
    for chain in sorted(set(chains)):
        folders.setdefault((chain.bucket, chain.account, chain.region), []).append(chain)
    span = Span(start, end)
    reports = [
        report
        for together in folders.values()
        for report in _verify_folder(reader, together, span, expected or {}, faults_max)
    ]
    return Report(taken_at=taken_at, start=start, end=end, chains=tuple(reports))


def verify_chain(
    reader: Reader,
    chain: Chain,
    start: datetime.datetime,
    end: datetime.datetime,
    expected_until: datetime.datetime | None = None,
    faults_max: int = FAULTS_MAX,
) -> ChainReport:
    """Verify one chain, whose folder of log files no other trail shares."""
    expected = {} if expected_until is None else {chain: expected_until}
    return _verify_folder(reader, [chain], Span(start, end), expected, faults_max)[0]


def _verify_folder(
    reader: Reader,
    chains: list[Chain],
    span: Span,
    expected: Mapping[Chain, datetime.datetime],
    faults_max: int,
) -> list[ChainReport]:
    ledgers = [Ledger(chain, faults_max) for chain in chains]
    for ledger in ledgers:
        _verify_digests(reader, ledger, span, expected.get(ledger.chain))
    _find_unlisted(reader, ledgers)
    return [ledger.report() for ledger in ledgers]


def _verify_digests(
    reader: Reader, ledger: Ledger, span: Span, expected_until: datetime.datetime | None
) -> None:
    keys = reader.digests(ledger.chain, span.starts, span.ends + HOUR)  # rule 1.9.6
    if isinstance(keys, Unreadable):
        says = f"the digests could not be listed: {keys.error}"
        ledger.fault(Blame("listing-unreadable", says), ledger.chain.bucket, "", None)
        return
    listed = _in_order(keys, ledger.chain, span)
    for backfill in (False, True):
        walk = Walk(reader, ledger, span, backfill)
        walk.run([key for key in listed if is_backfill(key) is backfill])
        if not backfill:
            walk.note_end(expected_until)


def _in_order(keys: Iterable[str], chain: Chain, span: Span) -> list[str]:
    """The chain's own keys of the time wanted, oldest first."""
    found: set[tuple[datetime.datetime, str]] = set()
    for key in keys:
        at = digest_time(key)
        if at and chain_of(chain.bucket, key) == chain and span.starts <= at <= span.ends + HOUR:
            found.add((at, key))
    return [key for _, key in sorted(found)]


def _find_unlisted(reader: Reader, ledgers: list[Ledger]) -> None:
    """Accuse log files that every trail of the folder would have had to list, and none does."""
    reaches = [reach for ledger in ledgers if (reach := ledger.reach())]
    if not reaches:
        return
    starts, ends = min(r.starts for r in reaches), max(r.ends for r in reaches)
    chain = ledgers[0].chain
    keys = reader.logs(chain, starts, ends)
    if isinstance(keys, Unreadable):
        says = f"the log files could not be listed: {keys.error}"
        ledgers[0].fault(Blame("listing-unreadable", says), chain.bucket, "", None)
        return
    blame = Blame("log-unlisted", "no digest lists it: it was added, or its digest was deleted")
    for key in keys:
        at = log_time(key)
        if at is None or any(key in ledger.mentioned for ledger in ledgers):
            continue
        if all(ledger.answers_for(at) for ledger in ledgers):
            ledgers[0].fault(blame, chain.bucket, key, at)
