"""What one round of planning comes to: the calls to make, and what is in the way of them."""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from logkeep.diagnose.check.finding import Finding
from logkeep.diagnose.diagnosis import Diagnosed
from logkeep.route import Route
from logkeep.snapshot.setting import Write
from logkeep.value import AccountId, Arn, Aspect

DELIVERY: Final[tuple[Aspect, ...]] = ("configured", "permitted")
"""The aspects without which no log comes."""
LATER: Final[tuple[Aspect, ...]] = ("arriving", "intact")
"""What no call mends: it follows once the way is open."""


class Together(NamedTuple):
    """Routes of an account that pass the same hops, as far as a plan asks, checked as one."""

    route: Route
    """One of them, without the hops that only tell what has arrived."""
    names: tuple[str, ...]
    checked: Diagnosed


class Halted(NamedTuple):
    """Routes that nothing comes by until somebody else changes something."""

    of: Together
    lost: frozenset[Arn]
    """The resources on their way of which nothing can be mended until then."""


class Wish(msgspec.Struct, frozen=True):
    """A write with the findings it mends and the accounts whose routes asked for it."""

    write: Write
    because: tuple[str, ...]
    accounts: tuple[AccountId, ...]


class Obstacle(msgspec.Struct, frozen=True):
    """What keeps a route from being mended, and is not ours to change."""

    route: str
    source: str
    account: AccountId
    role: str
    arn: str
    owner: AccountId
    """Whose the resource is: the account in its ARN, or its hop's, for a bucket's names none."""
    finding: Finding
    may_pass: bool = False
    """Whether what the plan still does may end it."""


class Round(msgspec.Struct, frozen=True):
    """What one round found to do, and what it found in the way."""

    wishes: tuple[Wish, ...]
    obstacles: tuple[Obstacle, ...]
    short: tuple[str, ...] = ()
    """The policies that had to take the short form."""
