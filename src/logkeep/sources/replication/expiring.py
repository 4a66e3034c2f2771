"""Has a bucket's own lifecycle deleted an object there by now? (rule 2.3.5)

S3 User Guide, "Lifecycle configuration elements".
"""

from __future__ import annotations

import datetime
from typing import Any, Final, NamedTuple

from logkeep.access.bucket import Bucket, of_bucket
from logkeep.archive.lifecycle import DAYS_MAX
from logkeep.snapshot.facts import Facts
from logkeep.value import Absent, Json, Look, Seen, Unseen

CALL: Final = "s3:GetBucketLifecycleConfiguration"


class Expiry(NamedTuple):
    """One lifecycle rule that deletes."""

    prefix: str
    days: int
    is_narrowed: bool
    """Whether it asks for tags or sizes too, of which a listing tells nothing."""


def expiries(facts: Facts, at: Bucket) -> Look[tuple[Expiry, ...]]:
    """The rules of a bucket that delete objects or replaced versions."""
    look = facts.look(of_bucket(facts, CALL, at), dict[str, Json])
    if isinstance(look, Absent):
        return Seen(())
    if isinstance(look, Unseen):
        return look
    rules: list[dict[str, Any]] = look.value.get("Rules") or []
    found = [_expiry(rule, facts.taken_at) for rule in rules if rule.get("Status") == "Enabled"]
    return Seen(tuple(each for each in found if each is not None))


def _expiry(rule: dict[str, Any], now: datetime.datetime) -> Expiry | None:
    current: dict[str, Any] = rule.get("Expiration") or {}
    older: dict[str, Any] = rule.get("NoncurrentVersionExpiration") or {}
    days = [d for d in (current.get("Days"), older.get("NoncurrentDays")) if isinstance(d, int)]
    date = str(current.get("Date") or "")
    if date and date[:10] <= f"{now:%Y-%m-%d}":
        days.append(0)
    if not days:
        return None
    own: dict[str, Any] = rule.get("Filter") or {}
    both: dict[str, Any] = own.get("And") or {}
    prefix = str(both.get("Prefix") or own.get("Prefix") or rule.get("Prefix") or "")
    narrowed = bool(set(own) - {"Prefix", "And"} or set(both) - {"Prefix"})
    return Expiry(prefix, min(*days, DAYS_MAX), narrowed)


def is_expired(rules: tuple[Expiry, ...], key: str, age: datetime.timedelta) -> bool | None:
    """Whether a rule has deleted an object of this age; None where the rule asks for more."""
    own = [r for r in rules if key.startswith(r.prefix) and age >= datetime.timedelta(r.days)]
    if any(not rule.is_narrowed for rule in own):
        return True
    return None if own else False
