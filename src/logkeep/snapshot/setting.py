"""A setting as a named lens: how it is read from the facts, and which call would write it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

import msgspec

from logkeep.route import Arrived, Exists, Hop, Is
from logkeep.snapshot import Ask, Reply
from logkeep.snapshot.change import Change
from logkeep.snapshot.facts import Facts
from logkeep.value import AccountId, Arn, Json, Look, Region, Time


class Write(msgspec.Struct, frozen=True):
    """A call that would change a resource; writes of one call to one resource are merged."""

    address: Arn
    account: AccountId
    region: Region
    call: str
    arguments: dict[str, Json]
    makes: str = ""


class Fault(msgspec.Struct, frozen=True):
    """Calls that spoil one need, and the code by which the fault must be found."""

    code: str
    says: str
    writes: tuple[Write, ...]


class Setting(NamedTuple):
    """How one setting is read and written, and how it is spoilt."""

    read: Callable[[Facts, Hop, Is], Look[Json]]
    write: Callable[[Facts, Hop, Json], tuple[Write, ...]]
    """No write means that it is not Logkeep's to change."""
    wrong: tuple[Json, ...] = ()
    """Values that `write` can give it and that nobody needs."""
    spoil: Callable[[Facts, Hop, Is], Iterable[Fault]] | None = None
    """How other calls spoil it."""
    tells: Callable[[Facts, Hop, Is], Mapping[str, Json]] = lambda _facts, _hop, _need: {}
    """What more is known of it, as evidence."""


class Thing(NamedTuple):
    """How a kind of resource is looked for, which calls would make it, and which take it away."""

    find: Callable[[Facts, Hop], Look[Json]]
    make: Callable[[Facts, Hop], tuple[Write, ...]]
    """No write means that it is not Logkeep's to make."""
    spoil: Callable[[Facts, Hop, Exists], Iterable[Fault]] | None = None


class Activity(msgspec.Struct, frozen=True):
    """Something that was done, and should have been recorded."""

    at: Time
    what: str
    told_by: str = "event history"
    """Where that shows."""


Witness: TypeAlias = Callable[[Facts, Hop, Arrived], Look[Activity | None]]
"""What was done that no log tells of; None where nothing was."""


Effect: TypeAlias = Callable[[Facts, Write], Mapping[Ask, Reply]]
"""What a call does to the answers: the questions that will be answered otherwise, and how."""


class Limit(msgspec.Struct, frozen=True):
    """Why a call may not be made although something needs it."""

    code: str
    says: str
    evidence: dict[str, Json] = {}
    """What more is known of it."""
    may_pass: bool = False
    """Whether another change of the same plan may end it: then it is in the way only when nothing
    else is left to do."""


Guard: TypeAlias = Callable[[Facts, Write], Limit | None]
"""The limit that a call would break, or None."""


Unchecked: TypeAlias = Callable[[Facts, "Write | Change"], tuple[str, ...]]
"""What AWS checks of a call and nobody could look at, in words; it stops nothing."""


def not_ours(_facts: Facts, _hop: Hop, _value: Json = None) -> tuple[Write, ...]:
    """The writes for what is not Logkeep's to change: none."""
    return ()
