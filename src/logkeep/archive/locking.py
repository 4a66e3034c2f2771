"""Does Object Lock keep what comes into the archive, as long and as strictly as is asked?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from logkeep.access import bucket
from logkeep.access.bucket import Bucket, of_bucket
from logkeep.fleet.retention import Retention, read_retention
from logkeep.route import Hop, Is, Need
from logkeep.snapshot.facts import Facts, map_look
from logkeep.snapshot.setting import Setting, Write
from logkeep.value import Absent, Json, Look, Seen

PUT: Final = "s3:PutObjectLockConfiguration"
GET: Final = "s3:GetObjectLockConfiguration"
OFF: Final = "off"
BARE: Final = "on, without a default retention"


class _Default(msgspec.Struct, frozen=True, rename="pascal"):
    mode: str = ""
    days: int = 0
    years: int = 0


class _Rule(msgspec.Struct, frozen=True, rename="pascal"):
    default_retention: _Default | None = None


class _Lock(msgspec.Struct, frozen=True, rename="pascal"):
    object_lock_enabled: str = ""
    rule: _Rule | None = None


class _Answer(msgspec.Struct, frozen=True, rename="pascal"):
    object_lock_configuration: _Lock = _Lock()


def needs(facts: Facts) -> Iterator[Need]:
    """What the fleet file asks of the archive's Object Lock."""
    wanted = facts.fleet.archive.lock
    if wanted is not None:
        yield Is("bucket.lock", str(wanted), "bucket-unlocked", "protected")


def lock(facts: Facts, at: Bucket) -> Look[str]:
    """A bucket's Object Lock: off, bare, or its default retention as a fleet file writes it."""
    look = facts.look(of_bucket(facts, GET, at), _Answer)
    if isinstance(look, Absent):
        return Seen(OFF)
    return map_look(look, _said)


def _said(answer: _Answer) -> str:
    found = answer.object_lock_configuration
    if found.object_lock_enabled != "Enabled":
        return OFF
    default = found.rule.default_retention if found.rule else None
    if default is None or not (default.days or default.years):
        return BARE
    time = f"{default.years}y" if default.years else f"{default.days}d"
    return f"{default.mode.lower()} {time}"


def _read(facts: Facts, hop: Hop, need: Is) -> Look[Json]:
    """What is asked for, where it is locked for as long and as strictly or more."""
    found = lock(facts, Bucket(bucket.name_of(hop.arn), hop.account, hop.region))
    return map_look(found, lambda said: need.value if _suffices(said, need) else said)


def _suffices(said: str, need: Is) -> bool:
    found, wanted = read_retention(said), read_retention(str(need.value))
    if isinstance(found, Retention) and isinstance(wanted, Retention):
        return found.suffices_for(wanted)
    return False


def _write(_facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    """Object Lock with a default retention; on a bucket that is there it takes versioning."""
    wanted = read_retention(str(value))
    if not isinstance(wanted, Retention):
        return ()
    unit = "Years" if wanted.unit == "y" else "Days"
    default = {"Mode": wanted.mode.upper(), unit: wanted.count}
    arguments: dict[str, Json] = {
        "Bucket": bucket.name_of(hop.arn),
        "ExpectedBucketOwner": hop.account,
        "ObjectLockConfiguration": {
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": default},
        },
    }
    return (Write(hop.arn, hop.account, hop.region, PUT, arguments),)


SETTINGS: Final = {"bucket.lock": Setting(_read, _write, ("governance 1d",))}
