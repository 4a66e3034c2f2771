"""The running account of one chain's walk: faults, what is proven, and which hours are told of."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections import Counter
from collections.abc import Container, Iterable

from logkeep.archive.report import FAULTS_MAX, UNKNOWN_KINDS, Fault, OfChain
from logkeep.archive.spans import Growing, Span, Spans, merged
from logkeep.archive.standing import EDGE
from logkeep.sources.cloudtrail.integrity.check import Blame
from logkeep.sources.cloudtrail.integrity.course import Piece
from logkeep.sources.cloudtrail.integrity.series import (
    HOUR,
    Chain,
    day_at,
    day_of,
    digest_key,
)

HOURS_NAMED_MAX = 48
"""How many missing digests in a row are named one by one."""


class ChainAnswer:
    """What a chain says of a log file that it does not list, by the file's time."""

    def __init__(
        self,
        hours: Spans,
        excused: Spans,
        once: Spans,
        silent: list[Piece],
        wanted: Spans,
        *,
        is_vague: bool,
    ) -> None:
        self._hours = hours
        self._excused = excused
        self._once = once
        self._silent = sorted(silent, key=lambda piece: piece.span)
        self._silent_from = [piece.span.starts for piece in self._silent]
        self._wanted = wanted
        self._is_vague = is_vague

    def wants(self, at: datetime.datetime) -> bool:
        """Whether a log file of this time would have to be listed."""
        return not self._is_vague and self._wanted.holds(at, EDGE)

    def excuses(self, at: datetime.datetime) -> str | None:
        """Why it may not be listed; empty where its digest is at fault, and that is named."""
        if self._is_vague:  # which hours' logs a backfill digest lists is not documented
            return ""
        if self._hours.holds(at, EDGE):
            return None
        if self._excused.holds(at, -EDGE):
            return ""
        if self._once.holds(at, EDGE):
            return None
        number = bisect_right(self._silent_from, at + EDGE)
        near = self._silent[max(number - 2, 0) : number]
        return next((piece.says for piece in near if piece.span.holds(at, -EDGE)), None)


class Ledger:
    """What one chain's walk has found so far."""

    def __init__(
        self,
        chain: Chain,
        read: Container[str],
        watched: frozenset[str] = frozenset(),
        once: Iterable[Span] = (),
        faults_max: int = FAULTS_MAX,
    ) -> None:
        self.chain = chain
        self.once = tuple(merged(once))
        """The hours of the days read that were proven before."""
        self.counts: Counter[str] = Counter()
        self.faults: list[Fault] = []
        self.proven = Growing()
        self.spoilt = Growing()
        """The hours of digests that are at fault, or list a log file that is."""
        self.seen = Growing()
        """The hours of which a digest was looked for in its place, and found or missed."""
        self.troubled = Growing()
        """The times of all faults, those beyond the bound too."""
        self.strays = Growing()
        """The hours whose digests list logs of other times: their days are read every time."""
        self.unproven = 0
        """How many log files there are of which nobody can tell."""
        self.valid: set[str] = set()
        """The keys of earlier faults whose objects are as they should be."""
        self.mentioned: dict[str, set[str]] = {}
        """The log files that some believed digest lists, by day."""
        self._days: dict[str, Counter[str]] = {}
        self._day_spans: dict[str, Growing] = {}
        self._read = read
        """The days that are read; others are counted already, and only their neighbours' ends."""
        self._watched = watched
        self._faults_max = faults_max
        self._hours = Growing()
        self._excused = Growing()
        self._holes: list[Piece] = []

    def fault(
        self,
        blame: Blame,
        bucket: str,
        key: str,
        at: datetime.datetime | None,
        since: datetime.datetime | None = None,
    ) -> None:
        """Note a fault; beyond the bound it is only counted."""
        fault = Fault(blame.kind, bucket, key, blame.says, at, since, None, blame.hash_value)
        self.counts["faults_failing" if fault.fails else "faults_unknown"] += 1
        if at is not None:
            self.troubled.add(fault.span)
        if len(self.faults) < self._faults_max:
            self.faults.append(fault)

    def judged(self, what: str, key: str, day: str, blame: Blame | None) -> None:
        """Count a digest or log file as valid, invalid or unknown, in its digest's day."""
        if blame is not None:
            state = "unknown" if blame.kind in UNKNOWN_KINDS else "invalid"
            self.counts[f"{what}_{state}"] += 1
            return
        if key in self._watched:
            self.valid.add(key)
        if day in self._read:
            self.counts[f"{what}_valid"] += 1
            self._days.setdefault(day, Counter())[what] += 1

    def tells(self, span: Span) -> None:
        """Note an hour whose digest is valid: it would list every log file of that time."""
        self._hours.add(span)
        self.seen.add(span)

    def proves(self, span: Span) -> None:
        """Note an hour whose digest is valid with all log files that it lists."""
        self.proven.add(span)
        self._day_spans.setdefault(day_at(span.ends), Growing()).add(span)

    def doubts(self, at: datetime.datetime, *, is_its_place: bool = True) -> None:
        """Note the hour of a digest that is at fault: its log files are not accused for it."""
        hour = Span(at - HOUR, at)
        self._excused.add(hour)
        if is_its_place:
            self.seen.add(hour)
            self.spoilt.add(hour)

    def lacks(self, piece: Piece) -> None:
        """Note hours of which no digest is there."""
        self._holes.append(piece)

    def named(self, piece: Piece, *, is_in_step: bool = True) -> None:
        """Name hours without a digest: a gap, or missing, by their keys where the hours are known.

        They are where the hours of the chain's other digests tell the ends of these.
        """
        starts, ends = piece.span.starts, piece.span.ends
        if piece.state != "missing":
            says = f"no digest from {_said(starts)} until {_said(ends)}"
            blame = Blame("gap", f"{says}: {piece.says}" if piece.says else says)
            self.fault(blame, self.chain.bucket, "", ends, starts)
            return
        blame = Blame("digest-missing", piece.says)
        hours, rest = divmod(piece.span.lasts, HOUR)
        if rest or not is_in_step or hours > HOURS_NAMED_MAX:
            self.judged("digests", "", day_at(ends), blame)
            self.fault(blame, self.chain.bucket, "", ends, starts)
            return
        for number in range(hours):
            at = ends - number * HOUR
            key = digest_key(self.chain, at)
            self.judged("digests", key, day_at(at), blame)
            self.fault(blame, self.chain.bucket, key, at)

    def mentions(self, key: str) -> None:
        """Note a log file that a believed digest lists."""
        self.mentioned.setdefault(day_of(key), set()).add(key)

    def forget_mentions(self, since: str) -> None:
        """Let go of the log files of days that are done with."""
        for day in [day for day in self.mentioned if day >= since]:
            del self.mentioned[day]

    def answer(self, pending: Iterable[Piece] = ()) -> ChainAnswer:
        """What the chain says of log files that it does not list, as far as it was walked."""
        holes = [*self._holes, *pending]
        wants = (piece.span for piece in holes if piece.state != "service")
        is_vague = self.counts["backfill_digests_invalid"] + self.counts["backfill_digests_unknown"]
        return ChainAnswer(
            Spans(self._hours),
            Spans(self._excused),
            Spans(self.once),
            [piece for piece in holes if piece.state == "service"],
            Spans([*self._hours, *self.once, *wants]),
            is_vague=bool(is_vague),
        )

    def of_day(self, day: str) -> OfChain | None:
        """What is proven of a day that was read, None where nothing of the chain was there."""
        counts, spans = self._days.get(day), self._day_spans.get(day)
        if counts is None:
            return None
        proven = tuple(merged(spans or ()))
        return OfChain(counts["digests"], counts["logs"], counts["backfill_digests"], proven)


def _said(at: datetime.datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
