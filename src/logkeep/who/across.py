"""`who --across`: who may enter which account by which role, both sides evaluated.

A role is entered only by whom its trust names, so the trusts are read first and only those whom
they can admit are asked about.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from logkeep.access import people
from logkeep.snapshot.facts import Facts
from logkeep.value import AccountId, Arn, Seen, Time, Unseen, account_of
from logkeep.who.switches import EntrantKind, entering
from logkeep.who.values import Reason


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
    taken_at: Time
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
    for account in fleet.accounts.values():
        details = people.details(facts, account)
        if not isinstance(details, Seen):
            why = details.error if isinstance(details, Unseen) else "is not there"
            unread.append((account, f"{details.call}: {why}"))
            continue
        for role in sorted(details.value.role_detail_list, key=lambda each: each.arn):
            roles += 1
            found += _entrants(facts, role.arn)
    return Across(fleet.name, facts.taken_at, roles, tuple(found), tuple(unread))


def _entrants(facts: Facts, role: Arn) -> Iterator[Entrant]:
    """Everybody of another account whom a role's trust can admit, each asked."""
    for each in entering(facts, role):
        if each.account != account_of(role) or each.kind == "federated":
            shown = each.account if each.kind == "account" else each.principal
            rest = (each.kind, each.account, each.certain, each.reason, each.unknown)
            yield Entrant(role, shown, *rest)
