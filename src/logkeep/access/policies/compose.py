"""All grants and denials on one policy composed at once, foreign statements kept as they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, cast

import msgspec

from logkeep.policy import Kind
from logkeep.policy.write import (
    Statement,
    document_of,
    one_or_many,
    statements,
    text_of,
    texts,
    with_statements,
)
from logkeep.route import Denies, Grant
from logkeep.value import AccountId, Json

Form = Literal["exact", "short"]
DENY_SIDS = {
    "bucket-deletable": "LogkeepKeepLogs",
    "encryption-unforced": "LogkeepEncryption",
    "key-endable": "LogkeepKeepKey",
    "logs-forgeable": "LogkeepOnlyServicesWrite",
    "settings-open": "LogkeepKeepSettings",
    "transport-open": "LogkeepTlsOnly",
}
SHORT = "Short"
"""How the Sid of the short form ends, which lists accounts instead of sources."""


class Composed(msgspec.Struct, frozen=True):
    """A policy that grants all that was asked."""

    text: str
    form: Form


class TooLong(msgspec.Struct, frozen=True):
    """No form of the policy is short enough."""

    length: int
    limit: int


def compose(
    text: str | None,
    grants: Sequence[Grant],
    denials: Iterable[Statement],
    limit: int,
    language: Kind = "resource",
) -> Composed | TooLong:
    """The policy in the first form that fits: exact ARNs, else accounts; independent of order."""
    document = document_of(text)
    existing = statements(document)
    denied = list(denials)
    exact = _exact(existing, grants, language)
    attempts: list[tuple[Form, list[Statement]]] = [("short", _short(existing, grants, language))]
    if not _short_accounts(existing) - {grant.account for grant in grants}:
        attempts.insert(0, ("exact", exact))
    length = 0
    for form, ours in attempts:
        candidate = _assembled(document, existing, [*ours, *denied], grants)
        length = len(candidate.encode())
        if length <= limit:
            return Composed(candidate, form)
    return TooLong(length, limit)


def without_ours(text: str | None, sids: frozenset[str]) -> str | None:
    """The policy without the statements that bear these Sids; None where nothing is left."""
    document = document_of(text)
    kept = [s for s in statements(document) if s.get("Sid") not in sids]
    return text_of({**document, "Statement": kept}) if kept else None


def grant_sids(grant: Grant) -> frozenset[str]:
    """The Sids of the statement that says a grant, in either form."""
    return frozenset({grant.sid, _short_sid(grant)})


def sids_of(grants: Iterable[Grant]) -> frozenset[str]:
    """The Sids by which our statements are told from foreign ones, in either form."""
    return frozenset(DENY_SIDS.values()).union(*map(grant_sids, grants))


def _assembled(
    document: dict[str, Json],
    existing: list[Statement],
    ours: list[Statement],
    grants: Sequence[Grant],
) -> str:
    replaced = sids_of(grants) | {statement["Sid"] for statement in ours}
    foreign = [s for s in existing if s.get("Sid") not in replaced]
    head = {k: v for k, v in document.items() if k != "Statement"}
    return text_of(with_statements(head, [*foreign, *sorted(ours, key=lambda s: s["Sid"])]))


def denial(need: Denies) -> Statement:
    """The statement that closes these actions to everybody but those meant."""
    condition: dict[str, Json] = {}
    if need.but:
        condition["ArnNotLike"] = {"aws:PrincipalArn": one_or_many(need.but)}
    for operator, key, value in need.condition:
        condition.setdefault(operator, {})[key] = value
    if need.context and not need.condition:
        condition["Bool"] = dict(need.context)
    return {
        "Sid": DENY_SIDS[need.code],
        "Effect": "Deny",
        "Principal": "*",
        "Action": one_or_many(need.actions),
        "Resource": one_or_many(need.closes),
        **({"Condition": condition} if condition else {}),
    }


def _exact(existing: list[Statement], grants: Sequence[Grant], language: Kind) -> list[Statement]:
    """One statement a Sid, naming every source; what ours named already stays named."""
    by_sid: dict[str, list[Grant]] = {}
    for grant in grants:
        by_sid.setdefault(grant.sid, []).append(grant)
    return [_statement(_ours(existing, sid), asked, language) for sid, asked in by_sid.items()]


def _ours(existing: list[Statement], sid: str) -> Statement:
    nothing: Statement = {}
    return next((s for s in existing if s.get("Sid") == sid), nothing)


def _statement(before: Statement, asked: list[Grant], language: Kind) -> Statement:
    """All grants of one Sid; a role's policy names no principal, and a trust no resource."""
    first = asked[0]
    condition: dict[str, dict[str, Json]] = {}
    sources = {g.source for g in asked if g.source}
    if sources:
        named = sources | _values(before, first.by, "aws:SourceArn")
        condition[first.by] = {"aws:SourceArn": one_or_many(named)}
    for operator, key, value in first.fixed:
        condition.setdefault(operator, {})[key] = value
    for operator, key in dict.fromkeys((o, k) for g in asked for o, k, _ in g.listed):
        values = {v for g in asked for o, k, v in g.listed if (o, k) == (operator, key)}
        named = values | _values(before, operator, key)
        condition.setdefault(operator, {})[key] = one_or_many(named)
    return {
        "Sid": first.sid,
        "Effect": "Allow",
        **({"Principal": _principal(asked)} if language != "identity" else {}),
        "Action": one_or_many(first.actions),
        **({"Resource": _resource(before, asked, language)} if language != "trust" else {}),
        **({"Condition": condition} if condition else {}),
    }


def _resource(before: Statement, asked: list[Grant], language: Kind) -> Json:
    """What is asked for, and what ours named before; a role's policy is ours altogether."""
    kept = texts(before.get("Resource")) if language == "identity" else ()
    return one_or_many({*_resources(asked), *kept, *_kept_resources(before, asked[0])})


def _resources(asked: list[Grant]) -> set[str]:
    return {resource for grant in asked for resource in (grant.resource, *grant.also)}


def _principal(asked: list[Grant]) -> Json:
    people: set[str] = {grant.principal for grant in asked if grant.principal.startswith("arn:")}
    return {"AWS": one_or_many(people)} if people else {"Service": asked[0].principal}


def _values(statement: Statement, operator: str, key: str) -> set[str]:
    """The texts a statement of ours lists under a condition key."""
    condition = cast(dict[str, dict[str, Json]], statement.get("Condition") or {})
    return set(texts(condition.get(operator, {}).get(key)))


def _kept_resources(before: Statement, grant: Grant) -> set[str]:
    """The resources ours named already, as far as they lie where the grant's may lie."""
    if not grant.source:
        return set()
    start = grant.broad.rstrip("*")
    return {text for text in texts(before.get("Resource")) if text.startswith(start)}


def _short_sid(grant: Grant) -> str:
    service = grant.principal.split(".")[0].replace("-", "").title()
    return f"Logkeep{service}{SHORT}" if grant.source else grant.sid


def _short_accounts(existing: list[Statement]) -> set[AccountId]:
    """The accounts that a short statement of ours lists."""
    ours = [s for s in existing if str(s.get("Sid", "")).startswith("Logkeep")]
    short = [s for s in ours if str(s["Sid"]).endswith(SHORT)]
    return {v for s in short for v in _values(s, "StringEquals", "aws:SourceAccount")}


def _short(existing: list[Statement], grants: Sequence[Grant], language: Kind) -> list[Statement]:
    """One statement a service that lists accounts; grants without a source stay exact."""
    by_service: dict[str, list[Grant]] = {}
    for grant in grants:
        if grant.source:
            by_service.setdefault(grant.principal, []).append(grant)
    rest = _exact(existing, [grant for grant in grants if not grant.source], language)
    kept = _short_accounts(existing)
    return [*rest, *(_short_statement(asked, kept) for asked in by_service.values())]


def _short_statement(asked: list[Grant], kept: set[AccountId]) -> Statement:
    """Gives up telling one account's trail and folder from another's (rule 1.4.4)."""
    accounts = {grant.account for grant in asked} | kept
    condition: dict[str, dict[str, Json]] = {
        "StringEquals": {"aws:SourceAccount": one_or_many(accounts)}
    }
    for operator, key, value in {entry for grant in asked for entry in grant.fixed}:
        condition.setdefault(f"{operator}IfExists", {})[key] = value
    return {
        "Sid": _short_sid(asked[0]),
        "Effect": "Allow",
        "Principal": {"Service": asked[0].principal},
        "Action": one_or_many({action for grant in asked for action in grant.actions}),
        "Resource": one_or_many({grant.broad for grant in asked}),
        "Condition": condition,
    }
