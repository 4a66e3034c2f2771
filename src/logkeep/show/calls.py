"""How many calls a collect made, beside the formula for how many it may make."""

from __future__ import annotations

from collections.abc import Iterable

from logkeep.aws.calls_due import most, things
from logkeep.words.due import Due
from logkeep.words.plain import count, joined


def made(calls: int, terms: Iterable[Due]) -> str:
    """The calls that were made, the most that may be, and the formula with its numbers."""
    listed = tuple(terms)
    return f"made {count(calls, 'call')} (at most {most(listed):,}: {formula(listed)})"


def formula(terms: Iterable[Due]) -> str:
    """The terms one after the other, each with how many things there are of its kind."""
    return joined(_term(term) for term in terms)


def _term(term: Due) -> str:
    if term.each == "once":
        return f"{term.most:,}"
    return f"{term.calls:,} {things()[term.each]} ({term.times:,})"
