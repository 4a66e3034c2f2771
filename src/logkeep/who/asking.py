"""Whether one candidate may do one thing, asked of every policy that speaks about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import msgspec

from logkeep.archive import organization
from logkeep.facts import Facts
from logkeep.layering import key_arn, layers_for, leg_of, owner_of, restricts_public
from logkeep.policy import Context, Decision, Layers, Policy, Request, decide, read_policy
from logkeep.samples import Sample
from logkeep.value import Arn, Unseen, Verdict
from logkeep.who.candidates import Candidate, is_about_objects
from logkeep.who.grants import granted
from logkeep.who.shortcuts import is_denied_everywhere, is_hopeless, is_unnamed
from logkeep.who.values import Power, Reason

OUTSIDER: Final = "iam::999999999999:role/anybody-with-every-permission"
"""Stands for any principal of any other account: its own account allows it everything."""


class Answer(NamedTuple):
    """Whether it may, why, and what would settle an unknown."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    unknown: tuple[str, ...] = ()


NO: Final = Answer("fails")


def holds(facts: Facts, who: Candidate, power: Power) -> Answer:
    """Whether a candidate holds a power in any of its ways; the reasons of all ways together."""
    answers = [_by_way(facts, who, way) for way in power.ways]
    able = [answer for answer in answers if answer.verdict == "holds"]
    if able:
        return Answer("holds", tuple(dict.fromkeys(r for a in able for r in a.reasons)))
    return _in_doubt(answers)


def _by_way(facts: Facts, who: Candidate, way: tuple[str, ...]) -> Answer:
    """Whether all actions of a way pass for one and the same log."""
    if len(way) == 1:
        return may(facts, who, way[0])
    if any(may(facts, who, action).verdict == "fails" for action in way):
        return NO
    doubted: list[Answer] = []
    for sample in who.samples:
        answers = [_first(facts, who, action, (sample,)) for action in way]
        both = _all(answers)
        if both.verdict == "holds":
            return both
        doubted += [both] if both.verdict == "unknown" else []
        if len(doubted) == DOUBTS_MAX:
            break
    return _in_doubt(doubted)


def _all(answers: list[Answer]) -> Answer:
    if any(answer.verdict == "fails" for answer in answers):
        return NO
    if all(answer.verdict == "holds" for answer in answers):
        return Answer("holds", tuple(r for answer in answers for r in answer.reasons))
    return _in_doubt(answers)


def _in_doubt(answers: Iterable[Answer]) -> Answer:
    """Unknown by all that is unknown to any of them; no where none is."""
    doubts = {name: None for a in answers if a.verdict == "unknown" for name in a.unknown}
    return Answer("unknown", unknown=tuple(sorted(doubts))) if doubts else NO


def may(facts: Facts, who: Candidate, action: str) -> Answer:
    """Whether a candidate may do one thing with any log, the bucket or the key."""
    if is_unnamed(facts, who, action):
        return NO
    known_by = ("may", who.principal, who.kind, who.account, action, who.target, who.samples[:1])
    return facts.once(known_by, lambda: _first(facts, who, action, who.samples))


def _first(facts: Facts, who: Candidate, action: str, about: tuple[Sample, ...]) -> Answer:
    """Whether it passes for any of these logs; doubts without end are one doubt."""
    doubted: list[Answer] = []
    for number, asked in enumerate(requests(facts, who, action, about)):
        layers = _layers(facts, who, asked)
        if number == 0 and _is_out_of_reach(facts, who, asked, layers):
            return NO
        decision = decide(asked, layers)
        answer = _answer(facts, who, asked, decision)
        if answer.verdict == "holds":
            return answer
        if answer.verdict == "unknown":
            doubted.append(answer)
        if len(doubted) == DOUBTS_MAX or is_denied_everywhere(facts, decision, layers):
            break
    return _in_doubt(doubted)


DOUBTS_MAX: Final = 8
"""After so many logs of which it cannot be told the answer is that it cannot be told."""


def _is_out_of_reach(facts: Facts, who: Candidate, asked: Request, layers: Layers) -> bool:
    by_grant = asked.action.startswith("kms:") and granted(facts, asked.principal, asked.action)
    return by_grant in (False, "fails") and is_hopeless(facts, who, asked, layers)


def _layers(facts: Facts, who: Candidate, asked: Request) -> Layers:
    layers = layers_for(facts, asked)
    if who.kind != "everyone":
        return layers
    return msgspec.structs.replace(layers, identity=(EVERYTHING,), boundary=None, scps=None)


def _answer(facts: Facts, who: Candidate, asked: Request, decision: Decision) -> Answer:
    match decision.outcome:
        case "Allowed":
            return _kept_from_public(facts, who, asked, decision)
        case "Unknown":
            return Answer("unknown", unknown=decision.unknown)
        case "ImplicitlyDenied":
            return _by_grant(facts, asked)
        case "ExplicitlyDenied":
            return NO


def _by_grant(facts: Facts, asked: Request) -> Answer:
    """What no policy allows, a grant on the key may (rule 4.2)."""
    if not asked.action.startswith("kms:"):
        return NO
    match granted(facts, asked.principal, asked.action):
        case "holds":
            return Answer("holds", (Reason(asked.action, "grant"),))
        case "unknown":
            return Answer("unknown", unknown=("the constraints of a grant on the key",))
        case "fails":
            return NO


def _everything() -> Policy:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = read_policy({"Version": "2012-10-17", "Statement": statement}, "identity", "its own")
    assert isinstance(policy, Policy)
    return policy


EVERYTHING: Final = _everything()


def _kept_from_public(facts: Facts, who: Candidate, asked: Request, decision: Decision) -> Answer:
    """A public policy admits nobody outside while Block Public Access restricts it (rule 2.1.5)."""
    allowed = Answer("holds", (_reason(asked, decision),))
    if who.kind not in ("everyone", "public") or leg_of(facts, asked.resource) != "bucket":
        return allowed
    restricts = restricts_public(facts)
    if isinstance(restricts, Unseen):
        return Answer("unknown", unknown=(restricts.call,))
    return NO if restricts else allowed


def _reason(asked: Request, decision: Decision) -> Reason:
    ref = decision.statement
    if ref is None:
        return Reason(asked.action, decision.layer)
    statement = ref.sid or f"number {ref.index + 1}"
    return Reason(asked.action, decision.layer, ref.policy, statement)


def requests(
    facts: Facts, who: Candidate, action: str, about: tuple[Sample, ...]
) -> Iterator[Request]:
    """The requests to ask about: those it is known to make, else samples of what it could."""
    known = [asked for asked in who.exact if asked.action == action]
    if known:
        yield from known
    elif who.target:
        yield _request(facts, who, action, who.target, {})
    elif action.startswith("kms:"):
        yield from _to_key(facts, who, action, about)
    elif is_about_objects(action):
        for sample in about:
            yield _request(facts, who, action, sample.object_arn, {})
    else:
        yield _request(facts, who, action, facts.fleet.bucket_arn, {})


_THROUGH_S3: Final = frozenset({"kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt"})


def _to_key(
    facts: Facts, who: Candidate, action: str, about: tuple[Sample, ...]
) -> Iterator[Request]:
    """A log's key is asked for by S3, in the log's context; the key itself is asked directly."""
    if action not in _THROUGH_S3:
        yield _request(facts, who, action, key_arn(facts), {})
        return
    via = {} if who.kind == "service" else {"kms:viaservice": _via(facts)}
    for sample in about:
        yield _request(facts, who, action, key_arn(facts), {**via, **dict(sample.context)})


def _via(facts: Facts) -> str:
    return f"s3.{facts.fleet.archive_region}.amazonaws.com"


def _request(
    facts: Facts, who: Candidate, action: str, resource: Arn, context: dict[str, str]
) -> Request:
    """A request of which nothing is known but who makes it, over TLS, and what it is about."""
    owner = owner_of(facts, resource) or (who.account if resource == "*" else "")
    return Request(
        f"arn:{facts.fleet.partition}:{OUTSIDER}" if who.kind == "everyone" else who.principal,
        action,
        resource,
        owner,
        Context({"aws:securetransport": "true", **dict(who.context), **context}),
        frozenset({"*"}),
        wildcard_only_action=resource == "*",
        in_management_account=organization.is_management(facts, who.account),
        resource_in_management_account=organization.is_management(facts, owner),
    )
