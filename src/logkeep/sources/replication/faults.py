"""Which faults does a report keep, where a comparison finds more than it can hold?

What is wrong before what is open, in the order of their keys; of the others only how many.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

from logkeep.archive.copies import CopyFault

Version: TypeAlias = tuple[str, str]
"""A version of an object: its key and its id."""


class Faults(NamedTuple):
    """The faults of a comparison so far, no more than `most` of them."""

    kept: Mapping[Version, CopyFault]
    most: int
    hidden: int = 0
    """How many were found besides."""
    left_out: frozenset[Version] = frozenset()
    """What was known before the comparison and is not kept: it may be found once more."""

    def ordered(self) -> tuple[CopyFault, ...]:
        """What is kept, in the order of a report."""
        return tuple(sorted(self.kept.values(), key=_order))


def add(before: Faults, found: Iterable[CopyFault], known: frozenset[Version]) -> Faults:
    """The faults with those just found; `known` are those from before the comparison."""
    new = {version_of(each): each for each in found}
    more = {at: each for at, each in new.items() if at not in before.left_out}
    every = {**before.kept, **more}
    if len(every) <= before.most:
        return before._replace(kept=every)
    kept = {version_of(f): f for f in heapq.nsmallest(before.most, every.values(), key=_order)}
    dropped = every.keys() - kept.keys()
    return before._replace(
        kept=kept,
        hidden=before.hidden + len(dropped),
        left_out=before.left_out | (dropped & known),
    )


def version_of(fault: CopyFault) -> Version:
    """Which version a fault is of."""
    return fault.key, fault.version


def _order(fault: CopyFault) -> tuple[bool, str, str, str]:
    return (not fault.fails, fault.kind, fault.key, fault.version)
