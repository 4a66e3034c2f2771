"""How many calls may be due for each of what, a term of the formula that bounds a collect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

SHARED: Final[Mapping[str, str]] = {
    "once": "",
    "organization": "an organization",
    "account": "an account",
    "unit": "an organizational unit or root",
    "control-policy": "a control policy",
    "untagged-key": "a key that may be the archive's",
    "account-region": "an account and Region",
}
"""The things that calls are due for whatever the logs are, and what they are called."""
BESIDES: Final[Mapping[str, str]] = {
    "further-page": "a further page of a listing",
    "repeat": "a call made again",
}
"""What is only known once the calls are made."""


class Due(msgspec.Struct, frozen=True):
    """So many calls at most, for each of so many things."""

    calls: int
    each: str
    """One of those above, or a thing of some kind of log."""
    times: int = 1

    @property
    def most(self) -> int:
        """How many calls that makes."""
        return self.calls * self.times
