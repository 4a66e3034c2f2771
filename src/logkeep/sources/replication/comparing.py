"""Which versions of a source are compared with their replicas, in which order?

Of every version there are two listings, both in the order of keys, which are walked side by side;
of some, the newest, the middle and the oldest folder. What was found before is looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from typing import Final

import msgspec

from logkeep.archive.copies import (
    FAULTS_MAX,
    SAME_RUN,
    UNCOMPARED,
    BucketFiles,
    CannotCompare,
    Comparing,
    CopyFault,
    CopyReport,
    Counts,
    Going,
    ListedVersion,
)
from logkeep.route import Bucket
from logkeep.sources.replication.faults import Faults, Version, add, version_of
from logkeep.sources.replication.judging import (
    VERSIONS_MAX,
    Judged,
    Pair,
    Versions,
    judged,
)
from logkeep.storage.rules import Filter

LEVELS_MAX: Final = 32
KEYS_OF_FOLDER: Final = 50
"""How many objects of a sampled folder are compared."""
KEYS_AT_A_TIME: Final = 500
"""After how many keys what was found is kept, should the run be stopped."""


def compared(
    buckets: BucketFiles, pair: Pair, wanted: Filter, route: str, comparing: Comparing
) -> CopyReport:
    """What is known of a pair of buckets after a comparison."""
    known = comparing.earlier or CopyReport(route=route)
    before = {version_of(each): each for each in known.faults}
    goes_on = known.going if comparing.whole and _goes_on(known, comparing) else None
    going = goes_on or Going(pair.now, "", Counts())
    hidden = known.hidden if goes_on else 0
    faults = Faults(_still(buckets, pair, comparing, before), FAULTS_MAX, hidden)
    try:
        for keys in _portions(buckets, pair, wanted, comparing, going.after):
            counts, found = going.counts, list[CopyFault]()
            for each in _judge(buckets, pair, comparing, keys):
                counts = counts.plus(each.counts)
                found += (_since(fault, before, pair) for fault in each.faults)
            faults = add(faults, found, frozenset(before))
            going = Going(going.began_at, keys[-1].key, counts)
            if comparing.whole:
                comparing.save(_report(known, faults, going))
    except CannotCompare as error:
        stopped = CopyFault(UNCOMPARED, "", "", str(error), pair.now)
        faults = faults._replace(kept={**faults.kept, version_of(stopped): stopped})
        if not comparing.whole:
            return _report(known, faults._replace(hidden=known.hidden), None)
        return _report(known, faults, going)
    done = msgspec.structs.replace(
        _report(known, faults, None),
        compared_at=going.began_at,
        # A sample may come upon some of those again that were not kept.
        hidden=faults.hidden if comparing.whole else max(faults.hidden, known.hidden),
        sampled=not comparing.whole,
        whole_at=going.began_at if comparing.whole else known.whole_at,
        counts=going.counts,
    )
    comparing.save(done)
    return done


def _goes_on(known: CopyReport, comparing: Comparing) -> bool:
    return known.going is not None and comparing.at - known.going.began_at <= SAME_RUN


def _report(known: CopyReport, faults: Faults, going: Going | None) -> CopyReport:
    return msgspec.structs.replace(
        known, faults=faults.ordered(), hidden=faults.hidden, going=going
    )


def _since(fault: CopyFault, before: dict[Version, CopyFault], pair: Pair) -> CopyFault:
    """A fault with the time at which it was first found."""
    known = before.get(version_of(fault))
    is_same = known is not None and known.kind == fault.kind
    found_at = known.found_at if is_same and known else pair.now
    return msgspec.structs.replace(fault, found_at=found_at)


def _still(
    buckets: BucketFiles,
    pair: Pair,
    comparing: Comparing,
    before: dict[Version, CopyFault],
) -> dict[Version, CopyFault]:
    """What was found before and is still so.

    A version that has left the source too cannot be compared any more: it stays until it is back in
    the destination.
    """
    keys = sorted({key for key, _ in before if key})

    def again(key: str) -> Iterable[CopyFault]:
        old = [each for each in before.values() if each.key == key]
        try:
            versions = Versions(
                key, _of_key(buckets, pair.source, key), _of_key(buckets, pair.destination, key)
            )
            now = {each.version: each for each in judged(buckets, pair, versions).faults}
        except CannotCompare:
            return old
        own = {each.id for each in versions.own}
        there = {each.id for each in versions.copies}
        gone = [f for f in old if f.fails and f.version not in own and f.version not in there]
        return [*(_since(f, before, pair) for f in now.values()), *gone]

    found = comparing.side_by_side(again, keys)
    return {version_of(f): f for faults in found for f in faults}


def _of_key(buckets: BucketFiles, at: Bucket, key: str) -> list[ListedVersion]:
    """The versions of one key, one more than are compared at most."""
    listed = buckets.versions(at, key, "")
    own = (each for each in listed if _is_of(each, key))
    return list(islice(own, VERSIONS_MAX + 1))


def _is_of(version: ListedVersion, key: str) -> bool:
    return version.key == key


def _judge(
    buckets: BucketFiles, pair: Pair, comparing: Comparing, keys: list[Versions]
) -> Iterator[Judged]:
    return comparing.side_by_side(lambda each: judged(buckets, pair, each), keys)


def _portions(
    buckets: BucketFiles, pair: Pair, wanted: Filter, comparing: Comparing, after: str
) -> Iterator[list[Versions]]:
    """The keys to compare, some at a time."""
    if comparing.whole:
        every = side_by_side_keys(
            buckets.versions(pair.source, wanted.prefix, after),
            buckets.versions(pair.destination, wanted.prefix, after),
        )
        while portion := list(islice(every, KEYS_AT_A_TIME)):
            yield portion
        return
    for folder in sampled(buckets, pair.source, wanted.prefix):
        both = side_by_side_keys(
            buckets.versions(pair.source, folder, ""),
            buckets.versions(pair.destination, folder, ""),
        )
        if portion := list(islice(both, KEYS_OF_FOLDER)):
            yield portion


def side_by_side_keys(
    own: Iterator[ListedVersion], copies: Iterator[ListedVersion]
) -> Iterator[Versions]:
    """Each key of the source with its versions on both sides; two listings in memory by a key."""
    there = groupby(copies, key=lambda each: each.key)
    ahead = next(there, None)
    for key, versions in groupby(own, key=lambda each: each.key):
        listed = list(islice(versions, VERSIONS_MAX + 1))
        while ahead is not None and ahead[0] < key:
            ahead = next(there, None)
        is_there = ahead is not None and ahead[0] == key
        found = list(islice(ahead[1], VERSIONS_MAX + 1)) if ahead and is_there else []
        yield Versions(key, listed, found)


def sampled(buckets: BucketFiles, at: Bucket, prefix: str) -> list[str]:
    """The oldest, the middle and the newest folder, as far as their names sort by time."""
    choices: tuple[Callable[[list[str]], str], ...] = (
        lambda found: found[0],
        lambda found: found[len(found) // 2],
        lambda found: found[-1],
    )
    return list(dict.fromkeys(_deepest(buckets, at, prefix, choose) for choose in choices))


def _deepest(
    buckets: BucketFiles, at: Bucket, prefix: str, choose: Callable[[list[str]], str]
) -> str:
    for _ in range(LEVELS_MAX):
        found = buckets.folders(at, prefix)
        if not found:
            break
        prefix = choose(found)
    return prefix
