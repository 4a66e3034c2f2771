"""Who could end the archive's key or hand it on: everybody whom its policy or a grant admits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from logkeep.access import key, organization
from logkeep.access.now import of_now
from logkeep.access.own_side import all_allowed, as_stranger, is_strangers, outsider
from logkeep.access.policies.speaking import layers_for, with_resource
from logkeep.access.shapes import shapes
from logkeep.archive.anyone_else import everybody_of, named_as_asked, unnamed
from logkeep.archive.key_end import OF_ALIAS, alias_arn, endings
from logkeep.policy import Layers, Outcome, Policy, Unread, admits, decide, request
from logkeep.snapshot.facts import Facts
from logkeep.value import Arn, account_of

GRANTED: Final = "CreateGrant"
"""The one of these that a grant can allow (KMS API Reference, "CreateGrant", Operations)."""


class CouldEnd(msgspec.Struct, frozen=True):
    """Who could, by which calls, and whom it was not possible to ask about."""

    who: tuple[Arn, ...]
    may: tuple[str, ...]
    unknown: tuple[str, ...]


def could_end(facts: Facts, policy: Policy, key_arn: Arn, but: Iterable[Arn]) -> CouldEnd:
    """Which users, roles and services but these may end the key or hand it on (rules 4.1, 4.2)."""
    meant = frozenset(but)
    able: dict[Arn, None] = {}
    may: dict[str, None] = {}
    doubted: dict[str, None] = {}
    for action in endings(facts):
        for who, outcome in _asked_of_all(facts, policy, key_arn, action, meant):
            if outcome == "Allowed":
                able[who], may[action] = None, None
            elif outcome == "Unknown":
                doubted[who] = None
    return CouldEnd(tuple(sorted(able)), tuple(may), tuple(doubted))


def _asked_of_all(
    facts: Facts, policy: Policy, key_arn: Arn, action: str, but: frozenset[Arn]
) -> Iterator[tuple[str, Outcome]]:
    admitted = admits(policy, action, key_arn)
    home = {account_of(key_arn)} if admitted.anyone else frozenset[str]()
    if admitted.anyone:
        for name in shapes(policy, outsider(facts)):
            yield "everybody", _of_stranger(policy, name, action, key_arn)
    grants = key.grants_layer(facts, key_arn)
    granted: frozenset[Arn] = frozenset()
    if action == "kms:CreateGrant":
        if isinstance(grants, Unread):
            yield f"{grants.call}: {grants.error}", "Unknown"
        else:
            granted = frozenset(g.grantee for g in grants if GRANTED in g.operations)
    named = admitted.principals | admitted.services | (granted - {""})
    roots = {account_of(name) for name in named if name.endswith(":root")}
    people_of, missing = everybody_of(facts, admitted.accounts | roots | home)
    people_of |= named_as_asked(facts, policy, admitted.accounts | roots)
    for unjudged in (*missing, *unnamed(admitted)):
        yield unjudged, "Unknown"
    for who in sorted((named | people_of) - but):
        yield who, _outcome(facts, policy, who, action, key_arn)


def _of_stranger(policy: Policy, name: Arn, action: str, key_arn: Arn) -> Outcome:
    """The answer for anybody of an account that nobody speaks of, which lets it do everything."""
    asked = request(name, action, key_arn, account_of(key_arn), {}, unknown=("*",))
    return decide(asked, all_allowed(Layers(resource=policy))).outcome


def _outcome(facts: Facts, policy: Policy, who: str, action: str, key_arn: Arn) -> Outcome:
    """Whether it passes; of what works on an alias, there and at the key."""
    at_key = _decided(facts, policy, who, action, key_arn)
    if action not in OF_ALIAS or at_key == "ImplicitlyDenied":
        return at_key
    at_alias = _decided(facts, None, who, action, alias_arn(facts))
    return at_key if at_alias == "Allowed" else at_alias


def _decided(facts: Facts, policy: Policy | None, who: str, action: str, resource: Arn) -> Outcome:
    account, owner = account_of(who), account_of(resource)
    context = {"aws:SecureTransport": "true", "aws:PrincipalAccount": account} if account else {}
    context |= of_now(facts)
    asked = request(
        who,
        action,
        resource,
        owner,
        context,
        unknown=("*",),
        in_management_account=organization.is_management(facts, account),
        resource_in_management_account=organization.is_management(facts, owner),
    )
    layers = with_resource(layers_for(facts, asked), policy)
    if is_strangers(facts, account):
        layers = as_stranger(layers)
    if policy is not None:
        layers = msgspec.structs.replace(layers, grants=key.grants_layer(facts, resource))
    return decide(asked, layers).outcome
