"""Why a request of an upload or a replication does not pass, in a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from logkeep.policy import Decision, Explanation, Policy, Request, StatementRef
from logkeep.policy.write import as_list
from logkeep.show.storage.words import OTHER, PUT, REPLICA, say
from logkeep.show.why import LAYERS, nearest_words, place_words
from logkeep.storage.configuration import Mistake
from logkeep.storage.fate import Miss
from logkeep.storage.operations import Answered
from logkeep.storage.upload import Doubt, Refusal
from logkeep.words.plain import clean, few


def refusal_words(refusal: Refusal, policy: object = None) -> str:
    """Why an upload is refused."""
    values = _values(refusal.asked, refusal.explanation, policy)
    return say(PUT, refusal.reason, **values, detail=refusal.detail)


def doubt_words(doubt: Doubt) -> str:
    """What cannot be told of an upload."""
    values = _values(doubt.asked, doubt.explanation, None)
    return say(PUT, doubt.reason, **{**values, "unknown": few(doubt.unknown, 3)})


def miss_words(miss: Miss) -> str:
    """Why there is no replica, or why that cannot be told."""
    values = _refused_by(miss.asked, miss.decided(), None)
    says = say(REPLICA, miss.reason, **values, detail=miss.detail)
    is_open = miss.kind == "unknown" and miss.asked is not None
    return f"perhaps {says}" if is_open else says


def answered_words(answered: Answered) -> str:
    """Why S3 does not accept a setting."""
    return say(OTHER, answered.reason, detail=answered.detail) if answered.reason else ""


def _values(
    asked: Request | None, explanation: Explanation | None, policy: object
) -> dict[str, str]:
    """What the sentences speak of, among it who stays silent."""
    found = _refused_by(asked, explanation.decision if explanation else None, policy)
    if explanation is not None:
        silent = [near.layer for near in explanation.nearest] or [explanation.decision.layer]
        named = [LAYERS[each] for each in dict.fromkeys(silent) if each in LAYERS]
        found["silent"] = few(named, 3)
    return found


def _refused_by(asked: Request | None, decision: Decision | None, policy: object) -> dict[str, str]:
    """What the sentences speak of: the action, who denies it, and the encryption context."""
    if asked is None:
        return {}
    found: dict[str, str] = {"action": asked.action, "principal": asked.principal}
    context = asked.context.get("kms:encryptioncontext:aws:s3:arn")
    if isinstance(context, str):
        found["context"] = f", whose encryption context is `{clean(context)}`"
    if decision is not None:
        statement = place_words(decision.statement, decision.layer)
        denied = decision.outcome == "ExplicitlyDenied"
        found["statement"] = statement
        found["because"] = _because(decision, policy)
        found["policies"] = statement if denied else "the policies"
    return found


def nearest_lines(explanation: Explanation | None) -> Iterator[str]:
    """The statements that were nearest to allowing."""
    for near in explanation.nearest if explanation else ():
        yield nearest_words(near)


def _because(decision: Decision, policy: object) -> str:
    """The conditions by which a Deny speaks."""
    tests = list(conditions_of(policy, decision.statement))
    return f": {few(tests, 3)}" if tests else ""


def conditions_of(policy: object, ref: StatementRef | None) -> Iterator[str]:
    """The conditions of a statement as they are written."""
    if ref is None or not isinstance(policy, Policy) or policy.name != ref.policy:
        return
    listed = as_list(policy.document.get("Statement", []))
    statements = cast("list[dict[str, Any]]", listed)
    tests = cast("Mapping[str, Mapping[str, Any]]", statements[ref.index].get("Condition") or {})
    for operator, each in tests.items():
        for name, values in each.items():
            wanted = few([f"`{clean(_as_text(text))}`" for text in as_list(values)], 3)
            yield f"{clean(operator)} {clean(name)} {wanted}"


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def mistake_words(mistake: Mistake) -> str:
    """What S3 does not accept in a replication configuration."""
    where = f"rule `{clean(mistake.rule)}`: " if mistake.rule else ""
    says = say(OTHER, mistake.reason, detail=mistake.detail)
    return f"{where}{says}; S3 answers {mistake.code} (HTTP {mistake.status})"
