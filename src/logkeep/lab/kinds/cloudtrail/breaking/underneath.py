"""Breaking what no API call can: in CloudTrail's own memory, and among the files it delivered.

Each way gives back how to undo it; None where it cannot be.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from moto.s3.models import FakeDeleteMarker

from logkeep.lab.breaking.stored import put_all
from logkeep.lab.breaking.target import Impossible, Target, Undo
from logkeep.lab.breaking.underneath_archive import bucket_of
from logkeep.lab.kinds.cloudtrail.breaking import log_groups
from logkeep.lab.kinds.cloudtrail.state import Course, Trail, settle, state_of
from logkeep.lab.world import LabWorld


def _course(world: LabWorld, target: Target) -> Course:
    courses = state_of(world).courses.values()
    own = [c for c in courses if c.trail.account == target.account]
    ours = [c for c in own if c.trail.bucket == target.bucket]
    if not ours:
        raise Impossible(f"no trail of {target.account} writes to `{target.bucket}`")
    return ours[0]


def _bucket_misspelt(world: LabWorld, target: Target) -> Undo:
    """The trail once had a bucket of that name; it is gone since (rule 10.5)."""
    course = _course(world, target)
    name = target.bucket
    middle = len(name) // 2
    return _changed(course, replace(course.trail, bucket=name[:middle] + name[middle + 1 :]))


def _trail_prefix(world: LabWorld, target: Target) -> Undo:
    course = _course(world, target)
    return _changed(course, replace(course.trail, prefix="moved"))


def _changed(course: Course, trail: Trail) -> Undo:
    before = course.trail
    course.trail = trail

    def undo() -> None:
        course.trail = replace(course.trail, bucket=before.bucket, prefix=before.prefix)

    return undo


def _delivery_error(world: LabWorld, target: Target) -> Undo:
    """An error of the service's own, such as stands until the next file passes (rule 1.7.2)."""
    statuses = [stream.status for stream in _course(world, target).streams.values()]
    return put_all(statuses, "error", "ServiceUnavailable")


def _delivery_stale(world: LabWorld, target: Target) -> Undo:
    course = _course(world, target)
    held = dict(course.streams)
    course.streams.clear()

    def undo() -> None:
        course.streams.update(held)
        settle(world, course)

    return undo


def _chain_broken(world: LabWorld, target: Target) -> Undo:
    """Change the newest log file and delete the one before it (rule 1.9.8).

    A bucket with versioning keeps what was there as older versions, from which it can be restored.
    """
    held = bucket_of(world, target)
    part = f"AWSLogs/{target.account}/CloudTrail/"
    keys = sorted((k for k in held.keys if part in k), key=lambda k: k.rpartition("/")[2])
    if not keys:
        raise Impossible(f"no log file of {target.account} has been delivered yet")
    undoing = [_change(world, held, keys[-1])]
    if len(keys) > 1:
        undoing.append(_delete(world, held, keys[-2]))

    def undo() -> None:
        for each in undoing:
            each()

    return undo


def _change(world: LabWorld, held: Any, key: str) -> Callable[[], None]:
    """Put another content under a key; gives back how to undo it."""
    found, versions = held.keys[key], list(held.keys.getlist(key))
    before = bytes(found.value)
    if held.is_versioned:
        under_kms = str(found.encryption or "").startswith("aws:kms")
        world.store_object(
            held.name, key, _tampered(before), at=world.now(),
            algorithm="aws:kms" if under_kms else "AES256", kms_key_arn=found.kms_key_id or "",
        )  # fmt: skip
        return lambda: held.keys.setlist(key, versions)
    found.value = _tampered(before)

    def undo() -> None:
        found.value = before

    return undo


def _delete(world: LabWorld, held: Any, key: str) -> Callable[[], None]:
    """Delete what is under a key; gives back how to undo it."""
    versions: list[Any] = list(held.keys.getlist(key))
    if held.is_versioned:
        marker: Any = FakeDeleteMarker(versions[-1])
        marker.last_modified = world.now().replace(tzinfo=None)
        held.keys.setlist(key, [*versions, marker])
    else:  # the store's own pop throws the content away, which is to come back
        dict[str, Any].pop(held.keys, key)
    return lambda: held.keys.setlist(key, versions)


def _tampered(body: bytes) -> bytes:
    """A log file in which every call seems to come from another address."""
    content = json.loads(gzip.decompress(body))
    for record in content["Records"]:
        record["sourceIPAddress"] = "203.0.113.99"
    return gzip.compress(json.dumps(content).encode(), mtime=0)


def _group_error(world: LabWorld, target: Target) -> Undo:
    """An error such as stands until the next delivery to CloudWatch Logs passes (rule 1.10.4)."""
    return log_groups.report_error(_course(world, target))


def _group_stale(world: LabWorld, target: Target) -> Undo:
    undo = log_groups.silence(_course(world, target), target.account)
    if undo is None:
        raise Impossible(f"no event of {target.account} has come into a log group yet")
    return undo


WAYS = {
    "bucket-misspelt": _bucket_misspelt,
    "trail-prefix": _trail_prefix,
    "delivery-error": _delivery_error,
    "delivery-stale": _delivery_stale,
    "chain-broken": _chain_broken,
    "loggroup-delivery-error": _group_error,
    "loggroup-stale": _group_stale,
}
"""The codes that are brought about from underneath."""
