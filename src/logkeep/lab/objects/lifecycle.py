"""What does S3 delete by itself? The expiry of a bucket's lifecycle rules, once a day.

S3 User Guide, "Expiring objects": at the midnight after so many days; where versions are kept by a
delete marker. Transitions and the expiry of older versions the lab leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from moto.s3.models import FakeDeleteMarker

from logkeep.lab.call import World
from logkeep.lab.objects.kept import kept_of
from logkeep.lab.per_world import PerWorld
from logkeep.lab.store import PARTITION, s3_backends


@dataclass
class _State:
    looked: datetime


state_of: Final = PerWorld(_State).of


def expire_until(world: World, now: datetime) -> None:
    """Delete what has expired by the last midnight."""
    state = state_of(world)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if state.looked >= midnight:
        return
    state.looked = midnight
    for account in world.accounts:
        backend = s3_backends[account][PARTITION]
        for name, key in list(_expired(backend.buckets, midnight)):
            backend.delete_object(name, key)


def _expired(buckets: dict[str, Any], midnight: datetime) -> Iterator[tuple[str, str]]:
    for name, bucket in buckets.items():
        for rule in bucket.rules or ():
            if rule.status == "Enabled" and rule.expiration_days:
                before = midnight - timedelta(days=int(rule.expiration_days))
                prefix = str(rule.prefix or getattr(rule.filter, "prefix", "") or "")
                yield from ((name, key) for key in _older(bucket, prefix, before))


def _older(bucket: Any, prefix: str, before: datetime) -> Iterator[str]:
    """The objects older than that; one that waits for its replication stays (rule 3.1.7)."""
    for key, newest in bucket.keys.items():
        if isinstance(newest, FakeDeleteMarker) or not key.startswith(prefix):
            continue
        waits = kept_of(newest).replication == "PENDING"
        if not waits and newest.last_modified.replace(tzinfo=UTC) < before:
            yield key
