"""Could a fleet file be made of what AWS answered? And what could not be seen for it?"""

from __future__ import annotations

from typing import Literal

import msgspec

from logkeep.access.accounts import Members, members_ask
from logkeep.access.organization import membership
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.founding.seek import (
    Seed,
    archive_bucket,
    at_archive,
    known_accounts,
    once_each,
    owner,
    provisional,
    shown,
)
from logkeep.sources.cloudtrail.trails import TrailList, described_ask
from logkeep.value import Absent, AccountId, Unseen

Missing = Literal["", "organization", "accounts", "trails"]


class Report(msgspec.Struct, frozen=True):
    """What a fleet file was made from."""

    missing: Missing = ""
    """What could not be had at all: an organization, its accounts, or any account's trails."""
    call: str = ""
    """The call that did not bring it, and where."""
    error: str = ""
    accounts: int = 0
    unread: tuple[AccountId, ...] = ()
    """The accounts whose trails could not be listed."""
    trails: int = 0
    bucket: str = ""
    delivering: int = 0
    """How many of the trails deliver to the bucket."""
    keeper: AccountId | None = None


def report(snapshot: Snapshot, seed: Seed) -> Report:
    """How the asking went."""
    facts = Facts(provisional(seed), snapshot)
    return _without(facts, seed) or Report(
        accounts=len(known_accounts(facts, seed)),
        unread=tuple(account for account, _ in _unread(facts, seed)),
        trails=len(once_each(shown(facts, seed))) if seed.existing else 0,
        bucket=archive_bucket(facts, seed) if seed.existing else "",
        delivering=len(once_each(at_archive(facts, seed))) if seed.existing else 0,
        keeper=owner(facts, seed) if seed.existing else None,
    )


def _without(facts: Facts, seed: Seed) -> Report | None:
    """What is missing that nothing can be made without."""
    if seed.organization:
        belongs = membership(facts, seed.caller)
        if isinstance(belongs, Absent):
            return Report("organization", belongs.call)
        look = facts.look(members_ask(seed.caller, seed.region), Members)
        if isinstance(look, Unseen):
            return Report("accounts", look.call, look.error)
        if not known_accounts(facts, seed):
            return Report("accounts", members_ask(seed.caller, seed.region).says(), "named none")
    unread = _unread(facts, seed)
    if seed.existing and len(unread) == len(known_accounts(facts, seed)):
        return Report("trails", unread[0][1].call, unread[0][1].error)
    return None


def _unread(facts: Facts, seed: Seed) -> list[tuple[AccountId, Unseen]]:
    """The accounts whose trails could not be listed, and why."""
    if not seed.existing:
        return []
    found: list[tuple[AccountId, Unseen]] = []
    for account in known_accounts(facts, seed):
        look = facts.look(described_ask(account, seed.region), TrailList)
        if isinstance(look, Unseen):
            found.append((account, look))
    return found
