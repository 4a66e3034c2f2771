"""Access logs that make more access logs: a bucket into itself, or buckets into each other."""

from __future__ import annotations

import pytest

from kinds.s3_access.worlds import (
    CACHE,
    DATA,
    TARGET,
    asked_out,
    bucket_answers,
    fleet,
    policy,
    snapshot,
    statement,
)
from logkeep.diagnose.diagnosis import diagnose
from logkeep.plan import plan
from logkeep.snapshot import Snapshot
from logkeep.sources.s3_access import AccessOptions
from support.worlds import applied

NAMED = AccessOptions(buckets=("app-*",), target=TARGET)
LET_IN = policy(statement(DATA, CACHE, TARGET))


def into(name: str) -> dict[str, str]:
    return {"TargetBucket": name, "TargetPrefix": "of/"}


def world(**logging: str) -> Snapshot:
    """Three buckets, each logging into the one that is given."""
    of = {"data": DATA, "cache": CACHE, "target": TARGET}
    answers = [
        bucket_answers(name, logging=into(logging[key]) if key in logging else None, policy=LET_IN)
        for key, name in of.items()
    ]
    return asked_out(fleet(), snapshot(tuple(of.values()), *answers))


def loops(now: Snapshot, options: AccessOptions | None = None) -> dict[str, set[str]]:
    """Which resources are found to log in a circle, by the bucket whose route says so."""
    return {
        route.name.rpartition("/")[2]: named
        for route in diagnose(fleet(options), now).routes
        if (
            named := {
                hop.arn.rpartition(":")[2]
                for hop in route.hops
                for finding in hop.amiss
                if (finding.code, finding.verdict) == ("accesslog-loop", "fails")
            }
        )
    }


@pytest.mark.parametrize("options", [None, NAMED], ids=["left-out", "named"])
def test_a_target_that_logs_into_itself_is_found_and_switched_off(
    options: AccessOptions | None,
) -> None:
    looped = world(data=TARGET, cache=TARGET, target=TARGET)
    assert loops(looped, options) == {DATA: {TARGET}, CACHE: {TARGET}}
    made = plan(fleet(options), looped)
    (change,) = [each for each in made.changes if each.call == "s3:PutBucketLogging"]
    assert change.arguments["BucketLoggingStatus"] == {}
    after = applied(looped, made)
    assert loops(after, options) == {}
    assert plan(fleet(options), after).changes == ()


def test_two_that_log_into_each_other_are_both_found_and_mended() -> None:
    looped = world(data=CACHE, cache=DATA)
    assert loops(looped) == {DATA: {DATA}, CACHE: {CACHE}}
    after = applied(looped, plan(fleet(), looped))
    assert loops(after) == {}
    assert plan(fleet(), after).changes == ()


def test_the_target_that_is_named_and_logs_back_is_switched_off() -> None:
    looped = world(data=TARGET, cache=TARGET, target=DATA)
    assert loops(looped, NAMED) == {DATA: {TARGET}, CACHE: {TARGET}}
    after = applied(looped, plan(fleet(NAMED), looped))
    assert loops(after, NAMED) == {}
    assert plan(fleet(NAMED), after).changes == ()


def test_a_target_that_logs_elsewhere_is_no_loop() -> None:
    assert loops(world(data=TARGET, target=CACHE)) == {}
