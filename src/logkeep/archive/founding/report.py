"""Could a fleet file be made of what AWS answered? And what could not be seen for it?"""

from __future__ import annotations

from typing import Literal

import msgspec

from logkeep.access.accounts import Members, members_ask
from logkeep.access.organization import membership
from logkeep.archive.founding.offer import Founding, Seed, provisional
from logkeep.archive.founding.seek import (
    archive_bucket,
    at_archive,
    known_accounts,
    once_each,
    owner,
    shown,
)
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.value import Absent, AccountId, Unseen

Missing = Literal["", "organization", "accounts", "deliverers", "archive"]


class FoundingReport(msgspec.Struct, frozen=True):
    """What a fleet file was made from."""

    missing: Missing = ""
    """What could not be had: an organization, its accounts, what delivers, where to."""
    call: str = ""
    """The call that did not bring it, and where."""
    error: str = ""
    what: str = ""
    """What was looked for in vain: `trail`."""
    permit: str = ""
    """The action that would list it."""
    accounts: int = 0
    unread: tuple[AccountId, ...] = ()
    """The accounts where what delivers could not be listed."""
    kinds: tuple[str, ...] = ()
    """What was looked for: `trail`."""
    found: int = 0
    bucket: str = ""
    delivering: int = 0
    """How many of them deliver to the bucket."""
    keeper: AccountId | None = None


def report(snapshot: Snapshot, seed: Seed) -> FoundingReport:
    """How the asking went."""
    facts = Facts(provisional(seed), snapshot)
    without = _without(facts, seed)
    if without is not None:
        return without
    return FoundingReport(
        missing="archive" if seed.existing and not archive_bucket(facts, seed) else "",
        accounts=len(known_accounts(facts, seed)),
        unread=tuple(dict.fromkeys(account for account, _, _ in _unread(facts, seed))),
        kinds=tuple(offer.what for offer in seed.offers),
        found=len(once_each(shown(facts, seed))) if seed.existing else 0,
        bucket=archive_bucket(facts, seed) if seed.existing else "",
        delivering=len(once_each(at_archive(facts, seed))) if seed.existing else 0,
        keeper=owner(facts, seed) if seed.existing else None,
    )


def _without(facts: Facts, seed: Seed) -> FoundingReport | None:
    """What is missing that nothing can be made without."""
    if seed.organization:
        belongs = membership(facts, seed.caller)
        if isinstance(belongs, Absent):
            return FoundingReport("organization", belongs.call)
        look = facts.look(members_ask(seed.caller, seed.region), Members)
        if isinstance(look, Unseen):
            return FoundingReport("accounts", look.call, look.error)
        if not known_accounts(facts, seed):
            return FoundingReport(
                "accounts", members_ask(seed.caller, seed.region).says(), "named none"
            )
    unread = _unread(facts, seed)
    asked = len(known_accounts(facts, seed)) * len(seed.offers)
    if seed.existing and unread and len(unread) == asked:
        _, offer, look = unread[0]
        return FoundingReport("deliverers", look.call, look.error, offer.what, offer.permit)
    return None


def _unread(facts: Facts, seed: Seed) -> list[tuple[AccountId, Founding, Unseen]]:
    """The accounts where something could not be listed, and why."""
    if not seed.existing:
        return []
    return [
        (account, offer, look)
        for account in known_accounts(facts, seed)
        for offer in seed.offers
        if (look := offer.unread(facts, account)) is not None
    ]
