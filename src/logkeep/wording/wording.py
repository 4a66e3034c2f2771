"""How a kind of log is spoken of: what its own folder gives besides what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from logkeep.wording.told import Told, Words


class Keeper(NamedTuple):
    """Who else than the account has to act, and what to ask for."""

    who: str
    asked: str


class Wording(NamedTuple):
    """What a kind of log is called, and its own words."""

    sender: str
    """Which service brings the logs: `CloudTrail`."""
    speaker: str
    """What speaks of an account, its hop's role: `trail`; `trail-missing` is that none is there."""
    retries: str
    """What becomes of logs that a policy or key refused; nothing where they are lost."""
    words: Mapping[str, Words]
    """By the finding's code; they go before the words that all kinds share."""
    question: Callable[[Told], str]
    """What cannot be told of a hop that only this kind has; nothing of others."""
    keeper: Callable[[Told], Keeper | None]
    """Who has to act where neither the account nor the resource's owner can."""
