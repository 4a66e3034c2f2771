"""Grants on the archive's key: whom they name, besides whom its policy does (rule 4.2)."""

from __future__ import annotations

from logkeep.access import key
from logkeep.policy import KeyGrant, Unread
from logkeep.snapshot.facts import Facts, remembered
from logkeep.value import AccountId, account_of


@remembered
def grants(facts: Facts) -> tuple[KeyGrant, ...] | Unread:
    """The grants on the key, as a layer of every request to it."""
    return key.grants_layer(facts)


def are_unread(facts: Facts) -> bool:
    """Whether nobody has looked for grants."""
    return isinstance(grants(facts), Unread)


def grantees(facts: Facts) -> frozenset[str]:
    """Everybody to whom a grant was given: ARNs, and names of services."""
    found = grants(facts)
    return frozenset() if isinstance(found, Unread) else frozenset(g.grantee for g in found) - {""}


@remembered
def named_accounts(facts: Facts) -> frozenset[AccountId]:
    """The accounts that any grant names, or one of whose people it does."""
    found = grants(facts)
    each = () if isinstance(found, Unread) else found
    grantees = (n for g in each for n in (g.grantee, g.retiring_principal, g.issuing_account))
    return frozenset(account_of(name) if name.startswith("arn:") else name for name in grantees)
