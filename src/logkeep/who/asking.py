"""Whether one candidate may do one thing, asked of every policy that speaks about it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from logkeep.access import key, organization
from logkeep.access.bucket import known
from logkeep.access.now import of_now
from logkeep.access.own_side import (
    all_allowed,
    as_stranger,
    is_strangers,
    nobodys_account,
    outsider,
)
from logkeep.access.policies.by_access_point import (
    decide_any_way,
    lists_by_points,
    points_legs,
)
from logkeep.access.policies.speaking import (
    grants_are_by_acl,
    layers_for,
    part_of_archive,
    restricts_public,
    with_acls,
    with_resource,
)
from logkeep.access.shapes import of_layers
from logkeep.archive.key_end import OF_ALIAS, alias_arn
from logkeep.archive.sample import Sample
from logkeep.archive.strangers import whose_source
from logkeep.policy import (
    Context,
    Decision,
    Layers,
    Request,
)
from logkeep.policy.awss_own import kept_by_aws
from logkeep.policy.every_name import Undecided
from logkeep.snapshot.facts import Facts, remembered, remembered_by
from logkeep.sources.samples import samples
from logkeep.sources.whose import owner_of
from logkeep.value import Arn, Unseen, Verdict
from logkeep.who.candidates import Candidate, is_about_objects
from logkeep.who.every_object import beside_today
from logkeep.who.grants import grants
from logkeep.who.one_decision import one_of_each
from logkeep.who.peers import sight_of
from logkeep.who.shortcuts import PEOPLE, has_no_leave, is_unnamed, named_ways
from logkeep.who.values import Power, Reason


class Answer(NamedTuple):
    """Whether it may, why, and what would settle an unknown."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    unknown: tuple[str, ...] = ()
    everywhere: bool = False
    """Whether it is known to be the same for every log."""


NO: Final = Answer("fails")


def holds(facts: Facts, who: Candidate, power: Power) -> Answer:
    """Whether a candidate holds a power in any of its ways; the reasons of all ways together."""
    answers = [_by_way(facts, who, way) for way in named_ways(facts, who, power)]
    able = [answer for answer in answers if answer.verdict == "holds"]
    if able:
        return Answer("holds", tuple(dict.fromkeys(r for a in able for r in a.reasons)))
    return _in_doubt(answers)


def _by_way(facts: Facts, who: Candidate, way: tuple[str, ...]) -> Answer:
    """Whether all actions of a way pass for one and the same log."""
    if len(way) == 1:
        return may(facts, who, way[0])
    answers: list[Answer] = []
    for action in way:
        answers.append(may(facts, who, action))
        if answers[-1].verdict == "fails":
            return NO
    if hold_together(answers):
        return _all(answers)
    return _as_peers(facts, who, way)


def hold_together(answers: Sequence[Answer]) -> bool:
    """Whether all hold, and all but one for every log: whichever the one does, they do too."""
    sure = all(answer.verdict == "holds" for answer in answers)
    return sure and sum(not answer.everywhere for answer in answers) <= 1


def _as_peers(facts: Facts, who: Candidate, way: tuple[str, ...]) -> Answer:
    """The answer for a candidate, found once for all whom no policy tells apart."""
    is_plain = who.kind in _PLAIN and not who.target and not who.rights
    if is_plain and not who.is_about_one and _is_about_all(facts, who, way):
        return _of_peers(facts, who, way)
    return _asked(facts, who, way)


_PLAIN: Final = PEOPLE - {"account"}


def _is_about_all(facts: Facts, who: Candidate, way: tuple[str, ...]) -> bool:
    """Whether every log is asked about, or it is the same for each."""
    return not any(_varies(who, action) for action in way) or who.samples is samples(facts)


def sights_of(facts: Facts, who: Candidate, way: tuple[str, ...]) -> Hashable:
    """All that the policies see of a candidate who asks for these actions."""
    return way, tuple(_sight(facts, who, action) for action in way)


@remembered_by(sights_of)
def _of_peers(facts: Facts, who: Candidate, way: tuple[str, ...]) -> Answer:
    """The answer for all of whom every policy sees the same."""
    return _asked(facts, who, way)


def _by_name(_facts: Facts, who: Candidate, action: str) -> Hashable:
    return who.principal, who.kind, action


@remembered_by(_by_name)
def _sight(facts: Facts, who: Candidate, action: str) -> Hashable:
    asked = next(requests(facts, who, action, who.samples[:1]))
    layers = layers_of(facts, who, asked)
    legs = points_legs(facts, asked, layers)
    return sight_of(facts, asked, layers), *(sight_of(facts, *leg) for leg in legs)


def _asked(facts: Facts, who: Candidate, way: tuple[str, ...]) -> Answer:
    """Whether all actions of a way pass for any log worth asking about."""
    about, undecided = worth_asking(facts, who, way)
    if len(way) == 1:
        found = _first(facts, who, way[0], about)
        if found.verdict != "holds" and undecided:
            found = _in_doubt((found, Answer("unknown", unknown=undecided)))
        return found._replace(everywhere=len(about) == 1 and not undecided)
    doubted = [Answer("unknown", unknown=undecided)] if undecided else []
    for sample in about:
        both = _all([_first(facts, who, action, (sample,)) for action in way])
        if both.verdict == "holds":
            return both
        doubted.append(both)
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
    if is_unnamed(facts, who, action) or has_no_leave(facts, who, action):
        return NO
    if action in OF_ALIAS and not who.target:
        named = msgspec.structs.replace(who, target=alias_arn(facts))
        return _all([_may(facts, who, action), _may(facts, named, action)])
    return _may(facts, who, action)


def _may(facts: Facts, who: Candidate, action: str) -> Answer:
    if who.rights:
        return _asked(facts, who, (action,))
    return _may_as_peers(facts, who, action)


def _by_whom(_facts: Facts, who: Candidate, action: str) -> Hashable:
    return who.principal, who.kind, who.account, action, who.target, who.samples[:1]


@remembered_by(_by_whom)
def _may_as_peers(facts: Facts, who: Candidate, action: str) -> Answer:
    return _as_peers(facts, who, (action,))


def worth_asking(
    facts: Facts, who: Candidate, way: tuple[str, ...]
) -> tuple[tuple[Sample, ...], tuple[str, ...]]:
    """The logs to ask about: of those that all policies decide alike for these actions, one.

    Today's come first, then what lies or will lie beside them. Second is what keeps from telling
    these apart.
    """
    if who.is_about_one:
        return who.samples, ()
    varying = [action for action in way if _varies(who, action)]
    first = who.samples[:1]
    if not varying:
        return first, ()
    about: Iterable[Request]
    about = (asked for action in varying for asked in requests(facts, who, action, first))
    if who.kind in NAMELESS:
        about = _by_each_name(facts, who, about)
    pairs = [(asked, layers_of(facts, who, asked)) for asked in about]
    today = one_of_each(facts, pairs) if who.samples is samples(facts) else who.samples
    by_points = {each for pair in pairs for each in lists_by_points(facts, *pair)}
    more = beside_today(facts, pairs, by_points)
    if isinstance(more, Undecided):
        return today, (f"which objects `{more.pattern}` names",)
    return (*today, *more), ()


def _varies(who: Candidate, action: str) -> bool:
    """Whether a request hangs on which log it is about."""
    is_known = who.target or any(asked.action == action for asked in who.exact)
    return not is_known and (action in _THROUGH_S3 or is_about_objects(action))


def _first(facts: Facts, who: Candidate, action: str, about: tuple[Sample, ...]) -> Answer:
    """Whether it passes for any of these logs."""
    doubted: list[Answer] = []
    found = requests(facts, who, action, about)
    for asked in _by_each_name(facts, who, found) if who.kind in NAMELESS else found:
        if kept_by_aws(asked.action, asked.resource):
            continue
        layers = layers_of(facts, who, asked)
        answer = _answer(facts, who, asked, decide_any_way(facts, asked, layers))
        if answer.verdict == "holds":
            return answer
        doubted.append(answer)
    return _in_doubt(doubted)


NAMELESS: Final = ("everyone", "account")
"""Whose name is not known: whatever name a policy asks for, one of them may have."""


def _by_each_name(facts: Facts, who: Candidate, asked: Iterable[Request]) -> Iterator[Request]:
    """The requests of somebody whose name is not known, by each name that a policy asks for."""
    for each in asked:
        for name in of_layers(layers_of(facts, who, each), each.principal):
            yield msgspec.structs.replace(each, principal=name)


def layers_of(facts: Facts, who: Candidate, asked: Request) -> Layers:
    """Every policy about a request."""
    layers = _layers_of if who.rights else _layers_of_one
    return layers(facts, who, asked)


def _about(facts: Facts, who: Candidate, asked: Request) -> Hashable:
    """What is the same of all that one candidate asks of one resource."""
    about = part_of_archive(facts, asked.resource) or asked.resource
    service = asked.action.partition(":")[0]
    return who.principal, who.kind, service, about, asked.resource_account


@remembered_by(_about)
def _layers_of_one(facts: Facts, who: Candidate, asked: Request) -> Layers:
    return _layers_of(facts, who, asked)


def _layers_of(facts: Facts, who: Candidate, asked: Request) -> Layers:
    layers = layers_for(facts, asked)
    if asked.action in OF_ALIAS and asked.resource == alias_arn(facts):
        layers = with_resource(layers, None)
    if part_of_archive(facts, asked.resource) == "key":
        layers = msgspec.structs.replace(layers, grants=grants(facts))
    at = known(facts, asked.resource) if asked.action.startswith("s3:") else None
    if at is not None and grants_are_by_acl(facts, at):
        stranger = nobodys_account(facts) if who.kind == "everyone" else ""
        layers = with_acls(facts, layers, at, stranger)
    if who.rights:
        identity, boundary = who.rights
        return msgspec.structs.replace(layers, identity=identity, boundary=boundary)
    if who.kind == "everyone":
        return all_allowed(layers)
    return as_stranger(layers) if is_strangers(facts, who.account) else layers


def _answer(facts: Facts, who: Candidate, asked: Request, decision: Decision) -> Answer:
    match decision.outcome:
        case "Allowed" if who.kind == "service" and (doubt := _whose(facts, who, asked)):
            return Answer("unknown", unknown=(doubt,))
        case "Allowed":
            return _kept_from_public(facts, who, asked, decision)
        case "Unknown":
            return Answer("unknown", unknown=decision.unknown)
        case "ImplicitlyDenied" | "ExplicitlyDenied":
            return NO


def _whose(facts: Facts, who: Candidate, asked: Request) -> str:
    """What is not known of a service that comes for no account of the fleet's by a bucket's ARN."""
    own = facts.fleet.accounts.values()
    return "" if who.account in own else whose_source(facts, asked.context)


def _kept_from_public(facts: Facts, who: Candidate, asked: Request, decision: Decision) -> Answer:
    """A public policy admits nobody outside while Block Public Access restricts it (rule 2.1.5)."""
    allowed = Answer("holds", (reason_of(asked, decision),))
    if who.kind not in ("everyone", "public") or part_of_archive(facts, asked.resource) != "bucket":
        return allowed
    if decision.layer == "acl":  # an ACL is restricted by what the engine knows of it
        return allowed
    restricts = restricts_public(facts)
    if isinstance(restricts, Unseen):
        return Answer("unknown", unknown=(restricts.call,))
    return NO if restricts else allowed


def reason_of(asked: Request, decision: Decision) -> Reason:
    """The layer and the statement by which a request passes."""
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
            for source in who.sources or ((),):
                yield _request(facts, who, action, sample.object_arn, dict(source))
    else:
        yield _request(facts, who, action, facts.fleet.bucket_arn, {})


_THROUGH_S3: Final = frozenset({"kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt"})


def _to_key(
    facts: Facts, who: Candidate, action: str, about: tuple[Sample, ...]
) -> Iterator[Request]:
    """A log's key is asked for by S3, in the log's context; the key itself is asked directly."""
    if action not in _THROUGH_S3:
        yield _request(facts, who, action, key.arn(facts), {})
        return
    via = {} if who.kind == "service" else {"kms:viaservice": _via(facts)}
    for sample in about:
        yield _request(facts, who, action, key.arn(facts), {**via, **dict(sample.context)})


def _via(facts: Facts) -> str:
    return f"s3.{facts.fleet.archive_region}.amazonaws.com"


@remembered
def _over_tls(facts: Facts) -> Context:
    return Context({"aws:SecureTransport": "true", **of_now(facts)})


def _request(
    facts: Facts, who: Candidate, action: str, resource: Arn, context: dict[str, str]
) -> Request:
    """A request of which nothing is known but who makes it, now, over TLS, and what it is about."""
    owner = owner_of(facts, resource) or (who.account if resource == "*" else "")
    return Request(
        outsider(facts) if who.kind == "everyone" else who.principal,
        action,
        resource,
        owner,
        _over_tls(facts).with_lowered({**dict(who.context), **context}),
        frozenset({"*"}),
        wildcard_only_action=resource == "*",
        in_management_account=organization.is_management(facts, who.account),
        resource_in_management_account=organization.is_management(facts, owner),
    )
