"""What is said of a notice, and what makes several one: words that a kind of log may add to."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from logkeep.fleet import Fleet
from logkeep.words.notice import Notice
from logkeep.words.plain import people

Alike: TypeAlias = list[Notice]
"""Notices that are told in one line."""


class NoticeWords(NamedTuple):
    """The words of one code of notices."""

    says: Callable[[Fleet, Alike], str]
    not_seen: Callable[[Fleet, Alike], str]
    """What cannot be told, where AWS did not show it."""
    advice: Callable[[Fleet, Alike], str]
    """What to do about it, or what follows from it."""
    sameness: Callable[[Notice], tuple[str, ...]]
    """What of a notice must be alike for two to be told as one."""
    asked: str = ""
    """Who alone is told, behind the call that did not tell."""


def accounts(fleet: Fleet, alike: Alike) -> str:
    """The accounts that some notices are of, by name."""
    return people(fleet, [each.account for each in alike])
