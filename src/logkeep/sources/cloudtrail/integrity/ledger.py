"""The running account of one walk: counts, faults within their bound, and the time covered."""

from __future__ import annotations

import datetime
from collections import Counter

from logkeep.archive.report import (
    FAULTS_MAX,
    UNKNOWN_KINDS,
    ChainReport,
    Fault,
)
from logkeep.sources.cloudtrail.integrity.check import Blame
from logkeep.sources.cloudtrail.integrity.series import EDGE, Chain, Span, merged


class Ledger:
    """What one chain's walk has found so far."""

    def __init__(self, chain: Chain, faults_max: int = FAULTS_MAX) -> None:
        self.chain = chain
        self.mentioned: set[str] = set()
        """The chain's log files that some believed digest lists."""
        self.counts: Counter[str] = Counter()
        self._faults_max = faults_max
        self._faults: list[Fault] = []
        self._covered: list[Span] = []
        self._gaps: list[Span] = []
        self._told: list[Span] | None = None

    def fault(self, blame: Blame, bucket: str, key: str, at: datetime.datetime | None) -> None:
        """Note a fault; beyond the bound it is only counted."""
        self.counts["faults_unknown" if blame.kind in UNKNOWN_KINDS else "faults_failing"] += 1
        if len(self._faults) < self._faults_max:
            self._faults.append(Fault(blame.kind, bucket, key, blame.says, at))

    def judged(self, what: str, blame: Blame | None) -> None:
        """Count a digest or log file as valid, invalid or unknown."""
        if blame is None:
            self.counts[f"{what}_valid"] += 1
        else:
            self.counts[f"{what}_{'unknown' if blame.kind in UNKNOWN_KINDS else 'invalid'}"] += 1

    def covers(self, span: Span) -> None:
        """Note a time whose digest is valid."""
        self._covered.append(span)

    def lacks(self, span: Span) -> None:
        """Note a time of which no digest says anything, and in which none is known to have been."""
        self._gaps.append(span)

    def reach(self) -> Span | None:
        """The whole time from the oldest digest to the newest digest or gap."""
        spans = self._covered + self._gaps
        return Span(min(s.starts for s in spans), max(s.ends for s in spans)) if spans else None

    def answers_for(self, at: datetime.datetime) -> bool:
        """Whether a log file of this time would have to be listed; asked once the walk is over."""
        if self.counts["backfill_digests_invalid"] or self.counts["backfill_digests_unknown"]:
            return False  # which hours' logs a backfill digest lists is not documented
        if self._told is None:
            self._told = list(merged(self._covered + self._gaps))
        return any(span.holds(at, EDGE) for span in self._told)

    def report(self) -> ChainReport:
        """The account as a value."""
        covered = self._covered
        return ChainReport(
            bucket=self.chain.bucket,
            account=self.chain.account,
            region=self.chain.region,
            trail=self.chain.trail,
            home_region=self.chain.home_region,
            verified_from=min((span.starts for span in covered), default=None),
            verified_until=max((span.ends for span in covered), default=None),
            faults=tuple(self._faults),
            **self.counts,
        )
