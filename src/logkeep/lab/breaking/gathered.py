"""Everything that can be broken in the lab, of each kind of log and of the archive."""

from __future__ import annotations

import functools
import importlib

from logkeep.lab.breaking.archive import ARCHIVE
from logkeep.lab.breaking.table import Break, Breaking
from logkeep.lab.kinds import packages


@functools.cache
def breakings() -> tuple[Breaking, ...]:
    """What each kind of log and the archive bring."""
    own = [importlib.import_module(f"{package}.breaking").BREAKING for package in packages()]
    return (*own, ARCHIVE)


@functools.cache
def breaks() -> dict[str, Break]:
    """Every code that the lab can bring about; it is brought about in one way alone."""
    found: dict[str, Break] = {}
    for each in (each for breaking in breakings() for each in breaking.breaks):
        if each.code in found:
            raise ValueError(f"`{each.code}` is broken in two ways")
        found[each.code] = each
    return found


def breaking_of(code: str) -> Breaking:
    """What brings a code about."""
    return next(b for b in breakings() if any(each.code == code for each in b.breaks))
