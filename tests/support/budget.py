"""How many calls may be due for each of what: a term of the formula that bounds a collect."""

from __future__ import annotations

import msgspec


class Budget(msgspec.Struct, frozen=True):
    """So many calls at most, for each of so many things."""

    calls: int
    each: str
    """What they are due for: `account`, `trail`, `further-page`."""
    times: int = 1

    @property
    def most(self) -> int:
        """How many calls that makes."""
        return self.calls * self.times
