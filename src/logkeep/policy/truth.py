"""Three-valued truth: yes, no, or the facts whose knowledge would tell."""

from __future__ import annotations

from collections.abc import Iterable

Truth = bool | frozenset[str]
"""True, False, or (never empty) the names of the facts that would settle it."""


def either(truths: Iterable[Truth]) -> Truth:
    """Return whether any is true: true over unknown over false."""
    doubts: frozenset[str] | None = None
    for truth in truths:
        if truth is True:
            return True
        if truth is not False:
            doubts = truth if doubts is None else doubts | truth
    return False if doubts is None else doubts


def every(truths: Iterable[Truth]) -> Truth:
    """Return whether all are true: false over unknown over true."""
    doubts: frozenset[str] | None = None
    for truth in truths:
        if truth is False:
            return False
        if truth is not True:
            doubts = truth if doubts is None else doubts | truth
    return True if doubts is None else doubts


def opposite(truth: Truth) -> Truth:
    """Return the negation; what is unknown stays so."""
    return truth if isinstance(truth, frozenset) else not truth
