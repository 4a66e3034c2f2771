"""What can be broken: a code, a sentence of what is done for it, and how it is brought about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

import msgspec

from logkeep.lab.breaking.calls import Breakage
from logkeep.lab.breaking.target import Target, Undo
from logkeep.lab.world import LabWorld
from logkeep.snapshot.facts import Facts
from logkeep.value import AccountId

Way = Literal["calls", "underneath"]
ByCalls: TypeAlias = Callable[[Facts, AccountId], Breakage]
Underneath: TypeAlias = Callable[[LabWorld, Target], Undo]


class Break(msgspec.Struct, frozen=True):
    """One way of breaking a fleet's logs."""

    code: str
    says: str
    way: Way = "calls"
    """By real API calls of an administrator, or straight in the lab where no call can do it."""
    first: str = ""
    """The code that diagnose meets first, where it is another one."""
    hours: float = 0
    """How long it takes to show."""
    asks: str = ""
    """What the fleet file has to say, where the one that the lab writes does not ask for it."""
    found_by: str = "logkeep diagnose"
    """The command that looks where it can be seen."""
    brings: tuple[str, ...] = ()
    """Codes that the lab has no other way for, and that show with it."""
    organization: bool = False
    """Whether only a fleet with an organization trail can have it."""

    @property
    def found_as(self) -> str:
        """The code by which diagnose finds it first."""
        return self.first or self.code

    @property
    def listed(self) -> str:
        """What is done for it, and what the fleet file has to ask for."""
        asked = f" (where the fleet file says `{self.asks}`)" if self.asks else ""
        brings = f" ({' and '.join(self.brings)})" if self.brings else ""
        return f"{self.says}{brings}{asked}"


def _always(facts: Facts, each: Break) -> None:
    """Any fleet can have it."""


class Breaking(msgspec.Struct, frozen=True):
    """All that can be broken of a kind of log, or of what all kinds share."""

    breaks: tuple[Break, ...]
    by_calls: Mapping[str, ByCalls] = MappingProxyType({})
    """How calls do it, by code, where a need's own fault does not say how."""
    underneath: Mapping[str, Underneath] = MappingProxyType({})
    """How it is done in the lab itself, by code, where no call can."""
    check: Callable[[Facts, Break], None] = _always
    """Raises CannotBreak where the fleet is not one that can have it."""
