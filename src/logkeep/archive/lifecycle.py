"""Whether a bucket's lifecycle deletes logs by itself, which no bucket policy stops (2.3.5)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from logkeep.access.bucket import Bucket, of_bucket
from logkeep.snapshot.facts import Facts, map_look
from logkeep.value import Absent, Json, Look, Seen
from logkeep.words.plain import count

NEVER = "never"
"""What is said of a lifecycle that deletes nothing."""


class Expiration(msgspec.Struct, frozen=True, rename="pascal"):
    """When objects are deleted by themselves."""

    days: int | None = None
    date: str | None = None


class Noncurrent(msgspec.Struct, frozen=True, rename="pascal"):
    """When replaced versions are deleted by themselves."""

    noncurrent_days: int | None = None


class Transition(msgspec.Struct, frozen=True, rename="pascal"):
    """When objects move to another storage class."""

    storage_class: str = ""
    days: int | None = None
    date: str | None = None


class Prefixed(msgspec.Struct, frozen=True, rename="pascal"):
    """What a filter asks of objects together, as far as it is their prefix."""

    prefix: str = ""


class Filter(msgspec.Struct, frozen=True, rename="pascal"):
    """Which objects a rule is about, as far as it is their prefix."""

    prefix: str = ""
    both: Prefixed | None = msgspec.field(name="And", default=None)


class LifecycleRule(msgspec.Struct, frozen=True, rename="pascal"):
    """One lifecycle rule, as far as it deletes or moves."""

    status: str = "Disabled"
    expiration: Expiration | None = None
    noncurrent_version_expiration: Noncurrent | None = None
    transitions: tuple[Transition, ...] = ()
    prefix: str = ""
    filter: Filter = Filter()


class Lifecycle(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3:GetBucketLifecycleConfiguration."""

    rules: tuple[LifecycleRule, ...] = ()


DAYS_MAX = 365_000
"""S3 takes more days than a calendar has back from today; nothing there is as old as this."""


def expiry(facts: Facts, where: Bucket | None = None) -> Look[Json]:
    """When the lifecycle deletes objects: never, or after what."""
    look = facts.look(of_bucket(facts, "s3:GetBucketLifecycleConfiguration", where), Lifecycle)
    return Seen(NEVER) if isinstance(look, Absent) else map_look(look, _soonest)


def deleted_before(facts: Facts) -> Look[datetime.datetime | None]:
    """From when back the archive's objects may have been deleted; nothing where none are."""
    look = facts.look(of_bucket(facts, "s3:GetBucketLifecycleConfiguration"), Lifecycle)
    if isinstance(look, Absent):
        return Seen(None)
    taken = facts.taken_at
    return map_look(look, lambda answer: _latest(answer, taken))


UNREADABLE: Final = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""The classes whose objects S3 gives to nobody before a restore (S3 API Reference, GetObject:
InvalidObjectState); GLACIER_IR is read at once."""


class Moved(NamedTuple):
    """Where a lifecycle moves objects that nobody reads there without a restore."""

    storage_class: str
    when: str
    under: str


def moved_away(facts: Facts) -> tuple[Moved, ...]:
    """Every rule by which the archive's objects cannot be read any more as they lie."""
    look = facts.look(of_bucket(facts, "s3:GetBucketLifecycleConfiguration"), Lifecycle)
    return tuple(_moves(look.value)) if isinstance(look, Seen) else ()


def _moves(answer: Lifecycle) -> Iterator[Moved]:
    for rule in answer.rules:
        for each in rule.transitions if rule.status == "Enabled" else ():
            if each.storage_class in UNREADABLE:
                when = f"on {each.date}" if each.date else f"after {count(each.days or 0, 'day')}"
                yield Moved(each.storage_class, when, _prefix(rule))


def _prefix(rule: LifecycleRule) -> str:
    """Below which prefix a rule works; empty is everywhere, or by tags and sizes."""
    both = rule.filter.both
    return rule.prefix or rule.filter.prefix or (both.prefix if both else "")


def _latest(answer: Lifecycle, now: datetime.datetime) -> datetime.datetime | None:
    """A rule of a day deletes whatever is there on that day and from then on (rule 2.3.5)."""
    found: list[datetime.datetime] = []
    for rule in answer.rules:
        expires = rule.expiration
        if rule.status != "Enabled" or expires is None:
            continue
        if expires.days is not None:
            found.append(now - datetime.timedelta(days=min(expires.days, DAYS_MAX)))
        elif expires.date is not None and expires.date[:10] <= f"{now:%Y-%m-%d}":
            found.append(now)
    return max(found, default=None)


def _soonest(answer: Lifecycle) -> str:
    said = [_when(rule) for rule in answer.rules if rule.status == "Enabled"]
    return "; ".join(text for text in said if text) or NEVER


def _when(rule: LifecycleRule) -> str:
    if rule.expiration and rule.expiration.days is not None:
        return f"after {rule.expiration.days} days"
    if rule.expiration and rule.expiration.date is not None:
        return f"on {rule.expiration.date}"
    if rule.noncurrent_version_expiration:
        return f"replaced versions after {rule.noncurrent_version_expiration.noncurrent_days} days"
    return ""
