"""Are an account's logs of a Region intact: from when to when, and what is in the way?

They are where the proven time reaches from the start that was asked for to its end without a hole,
by whichever trails, and nothing that was found is wrong still.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final, TypeAlias

import msgspec

from logkeep.archive.report import HOUR, Fault, FolderSummary, Report, Wanted
from logkeep.archive.spans import Span, Spans, merged, within, without
from logkeep.fleet import Fleet
from logkeep.value import AccountId, Region, Standing, Time

EDGE: Final = datetime.timedelta(minutes=5)
"""How far the minute in a log's name may lie outside the hour of the digest that lists it."""
BROKEN: Final = "chain-broken"
UNVERIFIED: Final = "not-verified"
_ALWAYS: Final = (
    datetime.datetime.min.replace(tzinfo=datetime.UTC),
    datetime.datetime.max.replace(tzinfo=datetime.UTC),
)


NOTHING_ACCEPTED: Final = frozenset[str]()


class AskedSpan(msgspec.Struct, frozen=True, gc=False):
    """From when to when logs have to be proven."""

    since: Time | None = None
    """None is from the oldest object that ever was seen."""
    until: Time | None = None
    """None is to the newest: nothing more is expected."""
    faults_since: Time | None = None
    """From when on what was found wrong counts; None is ever."""


class Hole(msgspec.Struct, frozen=True, gc=False):
    """A time that has to be proven and is not, and why as far as that is known."""

    span: Span
    code: str
    says: str


class Stands(msgspec.Struct, frozen=True, gc=False):
    """How the logs of an account and Region stand."""

    verdict: Standing
    code: str
    """What stands in the way, or is lived with, as a finding."""
    asked: Span | None
    """The time that has to be proven; None where nothing was ever seen there."""
    proven: tuple[Span, ...] = ()
    """What is, from its start on."""
    holes: tuple[Hole, ...] = ()
    """What of it is not, and is not lived with."""
    failing: tuple[tuple[str, int], ...] = ()
    """How many faults of each kind say that something is wrong, the most first."""
    unknown: tuple[tuple[str, int], ...] = ()
    """How many say what could not be told, without those of the holes."""
    accepted: int = 0
    """How many faults and holes are known and lived with."""


def stands(
    reports: Collection[FolderSummary], asked: AskedSpan, accepted: Collection[str] = ()
) -> Stands:
    """How the logs of one account and Region stand, by what is known of their folders.

    Codes that are accepted count as lived with: those of the faults, or `chain-broken` for all
    that say something is wrong.
    """
    span = _span(reports, asked)
    chains = [chain for each in reports for chain in each.chains]
    if span and len(chains) == 1 and not chains[0].faults and len(chains[0].proven) == 1:
        (whole,) = chains[0].proven  # as nearly all are: proven in one piece, nothing wrong
        if whole.starts <= span.starts and span.ends <= whole.ends:
            return Stands("holds", BROKEN, span, (whole.from_(span.starts),))
    faults = [fault for fault in _faults(reports) if _is_asked(fault, asked)]
    proven = tuple(within(_proven(reports), Span(span.starts, _ALWAYS[1]))) if span else ()
    if span and not faults and any(p.starts <= span.starts and span.ends <= p.ends for p in proven):
        return Stands("holds", BROKEN, span, proven)  # as nearly all do: nothing is to be counted
    holes = list(_holes(span, proven, faults)) if span else []
    failing = _counted(reports, faults)
    # A gap in one chain is none where another's digests prove the time.
    doubts = Counter[str](f.kind for f in faults if not f.fails and f.kind != "gap")
    lived = {kind for kind in (*failing, *doubts, *(h.code for h in holes)) if kind in accepted}
    lived |= set(failing) if BROKEN in accepted else set()
    found = Stands(
        "holds",
        BROKEN,
        span,
        proven,
        tuple(hole for hole in holes if hole.code not in lived),
        _unlived(failing, lived),
        _unlived(doubts, lived),
        sum((failing + doubts)[kind] for kind in lived) + sum(h.code in lived for h in holes),
    )
    verdict, code = _verdict(found, sorted(lived & set(accepted)))
    return msgspec.structs.replace(found, verdict=verdict, code=code)


def _unlived(counts: Counter[str], lived: set[str]) -> tuple[tuple[str, int], ...]:
    return tuple(pair for pair in counts.most_common() if pair[0] not in lived)


def _verdict(found: Stands, lived: list[str]) -> tuple[Standing, str]:
    """The verdict, and what it hangs on: what is known before what nobody has looked at."""
    if found.failing:
        return "fails", BROKEN
    codes = [*(hole.code for hole in found.holes), *(kind for kind, _ in found.unknown)]
    if codes or found.asked is None:
        return "unknown", next((code for code in codes if code != UNVERIFIED), UNVERIFIED)
    if found.accepted:
        return "accepted", next(iter(lived), BROKEN)
    return "holds", BROKEN


def _span(reports: Collection[FolderSummary], asked: AskedSpan) -> Span | None:
    starts, ends = asked.since, asked.until
    if starts is None:
        starts = min([each.oldest for each in reports if each.oldest], default=None)
    if ends is None:
        ends = max([each.newest for each in reports if each.newest], default=None)
    return Span(starts, ends) if starts and ends and starts < ends else None


def _faults(reports: Iterable[FolderSummary]) -> Iterator[Fault]:
    return (fault for each in reports for chain in each.chains for fault in chain.faults)


def _is_asked(fault: Fault, asked: AskedSpan) -> bool:
    since = asked.faults_since if fault.fails else asked.since
    return fault.at is None or since is None or fault.at > since


def _counted(reports: Collection[FolderSummary], faults: list[Fault]) -> Counter[str]:
    """How many faults of each kind say that something is wrong.

    Those beyond the bound of a report count as the kind that it has the most of.
    """
    counts: Counter[str] = Counter(fault.kind for fault in faults if fault.fails)
    listed = sum(1 for fault in _faults(reports) if fault.fails)
    failing = sum(chain.faults_failing for each in reports for chain in each.chains)
    if counts and failing > listed:
        counts[counts.most_common(1)[0][0]] += failing - listed
    return counts


def _proven(reports: Iterable[FolderSummary]) -> Iterator[Span]:
    return merged(span for each in reports for chain in each.chains for span in chain.proven)


def _holes(span: Span, proven: Iterable[Span], faults: list[Fault]) -> Iterator[Hole]:
    """What is not proven, and of what kind; nothing is looked for beside what is known as wrong.

    A log may be delivered some minutes before its digest's hour begins.
    """
    left = [h for h in without([span], proven) if h.starts > span.starts or h.lasts > EDGE]
    left = list(without(left, (_around(fault) for fault in faults if fault.fails)))
    for kind in dict.fromkeys(fault.kind for fault in faults if not fault.fails):
        of_kind = [fault for fault in faults if fault.kind == kind]
        rest = list(without(left, (_around(fault) for fault in of_kind)))
        for part in without(left, rest):
            says = next(f.says for f in of_kind if Spans([_around(f)]).touches(part))
            yield Hole(part, kind, says)
        left = rest
    for part in left:
        yield Hole(part, UNVERIFIED, "no verification has looked at it")


def _around(fault: Fault) -> Span:
    """The hours that a fault may keep from being proven; of a log, those its digest may be of."""
    if fault.at is None:
        return Span(_ALWAYS[0], _ALWAYS[1])
    is_of_hour = fault.since is not None or fault.kind.startswith(("digest-", "key-"))
    return fault.span if is_of_hour else Span(fault.at - HOUR, fault.at + HOUR)


Where: TypeAlias = tuple[AccountId, Region]
"""An account and Region."""


def by_place(
    fleet: Fleet,
    report: Report,
    wanted: Wanted,
    until: Callable[[AccountId, Region], datetime.datetime | None],
) -> dict[Where, Stands]:
    """How the logs of each account and Region stand after a verification, of what it looked at.

    Where logs go on they have to be proven up to now; else up to the newest that is there.
    """
    together: dict[Where, list[FolderSummary]] = {}
    for folder in report.folders:
        together.setdefault((folder.folder.account, folder.folder.region), []).append(folder)
    since = fleet.archive.intact_since
    found: dict[Where, Stands] = {}
    for where in sorted(together, key=lambda each: (fleet.place(each[0]), each[1])):
        folders = together[where]
        due = until(*where) if wanted.is_live else None
        asked = AskedSpan(wanted.start or since, _asked_until(report, wanted, due), since)
        found[where] = stands(folders, asked, accepted_codes(fleet, where[0], report.taken_at))
    return found


def _asked_until(
    report: Report, wanted: Wanted, due: datetime.datetime | None
) -> datetime.datetime | None:
    """To when logs have to be proven: none need be later than is due.

    Who asks from a start that is later than that asks of its own hour, whose digest may be there.
    """
    if due is None:
        return None
    if wanted.start is not None and wanted.start >= due:
        due = wanted.start.replace(minute=0, second=0, microsecond=0) + HOUR
    return min(report.end, due)


def accepted_codes(fleet: Fleet, account: AccountId, at: datetime.datetime) -> frozenset[str]:
    """The codes of findings of an account that the fleet lives with at a time."""
    if not fleet.accepted:
        return NOTHING_ACCEPTED
    return frozenset(
        entry.code
        for entry in fleet.accepted
        if entry.account in (None, account) and entry.until >= at.date()
    )
