"""What `verify` keeps of replicas, for `make fuzz`: read back, diagnosed, and gone on from."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import msgspec

from kinds.replication.test_intact import do
from kinds.replication.two_buckets import TwoBuckets, run
from kinds.replication.worlds import PRODUCTION, fleet, pair, planned, with_copy
from logkeep.archive.copies import CopyFault, CopyReport, Counts, Going
from logkeep.cli.kept_copies import FILE, VERSION, KeptCopies, KeptCopy, copies_answers
from logkeep.cli.place import Place
from logkeep.diagnose.diagnosis import diagnose
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.sources.replication.pairs import wishes
from support.places import nowhere
from support.worlds import NOW

FLEET = fleet(pair(PRODUCTION))


@functools.cache
def healthy() -> Snapshot:
    return planned(FLEET, with_copy(FLEET, PRODUCTION))


def buckets() -> TwoBuckets:
    """Two buckets in which something was lost."""
    found = TwoBuckets()
    for number, key in enumerate(("a", "b/1", "b/2")):
        do(found, "replicated", key, number)
    do(found, "lost", "a", 9)
    return found


def copies() -> bytes:
    """What a comparison keeps that was stopped, with faults of each kind."""
    (wish,) = wishes(Facts(FLEET, healthy()), FLEET.logs_of("replication"))
    faults = (
        CopyFault("replica-lost", "a", "v1", "it is gone", NOW, "logkeep restore a"),
        CopyFault("replica-differs", "b/1", "v2", "it is another"),
        CopyFault("replica-uncompared", "", "", "AccessDenied"),
    )
    report = CopyReport(
        route=wish.route, compared_at=NOW, whole_at=NOW, sampled=False, counts=Counts(alike=3),
        faults=faults, hidden=2, going=Going(NOW, "b/1", Counts(alike=1, pending=2)),
    )  # fmt: skip
    kept = KeptCopy(wish.source.account, wish.source.region, report)
    return msgspec.json.encode({"version": VERSION, "copies": [kept]})


@nowhere()
def read_copies(given: bytes) -> bool:
    """As `diagnose` takes it, and as the next `verify` goes on from it and keeps it."""
    place = Place(Path.cwd() / "logkeep.toml", FLEET)
    place.kept.mkdir(exist_ok=True)
    (place.kept / FILE).write_bytes(given)
    kept = KeptCopies(place)
    found = tuple(kept.found.values())
    diagnose(FLEET, healthy().with_answers(copies_answers(found)))
    for each in found:
        kept.add(msgspec.structs.replace(each, report=run(buckets(), each.report)))
    return bool(found)


READERS: dict[str, tuple[Callable[[], bytes], Callable[[bytes], bool]]] = {
    "verify's memory of replicas": (copies, read_copies),
}
"""A genuine file, and what reads a damaged one and says whether anything was taken of it."""
