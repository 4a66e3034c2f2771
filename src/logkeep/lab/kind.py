"""What does a kind of log bring to the lab? What it serves, notes and delivers; all else is shared.

Each folder of `lab/kinds/` has such a `KIND`, and a `BREAKING` in its `breaking/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from logkeep.lab.call import Answer, Call, Overlay, Passage, Tap, World

Operations: TypeAlias = Mapping[tuple[str, str], Overlay]
"""What stands in for the store, by service and operation."""
Names: TypeAlias = Mapping[str, tuple[tuple[str, str], ...]]
"""By service: which arguments name what an operation acts on, and what stands before the name."""
Needed: TypeAlias = tuple[str, str, dict[str, str]]
"""An action, the resource that it is asked on, and what the request carries besides."""


def no_note(world: World, call: Call, answer: Answer) -> None:
    """Take no note of a call."""


def no_passages(world: World, passages: list[Passage]) -> None:
    """Take no note of packets."""


def nothing_stored(world: World, bucket: str, key: str, at: datetime) -> None:
    """Take no note of an object."""


def no_delivery(world: World, now: datetime) -> None:
    """Deliver nothing."""


def nothing_waits(_world: World) -> bool:
    """Nothing is on its way."""
    return False


@dataclass(frozen=True)
class Trusted:
    """A service that an organization can trust with its accounts."""

    prefix: str
    """As in `prefix.amazonaws.com`."""
    written: str
    """How its name is written in that of its linked role."""
    linked: bool = False
    """Whether the management account gets the linked role when the trust begins."""


@dataclass(frozen=True)
class LabKind:
    """The lab's half of a kind of log; what a kind does not have it leaves out."""

    name: str
    """As in the fleet file."""
    operations: Operations = field(default_factory=dict[tuple[str, str], Overlay])
    """The API calls that it answers, as AWS does."""
    note: Tap = no_note
    """Takes note of every call after it was answered, refused ones too."""
    tick: Callable[[World, datetime], None] = no_delivery
    """Delivers all that is due by now; called before each call and whenever time goes by."""
    waits: Callable[[World], bool] = nothing_waits
    """Whether something noted is on its way, which time going by would bring."""
    passed: Callable[[World, list[Passage]], None] = no_passages
    """Takes note of packets that interfaces let by or refused."""
    stored: Callable[[World, str, str, datetime], None] = nothing_stored
    """Takes note of an object that a service of AWS wrote: its bucket, its key, and when."""
    names: Names = field(default_factory=dict[str, tuple[tuple[str, str], ...]])
    asks: Mapping[tuple[str, str], Callable[[World, Call], list[Needed]]] = field(
        default_factory=dict[tuple[str, str], Callable[[World, Call], list[Needed]]]
    )
    """What must be allowed for an operation that asks for more than its own action on one thing."""
    without_policies: frozenset[str] = frozenset()
    """Services whose things have no policies: what is asked of another account's is for the
    caller's own policies alone."""
    trusted: tuple[Trusted, ...] = ()
    managed_policies: tuple[str, ...] = ()
    """AWS managed policies that every account has besides, because people use them for it."""
    reads: tuple[str, ...] = ()
    """What who reads its logs may ask besides the objects."""
    asked: str = ""
    """Its entry in the fleet file that a new lab gets; empty leaves it out."""
