"""Whom the archive's policies do not name at all, so that closed archives stay cheap."""

from __future__ import annotations

from logkeep.access.policies.speaking import grants_are_by_acl
from logkeep.snapshot.facts import Facts, remembered
from logkeep.value import AccountId, parse_arn
from logkeep.who.candidates import Candidate, admitted_for, owners
from logkeep.who.grants import are_unread, grantees

PEOPLE = frozenset({"user", "role", "root", "account"})


def is_unnamed(facts: Facts, who: Candidate, action: str) -> bool:
    """Whether somebody of another account stands in no Allow of the archive for an action.

    Across accounts the resource's own policy has to name it, or its account (rule 5.1.4); a key's
    grants may as well (rule 4.2), and a bucket's ACL where it speaks (rule 2.1.3).
    """
    if who.target or who.kind not in PEOPLE:
        return False
    named = _named(facts, action)
    return named is not None and who.account not in named


@remembered
def _named(facts: Facts, action: str) -> frozenset[AccountId] | None:
    """Every account that is named for an action, or one of whose people is; None is anybody."""
    if are_unread(facts) if action.startswith("kms:") else grants_are_by_acl(facts):
        return None
    found = admitted_for(facts, action)
    if found is None or found.anyone:
        return None
    parsed = (parse_arn(principal) for principal in (*found.principals, *grantees(facts)))
    return owners(facts) | found.accounts | {parts.account for parts in parsed if parts}
