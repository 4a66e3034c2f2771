"""Every setting, thing and effect there is: the archive's own, and those of each kind of log."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from logkeep.archive import log_groups, roles
from logkeep.archive.effects import EFFECTS
from logkeep.archive.settings import SETTINGS, THINGS
from logkeep.snapshot.setting import Effect, Guard, Recording, Setting, Thing, Witness
from logkeep.sources import gathered


@functools.cache
def settings() -> Mapping[str, Setting]:
    """Every setting by its name."""
    return gathered("the setting", SETTINGS, lambda source: source.settings)


@functools.cache
def things() -> Mapping[str, Thing]:
    """Every kind of resource by its name."""
    shared = {**THINGS, **log_groups.THINGS, **roles.THINGS}
    return gathered("the thing", shared, lambda source: source.things)


@functools.cache
def effects() -> Mapping[str, Effect]:
    """Every writing call's effect by the call's name."""
    shared = {**EFFECTS, **log_groups.EFFECTS, **roles.EFFECTS}
    return gathered("the effect of", shared, lambda source: source.effects)


@functools.cache
def guards() -> Mapping[str, Guard]:
    """Every limit by the name of the call that it guards."""
    return gathered("the guard of", {}, lambda source: source.guards)


@functools.cache
def recordings() -> Mapping[str, Recording]:
    """Every kind of event that is to be recorded exactly once, by its name."""
    return gathered("the recording", {}, lambda source: source.recordings)


@functools.cache
def witnesses() -> Mapping[str, Witness]:
    """Everybody who can tell whether there was anything to record, by name."""
    return gathered("the witness", {}, lambda source: source.witnesses)
