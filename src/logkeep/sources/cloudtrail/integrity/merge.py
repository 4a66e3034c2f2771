"""What was known of a folder and what was found now, as one report: nothing found is forgotten.

A fault stays until its file is found to be as CloudTrail wrote it. What was proven once and of
which no digest is left is missing, whatever the chain says now.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from logkeep.archive.report import ChainReport, Day, Fault, FolderReport
from logkeep.archive.spans import Span, Spans, without
from logkeep.sources.cloudtrail.integrity.course import Piece
from logkeep.sources.cloudtrail.integrity.ledger import Ledger
from logkeep.sources.cloudtrail.integrity.listing import FolderLook
from logkeep.sources.cloudtrail.integrity.series import (
    Chain,
    chain_reported,
    day_span,
    name_of,
    unread,
)
from logkeep.sources.cloudtrail.integrity.task import Task

_NONE = datetime.timedelta(0)


class Looked(NamedTuple):
    """What a look through a folder brought."""

    found: FolderLook
    ledgers: Mapping[Chain, Ledger]
    read: Mapping[str, str]
    """The days that were read, and their tags."""
    spans: tuple[Span, ...]
    """The times in which faults were looked for."""


def put_together(task: Task, before: FolderReport, looked: Looked) -> FolderReport:
    """The report of a folder that was looked through."""
    for ledger in looked.ledgers.values():
        _name_lost(task, ledger, looked.found.settled)
    mending = Mending(task, before, looked)
    chains = sorted(
        (_chain_report(task, ledger, mending, looked.found.settled)
         for ledger in looked.ledgers.values()),
        key=chain_reported,
    )  # fmt: skip
    return FolderReport(
        folder=before.folder,
        verified_at=task.taken_at,
        oldest=_oldest(task, before, looked.found),
        newest=looked.found.newest,
        chains=tuple(chains),
        days=_days(looked, chains),
        fresh=_fresh(before, looked),
    )


def so_far(task: Task, before: FolderReport, looked: Looked) -> FolderReport:
    """What a run that is stopped here need not find again; it takes back nothing known before."""
    known = {chain_reported(chain): chain for chain in before.chains}
    for chain, ledger in looked.ledgers.items():
        faults = tuple(msgspec.structs.replace(f, found_at=task.taken_at) for f in ledger.faults)
        older = known.get(chain) or unread(chain)
        places = {fault.place for fault in older.faults}
        new = tuple(fault for fault in faults if fault.fails and fault.place not in places)
        known[chain] = msgspec.structs.replace(older, faults=older.faults + new)
    chains = list(known.values())
    days = {**before.days, **_days(looked, chains)}
    fresh = _fresh(before, looked)
    return msgspec.structs.replace(before, chains=tuple(chains), days=days, fresh=fresh)


def _fresh(before: FolderReport, looked: Looked) -> tuple[str, ...]:
    """The days read in this run, by it or before it was stopped."""
    return tuple(sorted({*before.fresh, *looked.read}))


def _oldest(task: Task, before: FolderReport, found: FolderLook) -> datetime.datetime | None:
    """The time of the oldest object there ever was, of what the lifecycle leaves."""
    oldest = min((at for at in (before.oldest, found.oldest) if at is not None), default=None)
    expired = task.expiry.before
    if oldest is not None and expired is not None and oldest < expired:
        return found.oldest
    return oldest


def proven(ledger: Ledger, settled: Mapping[str, Day]) -> list[Span]:
    """All that is proven of a chain: now, and of the days that are as they were."""
    name = name_of(ledger.chain)
    kept = (span for day in settled.values() if name in day.chains
            for span in day.chains[name].proven)  # fmt: skip
    return list(without([*without(kept, ledger.spoilt), *ledger.proven], ()))


def _name_lost(task: Task, ledger: Ledger, settled: Mapping[str, Day]) -> None:
    """Name the hours that were proven before, and of which no digest is there any more."""
    long_ago = datetime.datetime.min.replace(tzinfo=datetime.UTC)
    expired = [Span(long_ago, task.expiry.before)] if task.expiry.before else []
    for span in without(ledger.once, [*proven(ledger, settled), *ledger.seen, *expired]):
        ledger.named(Piece(span, "missing", "it was proven before, and is gone"))


class Mending:
    """Which of the faults that were known are mended, and which stay."""

    def __init__(self, task: Task, before: FolderReport, looked: Looked) -> None:
        self._since = task.since
        self._known = {chain_reported(chain): chain.faults for chain in before.chains}
        self._present = looked.found.present
        self._looked = Spans(looked.spans)
        own = {each: proven(at, looked.found.settled) for each, at in looked.ledgers.items()}
        self._own = {chain: Spans(spans) for chain, spans in own.items()}
        self._proven = Spans(span for spans in own.values() for span in spans)
        self._valid = {key for ledger in looked.ledgers.values() for key in ledger.valid}
        known = (fault for faults in self._known.values() for fault in faults)
        self._first = {(fault.kind, fault.place): fault.found_at for fault in known}
        found = [fault for ledger in looked.ledgers.values() for fault in ledger.faults]
        self._failing = {fault.place for fault in found if fault.fails}
        self._unknown = {fault.place for fault in found if not fault.fails}
        carried = [fault for chain in self._known for fault in self.carried(chain)]
        self._accused = {fault.place for fault in carried if fault.fails}
        self._missed = Spans(
            fault.span for fault in (*carried, *found)
            if fault.kind == "digest-missing" and fault.key and fault.at
        )  # fmt: skip

    def carried(self, chain: Chain) -> list[Fault]:
        """The faults of before that stay, and were not found again."""
        return [fault for fault in self._known.get(chain, ()) if self._stays(chain, fault)]

    def is_named(self, fault: Fault) -> bool:
        """Whether what was found now is told already: of its file, or hour by hour."""
        if not fault.fails:
            return fault.place in self._accused
        return fault.kind == "digest-missing" and not fault.key and self._missed.covers(fault.span)

    def first_found(self, fault: Fault) -> datetime.datetime | None:
        """When a fault was found first, if that was before."""
        return self._first.get((fault.kind, fault.place))

    def _stays(self, chain: Chain, fault: Fault) -> bool:
        if not fault.fails:
            return fault.place not in self._unknown and not self._was_looked_for(fault)
        if fault.place in self._failing or fault.key in self._valid:
            return False
        if fault.kind in ("log-missing", "log-changed") or fault.key in self._present:
            return True
        # What should not be there is gone, or its hour has been proven by the digest it should.
        return not (self._was_looked_for(fault) and self._is_proven(chain, fault))

    def _was_looked_for(self, fault: Fault) -> bool:
        if fault.at is None:
            return True
        return all(self._looked.holds(at, _NONE) for at in (fault.since or fault.at, fault.at))

    def _is_proven(self, chain: Chain, fault: Fault) -> bool:
        """Whether the fault's time is proven without it.

        Another trail's digest lists the other trail's logs: it stands in for no digest of this one.
        """
        if fault.kind == "log-unlisted":
            return fault.at is not None and self._proven.holds(fault.at, _NONE)
        own = self._own.get(chain)
        return own is not None and own.covers(fault.span)


def _chain_report(
    task: Task, ledger: Ledger, mending: Mending, settled: Mapping[str, Day]
) -> ChainReport:
    chain = ledger.chain
    named = [fault for fault in ledger.faults if mending.is_named(fault)]
    new = [
        msgspec.structs.replace(fault, found_at=mending.first_found(fault) or task.taken_at)
        for fault in ledger.faults
        if not mending.is_named(fault)
    ]
    carried = mending.carried(chain)
    spans = proven(ledger, settled)
    counts = Counter(ledger.counts)
    counts.subtract("faults_failing" if fault.fails else "faults_unknown" for fault in named)
    counts["digests_invalid"] -= sum(fault.fails for fault in named)
    counts.update("faults_failing" if fault.fails else "faults_unknown" for fault in carried)
    counts.update(_settled_counts(name_of(chain), settled))
    return msgspec.structs.replace(
        unread(chain),
        verified_from=min((span.starts for span in spans), default=None),
        verified_until=max((span.ends for span in spans), default=None),
        proven=tuple(spans),
        # The known ones come first: what they were found in may be gone.
        faults=(*carried, *new)[: task.faults_max],
        **counts,
    )


def _settled_counts(name: str, settled: Mapping[str, Day]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for day in settled.values():
        found = day.chains.get(name)
        if found is not None:
            counts["digests_valid"] += found.digests
            counts["logs_valid"] += found.logs
            counts["backfill_digests_valid"] += found.backfills
    return counts


def _days(looked: Looked, chains: Iterable[ChainReport]) -> dict[str, Day]:
    """What is proven by days; a day in which all is as it should be bears its tag.

    It is passed over as long as its objects stay the same.
    """
    trouble = Spans(_troubles(looked, chains))
    found = dict(looked.found.settled)
    for name, tag in looked.read.items():
        ledgers = {name_of(chain): ledger.of_day(name) for chain, ledger in looked.ledgers.items()}
        found[name] = Day(tag, {each: of for each, of in ledgers.items() if of is not None})
    return {
        name: Day("", day.chains) if trouble.touches(day_span(name)) else day
        for name, day in found.items()
        if day.chains
    }


def _troubles(looked: Looked, chains: Iterable[ChainReport]) -> Iterator[Span]:
    """The times that have to be looked at again."""
    for ledger in looked.ledgers.values():
        yield from ledger.strays
        yield from ledger.troubled
    for fault in (fault for chain in chains for fault in chain.faults):
        if fault.at is not None:
            yield fault.span
