"""All grants and denials on one policy composed at once, foreign statements kept as they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, cast

import msgspec

from logkeep.route import Denies, Grant
from logkeep.value import AccountId, Json

Statement = dict[str, Json]
Form = Literal["exact", "short"]
DENY_SIDS = {
    "bucket-deletable": "LogkeepKeepLogs",
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
    text: str | None, grants: Sequence[Grant], denials: Iterable[Statement], limit: int
) -> Composed | TooLong:
    """The policy in the first form that fits: exact ARNs, else accounts; independent of order."""
    document = cast(dict[str, Json], msgspec.json.decode(text)) if text else {}
    existing = statements_of(document)
    denied = list(denials)
    exact = _exact(existing, grants)
    attempts: list[tuple[Form, list[Statement]]] = [("short", _short(existing, grants))]
    if not _short_accounts(existing) - {grant.account for grant in grants}:
        attempts.insert(0, ("exact", exact))
    length = 0
    for form, ours in attempts:
        candidate = _assembled(document, existing, [*ours, *denied], grants)
        length = len(candidate.encode())
        if length <= limit:
            return Composed(candidate, form)
    return TooLong(length, limit)


def statements_of(document: dict[str, Json]) -> list[Statement]:
    """The statements of a policy; AWS takes one alone without its list."""
    body = document.get("Statement", [])
    return cast(list[Statement], body if isinstance(body, list) else [body])


def without_ours(text: str | None, sids: frozenset[str]) -> str | None:
    """The policy without the statements that bear these Sids; None where nothing is left."""
    if text is None:
        return None
    document = cast(dict[str, Json], msgspec.json.decode(text))
    kept = [s for s in statements_of(document) if s.get("Sid") not in sids]
    return msgspec.json.encode({**document, "Statement": kept}).decode() if kept else None


def sids_of(grants: Iterable[Grant]) -> frozenset[str]:
    """The Sids by which our statements are told from foreign ones, in either form."""
    exact = {grant.sid for grant in grants}
    return frozenset(exact | {_short_sid(grant) for grant in grants} | set(DENY_SIDS.values()))


def _assembled(
    document: dict[str, Json],
    existing: list[Statement],
    ours: list[Statement],
    grants: Sequence[Grant],
) -> str:
    replaced = sids_of(grants) | {statement["Sid"] for statement in ours}
    foreign = [s for s in existing if s.get("Sid") not in replaced]
    head = {"Version": "2012-10-17", **{k: v for k, v in document.items() if k != "Statement"}}
    body = [*foreign, *sorted(ours, key=lambda s: s["Sid"])]
    return msgspec.json.encode({**head, "Statement": body}).decode()


def denial(need: Denies) -> Statement:
    """The statement that closes these actions to everybody but those meant."""
    condition: dict[str, Json] = {}
    if need.but:
        condition["ArnNotLike"] = {"aws:PrincipalArn": one_or_many(need.but)}
    if need.context:
        condition["Bool"] = dict(need.context)
    return {
        "Sid": DENY_SIDS[need.code],
        "Effect": "Deny",
        "Principal": "*",
        "Action": one_or_many(need.actions),
        "Resource": one_or_many(need.closes),
        **({"Condition": condition} if condition else {}),
    }


def one_or_many(values: Iterable[str]) -> Json:
    """A single value as itself, several as a sorted list."""
    listed = sorted(set(values))
    return listed[0] if len(listed) == 1 else listed


def _exact(existing: list[Statement], grants: Sequence[Grant]) -> list[Statement]:
    """One statement a Sid, naming every source; what ours named already stays named."""
    by_sid: dict[str, list[Grant]] = {}
    for grant in grants:
        by_sid.setdefault(grant.sid, []).append(grant)
    return [_statement(_ours(existing, sid), asked) for sid, asked in by_sid.items()]


def _ours(existing: list[Statement], sid: str) -> Statement:
    nothing: Statement = {}
    return next((s for s in existing if s.get("Sid") == sid), nothing)


def _statement(before: Statement, asked: list[Grant]) -> Statement:
    first = asked[0]
    condition: dict[str, dict[str, Json]] = {}
    sources = {g.source for g in asked if g.source}
    if sources:
        named = sources | _values(before, "StringEquals", "aws:SourceArn")
        condition["StringEquals"] = {"aws:SourceArn": one_or_many(named)}
    for operator, key, value in first.fixed:
        condition.setdefault(operator, {})[key] = value
    for operator, key in dict.fromkeys((o, k) for g in asked for o, k, _ in g.listed):
        values = {v for g in asked for o, k, v in g.listed if (o, k) == (operator, key)}
        named = values | _values(before, operator, key)
        condition.setdefault(operator, {})[key] = one_or_many(named)
    return {
        "Sid": first.sid,
        "Effect": "Allow",
        "Principal": _principal(asked),
        "Action": one_or_many(first.actions),
        "Resource": one_or_many(_resources(asked) | _kept_resources(before, first)),
        **({"Condition": condition} if condition else {}),
    }


def _resources(asked: list[Grant]) -> set[str]:
    return {resource for grant in asked for resource in (grant.resource, *grant.also)}


def _principal(asked: list[Grant]) -> Json:
    people: set[str] = {grant.principal for grant in asked if grant.principal.startswith("arn:")}
    return {"AWS": one_or_many(people)} if people else {"Service": asked[0].principal}


def _values(statement: Statement, operator: str, key: str) -> set[str]:
    """The texts a statement of ours lists under a condition key."""
    condition = cast(dict[str, dict[str, Json]], statement.get("Condition") or {})
    found = condition.get(operator, {}).get(key, [])
    return _texts(found)


def _texts(found: Json) -> set[str]:
    listed = cast(list[Json], found if isinstance(found, list) else [found])
    return {value for value in listed if isinstance(value, str)}


def _kept_resources(before: Statement, grant: Grant) -> set[str]:
    """The resources ours named already, as far as they lie where the grant's may lie."""
    if not grant.source:
        return set()
    start = grant.broad.rstrip("*")
    return {text for text in _texts(before.get("Resource", [])) if text.startswith(start)}


def _short_sid(grant: Grant) -> str:
    service = grant.principal.split(".")[0].replace("-", "").title()
    return f"Logkeep{service}{SHORT}" if grant.source else grant.sid


def _short_accounts(existing: list[Statement]) -> set[AccountId]:
    """The accounts that a short statement of ours lists."""
    ours = [s for s in existing if str(s.get("Sid", "")).startswith("Logkeep")]
    short = [s for s in ours if str(s["Sid"]).endswith(SHORT)]
    return {v for s in short for v in _values(s, "StringEquals", "aws:SourceAccount")}


def _short(existing: list[Statement], grants: Sequence[Grant]) -> list[Statement]:
    """One statement a service that lists accounts; grants without a source stay exact."""
    by_service: dict[str, list[Grant]] = {}
    for grant in grants:
        if grant.source:
            by_service.setdefault(grant.principal, []).append(grant)
    rest = _exact(existing, [grant for grant in grants if not grant.source])
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
