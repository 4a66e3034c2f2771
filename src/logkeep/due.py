"""How many calls may be due for each of what, a term of the formula that bounds a collect."""

from __future__ import annotations

from typing import Literal

import msgspec

Each = Literal[
    "once",
    "organization",
    "account",
    "unit",
    "control-policy",
    "untagged-key",
    "account-region",
    "trail",
    "unrecorded-trail",
    "other-bucket",
    "recorded-account",
    "recorded-region",
    "quiet-region",
    "silent-region",
    "unread-region",
    "log-group",
    "silent-group",
    "further-page",
    "repeat",
]
"""The things that calls are due for, in the order in which they are told."""


class Due(msgspec.Struct, frozen=True):
    """So many calls at most, for each of so many things."""

    calls: int
    each: Each
    times: int = 1

    @property
    def most(self) -> int:
        """How many calls that makes."""
        return self.calls * self.times
