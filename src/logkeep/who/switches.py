"""Who may become these roles, in one switch or in several?

A role is entered by whom its trust lets in, and by whoever may become one of those. Each role is
looked behind once for those who certainly enter and once for those who may, so circles end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

import msgspec

from logkeep.access import people
from logkeep.access.assume_role import ASSUME, may_switch, switch_of
from logkeep.access.own_side import all_allowed, as_stranger, is_strangers, outsider
from logkeep.access.policies.speaking import layers_for, resource_layer
from logkeep.access.shapes import shapes
from logkeep.policy import (
    Admitted,
    Decision,
    Layers,
    Policy,
    Request,
    admits,
    decide,
    read_policy,
)
from logkeep.policy.resource_kinds import TRUST
from logkeep.policy.write import statements
from logkeep.snapshot.facts import Facts, remembered
from logkeep.value import AccountId, Arn, Seen, Verdict, account_of
from logkeep.who.let_in import lets_in
from logkeep.who.values import Holder, Reason

EntrantKind: TypeAlias = Literal["user", "role", "account", "everyone", "federated"]
"""`account` is everybody of an account whose IAM could not be read, or is not the fleet's."""
BY_PROVIDER = "who signs in through the identity provider"
SOMEBODY = "role/of-whom-nothing-is-known"


def behind(facts: Facts, holders: Iterable[Holder]) -> tuple[Holder, ...]:
    """Whoever does not hold a power itself, and may become a role that does."""
    held = tuple(holders)
    certain: dict[str, bool] = {h.principal: h.certain for h in held}
    verdicts: dict[bool, Verdict] = {True: "holds", False: "unknown"}
    roles: list[tuple[Arn, Verdict]] = [
        (h.principal, verdicts[h.certain]) for h in held if h.kind == "role"
    ]
    found = (
        Holder(
            each.principal,
            each.kind,
            each.account,
            certain=each.certain,
            reasons=(each.reason,) if each.reason else (),
            unknown=each.unknown or ((ASSUME,) if not each.certain else ()),
            by=each.by,
        )
        for each in switches(facts, roles)
    )
    return tuple(each for each in found if certain.get(each.principal, False) < each.certain
                 or each.principal not in certain)  # fmt: skip


class Switch(msgspec.Struct, frozen=True):
    """Somebody who may become a role, or of whom it cannot be told, and by which roles."""

    principal: str
    """An ARN, `*` for anybody, or the provider or service by whose word one enters."""
    kind: EntrantKind
    account: AccountId
    by: tuple[Arn, ...]
    """The roles that it becomes one after the other; the last is the one asked about."""
    certain: bool = True
    reason: Reason | None = None
    """The statement that lets it into the first of them."""
    unknown: tuple[str, ...] = ()


def switches(facts: Facts, roles: Iterable[tuple[Arn, Verdict]]) -> tuple[Switch, ...]:
    """Everybody who may become any of these roles, with the shortest way of each.

    A role that only may do what is asked about makes whoever becomes it no more than that.
    """
    verdicts = tuple(roles)
    found: dict[str, Switch] = {}
    sure = [((role,), ()) for role, verdict in verdicts if verdict == "holds"]
    _follow(facts, sure, found, certain=True)
    open_ = [((role,), ()) for role, verdict in verdicts if verdict == "unknown"]
    known = [(each.by, each.unknown) for each in _as_ways(found.values())]
    _follow(facts, [*sure, *known, *open_], found, certain=False)
    return tuple(found.values())


def _as_ways(found: Iterable[Switch]) -> Iterator[Switch]:
    for each in tuple(found):
        if each.kind == "role":
            yield msgspec.structs.replace(each, by=(each.principal, *each.by))


_Way: TypeAlias = tuple[tuple[Arn, ...], tuple[str, ...]]


def _follow(facts: Facts, ways: list[_Way], found: dict[str, Switch], *, certain: bool) -> None:
    """Look behind every role that is reached, the nearest first; a stranger's is the stranger."""
    behind = {way[0] for way, _ in ways}
    for way, doubts in ways:
        for each in entering(facts, way[0]):
            if each.principal in found or each.principal in way or (certain and not each.certain):
                continue
            sure = certain and each.certain
            unknown = () if sure else tuple(dict.fromkeys((*each.unknown, *doubts)))
            found[each.principal] = msgspec.structs.replace(
                each, by=way, certain=sure, unknown=unknown
            )
            is_known = each.kind == "role" and not is_strangers(facts, each.account)
            if is_known and each.principal not in behind:
                behind.add(each.principal)
                ways.append(((each.principal, *way), unknown))


@remembered
def entering(facts: Facts, role: Arn) -> tuple[Switch, ...]:
    """Everybody whom a role's trust lets in, or of whom it cannot be told."""
    trust = resource_layer(facts, switch_of(facts, role, role))
    if not isinstance(trust, Policy):
        unread = getattr(trust, "call", "") or "; ".join(getattr(trust, "mistakes", ()))
        says = f"{TRUST.policy} of {role}: {unread or 'was not read'}"
        return (Switch("*", "everyone", "", (role,), certain=False, unknown=(says,)),)
    admitted = admits(trust, ASSUME, role)
    asked = (_switch(facts, role, *each) for each in _whom(facts, role, trust, admitted))
    providers = (
        Switch(name, "federated", account_of(name), (role,), certain=False, unknown=(BY_PROVIDER,))
        for name in sorted(federated(facts, trust, role))
    )
    services = (
        Switch(name, "federated", "", (role,), certain=False, unknown=(lets_in(name, role),))
        for name in sorted(admitted.services)
        if lets_in(name, role) and not _is_denied(facts, trust, name, ASSUME, role)
    )
    return (*(each for each in asked if each), *providers, *services)


def federated(facts: Facts, trust: Policy, role: Arn) -> frozenset[str]:
    """The identity providers by whose word a role is entered, from wherever they are."""
    calls = ("sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
    let_in = ((name, call) for call in calls for name in admits(trust, call, role).federated)
    return frozenset(
        name for name, call in let_in if not _is_denied(facts, trust, name, call, role)
    )


def _is_denied(facts: Facts, trust: Policy, who: str, call: str, role: Arn) -> bool:
    """Whether a Deny keeps out whoever comes by a provider or a service, whatever it says.

    A Deny of everybody without a condition is of them too (IAM User Guide, "Principal").
    """
    asked = Request(who, call, role, account_of(role), unknown=frozenset({"*"}))
    layers = msgspec.structs.replace(layers_for(facts, asked), resource=trust)
    if decide(asked, layers).outcome == "ExplicitlyDenied":
        return True
    plain = _plain_denies(facts, trust)
    of_all = msgspec.structs.replace(asked, principal="anonymous")
    layers = Layers(resource=plain)
    return plain is not None and decide(of_all, layers).outcome == "ExplicitlyDenied"


@remembered
def _plain_denies(_facts: Facts, trust: Policy) -> Policy | None:
    """The Denies of a trust that have no condition, as a policy; None of none."""
    found = [
        each
        for each in statements(trust.document)
        if each.get("Effect") == "Deny" and not each.get("Condition")
    ]
    read = read_policy({**trust.document, "Statement": found}, trust.kind, trust.name)
    return read if found and isinstance(read, Policy) else None


def _whom(
    facts: Facts, role: Arn, trust: Policy, admitted: Admitted
) -> Iterator[tuple[str, EntrantKind]]:
    """Whom to ask about: the named, the people of whole accounts, and strangers."""
    accounts = set(admitted.accounts)
    if admitted.anyone or admitted.canonical_users:
        accounts |= {*facts.fleet.accounts.values(), account_of(role)}
        for name in shapes(trust, outsider(facts)):
            yield name, "everyone"
    named = set(admitted.principals)
    for account in sorted(accounts):
        listed = people.principals(facts, account)
        if isinstance(listed, Seen):
            named.update(listed.value)
        else:
            somebody = f"arn:{facts.fleet.partition}:iam::{account}:{SOMEBODY}"
            for name in shapes(trust, somebody):
                yield name, "account"
    for principal in sorted(named - {role}):
        if may_switch(principal):
            yield principal, "user" if ":user/" in principal else "role"


def _switch(facts: Facts, role: Arn, principal: Arn, kind: EntrantKind) -> Switch | None:
    asked = switch_of(facts, principal, role)
    layers = layers_for(facts, asked)
    if kind == "everyone":
        layers = all_allowed(layers)
    elif is_strangers(facts, account_of(principal)):
        layers = as_stranger(layers)
    decision = decide(asked, layers)
    account = "" if kind == "everyone" else account_of(principal)
    shown = "*" if kind == "everyone" else people.principal_of_session(facts, principal)
    if decision.outcome == "Allowed":
        return Switch(shown, kind, account, (role,), reason=_reason(decision))
    if decision.outcome == "Unknown":
        return Switch(shown, kind, account, (role,), certain=False, unknown=decision.unknown)
    return None


def _reason(decision: Decision) -> Reason:
    ref = decision.statement
    said = (ref.sid or f"number {ref.index + 1}") if ref else ""
    return Reason(ASSUME, decision.layer, ref.policy if ref else "", said)
