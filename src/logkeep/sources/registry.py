"""Every setting, thing and effect there is, of the archive and of each kind of log."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from logkeep.snapshot.call import Call
from logkeep.snapshot.setting import Effect, Guard, Setting, Thing, Unchecked, Witness
from logkeep.sources import gathered, of_parts


@functools.cache
def calls() -> Mapping[str, Call]:
    """Every reading call by its name."""
    return of_parts("the reading call", lambda part: part.calls)


@functools.cache
def settings() -> Mapping[str, Setting]:
    """Every setting by its name."""
    return of_parts("the setting", lambda part: part.settings)


@functools.cache
def things() -> Mapping[str, Thing]:
    """Every kind of resource by its name."""
    return of_parts("the thing", lambda part: part.things)


@functools.cache
def effects() -> Mapping[str, Effect]:
    """Every writing call's effect by the call's name."""
    return of_parts("the effect of", lambda part: part.effects)


@functools.cache
def guards() -> Mapping[str, Guard]:
    """Every limit by the name of the call that it guards."""
    return of_parts("the guard of", lambda part: part.guards)


@functools.cache
def unchecked() -> Mapping[str, Unchecked]:
    """What nobody could look at of what AWS checks, by the name of the call."""
    return of_parts("what is unchecked of", lambda part: part.unchecked)


@functools.cache
def witnesses() -> Mapping[str, Witness]:
    """Everybody who can tell whether there was anything to record, by name."""
    return gathered("the witness", {}, lambda source: source.witnesses)
