"""Breaking what no API call can: in CloudTrail's own memory, and among the files it delivered.

Each way gives back how to undo it; None where it cannot be.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import Any

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
    """Change the newest log file and delete the one before it (rule 1.9.8)."""
    held = bucket_of(world, target)
    part = f"AWSLogs/{target.account}/CloudTrail/"
    keys = sorted((k for k in held.keys if part in k), key=lambda k: k.rpartition("/")[2])
    if not keys:
        raise Impossible(f"no log file of {target.account} has been delivered yet")
    found = held.keys[keys[-1]]
    before = bytes(found.value)
    found.value = _tampered(before)
    versions: list[Any] = held.keys.getlist(keys[-2]) if len(keys) > 1 else []
    if versions:
        dict[str, Any].pop(
            held.keys, keys[-2]
        )  # its own pop throws the content away, which is to come back

    def undo() -> None:
        found.value = before
        if versions:
            held.keys.setlist(keys[-2], versions)

    return undo


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
