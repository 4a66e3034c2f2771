"""How a kind of log is spoken of: what its own folder gives besides what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from logkeep.words.cost import CostWords
from logkeep.words.described import Described, Words
from logkeep.words.notices import NoticeWords

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


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
    words: Mapping[str, Words]
    """By the finding's code; they go before the words that all kinds share."""
    retries: str = ""
    """What becomes of logs that a policy or key refused; nothing where they are lost."""
    question: Callable[[Described], str] = lambda _described: ""
    """What cannot be told of a hop that only this kind has; nothing of others."""
    keeper: Callable[[Described], Keeper | None] = lambda _described: None
    """Who has to act where neither the account nor the resource's owner can."""
    costs: Mapping[str, CostWords] = _NOTHING
    notices: Mapping[str, NoticeWords] = _NOTHING
    faults: Mapping[str, str] = _NOTHING
    """What a fault is called that a verification finds, by its code."""
