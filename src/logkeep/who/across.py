"""`who --across`: who may enter which account by which role, both sides evaluated.

A role is entered only by whom its trust names, so the trusts are read first and only those whom
they can admit are asked about.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from logkeep.access import people
from logkeep.access.assume_role import ASSUME, may_switch, switch_of
from logkeep.access.own_side import all_allowed
from logkeep.access.policies.speaking import layers_for, resource_layer
from logkeep.policy import Admitted, Decision, Policy, admits, decide
from logkeep.snapshot.facts import Facts
from logkeep.value import AccountId, Arn, Seen, Unseen, account_of
from logkeep.who.asking import OUTSIDER
from logkeep.who.values import Reason

EntrantKind: TypeAlias = Literal["user", "role", "account", "everyone", "federated"]
"""`account` is everybody of an account whose IAM could not be read, or is not the fleet's."""


class Entrant(msgspec.Struct, frozen=True):
    """Somebody of one account who may become a role of another, or of whom it cannot be told."""

    role: Arn
    """The role that is entered; its account is the one that is."""
    principal: str
    kind: EntrantKind
    account: AccountId = ""
    """Whose principal it is; empty for everyone and for identity providers."""
    certain: bool = True
    reason: Reason | None = None
    """The statement of the role's trust that lets it in."""
    unknown: tuple[str, ...] = ()


class Across(msgspec.Struct, frozen=True):
    """The whole answer: who may enter, and which accounts' roles could not be read."""

    fleet: str
    taken_at: datetime.datetime
    roles: int
    """How many roles were asked about."""
    entrants: tuple[Entrant, ...]
    unread: tuple[tuple[AccountId, str], ...]
    """Accounts whose roles nobody could read, and why."""


def across(facts: Facts) -> Across:
    """Everybody who may enter an account of the fleet from another, by which role."""
    fleet = facts.fleet
    unread: list[tuple[AccountId, str]] = []
    found: list[Entrant] = []
    roles = 0
    for account in sorted(fleet.accounts.values()):
        details = people.details(facts, account)
        if not isinstance(details, Seen):
            why = details.error if isinstance(details, Unseen) else "is not there"
            unread.append((account, f"{details.call}: {why}"))
            continue
        for role in sorted(details.value.role_detail_list, key=lambda each: each.arn):
            roles += 1
            found += _entrants(facts, role.arn)
    return Across(fleet.name, facts.snapshot.taken_at, roles, tuple(found), tuple(unread))


def _entrants(facts: Facts, role: Arn) -> Iterator[Entrant]:
    """Everybody of another account whom a role's trust can admit, each asked."""
    trust = resource_layer(facts, switch_of(facts, role, role))
    if not isinstance(trust, Policy):
        told = getattr(trust, "call", "") or "; ".join(getattr(trust, "mistakes", ()))
        yield Entrant(role, "*", "everyone", certain=False, unknown=(told or "its trust policy",))
        return
    admitted = admits(trust, ASSUME, role)
    for principal, kind in _asked(facts, role, admitted):
        yield from _entrant(facts, role, principal, kind)
    for provider in sorted(_federated(trust, role)):
        whose = account_of(provider)
        yield Entrant(role, provider, "federated", whose, certain=False, unknown=(BY_PROVIDER,))


def _federated(trust: Policy, role: Arn) -> frozenset[str]:
    """The identity providers by whose word a role is entered, from wherever they are."""
    calls = ("sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
    return frozenset[str]().union(*(admits(trust, call, role).federated for call in calls))


def _asked(facts: Facts, role: Arn, admitted: Admitted) -> Iterator[tuple[str, EntrantKind]]:
    """Whom to ask about: the named, the people of whole accounts, and strangers."""
    own = account_of(role)
    accounts = set(admitted.accounts)
    if admitted.anyone:
        accounts |= set(facts.fleet.accounts.values())
        yield f"arn:{facts.fleet.partition}:{OUTSIDER}", "everyone"
    named = {each for each in admitted.principals if account_of(each) != own}
    for account in sorted(accounts - {own}):
        listed = people.principals(facts, account)
        if isinstance(listed, Seen):
            named.update(listed.value)
        else:
            yield f"arn:{facts.fleet.partition}:iam::{account}:{SOMEBODY}", "account"
    for principal in sorted(named):
        if may_switch(principal):
            yield principal, "user" if ":user/" in principal else "role"


BY_PROVIDER = "whom the identity provider lets in"
SOMEBODY = "role/of-whom-nothing-is-known"


def _entrant(facts: Facts, role: Arn, principal: str, kind: EntrantKind) -> Iterator[Entrant]:
    """One who may enter or of whom it cannot be told; nothing where it may not."""
    asked = switch_of(facts, principal, role)
    layers = layers_for(facts, asked)
    if kind == "everyone":
        layers = all_allowed(layers)
    decision = decide(asked, layers)
    account = "" if kind == "everyone" else account_of(principal)
    shown = {"everyone": "*", "account": account}.get(kind, principal)
    if decision.outcome == "Allowed":
        yield Entrant(role, shown, kind, account, reason=_reason(decision))
    elif decision.outcome == "Unknown":
        yield Entrant(role, shown, kind, account, certain=False, unknown=decision.unknown)


def _reason(decision: Decision) -> Reason:
    ref = decision.statement
    said = (ref.sid or f"number {ref.index + 1}") if ref else ""
    return Reason(ASSUME, decision.layer, ref.policy if ref else "", said)
