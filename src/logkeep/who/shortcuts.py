"""Whom the archive's policies do not name at all, so that closed archives stay cheap."""

from __future__ import annotations

from typing import Final

from logkeep.access.own_side import is_strangers
from logkeep.access.policies.speaking import grants_are_by_acl, own_layers
from logkeep.policy import Unread
from logkeep.snapshot.facts import Facts, remembered
from logkeep.value import Arn, parse_arn
from logkeep.who.candidates import Candidate, admitted_for, owners
from logkeep.who.grants import are_unread, grantees, named_accounts
from logkeep.who.values import Power

PEOPLE = frozenset({"user", "role", "root", "account"})


def is_unnamed(facts: Facts, who: Candidate, action: str) -> bool:
    """Whether a service, or somebody of another account, stands in no Allow for an action.

    Across accounts the resource's own policy has to name it, or its account (rule 5.1.4), and a
    service in any (rule 5.1.5); a key's grants may as well (rule 4.2), and a bucket's ACL where it
    speaks (rule 2.1.3).
    """
    if who.target or who.kind not in _ASKED:
        return False
    return not _is_named(facts, _as_named(who), action, _about(who))


def _as_named(who: Candidate) -> str:
    return who.principal if who.kind == "service" else who.account


def _about(who: Candidate) -> Arn:
    return who.samples[0].object_arn if who.is_about_one else ""


def _is_named(facts: Facts, name: str, action: str, log: Arn) -> bool:
    named = _named(facts, action, log)
    return named is None or name in named


def named_ways(facts: Facts, who: Candidate, power: Power) -> tuple[tuple[str, ...], ...]:
    """The ways of a power of whose actions the candidate is unnamed for none."""
    if who.target or who.kind not in _ASKED:
        return power.ways
    return _named_ways(facts, _as_named(who), power.ways, _about(who))


@remembered
def _named_ways(
    facts: Facts, name: str, ways: tuple[tuple[str, ...], ...], log: Arn
) -> tuple[tuple[str, ...], ...]:
    return tuple(way for way in ways if all(_is_named(facts, name, a, log) for a in way))


_ASKED: Final = PEOPLE | {"service"}


def has_no_leave(facts: Facts, who: Candidate, action: str) -> bool:
    """Whether somebody of another account is allowed an action on nothing by its own policies.

    Across accounts they have to allow it too (rule 5.1.4), by an access point as well; but not
    where a grant on the key names it (rule 4.2), or an ACL may (rule 2.1.3).
    """
    if who.kind not in ("user", "role") or who.target or who.rights:
        return False
    if who.account in owners(facts) or is_strangers(facts, who.account):
        return False
    if action.startswith("kms:"):
        if are_unread(facts) or who.account in named_accounts(facts):
            return False
    elif grants_are_by_acl(facts):
        return False
    own, asked = own_layers(facts, who.principal).identity, action.lower()
    return not isinstance(own, Unread) and not any(
        each.allows and each.accepts_action(asked) for policy in own for each in policy.statements
    )


@remembered
def _named(facts: Facts, action: str, log: Arn) -> frozenset[str] | None:
    """The services that are named for an action, and every account that is, or one of whose people.

    It is done to any log, unless to one. None is anybody.
    """
    if are_unread(facts) if action.startswith("kms:") else grants_are_by_acl(facts):
        return None
    found = admitted_for(facts, action, log)
    if found is None or found.anyone or found.unnamed:
        return None
    parsed = (parse_arn(principal) for principal in (*found.principals, *grantees(facts)))
    accounts = owners(facts) | found.accounts | {parts.account for parts in parsed if parts}
    return accounts | found.services | grantees(facts)
