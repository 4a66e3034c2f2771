"""Laws of comparing: what was done to a replica is found by its code, and nothing else is a fault.

Histories of two buckets in memory, written by a naive S3 that remembers what really happened.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinds.replication.two_buckets import (
    HOUR,
    NOW,
    PAIR,
    Kept,
    TwoBuckets,
    run,
    verdict,
)
from logkeep.archive.copies import (
    DIFFERS,
    LOST,
    CopyFault,
    CopyReport,
    CopySummary,
    Counts,
    Going,
    standing,
)
from logkeep.sources.replication import comparing
from logkeep.sources.replication.comparing import KEYS_OF_FOLDER
from support.examples import examples


def found(report: CopyReport) -> set[tuple[str, str]]:
    return {(each.kind, each.key) for each in report.faults}


Deed = tuple[str, str]
KEYS = st.sampled_from(["a", "b/1", "b/2", "c/d/3"])
FINE = ("replicated", "pending", "failed", "not selected", "deleted in the source",
        "marked in the source", "gone in the source")  # fmt: skip
WRONG = {"lost": LOST, "marked": LOST, "overwritten": DIFFERS, "changed": DIFFERS}


def do(world: TwoBuckets, deed: str, key: str, number: int) -> bool:
    """Do something to a key; false where there is nothing that it could be done to."""
    own, copies = world.own.get(key, []), world.copies.get(key, [])
    match deed:
        case "replicated":
            world.replicated(key, f"content {number}")
        case "pending" | "failed":
            world.written(key, deed.upper())
        case "not selected":
            world.written(key, "")
        case "marked in the source":
            own.append(Kept(f"m{number}", "", is_marker=True)) if own else None
        case "deleted in the source" if own and not own[-1].is_marker:
            own.pop()
        case "gone in the source":
            world.own.pop(key, None)
        case "lost" | "marked" | "overwritten" | "changed":
            return _harmed(deed, own, copies, number)
        case _:
            pass
    return False


def _harmed(deed: str, own: list[Kept], copies: list[Kept], number: int) -> bool:
    """What the destination's administrator does to the replica of what is current."""
    if not own or not copies or own[-1].id != copies[-1].id:
        return False
    match deed:
        case "lost":
            copies.pop()
        case "marked":
            copies.append(Kept(f"x{number}", "", is_marker=True))
        case "overwritten":
            copies.append(Kept(f"x{number}", "somebody else's"))
        case _:
            copies[-1] = replace(copies[-1], content=f"CONTENT {number}"[: len(own[-1].content)])
    return True


@examples(400)
@given(
    deeds=st.lists(st.tuples(st.sampled_from(FINE), KEYS), max_size=12),
    harm=st.none() | st.tuples(st.sampled_from(sorted(WRONG)), KEYS),
    under_keys=st.booleans(),
)
def test_what_was_done_is_found_and_nothing_else(
    deeds: list[Deed], harm: Deed | None, under_keys: bool
) -> None:
    world = TwoBuckets()
    world.replicated("always", "content")
    for number, (deed, key) in enumerate(deeds):
        do(world, deed, key, number)
    done = harm is not None and do(world, *harm, 99)
    report = run(world, of=PAIR._replace(under_keys=under_keys))
    wanted = {(WRONG[harm[0]], harm[1])} if harm and done else set()
    assert found(report) == wanted
    assert verdict(report) == ("fails" if done else "holds")
    told = sum(msgspec.structs.astuple(report.counts))
    assert told == sum(map(len, world.own.values()))  # every version is accounted for


class Stop(Exception):
    """The run was interrupted."""


def stopped(world: TwoBuckets, stop: int, earlier: CopyReport | None = None) -> CopyReport:
    """What was saved last by a run that is interrupted as it saves once more than so often."""
    saved: list[CopyReport] = []

    def save(report: CopyReport) -> None:
        saved.append(report)
        if len(saved) > stop:
            raise Stop

    with contextlib.suppress(Stop):
        run(world, earlier, save=save)
    return saved[-1]


@examples(200)
@given(
    keys=st.integers(1, 1300),
    stop=st.integers(0, 2),
    harmed=st.sets(st.integers(0, 1299), max_size=6),
)
def test_a_run_that_was_stopped_is_gone_on_with(keys: int, stop: int, harmed: set[int]) -> None:
    world = TwoBuckets()
    for number in range(keys):
        world.replicated(f"{number:05}", "content")
    for number in harmed & set(range(keys)):
        do(world, "lost", f"{number:05}", 0)
    report, anew = run(world, stopped(world, stop)), run(world)
    assert (report.faults, report.counts) == (anew.faults, anew.counts)
    assert report.going is None
    assert report.whole_at == NOW


@examples(60)
@given(
    lost=st.sets(st.integers(0, 59), min_size=9, max_size=40),
    before=st.sets(st.integers(0, 59), max_size=20),
    stop=st.integers(0, 2),
)
def test_more_faults_than_are_kept_are_counted(lost: set[int], before: set[int], stop: int) -> None:
    """What is kept does not grow, stopped or not, and no fault is counted twice."""
    world = TwoBuckets()
    for number in range(60):
        world.replicated(f"{number:05}", "content")
    for number in before & lost:
        do(world, "lost", f"{number:05}", 0)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(comparing, "FAULTS_MAX", 8)
        patched.setattr(comparing, "KEYS_AT_A_TIME", 20)
        earlier = run(world)
        for number in lost - before:
            do(world, "lost", f"{number:05}", 0)
        gone_on = run(world, stopped(world, stop, earlier))
        # What was known before may be counted twice where a run was stopped, and never less.
        assert len(lost) - 8 <= gone_on.hidden <= len(lost) - 8 + len(before & lost)
        assert run(world, earlier).hidden == run(world).hidden == len(lost) - 8
        for report in (gone_on, run(world, earlier), run(world)):
            assert [each.key for each in report.faults] == [f"{n:05}" for n in sorted(lost)[:8]]
            assert report.counts.failing == len(lost)
        sample = run(world, report, whole=False)
        assert (len(sample.faults), sample.hidden) == (8, report.hidden)


def test_what_was_not_kept_is_not_fine_when_all_that_was_is() -> None:
    told = CopySummary(route="route", compared_at=NOW, counts=Counts(alike=1), hidden=3)
    assert standing(told, NOW, frozenset()).verdict == "unknown"
    differs = CopyFault(DIFFERS, "a", "v", "it differs")
    found = msgspec.structs.replace(told, faults=(differs,))
    assert standing(found, NOW, frozenset()).verdict == "fails"
    # Which faults the others are nobody knows any more: what is accepted may not be theirs.
    assert standing(found, NOW, frozenset({DIFFERS})).verdict == "unknown"


def test_what_was_stopped_a_day_ago_begins_anew() -> None:
    world = TwoBuckets()
    world.replicated("a", "content")
    world.replicated("b", "content")
    old = CopyReport(route="route", going=Going(NOW - 25 * HOUR, "a", Counts(alike=7)))
    assert run(world, old).counts == Counts(alike=2)
    fresh = CopyReport(route="route", going=Going(NOW - HOUR, "a", Counts(alike=7)))
    assert run(world, fresh).counts == Counts(alike=8)


@pytest.mark.parametrize("deed", sorted(WRONG))
def test_a_fault_stays_until_the_object_is_back(deed: str) -> None:
    world = TwoBuckets()
    for number in range(4 * KEYS_OF_FOLDER):
        world.replicated(f"{number:05}", "content")
    key = f"{4 * KEYS_OF_FOLDER - 1:05}"  # no sample comes so far
    assert not run(world, whole=False).faults
    before = list(world.copies[key])
    do(world, deed, key, 0)
    assert verdict(run(world, whole=False)) == "holds"
    report = run(world)
    assert found(report) == {(WRONG[deed], key)}
    later = PAIR._replace(now=NOW + HOUR)
    again = run(world, report, whole=False, of=later)
    assert again.faults == report.faults
    assert again.faults[0].found_at == NOW
    world.copies[key] = before
    assert run(world, again, whole=False, of=later).faults == ()


@pytest.mark.parametrize(("deed", "expected"), [
    ("marked", "holds"), ("overwritten", "holds"), ("lost", "fails"), ("changed", "fails"),
])  # fmt: skip
def test_where_both_replicate_to_each_other_people_write_on_both_sides(
    deed: str, expected: str
) -> None:
    """What lies over a replica is the destination's own, and its own route is asked of that."""
    world = TwoBuckets()
    world.replicated("a", "content")
    world.replicated("b", "content")
    do(world, deed, "a", 0)
    assert verdict(run(world)) == "fails"
    assert verdict(run(world, of=PAIR._replace(comes_back=True))) == expected


def test_what_is_gone_on_both_sides_is_lost_for_good() -> None:
    """Who destroys the replica and then the source must not have it forgotten."""
    world = TwoBuckets()
    world.replicated("a", "content")
    world.replicated("b", "content")
    do(world, "lost", "a", 0)
    report = run(world)
    del world.own["a"], world.copies["a"]
    for whole in (True, False):
        report = run(world, report, whole=whole)
        assert found(report) == {(LOST, "a")}
    assert verdict(report, [LOST]) == "accepted"


def test_could_not_look_is_never_fine() -> None:
    world = TwoBuckets()
    world.replicated("a", "content")
    well = run(world)
    lost = TwoBuckets(own=world.own)
    for name in ("app-logs", "copy"):
        world.closed = {name}
        report = run(world, well)
        assert verdict(report) == "unknown"
        assert report.compared_at == well.compared_at
        assert name in standing(report, NOW, frozenset()).says
        world.closed = {f"heads of {name}"}
        assert verdict(run(world, of=PAIR._replace(under_keys=True))) == "unknown"
    unseen = {"expiries": None}, {"goes_elsewhere": True}
    for more in unseen:
        assert verdict(run(lost, of=PAIR._replace(**more))) == "unknown"
    lost.closed = {"heads of app-logs"}
    assert verdict(run(lost)) == "unknown"
    assert verdict(run(TwoBuckets())) == "unknown"
    assert verdict(CopyReport(route="route")) == "unknown"
    assert standing(None, NOW, frozenset()).verdict == "unknown"


@pytest.mark.parametrize(
    ("encryption", "checksum", "expected"),
    [
        ("AES256", False, "holds"),
        ("aws:kms", True, "holds"),
        ("aws:kms", False, "unknown"),
        ("aws:kms:dsse", False, "unknown"),
    ],
)
def test_an_etag_under_a_key_proves_nothing(encryption: str, checksum: bool, expected: str) -> None:
    world = TwoBuckets()
    world.replicated("a", "content", encryption=encryption, checksum=checksum)
    assert verdict(run(world, of=PAIR._replace(under_keys=True))) == expected


def test_a_delete_marker_may_be_a_replicated_one() -> None:
    world = TwoBuckets()
    world.replicated("a", "content")
    do(world, "marked", "a", 0)
    assert verdict(run(world, of=PAIR._replace(copies_markers=True))) == "unknown"
