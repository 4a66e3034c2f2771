"""Whether logs came of late: by the hourly digest, the newest log, or a witness."""

from __future__ import annotations

from logkeep.archive import series
from logkeep.diagnose.check.result import Result, unseen, utc
from logkeep.route import Arrived, Hop, Series
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources import registry
from logkeep.value import Absent, Json, Seen, Unseen


def arrived(facts: Facts, hop: Hop, need: Arrived) -> Result:
    """Whether logs came of late; the hourly digest tells an idle Region from a silent one."""
    if need.digests is None:
        return _arrived_without_heartbeat(facts, hop, need)
    look = series.newest(facts, need.digests)
    match look:
        case Unseen():
            return unseen(need.code, look)
        case Seen(found):
            age = facts.snapshot.taken_at - found.last_modified
            evidence: dict[str, Json] = {
                "newest_digest": time_of(found),
                **_newest_log(facts, need),
            }
            if age <= series.HEARTBEAT:
                return Result("holds", need.code, evidence)
            if not _just_started(facts, need):
                return Result("fails", need.code, evidence)
        case Absent():
            evidence = {"newest_digest": None, **_newest_log(facts, need)}
            if not _just_started(facts, need) and not _logs_are_fresh(facts, need.logs):
                return Result("fails", need.code, evidence)
    return Result("unknown", need.code, evidence, "the first digest, due within two hours")


def _arrived_without_heartbeat(facts: Facts, hop: Hop, need: Arrived) -> Result:
    """Without digests a fresh log shows life; of its absence only a witness knows the meaning."""
    look = series.newest(facts, need.logs)
    if isinstance(look, Unseen):
        return unseen(need.code, look)
    evidence = _newest_log(facts, need)
    if _logs_are_fresh(facts, need.logs):
        return Result("holds", need.code, evidence)
    if need.witness:
        return _witnessed(facts, hop, need, evidence)
    settle = "log file validation, whose hourly digests tell an idle Region from a silent one"
    return Result("unknown", need.code, evidence, settle)


def _witnessed(facts: Facts, hop: Hop, need: Arrived, evidence: dict[str, Json]) -> Result:
    """Who did nothing is idle; who did something that no log tells of is not recorded."""
    look = registry.witnesses()[need.witness](facts, hop, need)
    if not isinstance(look, Seen):
        told = unseen(need.code, look)
        return Result("unknown", need.code, {**evidence, **told.evidence}, told.settle)
    if look.value is None:
        return Result("holds", need.code, {**evidence, "idle": True})
    done: dict[str, Json] = {"done": look.value.what, "done_at": utc(look.value.at)}
    return Result("fails", need.code, {**evidence, **done})


def _newest_log(facts: Facts, need: Arrived) -> dict[str, Json]:
    found = seen(series.newest(facts, need.logs))
    return {"newest_log": time_of(found) if found else None}


def _logs_are_fresh(facts: Facts, where: Series) -> bool:
    found = seen(series.newest(facts, where))
    return found is not None and facts.snapshot.taken_at - found.last_modified <= series.LOG_AGE


def _just_started(facts: Facts, need: Arrived) -> bool:
    """Whether the speaker began so lately that its first digest may not be due."""
    taken = facts.snapshot.taken_at
    return need.since is not None and taken - need.since <= series.HEARTBEAT


def time_of(found: series.Object) -> str:
    """When an object came, as text."""
    return utc(found.last_modified)
