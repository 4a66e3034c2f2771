"""What a comparison does not hold against a replica, and how far it goes."""

from __future__ import annotations

import pytest

from kinds.replication.two_buckets import (
    FROM,
    HOUR,
    NOW,
    PAIR,
    Kept,
    TwoBuckets,
    run,
    verdict,
)
from logkeep.archive.copies import (
    AGE_MAX,
    UNCOMPARED,
    CopySummary,
    Counts,
    standing,
)
from logkeep.sources.replication.comparing import KEYS_OF_FOLDER, sampled
from logkeep.sources.replication.expiring import Expiry
from logkeep.sources.replication.judging import VERSIONS_MAX


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Expiry("", 1, is_narrowed=False), Counts(alike=1, expired=1)),
        (Expiry("", 30, is_narrowed=False), Counts(alike=1, failing=1)),
        (Expiry("tmp/", 1, is_narrowed=False), Counts(alike=1, failing=1)),
        (Expiry("", 1, is_narrowed=True), Counts(alike=1, uncompared=1)),
    ],
)
def test_what_the_replicas_own_lifecycle_deletes_is_not_lost(
    rule: Expiry, expected: Counts
) -> None:
    world = TwoBuckets()
    world.replicated("a", "content", hours=48)
    world.replicated("b", "content")
    world.copies.pop("a")
    assert run(world, of=PAIR._replace(expiries=(rule,))).counts == expected


def test_an_object_of_very_many_versions_is_not_called_fine() -> None:
    world = TwoBuckets()
    world.own["a"] = world.copies["a"] = [
        Kept(f"v{number}", "content") for number in range(VERSIONS_MAX + 1)
    ]
    world.replicated("b", "content")
    assert (run(world).counts, verdict(run(world))) == (Counts(alike=1, uncompared=1), "unknown")


def test_a_sample_takes_the_oldest_the_middle_and_the_newest_folder() -> None:
    world = TwoBuckets()
    for year in range(2020, 2027):
        for number in range(100):
            world.replicated(f"logs/{year}/{number:03}", "content")
    assert sampled(world, FROM, "") == ["logs/2020/", "logs/2023/", "logs/2026/"]
    report = run(world, whole=False)
    assert report.counts.alike == 3 * KEYS_OF_FOLDER
    assert report.sampled
    assert report.whole_at is None


def test_a_comparison_grows_old() -> None:
    told = CopySummary(route="route", compared_at=NOW, counts=Counts(alike=1))
    assert standing(told, NOW + AGE_MAX, frozenset()).verdict == "holds"
    old = standing(told, NOW + AGE_MAX + HOUR, frozenset())
    assert (old.verdict, old.code) == ("unknown", UNCOMPARED)
    assert "2026-11-23 03:10 UTC" in old.says
