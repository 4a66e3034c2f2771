"""Who else could: does a policy deny something to everybody, or let more in than it should?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

import msgspec

from logkeep.archive import organization, people
from logkeep.archive.hops import as_reader
from logkeep.facts import Facts
from logkeep.policy import Layers, Malformed, Policy, admits, decide, read_policy, request
from logkeep.value import AccountId, Arn, Json, Seen, Unseen, parse_arn

STRANGER = "role/anybody-with-every-permission"
"""Stands for whoever comes: a role that its own account allows everything."""
PRINCIPAL_ARN = "aws:principalarn"
NEGATED = frozenset({"arnnotlike", "arnnotequals", "stringnotequals", "stringnotlike"})


class Could(msgspec.Struct, frozen=True):
    """Who could do something, and whom it was not possible to ask about."""

    who: tuple[Arn, ...]
    unknown: tuple[str, ...]


def excepted(
    document: Json, action: str, resource: Arn, context: Mapping[str, str], account: AccountId
) -> frozenset[str] | None:
    """Whom a policy's Denies leave out for an action; None where nothing denies it to everybody."""
    found: frozenset[str] | None = None
    for statement in _statements(document):
        stripped, names = _without_exceptions(statement)
        if stripped is not None and _denies(stripped, action, resource, context, account):
            found = names if found is None else found & names
    return found


def _statements(document: Json) -> Iterator[dict[str, Json]]:
    """The Deny statements that speak of everybody."""
    body = cast(Mapping[str, Json], document).get("Statement", [])
    statements = cast(list[dict[str, Json]], body if isinstance(body, list) else [body])
    for statement in statements:
        principal = statement.get("Principal")
        if statement.get("Effect") == "Deny" and principal in ("*", {"AWS": "*"}, {"AWS": ["*"]}):
            yield statement


def _without_exceptions(
    statement: dict[str, Json],
) -> tuple[dict[str, Json] | None, frozenset[str]]:
    """The statement without its exception by aws:PrincipalArn, and whom that leaves out.

    A statement with two such exceptions is not understood and counts as saying nothing.
    """
    condition = cast(dict[str, dict[str, Json]], statement.get("Condition") or {})
    kept: dict[str, dict[str, Json]] = {}
    names: list[frozenset[str]] = []
    for operator, keys in condition.items():
        for name, values in keys.items():
            plain = operator.lower().removesuffix("ifexists")
            if name.lower() == PRINCIPAL_ARN and plain in NEGATED:
                names.append(
                    frozenset(cast(list[str], values if isinstance(values, list) else [values]))
                )
            else:
                kept.setdefault(operator, {})[name] = values
    if len(names) > 1:
        return None, frozenset()
    rest = {key: value for key, value in statement.items() if key != "Condition"}
    return {**rest, **({"Condition": kept} if kept else {})}, names[0] if names else frozenset()


def _denies(
    statement: dict[str, Json],
    action: str,
    resource: Arn,
    context: Mapping[str, str],
    account: AccountId,
) -> bool:
    """Whether a statement alone denies an action to a stranger of whom nothing else is known."""
    read = read_policy({"Version": "2012-10-17", "Statement": [statement]}, "resource", "deny")
    if isinstance(read, Malformed):
        return False
    asked = request(
        principal=f"arn:aws:iam::{account}:{STRANGER}",
        action=action,
        resource=resource,
        resource_account=account,
        context=dict(context),
        unknown=frozenset({"*"}),
    )
    return decide(asked, Layers(resource=read)).outcome == "ExplicitlyDenied"


def could_decrypt(facts: Facts, policy: Policy, key_arn: Arn, but: Iterable[Arn]) -> Could:
    """Which users and roles but these the key lets decrypt logs; every admitted one is asked."""
    admitted = admits(policy, "kms:Decrypt", key_arn)
    allowed = frozenset(but)
    who: list[Arn] = ["everybody"] if admitted.anyone else []
    unknown: list[str] = []
    candidates = set(admitted.principals)
    for account in sorted(admitted.accounts):
        found = people.principals(facts, account)
        if isinstance(found, Seen):
            candidates.update(found.value)
            candidates.add(f"arn:{facts.fleet.partition}:iam::{account}:root")
        else:
            why = found.error if isinstance(found, Unseen) else "is not there"
            unknown.append(f"{found.call}: {why}")
    for principal in sorted(candidates - allowed):
        outcome = _may_decrypt(facts, policy, principal, key_arn)
        if outcome == "Allowed":
            who.append(principal)
        elif outcome == "Unknown":
            unknown.append(principal)
    return Could(tuple(who), tuple(unknown))


def _may_decrypt(facts: Facts, policy: Policy, principal: Arn, key_arn: Arn) -> str:
    parts = parse_arn(principal)
    account = parts.account if parts else ""
    asked = as_reader(facts, principal, account, "kms:Decrypt", key_arn)
    layers = people.layers(facts, principal)
    rcps = organization.levels(facts, asked.resource_account, "rcp")
    return decide(asked, msgspec.structs.replace(layers, resource=policy, rcps=rcps)).outcome
