"""What became of a plan: the values apply hands back, and the ways it stops early."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec

from logkeep.aws.errors import SERVER_ERRORS, UNREACHABLE, is_there_already
from logkeep.aws.expected import NotAnAnswer
from logkeep.snapshot import Ask, Reply
from logkeep.snapshot.change import Change
from logkeep.value import AccountId, Arn, Region

NO_ANSWER = SERVER_ERRORS | {UNREACHABLE, NotAnAnswer.__name__}
"""The errors that do not say whether AWS did what was asked."""

State: TypeAlias = Literal["looking", "making", "waiting", "made", "there"]
"""`there` means that the change was there already."""


class CallMade(msgspec.Struct, frozen=True):
    """One call that changed something, or was refused."""

    account: AccountId
    region: Region
    call: str
    address: Arn
    error: str = ""


class ApplyProgress(msgspec.Struct, frozen=True):
    """Which change is being made."""

    change: Change
    number: int
    total: int
    state: State


OnApplyProgress: TypeAlias = Callable[[ApplyProgress], None]
"""Is told of every step, before and after it."""


class Applied(msgspec.Struct, frozen=True):
    """What a plan came to."""

    made: tuple[Change, ...]
    there: tuple[Change, ...]
    """The changes that were there already."""
    calls: tuple[CallMade, ...]
    values: dict[str, str]
    """The values that AWS assigned, by the names the plan gave them."""


class ApplyStopped(Exception):
    """The plan was not made to its end."""

    def __init__(self, says: str, done: tuple[Change, ...], left: tuple[Change, ...]) -> None:
        super().__init__(says)
        self.done = done
        self.left = left
        self.calls: tuple[CallMade, ...] = ()
        self.values: dict[str, str] = {}
        """The values that AWS had assigned by then."""


class Moved(ApplyStopped):
    """AWS no longer answers what the change was planned on; nothing of it was touched."""

    def __init__(
        self,
        change: Change,
        question: Ask,
        planned_on: Reply,
        now: Reply,
        taken_at: datetime.datetime,
        done: tuple[Change, ...],
        left: tuple[Change, ...],
    ) -> None:
        super().__init__(f"{change.address} has moved since {taken_at:%Y-%m-%d %H:%M}", done, left)
        self.change = change
        self.question = question
        self.planned_on = planned_on
        self.now = now
        self.taken_at = taken_at


class ChangeFailed(ApplyStopped):
    """AWS refused a change, or a look at what it is about."""

    def __init__(
        self,
        change: Change,
        code: str,
        message: str,
        done: tuple[Change, ...],
        left: tuple[Change, ...],
    ) -> None:
        super().__init__(f"{change.call} on {change.address}: {code}: {message}", done, left)
        self.change = change
        self.code = code
        self.message = message
        self.unanswered = code in NO_ANSWER
        self.is_taken = is_there_already(code)


class Interrupted(ApplyStopped):
    """It was stopped by the user; the first change left may have been made."""

    def __init__(self, done: tuple[Change, ...], left: tuple[Change, ...]) -> None:
        super().__init__(f"interrupted: {len(done)} done, {len(left)} left", done, left)


class NotKept(ApplyStopped):
    """What AWS assigned could not be kept on this machine; the first change left may be made."""

    def __init__(self, why: str, done: tuple[Change, ...], left: tuple[Change, ...]) -> None:
        super().__init__(why, done, left)
        self.why = why
