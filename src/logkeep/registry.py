"""Every setting, thing and effect there is: the archive's own, and those of each kind of log."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from logkeep.archive.effects import EFFECTS
from logkeep.archive.settings import SETTINGS, THINGS
from logkeep.setting import Effect, Guard, Recording, Setting, Thing, Witness
from logkeep.sources import sources


@functools.cache
def settings() -> Mapping[str, Setting]:
    """Every setting by its name."""
    own = (source.settings for source in sources().values())
    return functools.reduce(lambda known, more: {**known, **more}, own, SETTINGS)


@functools.cache
def things() -> Mapping[str, Thing]:
    """Every kind of resource by its name."""
    own = (source.things for source in sources().values())
    return functools.reduce(lambda known, more: {**known, **more}, own, THINGS)


@functools.cache
def effects() -> Mapping[str, Effect]:
    """Every writing call's effect by the call's name."""
    own = (source.effects for source in sources().values())
    return functools.reduce(lambda known, more: {**known, **more}, own, EFFECTS)


@functools.cache
def guards() -> Mapping[str, Guard]:
    """Every limit by the name of the call that it guards."""
    own = (source.guards for source in sources().values())
    return functools.reduce(lambda known, more: {**known, **more}, own, dict[str, Guard]())


@functools.cache
def recordings() -> Mapping[str, Recording]:
    """Every kind of event that is to be recorded exactly once, by its name."""
    own = (source.recordings for source in sources().values())
    return functools.reduce(lambda known, more: {**known, **more}, own, dict[str, Recording]())


@functools.cache
def witnesses() -> Mapping[str, Witness]:
    """Everybody who can tell whether there was anything to record, by name."""
    own = (source.witnesses for source in sources().values())
    return functools.reduce(lambda known, more: {**known, **more}, own, dict[str, Witness]())
