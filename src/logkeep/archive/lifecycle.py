"""Whether a bucket's lifecycle deletes logs by itself, which no bucket policy stops (2.3.5)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from logkeep.access.bucket import Bucket, of_bucket
from logkeep.snapshot.facts import Facts, map_look
from logkeep.value import Absent, Json, Look, Seen, Unseen
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


class Narrowed(msgspec.Struct, frozen=True, rename="pascal"):
    """What a filter asks of objects, as far as every log answers it: prefix and size."""

    prefix: str = ""
    object_size_greater_than: int | None = None
    object_size_less_than: int | None = None


class Filter(Narrowed, frozen=True, rename="pascal"):
    """Which objects a rule is about: one thing that is asked, or several together."""

    both: Narrowed | None = msgspec.field(name="And", default=None)


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


def expiry(
    facts: Facts, where: Bucket | None = None, roots: tuple[str, ...] | None = None
) -> Look[Json]:
    """When the lifecycle deletes objects: never, or after what.

    Of those below these prefixes where some are given; given none, nobody knows where they lie.
    """
    look = facts.look(of_bucket(facts, "s3:GetBucketLifecycleConfiguration", where), Lifecycle)
    if isinstance(look, Absent):
        return Seen(NEVER)
    if not isinstance(look, Seen):
        return map_look(look, lambda _answer: NEVER)
    deleting = [rule for rule in look.value.rules if _when(rule) and _fits_a_size(rule)]
    if roots:
        deleting = [rule for rule in deleting if reaches(rule, roots)]
    elif roots is not None and deleting and all(map(prefix_of, deleting)):
        says = f"whether the lifecycle's rule for `{prefix_of(deleting[0])}` deletes logs"
        return Unseen(says, "what writes into the archive could not all be seen")
    return Seen("; ".join(map(_when, deleting)) or NEVER)


def deleted_before(facts: Facts, root: str) -> Look[datetime.datetime | None]:
    """From when back objects below a prefix may have been deleted; nothing where none are."""
    look = facts.look(of_bucket(facts, "s3:GetBucketLifecycleConfiguration"), Lifecycle)
    if isinstance(look, Absent):
        return Seen(None)
    taken = facts.taken_at
    return map_look(look, lambda answer: _latest(answer, taken, root))


def narrowed(facts: Facts) -> bool:
    """Whether the archive's lifecycle deletes by a rule that is not for all objects."""
    look = facts.look(of_bucket(facts, "s3:GetBucketLifecycleConfiguration"), Lifecycle)
    rules = look.value.rules if isinstance(look, Seen) else ()
    return any(_when(rule) and rule != _for_all(rule) for rule in rules)


def _for_all(rule: LifecycleRule) -> LifecycleRule:
    return msgspec.structs.replace(rule, prefix="", filter=Filter())


def reaches(rule: LifecycleRule, roots: tuple[str, ...]) -> bool:
    """Whether a rule may be for a log below one of these prefixes (S3 User Guide, "Lifecycle
    configuration elements").

    Tags count as if a log had them: AWS's services set none, but whoever may tag an object could.
    """
    return _fits_a_size(rule) and meet(prefix_of(rule), roots)


def meet(prefix: str, roots: tuple[str, ...]) -> bool:
    """Whether a key may begin with a prefix and with one of these."""
    return any(root.startswith(prefix) or prefix.startswith(root) for root in roots)


def _fits_a_size(rule: LifecycleRule) -> bool:
    """Whether there is a size that it asks for and a log can have, which is never empty."""
    asked = [rule.filter, *([rule.filter.both] if rule.filter.both else ())]
    least = max(each.object_size_greater_than or 0 for each in asked) + 1
    most = [each.object_size_less_than for each in asked]
    return all(size is None or size > least for size in most)


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
                yield Moved(each.storage_class, when, prefix_of(rule))


def prefix_of(rule: LifecycleRule) -> str:
    """Below which prefix a rule works; empty is everywhere, or by tags and sizes."""
    both = rule.filter.both
    return rule.prefix or rule.filter.prefix or (both.prefix if both else "")


def _latest(answer: Lifecycle, now: datetime.datetime, root: str) -> datetime.datetime | None:
    """A rule of a day deletes whatever is there on that day and from then on (rule 2.3.5)."""
    found: list[datetime.datetime] = []
    for rule in answer.rules:
        expires = rule.expiration
        if rule.status != "Enabled" or expires is None or not reaches(rule, (root,)):
            continue
        if expires.days is not None:
            found.append(now - datetime.timedelta(days=min(expires.days, DAYS_MAX)))
        elif expires.date is not None and expires.date[:10] <= f"{now:%Y-%m-%d}":
            found.append(now)
    return max(found, default=None)


def _when(rule: LifecycleRule) -> str:
    """When a rule deletes; nothing where it does not."""
    if rule.status != "Enabled":
        return ""
    if rule.expiration and rule.expiration.days is not None:
        return f"after {rule.expiration.days} days"
    if rule.expiration and rule.expiration.date is not None:
        return f"on {rule.expiration.date}"
    if rule.noncurrent_version_expiration:
        return f"replaced versions after {rule.noncurrent_version_expiration.noncurrent_days} days"
    return ""
