"""Grants on the archive's key: they let somebody use it besides what its policy says."""

from __future__ import annotations

import msgspec

from logkeep.archive import key
from logkeep.archive.key import of_key
from logkeep.facts import Facts, map_look, seen
from logkeep.value import Arn, Json, Look, Seen, Verdict, any_of


class KeyGrant(msgspec.Struct, frozen=True, rename="pascal"):
    """One grant as kms:ListGrants shows it."""

    grantee_principal: str = ""
    operations: tuple[str, ...] = ()
    constraints: Json = None


class GrantList(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of kms:ListGrants."""

    grants: tuple[KeyGrant, ...] = ()


def grants(facts: Facts) -> Look[tuple[KeyGrant, ...]]:
    """The grants on the key, where anybody asked for them."""
    described = seen(key.described(facts))
    question = of_key(facts, "kms:ListGrants", described.key_id if described else "")
    return map_look(facts.look(question, GrantList), lambda answer: answer.grants)


def are_unread(facts: Facts) -> bool:
    """Whether nobody has looked for grants."""
    return not isinstance(grants(facts), Seen)


def grantees(facts: Facts) -> frozenset[Arn]:
    """Everybody in an account to whom a grant was given."""
    found = seen(grants(facts)) or ()
    return frozenset(g.grantee_principal for g in found if g.grantee_principal.startswith("arn:"))


def granted(facts: Facts, principal: str, action: str) -> Verdict:
    """Whether a grant lets somebody do it; one with constraints may (rule 4.2)."""
    operation = action.partition(":")[2]
    mine = [
        each
        for each in seen(grants(facts)) or ()
        if each.grantee_principal == principal and operation in each.operations
    ]
    return any_of("unknown" if each.constraints else "holds" for each in mine)
