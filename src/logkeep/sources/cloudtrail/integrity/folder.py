"""Is what lies in one folder complete and untouched? All its chains, and every log file there."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator

import msgspec

from logkeep.archive.files import CannotList
from logkeep.archive.report import ChainReport, Fault, FolderReport
from logkeep.archive.spans import Span, Spans
from logkeep.archive.standing import EDGE
from logkeep.sources.cloudtrail.integrity.check import Blame
from logkeep.sources.cloudtrail.integrity.course import (
    Course,
    Knowing,
    Newest,
    Piece,
    after,
    never,
)
from logkeep.sources.cloudtrail.integrity.history import refined
from logkeep.sources.cloudtrail.integrity.ledger import ChainAnswer, Ledger
from logkeep.sources.cloudtrail.integrity.listing import (
    DayListed,
    DayRun,
    FolderLook,
    days,
    in_place,
    kind_of,
)
from logkeep.sources.cloudtrail.integrity.merge import Looked, put_together, so_far
from logkeep.sources.cloudtrail.integrity.reader import Reader
from logkeep.sources.cloudtrail.integrity.series import (
    HOUR,
    Chain,
    Folder,
    chain_reported,
    day_at,
    day_of,
    day_span,
    digest_time,
    is_shared,
    name_of,
    unread,
)
from logkeep.sources.cloudtrail.integrity.task import Task
from logkeep.sources.cloudtrail.integrity.unlisted import find_unlisted
from logkeep.sources.cloudtrail.integrity.walk import Walk

PART_KEYS = 3000
"""How many objects are looked at before what was found is saved, for a run that is stopped."""
LAST_DAY = "9999/12/31"

Saving = Callable[[FolderReport], None]


def nothing_known(folder: Folder, at: datetime.datetime) -> FolderReport:
    """What is known of a folder that nobody has looked into."""
    return FolderReport(folder=folder, verified_at=at)


def verify_folder(
    reader: Reader,
    folder: Folder,
    task: Task,
    earlier: FolderReport | None = None,
    save: Saving = lambda _: None,
) -> FolderReport:
    """What is known of a folder now: what was known before, and what is found there."""
    before = earlier or nothing_known(folder, task.taken_at)
    try:
        found = _inventory(reader, folder, task, before)
        return _Looking(reader, folder, task, before, found, save).report()
    except CannotList as error:
        return _not_listed(before, str(error))


def _inventory(reader: Reader, folder: Folder, task: Task, before: FolderReport) -> FolderLook:
    """One look through the folder's listing, with the days that had something and have nothing."""
    expired = day_at(task.expiry.before) if task.expiry.before else ""
    first = max(task.first_day, "")
    known = {day: of for day, of in before.days.items() if day >= max(first, expired)}
    fresh = frozenset(before.fresh)
    trusted = {day: of for day, of in known.items() if day in fresh or not task.distrusts(day)}
    faults = [fault for chain in before.chains for fault in chain.faults]
    found = FolderLook(folder, trusted, frozenset(fault.key for fault in faults if fault.key))
    # What was missing may be back, in days that nothing is known of and nobody asked for now.
    accused = Spans(fault.span for fault in faults if fault.fails and fault.at is not None)
    gone = sorted(known)
    for day in days(reader, folder, first, LAST_DAY, task.taken_at):
        while gone and gone[0] < day.day:
            found.see(DayListed(gone.pop(0)), wanted=True)
        if gone and gone[0] == day.day:
            gone.pop(0)
        found.see(day, wanted=task.wants(day.day) or accused.touches(day_span(day.day)))
    for missing in gone:
        found.see(DayListed(missing), wanted=True)
    return found


def _not_listed(before: FolderReport, error: str) -> FolderReport:
    """The folder as it was known, and that it could not be looked into now."""
    folder = before.folder
    says = f"the folder could not be listed: {error}"
    fault = Fault("listing-unreadable", folder.bucket, "", says)
    chains = before.chains or (_no_chain(folder),)
    first = chains[0]
    others = tuple(f for f in first.faults if f.kind != "listing-unreadable")
    again = len(others) < len(first.faults)
    counted = first.faults_unknown + (0 if again else 1)
    chain = msgspec.structs.replace(first, faults=(fault, *others), faults_unknown=counted)
    return msgspec.structs.replace(before, chains=(chain, *chains[1:]))


def _no_chain(folder: Folder) -> ChainReport:
    return unread(_chainless(folder))


def _chainless(folder: Folder) -> Chain:
    """What stands for the chain where a folder has none."""
    return Chain(folder.bucket, folder.account, folder.region, "", "", folder.root)


class _Looking:
    """One look into a folder, from its newest day to its oldest."""

    def __init__(
        self,
        reader: Reader,
        folder: Folder,
        task: Task,
        before: FolderReport,
        found: FolderLook,
        save: Saving,
    ) -> None:
        self._reader, self._folder, self._task = reader, folder, task
        self._before, self._found, self._save = before, found, save
        self._read: dict[str, str] = {}
        """The days read so far, and their tags."""
        wanted = {day.day for run in found.runs for day in run.days}
        self._ledgers = {chain: self._ledger(chain, wanted) for chain in self._chains()}
        self._knowing = {chain: self._known_of(chain) for chain in self._ledgers}
        self._walks: dict[Chain, Walk] = {}
        self._newest: dict[Chain, datetime.datetime | None] = {}
        """The newest end that the walk of the newest days met, once it was there."""

    def _chains(self) -> list[Chain]:
        own = {
            chain_reported(each)
            for each in self._before.chains
            if each.trail or each.faults_failing
        }
        meant = {each for each in self._task.known.courses if each.folder == self._folder}
        return sorted(own | meant | set(self._found.chains)) or [_chainless(self._folder)]

    def _ledger(self, chain: Chain, wanted: set[str]) -> Ledger:
        name = name_of(chain)
        before = [self._before.days[day] for day in wanted if day in self._before.days]
        once = [span for day in before if name in day.chains for span in day.chains[name].proven]
        known = {chain_reported(each): each.faults for each in self._before.chains}
        watched = frozenset(fault.key for faults in known.values() for fault in faults)
        return Ledger(chain, wanted, watched, once, self._task.faults_max)

    def _known_of(self, chain: Chain) -> Knowing:
        """What is known of a chain's trail, and what the event history of its owner tells more."""
        known = self._task.known
        course = known.courses.get(chain)
        owner = known.management if is_shared(chain.root) else chain.account

        def refine() -> Course | None:
            if not self._task.wanted.is_live or not owner:
                return None
            found = self._reader.history(owner, chain.home_region)
            bucket, now = self._folder.bucket, self._task.taken_at
            return refined(course, found, chain.trail, bucket, now) if found else None

        return Knowing(course, refine)

    def report(self) -> FolderReport:
        """Look at everything, and say what is known then."""
        for run in reversed(self._found.runs):
            self._look(run)
        spans = [run.span for run in self._found.runs]
        for chain, ledger in self._ledgers.items():
            pieces = self._end(chain)
            for piece in pieces:
                ledger.lacks(piece)
                ledger.named(piece, is_in_step=chain in self._found.chains)
        if self._task.wanted.is_live and self._found.newest is not None:
            spans.append(Span(min(self._found.newest, self._task.until), self._task.until))
        return put_together(self._task, self._before, self._looked(spans))

    def _looked(self, spans: list[Span]) -> Looked:
        return Looked(self._found, self._ledgers, dict(self._read), tuple(spans))

    def _look(self, run: DayRun) -> None:
        """Walk down a run of days, part by part, with the digests next to it."""
        self._walks = {
            chain: Walk(self._reader, ledger, self._knowing[chain])
            for chain, ledger in self._ledgers.items()
        }
        self._look_at_backfills(run)
        parts = list(_parts(run.days))
        for number, part in enumerate(parts):
            whole = [day if day.is_whole else self._again(day) for day in part]
            is_last = number == len(parts) - 1
            for chain, walk in self._walks.items():
                self._walk(chain, walk, whole, run, is_first=not number, is_last=is_last)
            self._find_misplaced(whole)
            self._find_unlisted(whole)
            for ledger in self._ledgers.values():
                ledger.forget_mentions(part[0].day)
            self._read.update((day.day, day.tag) for day in part)
            if not is_last:
                self._save(so_far(self._task, self._before, self._looked([])))

    def _again(self, day: DayListed) -> DayListed:
        """A day whose keys were too many to keep, listed again."""
        found = next(days(self._reader, self._folder, day.day, day.day, self._task.taken_at), day)
        return found if found.day == day.day else day

    def _walk(
        self,
        chain: Chain,
        walk: Walk,
        part: list[DayListed],
        run: DayRun,
        *,
        is_first: bool,
        is_last: bool,
    ) -> None:
        """Walk down one chain through a part of a run, and beyond it to the digests beside it."""
        name = name_of(chain)
        keys = [key for day in part for key in _of_kind(self._folder, day, name)]
        floor = day_span(part[0].day).starts
        if is_first:
            keys += run.above.get(name, [])
        below = run.below.get(name, []) if is_last else []
        for key in below:
            floor = min(floor, digest_time(key) or floor)
        walk.run([*below, *sorted(keys, key=_when)], floor)
        if is_first and run is self._found.runs[-1]:
            self._newest[chain] = walk.newest and walk.skips(walk.newest)
        if is_last and below:
            walk.stop()
        elif is_last:
            walk.finish(self._task.since, self._task.expiry)

    def _look_at_backfills(self, run: DayRun) -> None:
        """Look at the backfill chains first: which hours' logs they list is not documented."""
        for chain, ledger in self._ledgers.items():
            name = f"{name_of(chain)}+"
            own = [key for day in run.days for key in _of_kind(self._folder, day, name)]
            keys = [*run.below.get(name, []), *sorted(own, key=_when), *run.above.get(name, [])]
            if not keys:
                continue
            walk = Walk(self._reader, ledger, backfill=True)
            walk.run(keys, day_span(run.days[0].day).starts - HOUR)
            if run.below.get(name):
                walk.stop()
            else:
                walk.finish(self._task.since, self._task.expiry)

    def _find_misplaced(self, part: list[DayListed]) -> None:
        """Name the digests that lie in a folder in which CloudTrail does not write them."""
        ledger = next(iter(self._ledgers.values()))
        for key in (key for day in part for key in day.digests):
            if digest_time(key) is not None and not in_place(self._folder, key):
                blame = Blame("digest-moved", "lies in the folder of another day or account")
                ledger.fault(blame, self._folder.bucket, key, day_span(day_of(key)).ends)

    def _find_unlisted(self, part: list[DayListed]) -> None:
        floor = day_span(part[0].day).starts
        answers: dict[Chain, ChainAnswer] = {}
        for chain, ledger in self._ledgers.items():
            between = self._walks[chain].pending(floor, self._found.first.get(chain))
            answers[chain] = ledger.answer([*between, *self._end(chain, floor)])
        keys = (key for day in part for key in day.logs)
        unvouched = self._task.known.unvouched.get(self._folder, "")
        newest = max((each.ends for each in self._found.chains.values()), default=None)
        find_unlisted(keys, self._ledgers, answers, unvouched, newest)

    def _end(self, chain: Chain, floor: datetime.datetime | None = None) -> list[Piece]:
        """What is known of the hours after a chain's newest digest, where more should have come.

        Before the newest is known, of those after the floor.
        """
        listed, knowing = self._found.chains.get(chain), self._knowing[chain]
        if not self._goes_on(chain):
            return []
        if listed is None:
            return self._never(chain) if chain in self._task.known.courses else []
        ends = self._newest.get(chain)
        if ends is None and floor is not None and floor <= listed.ends:
            ends = floor
        newest = Newest(listed.ends if ends is None else ends, listed.modified)
        return knowing.pieces(lambda course: after(self._task.due, newest, course))

    def _never(self, chain: Chain) -> list[Piece]:
        """The hours of a chain that should go on and of which no digest is there."""
        due, log = self._task.due, self._found.oldest_log
        proven = any(chain_reported(each) == chain and each.proven for each in self._before.chains)

        def judged(course: Course | None) -> Iterator[Piece]:
            known = course or Course()
            delivered = known.latest_digest
            brought = delivered is not None and log is not None and log < delivered - HOUR - EDGE
            starts = self._task.since or self._found.oldest or known.started or due
            came = known.came_here or proven or brought
            if starts < due:
                yield from never(Span(starts, due), msgspec.structs.replace(known, came_here=came))

        return self._knowing[chain].pieces(judged)

    def _goes_on(self, chain: Chain) -> bool:
        """Whether more digests of a chain are to be expected."""
        if not self._task.wanted.is_live or not chain.trail:
            return False
        known = self._task.known
        if chain in known.courses:
            return True
        is_due = chain.account in known.unseen or (chain.account, chain.region) in known.ended
        if not is_due or not self._found.chains:
            return False
        return chain == max(self._found.chains, key=lambda each: self._found.chains[each].ends)


def _of_kind(folder: Folder, day: DayListed, name: str) -> Iterator[str]:
    """The digests of one chain and kind that lie where they should."""
    return (key for key in day.digests if kind_of(key) == name and in_place(folder, key))


def _parts(listed: list[DayListed]) -> Iterator[list[DayListed]]:
    """The days in parts of no more objects than are looked at in one go, the newest part first."""
    part: list[DayListed] = []
    size = 0
    for day in reversed(listed):
        if part and size + day.size > PART_KEYS:
            yield part[::-1]
            part, size = [], 0
        part.append(day)
        size += day.size
    if part:
        yield part[::-1]


def _when(key: str) -> datetime.datetime:
    at = digest_time(key)
    assert at is not None
    return at
