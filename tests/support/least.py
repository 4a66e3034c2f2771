"""How each kind of log is set up in the fleet of `tests/least`, which makes every call there is.

A kind says so in `tests/kinds/<kind>/least.py`, found by itself:

    LEAST = Least(logs=(Logs("my-logs", (STAGING,)),), begin=used, spoils=(stopped,))

So set up, broken and mended, a kind leads to each call that it declares: a permission that no such
call needs is one too many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeAlias

from logkeep.fleet import Logs
from logkeep.snapshot import Ask
from support.labs import Bench
from support.own import modules
from support.worlds import ACCOUNTS

SECURITY, PRODUCTION, STAGING = ACCOUNTS.values()
"""The management account; the archive's account; and one more. All in one Region, `us-east-1`."""
Act: TypeAlias = Callable[[Bench], None]
"""What somebody does in the lab."""


class Least(NamedTuple):
    """How a kind of log leads to each call that it declares; what it does not need it leaves out.

    After each act, one of every kind at a time, Logkeep looks and mends what it can.
    """

    logs: tuple[Logs[Any], ...]
    """What the fleet wants of it."""
    begin: Act = lambda _lab: None
    """What is there before the fleet is set up."""
    spoils: tuple[Act, ...] = ()
    """What somebody breaks or changes then, one after the other."""
    asks: Callable[[Bench], Iterable[Ask]] = lambda _lab: ()
    """What is asked only where a verdict hangs on it, and is asked here each time."""
    lose: Act = lambda _lab: None
    """What becomes of the archive's files between one verification and the next."""
    moves: tuple[Act, ...] = ()
    """From one fleet to the next, in a lab of its own."""


def leasts() -> tuple[Least, ...]:
    """How each kind of log is set up that says it."""
    return tuple(own.LEAST for own in modules("least").values())
