"""What is there as it is listed: a thing and what AWS says of it, and what could not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

import msgspec

from logkeep.snapshot.facts import Facts
from logkeep.value import Absent, AccountId, Arn, Json, Region, Unseen


class Said(msgspec.Struct, frozen=True):
    """One thing that AWS says of a resource."""

    name: str
    """Its name in JSON; in text its underscores are spaces."""
    value: Json
    """None where there is none, or where it could not be read."""
    words: tuple[str, ...] = ()
    """The same for a person, a line each; none where other words say it already."""
    unread: str = ""
    """The call that would tell it, and what became of that call."""
    brief: str = ""
    """The same in a word or two, where it has a column in the table of its kind."""


class Item(msgspec.Struct, frozen=True):
    """A thing that is there."""

    account: AccountId
    """The account in which it shows."""
    region: Region
    name: str
    arn: Arn
    whose: str
    """`fleet` for what serves the fleet, `another` for what does not."""
    said: tuple[Said, ...]


class Unlisted(msgspec.Struct, frozen=True):
    """A place that may hold more, for it could not be listed."""

    account: AccountId
    region: Region
    unread: str


class Nothing(msgspec.Struct, frozen=True):
    """An account that was looked into and holds nothing of the kind."""

    account: AccountId


ListedEntry: TypeAlias = Item | Unlisted | Nothing
Inventory: TypeAlias = Callable[[Facts], Iterable[ListedEntry]]
"""Everything of one kind that is there, account by account."""


def not_read(look: Absent | Unseen) -> str:
    """The call that did not show it, and why."""
    return f"{look.call}: {look.error}" if isinstance(look, Unseen) else f"{look.call}: not there"
