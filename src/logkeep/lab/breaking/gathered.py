"""Everything that can be broken in the lab, of each kind of log and of the archive."""

from __future__ import annotations

import difflib
import functools
import importlib
from collections.abc import Collection

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


def instead_of(code: str, known: Collection[str]) -> str:
    """What to run where the lab cannot break a code; those that are known are not misspelt."""
    bringing = next((each for each in breaks().values() if code in each.brings), None)
    if bringing is not None:
        return f"run `logkeep lab break {bringing.code}`, which shows it too"
    near = [] if code in known else difflib.get_close_matches(code, breaks(), n=1)
    return f"did you mean `{near[0]}`?" if near else "run `logkeep lab break --list`"
