"""What a part of the program brings by names of its own: a kind of log is one part with routes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from logkeep.snapshot.call import Call, Permit, WritingCall
from logkeep.snapshot.setting import Effect, Guard, Setting, Thing, Unchecked
from logkeep.words.described import Words

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Part(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """How some resources are looked at, set, made and spoken of; what it lacks it leaves out."""

    name: str
    settings: Mapping[str, Setting] = NOTHING
    things: Mapping[str, Thing] = NOTHING
    effects: Mapping[str, Effect] = NOTHING
    guards: Mapping[str, Guard] = NOTHING
    unchecked: Mapping[str, Unchecked] = NOTHING
    calls: Mapping[str, Call] = NOTHING
    """The calls that read its own resources."""
    writes: Mapping[str, WritingCall] = NOTHING
    """The calls that change them, in the order in which a plan makes them."""
    permits: tuple[Permit, ...] = ()
    """What it takes besides to make calls of other parts on resources of its own."""
    resources: Mapping[str, str] = NOTHING
    """The kinds of resource that its permits name, as ARNs."""
    words: Mapping[str, Words] = NOTHING
    """The words of findings that every kind of log may have, by their codes."""
