"""A flat key does not name the bucket whose log it is (rule 9.7): another's log proves nothing."""

from __future__ import annotations

from kinds.s3_access.worlds import (
    ACCOUNT,
    CACHE,
    DATA,
    HOME,
    TARGET,
    asked_out,
    bucket_answers,
    fleet,
    policy,
    snapshot,
    statement,
)
from logkeep.access.bucket import Bucket, of_bucket
from logkeep.route import Arrived
from logkeep.snapshot import Reply, Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.sources.routes import all_routes
from logkeep.sources.s3_access.evidence import APART
from logkeep.sources.s3_access.logging import LOGGING


def world(prefix: str, *, partitioned: bool = False) -> Snapshot:
    """Two buckets that log into one target, the one under `logs/` and the other as given."""
    layout = {"TargetObjectKeyFormat": {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}}}
    form = layout if partitioned else {}
    names = {DATA: "logs/", CACHE: prefix}
    answers = [
        bucket_answers(name, logging={"TargetBucket": TARGET, "TargetPrefix": each, **form})
        for name, each in names.items()
    ]
    target = bucket_answers(TARGET, policy=policy(statement(DATA, CACHE)))
    return asked_out(fleet(), snapshot((DATA, CACHE, TARGET), *answers, target))


def proofs(now: Snapshot) -> dict[str, tuple[bool, str]]:
    """Whether something can show that logs come, and else what would settle it, by bucket."""
    return {
        route.name.rpartition("/")[2]: (need.logs is not None, need.settle)
        for route in all_routes(Facts(fleet(), now))
        for hop in route.hops
        for need in hop.needs
        if isinstance(need, Arrived) and route.source == "s3-access"
    }


def test_what_lies_under_a_shared_prefix_proves_nothing_of_either() -> None:
    assert proofs(world("logs/")) == {DATA: (False, APART), CACHE: (False, APART)}


def test_a_prefix_of_its_own_or_a_folder_of_its_own_proves_it() -> None:
    assert all(shown for shown, _ in proofs(world("cache/")).values())
    assert all(shown for shown, _ in proofs(world("logs/", partitioned=True)).values())


def test_hiding_where_another_logs_proves_nothing_either() -> None:
    now = world("logs/")
    asked = of_bucket(Facts(fleet(), now), LOGGING, Bucket(CACHE, ACCOUNT, HOME))
    shown, settle = proofs(now.with_answers({asked: Reply(error="AccessDenied")}))[DATA]
    assert not shown
    assert "AccessDenied" in settle
