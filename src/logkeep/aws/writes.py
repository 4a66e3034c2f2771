"""Which calls change AWS: what each needs, and which refusals only mean `not yet`."""

from __future__ import annotations

from typing import Final

from logkeep.sources import of_parts

WRITES: Final = of_parts("the changing call", lambda part: part.writes)
"""Every call that a plan may hold: what changes the archive, and what each kind of log changes."""


def passes_by_itself(call: str, error: str, made_before: frozenset[str]) -> bool:
    """Whether a refusal may only mean that AWS has not yet seen our own earlier calls."""
    return any(error in each.errors and made_before & each.after for each in WRITES[call].not_yet)
