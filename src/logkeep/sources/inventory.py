"""What there is of every kind, account by account and without a verdict."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import msgspec

from logkeep.archive.inventory import inventory as archive
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts
from logkeep.sources import OwnLogs, Source, encryption, gathered
from logkeep.value import AccountId, Time
from logkeep.words.listed import Inventory, Item, ListedEntry, Nothing, Unlisted


class Section(msgspec.Struct, frozen=True):
    """All that there is of one kind, and where there may be more."""

    kind: str
    items: tuple[Item, ...]
    unlisted: tuple[Unlisted, ...]
    empty: tuple[AccountId, ...]
    """The accounts that hold nothing of the kind."""

    @property
    def is_bare(self) -> bool:
        """Whether nobody was asked: the fleet wants nothing of the kind."""
        return not (self.items or self.unlisted or self.empty)


class FleetInventory(msgspec.Struct, frozen=True):
    """What a fleet's snapshot shows to be there."""

    fleet: str
    taken_at: Time
    sections: tuple[Section, ...]

    @property
    def complete(self) -> bool:
        """Whether everything that was looked for could be read."""
        return not any(
            section.unlisted or any(said.unread for item in section.items for said in item.said)
            for section in self.sections
        )


@functools.cache
def kinds() -> Mapping[str, Inventory]:
    """Every kind that can be listed: those of each kind of log, and the archive."""
    found = gathered("what is listed as", {"archive": archive}, _of_kind)
    last = found.pop("archive")
    return {**found, "archive": last}


def _of_kind(source: Source) -> Mapping[str, Inventory]:
    def handed(made: Callable[[Facts, OwnLogs], Iterable[ListedEntry]]) -> Inventory:
        return lambda facts: made(facts, facts.fleet.logs_of(source.name))

    return {name: handed(made) for name, made in source.inventory.items()}


class OnDemand(NamedTuple):
    """What is listed by its name alone, as AWS is asked for it only then."""

    asks: Callable[[Facts], Iterable[Ask]]
    inventory: Inventory


ON_DEMAND: Mapping[str, OnDemand] = {
    "encryption": OnDemand(encryption.asks, encryption.inventory),
}


def inventory(facts: Facts, wanted: Iterable[str] = ()) -> FleetInventory:
    """What there is of the kinds wanted, or of all that the fleet has anything to do with."""
    names = [name for name in (*kinds(), *ON_DEMAND) if name in wanted]
    sections = tuple(_section(facts, name) for name in names or kinds())
    shown = sections if names else tuple(each for each in sections if not each.is_bare)
    return FleetInventory(facts.fleet.name, facts.taken_at, shown)


def _section(facts: Facts, kind: str) -> Section:
    listed = ON_DEMAND[kind].inventory if kind in ON_DEMAND else kinds()[kind]
    found = tuple(listed(facts))
    return Section(
        kind,
        tuple(each for each in found if isinstance(each, Item)),
        tuple(each for each in found if isinstance(each, Unlisted)),
        tuple(each.account for each in found if isinstance(each, Nothing)),
    )
