"""Verifications add up: nothing found is forgotten, and intact is what is proven from end to end.

The naive reading is the list of what CloudTrail wrote, held against what lies there.
"""

from __future__ import annotations

import datetime
import gzip
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinds.cloudtrail.fuzzed import memory, read_memory
from kinds.cloudtrail.integrity.archive import (
    BUCKET,
    CHAIN,
    HOUR,
    MINUTE,
    START,
    Archive,
    Signer,
    log_key,
)
from logkeep.archive.files import Fetched
from logkeep.archive.report import Fault, Folder, FolderReport, Wanted
from logkeep.archive.spans import Span
from logkeep.archive.standing import AskedSpan, Stands, stands
from logkeep.sources.cloudtrail.integrity.folder import verify_folder
from logkeep.sources.cloudtrail.integrity.series import Chain
from logkeep.sources.cloudtrail.integrity.task import PATIENCE, Known, Task
from support.examples import examples

ROOTS = ("AWSLogs/", "AWSLogs/o-exampleorg1/")
OWN = "AWSLogs/"


@dataclass
class Written:
    """One file that CloudTrail wrote: when, as what, and of which run of digests."""

    at: datetime.datetime
    content: Fetched
    run: int
    is_digest: bool


@dataclass
class World:
    """An account's logs over some hours, what was done to them, and who looked."""

    archive: Archive = field(default_factory=Archive)
    now: datetime.datetime = START
    written: dict[str, Written] = field(default_factory=dict)
    known: dict[Folder, FolderReport] = field(default_factory=dict)
    seen_runs: set[int] = field(default_factory=set)
    run: int = 0
    moves: int = 0
    signer: Signer = field(default_factory=lambda: Signer(Archive()))

    def __post_init__(self) -> None:
        self.signer = Signer(self.archive)

    def passes(self, logs: int) -> None:
        """An hour goes by, in which so many log files are delivered."""
        before = set(self.archive.objects)
        starts = self.now
        entries = [
            self.signer.deliver(starts + (7 + 9 * each) * MINUTE, f"Log{each:013}")
            for each in range(logs)
        ]
        self.now += HOUR
        digest = self.signer.digest(starts, self.now, entries)
        for place in set(self.archive.objects) - before:
            at = self.now if place[1] == digest else starts + 7 * MINUTE
            content = self.archive.objects[place]
            self.written[place[1]] = Written(at, content, self.run, place[1] == digest)

    def stops(self, hours: int) -> None:
        """Nothing is recorded for some hours; then the chain begins anew (rule 1.9.7)."""
        self.now += hours * HOUR
        self.begins(self.signer.chain)

    def moves_on(self, root: str) -> None:
        """The trail is deleted, and another takes its place at once."""
        self.moves += 1
        place = (BUCKET, CHAIN.account, CHAIN.region, f"trail{self.moves}", CHAIN.home_region, root)
        self.begins(Chain(*place))

    def begins(self, chain: Chain) -> None:
        self.run += 1
        self.signer = Signer(self.archive, chain=chain)

    def file(self, number: int) -> str | None:
        """One of the files that were written, by any number."""
        return sorted(self.written)[number % len(self.written)] if self.written else None

    def deletes(self, number: int) -> None:
        if (key := self.file(number)) is not None:
            self.archive.objects.pop((BUCKET, key), None)

    def changes(self, number: int) -> None:
        """Somebody puts another content in a file's place, and keeps what S3 says of it."""
        if (key := self.file(number)) is not None:
            found = self.written[key].content
            other = gzip.compress(gzip.decompress(found.body).replace(b"e", b"E", 1))
            self.archive.objects[BUCKET, key] = Fetched(other, found.metadata)

    def restores(self, number: int) -> None:
        if (key := self.file(number)) is not None:
            self.archive.objects[BUCKET, key] = self.written[key].content

    def invents(self, number: int) -> None:
        """Somebody adds a log file that CloudTrail never wrote, or takes it away again."""
        hours = max((self.now - START) // HOUR, 1)
        at = START + (number % hours) * HOUR + 31 * MINUTE
        key = (BUCKET, log_key(at, "Invented00000000", self.signer.chain))
        if self.archive.objects.pop(key, None) is None:
            self.archive.objects[key] = Fetched(gzip.compress(b"{}"))

    def verifies(self, span: tuple[int, int] | None) -> None:
        """Somebody verifies everything, or reads some hours again."""
        start = end = None
        if span is not None:
            first, last = sorted(span)
            start, end = START + first * HOUR, START + (last + 1) * HOUR
            if start >= self.now:
                return
        known = Known(unseen=frozenset({CHAIN.account}))
        task = Task(self.now + 20 * MINUTE, known=known, wanted=Wanted(start, end))
        before = failing(self.known)
        for root in ROOTS:
            folder = Folder(BUCKET, CHAIN.account, CHAIN.region, root)
            found = verify_folder(self.archive, folder, task, self.known.get(folder))
            self.known[folder] = found
        self.check(before)

    def check(self, before: list[Fault]) -> None:
        """The laws: a fault stays, and intact is true."""
        found = {fault.place for fault in failing(self.known)}
        for fault in before:
            assert fault.place in found or self.is_mended(fault), fault
        stands = self.stands()
        if stands.verdict == "holds":
            assert stands.asked is not None
            assert self.lost(stands.asked) == [], stands
        for key, written in self.written.items():
            proven = any(span.holds(written.at, HOUR * 0) for span in stands.proven)
            if written.is_digest and proven and not self.is_away(key):
                self.seen_runs.add(written.run)

    def stands(self) -> Stands:
        asked = AskedSpan(None, self.now + 20 * MINUTE - PATIENCE)
        return stands(list(self.known.values()), asked)

    def is_away(self, key: str) -> bool:
        return self.archive.objects.get((BUCKET, key)) != self.written[key].content

    def lost(self, span: Span) -> list[str]:
        """The files of a time that are missing or changed.

        Of a run of digests that is gone to the last one, and that nobody ever saw, nothing in the
        archive can tell (rule 1.9.8).
        """
        left = {w.run for key, w in self.written.items() if w.is_digest and not self.is_away(key)}
        return [
            key
            for key, written in self.written.items()
            if self.is_away(key)
            and span.starts <= written.at <= span.ends
            and written.run in left | self.seen_runs
        ]

    def is_mended(self, fault: Fault) -> bool:
        """Whether what a fault names is as it was written, or is gone if nobody wrote it."""
        if fault.key in self.written:
            return not self.is_away(fault.key)
        if fault.key:
            return (BUCKET, fault.key) not in self.archive.objects
        digests = [
            key
            for key, written in self.written.items()
            if written.is_digest and fault.span.holds(written.at, HOUR * 0)
        ]
        return not any(map(self.is_away, digests))


def failing(known: dict[Folder, FolderReport]) -> list[Fault]:
    chains = [chain for report in known.values() for chain in report.chains]
    return [fault for chain in chains for fault in chain.faults if fault.fails]


NUMBERS = st.integers(0, 60)
HOURS = st.integers(0, 14)
STEPS = st.one_of(
    st.tuples(st.just("passes"), st.integers(0, 2)),
    st.tuples(st.just("passes"), st.integers(0, 2)),
    st.tuples(st.just("stops"), st.integers(0, 30)),
    st.tuples(st.just("moves_on"), st.sampled_from(ROOTS)),
    st.tuples(st.just("deletes"), NUMBERS),
    st.tuples(st.just("changes"), NUMBERS),
    st.tuples(st.just("restores"), NUMBERS),
    st.tuples(st.just("invents"), NUMBERS),
    st.tuples(st.just("verifies"), st.none() | st.tuples(HOURS, HOURS)),
)


@examples(300)
@given(st.lists(STEPS, max_size=25))
def test_whatever_is_done_intact_is_true_and_no_fault_is_forgotten(
    steps: list[tuple[str, object]],
) -> None:
    world = World()
    world.passes(1)
    for name, argument in steps:
        getattr(world, name)(argument)
    world.verifies(None)
    assert world.known


NO_DAYS = ("202}/11/22", "*026/11/22", "2026/11/2a", "", "NotAday", "9" * 5001, "\uff12026/11/22",
           "2026/1", "2026/11/22/23/01/05/09/10")  # fmt: skip


@pytest.mark.parametrize("day", NO_DAYS)
def test_a_day_in_what_was_kept_that_is_none_is_no_mistake_of_ours(day: str) -> None:
    kept = memory()
    assert b'"2026/11/22":' in kept
    read_memory(kept.replace(b'"2026/11/22":', f'"{day}":'.encode()))
