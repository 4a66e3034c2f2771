"""What is a verification asked for, and what does it know besides the archive?"""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import msgspec

from logkeep.archive.report import FAULTS_MAX, Wanted
from logkeep.sources.cloudtrail.evidence import PATIENCE
from logkeep.sources.cloudtrail.integrity.course import Course
from logkeep.sources.cloudtrail.integrity.series import HOUR, Chain, Folder, day_at
from logkeep.sources.cloudtrail.integrity.walk import Expiry
from logkeep.value import AccountId, Region, Time


class Known(msgspec.Struct, frozen=True):
    """What is known of the trails that write into the archive."""

    courses: Mapping[Chain, Course] = {}
    """Every chain that should go on, and what its trail tells of it."""
    unvouched: Mapping[Folder, str] = {}
    """The folders into which a trail writes logs and no digests, and which."""
    management: AccountId = ""
    """Whose the trails are that write under an organization's id; empty where that is unknown."""
    unseen: frozenset[AccountId] = frozenset()
    """The accounts whose trails could not be seen: any of their chains may be meant to go on."""
    ended: frozenset[tuple[AccountId, Region]] = frozenset()
    """The accounts and Regions whose logs are wanted, and of which no trail brings digests now."""


class Task(msgspec.Struct, frozen=True):
    """What to look at, and what the archive is measured by."""

    taken_at: Time
    since: Time | None = None
    """The start that the fleet asks for; None is the oldest object."""
    known: Known = Known()
    expiry: Expiry = Expiry()
    wanted: Wanted = Wanted()
    faults_max: int = FAULTS_MAX

    @property
    def until(self) -> datetime.datetime:
        """The time up to which is looked."""
        return min(self.wanted.end or self.taken_at, self.taken_at)

    @property
    def due(self) -> datetime.datetime:
        """The time up to which digests should have come."""
        return min(self.until, self.taken_at - PATIENCE + HOUR)

    @property
    def first_day(self) -> str:
        """The first day that is listed; empty for all there are."""
        return day_at(self.since) if self.since else ""

    def wants(self, day: str) -> bool:
        """Whether a day is asked for."""
        first = day_at(self.wanted.start) if self.wanted.start else self.first_day
        return first <= day <= day_at(self.until + HOUR)

    def distrusts(self, day: str) -> bool:
        """Whether a day is read again although its objects are those that were proven."""
        wanted = self.wanted
        is_named = wanted.again or wanted.start is not None or wanted.end is not None
        return is_named and self.wants(day)
