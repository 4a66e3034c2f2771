"""Which accounts does an organization have, and who may be asked?"""

from __future__ import annotations

import msgspec

from logkeep.access.organization import membership
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, seen
from logkeep.value import AccountId, Region

ACTIVE = "ACTIVE"


class Member(msgspec.Struct, frozen=True, rename="pascal"):
    """An account in organizations:ListAccounts."""

    id: str
    name: str = ""
    state: str = ""
    status: str = ""
    """Retired on 2026-09-09 in favour of `State`, says API_Account; read where that is missing."""

    @property
    def standing(self) -> str:
        """Whether the account is active, suspended, on its way out, or nothing said."""
        return self.state or self.status


class Members(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of organizations:ListAccounts, whole."""

    accounts: tuple[Member, ...] = ()


def members_ask(account: AccountId, region: Region) -> Ask:
    """The question which accounts the organization of an account has.

    Only the management account and delegated administrators are told (API_ListAccounts).
    """
    return ask(account, region, "organizations:ListAccounts")


def askers(facts: Facts) -> dict[str, AccountId]:
    """Each organization that fleet's accounts are in, and the account to ask about it.

    That is the management account where the fleet has it, else the archive's, which is the
    likeliest of the rest to administer something for the organization.
    """
    archive = facts.fleet.archive.account
    own = [archive, *sorted(set(facts.fleet.accounts.values()) - {archive})]
    found: dict[str, AccountId] = {}
    for account in own:
        known = seen(membership(facts, account))
        if known is not None:
            managed = known.management in own
            found.setdefault(known.id, known.management if managed else account)
    return found


def members_asks(facts: Facts) -> list[Ask]:
    """The questions which accounts there are, one an organization."""
    home = facts.fleet.home_region
    return [members_ask(account, home) for account in askers(facts).values()]
