"""Whom a policy's Allow statements can admit at all to an action on a resource.

Read from the policy itself, so that nobody has to be enumerated. Conditions are ignored, but that
a `*` is narrowed where a condition names the principal exactly: a positive operator without
IfExists or set operator, on aws:PrincipalArn, aws:PrincipalAccount, kms:CallerAccount,
aws:PrincipalServiceName or aws:PrincipalOrgID, by values without variables. Whom they leave out is
left out for certain: whoever carries none of these keys is refused by the condition itself. A
pattern of aws:PrincipalArn narrows to the account it names, whole; other wildcards do not narrow.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from logkeep.policy.conditions import read_operator
from logkeep.policy.document import Policy
from logkeep.policy.facts import Facts
from logkeep.policy.principals import account_named
from logkeep.policy.statement import Statement
from logkeep.policy.values import Request, StatementRef


class Admitted(msgspec.Struct, frozen=True):
    """Everyone whom a policy's Allow statements can admit, their conditions set aside."""

    anyone: bool = False
    """A `*` stands that nothing narrows, or only to the members of `organizations`."""
    accounts: frozenset[str] = frozenset()
    """Accounts whose principals are admitted: named, or all that a `*` is narrowed to."""
    principals: frozenset[str] = frozenset()
    """ARNs of users, roles and sessions."""
    services: frozenset[str] = frozenset()
    federated: frozenset[str] = frozenset()
    organizations: frozenset[str] = frozenset()
    """If not empty, `anyone` means any principal of these."""
    canonical_users: bool = False
    """An S3 canonical user id is named: whose account that is, the policy does not say."""
    statements: tuple[StatementRef, ...] = ()
    narrowed: tuple[str, ...] = ()
    """Which conditions narrowed a `*`: `Sid: StringEquals/aws:PrincipalOrgID`."""


def admits(policy: Policy, action: str, resource: str | None = None) -> Admitted:
    """Return whom a policy can admit to an action on a resource; or, of none, on any at all."""
    facts = Facts(Request("anonymous", action, resource or "*", unknown=frozenset("*")))
    about = ("Action",) if resource is None else ("Action", "Resource")
    found = [_admitted(s) for s in policy.statements if s.allows and _may_concern(s, facts, about)]
    return _together(found)


def _may_concern(statement: Statement, facts: Facts, about: tuple[str, ...]) -> bool:
    """Return whether action and resource can match; a resource with a variable can."""
    concerning = (e for e in statement.elements if e.name.endswith(about))
    return all(e.check(facts) is not False or _open(e.wanted) for e in concerning)


def _open(values: Iterable[str]) -> bool:
    return any("${" in value for value in values)


def _admitted(statement: Statement) -> Admitted:
    named = statement.principals
    by = (statement.ref,)
    if named is None or named.everyone:
        return _narrowed(statement)
    return Admitted(
        accounts=frozenset(named.accounts),
        principals=frozenset(arn for arn in named.arns if not account_named(arn)),
        services=_without_star(named.services),
        federated=named.federated,
        anyone="*" in named.services,
        canonical_users=named.canonical,
        statements=by,
    )


def _without_star(names: frozenset[str]) -> frozenset[str]:
    return names - {"*"}


_NARROWING: Final = (
    "aws:principalarn",
    "aws:principalaccount",
    "kms:calleraccount",
    "aws:principalservicename",
    "aws:principalorgid",
)
"""In order of how exactly they name: the first that a statement asks for is the one that counts."""
_EXACT: Final = ("StringEquals", "StringLike", "ArnEquals", "ArnLike")


def _narrowed(statement: Statement) -> Admitted:
    """Return whom a `*` admits once a condition names the principal."""
    asked: dict[str, tuple[str, tuple[str, ...]]] = {}
    for element in statement.elements:
        operator, _, key = element.key.partition("/")
        if element.name == "Condition" and _names_exactly(operator, key, element.wanted):
            asked.setdefault(key.lower(), (element.key, element.wanted))
    for key in _NARROWING:
        if key in asked:
            written, values = asked[key]
            says = f"{statement.ref.sid or statement.ref.index}: {written}"
            return _by_key(key, frozenset(values), (statement.ref,), (says,))
    return Admitted(anyone=True, statements=(statement.ref,))


def _by_key(
    key: str, values: frozenset[str], by: tuple[StatementRef, ...], how: tuple[str, ...]
) -> Admitted:
    match key:
        case "aws:principalarn":
            plain = frozenset(value for value in values if not _is_wild(value))
            accounts = frozenset(value.split(":")[4] for value in values - plain)
            return Admitted(principals=plain, accounts=accounts, statements=by, narrowed=how)
        case "aws:principalservicename":
            return Admitted(services=values, statements=by, narrowed=how)
        case "aws:principalorgid":
            return Admitted(anyone=True, organizations=values, statements=by, narrowed=how)
        case _:
            return Admitted(accounts=values, statements=by, narrowed=how)


def _is_wild(value: str) -> bool:
    return "*" in value or "?" in value


def _names_exactly(operator: str, key: str, values: tuple[str, ...]) -> bool:
    name = read_operator(operator)
    if name is None or name.quantifier or name.if_exists or name.base not in _EXACT:
        return False
    wild = name.base != "StringEquals" and any(map(_is_wild, values))
    if key.lower() == "aws:principalarn":
        return not _open(values) and (not wild or all(map(_names_account, values)))
    return not wild and not _open(values)


def _names_account(arn: str) -> bool:
    """Return whether an ARN pattern keeps to one account: the account part has no wildcard."""
    parts = arn.split(":", 5)
    return len(parts) == 6 and len(parts[4]) == 12 and parts[4].isdigit()


def _together(found: Iterable[Admitted]) -> Admitted:
    every = tuple(found)
    if len(every) == 1:
        return every[0]
    everywhere = any(one.anyone and not one.organizations for one in every)
    return Admitted(
        anyone=any(one.anyone for one in every),
        accounts=frozenset[str]().union(*(one.accounts for one in every)),
        principals=frozenset[str]().union(*(one.principals for one in every)),
        services=frozenset[str]().union(*(one.services for one in every)),
        federated=frozenset[str]().union(*(one.federated for one in every)),
        organizations=frozenset[str]().union(
            *(one.organizations for one in every if not everywhere)
        ),
        canonical_users=any(one.canonical_users for one in every),
        statements=tuple(ref for one in every for ref in one.statements),
        narrowed=tuple(says for one in every for says in one.narrowed),
    )
