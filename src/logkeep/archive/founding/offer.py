"""What a kind of log can tell of an archive that is there already, before there is a fleet file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from logkeep.archive.lately import EventHistory
from logkeep.fleet import Archive, Fleet
from logkeep.fleet.draft import LogsDraft
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts
from logkeep.value import AccountId, Arn, Region, Unseen


class Deliverer(msgspec.Struct, frozen=True):
    """Something that delivers logs into a bucket, and the account that showed it."""

    account: AccountId
    """An organization's is shown by each of its accounts."""
    arn: Arn
    what: str
    """`trail`"""
    home_region: Region
    bucket: str
    prefix: str = ""
    key: str = ""
    is_of_one_region: bool = False
    """Whether it leaves out what happens in other Regions."""


Found = tuple[Deliverer, ...]


class Founding(NamedTuple):
    """How a kind of log looks for what delivers already, and what a new file asks of it then."""

    what: str
    """What delivers: `trail`."""
    permit: str
    """The action that lists them."""
    wants: Callable[[Facts, AccountId], Iterable[Ask]]
    """The questions that show an account's."""
    deliverers: Callable[[Facts, AccountId], Iterable[Deliverer]]
    """What an account shows."""
    unread: Callable[[Facts, AccountId], Unseen | None]
    """Why an account's could not be listed."""
    details: Callable[[Facts, Found], Iterable[Ask]]
    """What is worth knowing of those at the archive besides."""
    logs: Callable[[Facts, Found], LogsDraft | None]
    """What the file asks, given those at the archive; None asks for nothing."""
    history: EventHistory | None = None
    """How it reads who changed the archive lately, if it tells."""


class Seed(msgspec.Struct, frozen=True):
    """What a fleet file is made from: who asks, where first, and what for."""

    caller: AccountId
    region: Region
    role: str
    organization: bool
    """Whether the accounts are the organization's."""
    existing: bool
    """Whether the archive is the one that logs are delivered to already."""
    offers: tuple[Founding, ...]
    """What each kind of log can tell."""


def provisional(seed: Seed) -> Fleet:
    """A fleet of nothing, to ask AWS with until there is one."""
    archive = Archive(seed.caller, "")
    return Fleet("init", seed.region, None, {}, seed.role, archive, ())
