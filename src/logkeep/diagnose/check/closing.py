"""Whether nobody passes but those meant: closed by a Deny, or asked of all the policies admit."""

from __future__ import annotations

from logkeep.access import key
from logkeep.access.legs import policy_of
from logkeep.archive.anyone_else import could_decrypt, excepted
from logkeep.archive.readers_and_writers import Both, May, besides, writers_who_read
from logkeep.diagnose.check.result import Result, behind, decided, malformed, unseen
from logkeep.policy import Malformed, Policy, Unread
from logkeep.route import Denies
from logkeep.snapshot import NOT_ASKED
from logkeep.snapshot.facts import Facts
from logkeep.value import Absent, Json, Seen, Unseen


def denies(facts: Facts, need: Denies) -> Result:
    """Whether nobody may do any of it but those meant."""
    leg = "key" if need.actions[0].startswith("kms:") else "bucket"
    if need.of:
        return _apart(facts, need, leg)
    look = policy_of(facts, leg)
    match look:
        case Malformed(mistakes):
            return malformed(leg, mistakes)
        case Unseen():
            return unseen(need.code, look)
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
    could = could_decrypt(facts, policy, need.resource, need.but or (), need.context)
    if could.who:
        return Result("fails", need.code, {"who": list(could.who)})
    if could.unknown:
        return Result("unknown", need.code, {"who": list(could.unknown)}, "; ".join(could.unknown))
    return Result("holds", need.code)


def _apart(facts: Facts, need: Denies, leg: str) -> Result:
    """Whether those named may do none of it; of writers, whether they read nothing."""
    look = policy_of(facts, leg)
    if isinstance(look, Malformed):
        return malformed(leg, look.mistakes)
    if leg == "key" and isinstance(look, Absent):
        return behind(need.code, "key-missing")
    if isinstance(look, Unseen) and look.error == NOT_ASKED:
        return unseen(need.code, look)
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
    return {"who": found.who, "action": found.action, **decided(found.decision)}
