"""Breaking what no API call can: straight in the lab's store and in CloudTrail's own memory.

Each way gives back how to undo it; None where it cannot be.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from threading import RLock
from typing import Any

import msgspec

from logkeep.lab import documents
from logkeep.lab.breaking import cloudwatch, members
from logkeep.lab.breaking.table import BY_CODE
from logkeep.lab.breaking.target import Impossible, Target, Undo
from logkeep.lab.kinds.cloudtrail.state import Course, Trail, settle, state_of
from logkeep.lab.store import PARTITION, kms_backends, s3_backends
from logkeep.lab.world import LabWorld

STRANGER = "999999999999"
"""The account outside the organization."""


class Underneath:
    """Breaks a lab from underneath, and remembers how to undo it."""

    def __init__(self, world: LabWorld, lock: RLock) -> None:
        self._world = world
        self._lock = lock
        self._undos: list[Undo] = []

    def spoil(self, asked: dict[str, Any]) -> str:
        """Break what is asked for, and say what was done; raises Impossible."""
        try:
            target = msgspec.convert(asked, Target)
        except msgspec.ValidationError as error:
            raise Impossible(str(error)) from error
        way = WAYS.get(target.code)
        if way is None:
            raise Impossible(f"`{target.code}` is not broken from underneath")
        with self._lock:
            self._undos.append(way(self._world, target))
        return BY_CODE[target.code].says

    def mend(self) -> bool:
        """Undo the last break; false where it cannot be undone."""
        with self._lock:
            undo = self._undos.pop() if self._undos else None
            if undo is None:
                return False
            undo()
            return True


def _bucket(world: LabWorld, target: Target) -> Any:
    found = documents.bucket_of(target.bucket)
    if found is None or found.account_id not in world.accounts:
        raise Impossible(f"the bucket `{target.bucket}` is not there")
    return found


def _key(world: LabWorld, target: Target) -> Any:
    found = world.key(target.key, target.key_account, target.region)
    if found is None:
        raise Impossible(f"the key `{target.key}` is not there")
    return documents.key_of(found.arn)


def _course(world: LabWorld, target: Target) -> Course:
    courses = state_of(world).courses.values()
    own = [c for c in courses if c.trail.account == target.account]
    ours = [c for c in own if c.trail.bucket == target.bucket]
    if not ours:
        raise Impossible(f"no trail of {target.account} writes to `{target.bucket}`")
    return ours[0]


def _bucket_missing(world: LabWorld, target: Target) -> Undo:
    held = _bucket(world, target)
    buckets: dict[str, Any] = s3_backends[held.account_id][PARTITION].buckets
    del buckets[held.name]
    s3_backends.bucket_accounts.pop(held.name, None)

    def undo() -> None:
        buckets[held.name] = held
        s3_backends.bucket_accounts[held.name] = (PARTITION, held.account_id)

    return undo


def _bucket_foreign(world: LabWorld, target: Target) -> Undo:
    back = _bucket_missing(world, target)
    backend = s3_backends[STRANGER][PARTITION]
    backend.create_bucket(target.bucket, target.region)

    def undo() -> None:
        backend.buckets.pop(target.bucket, None)
        if back is not None:
            back()

    return undo


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


def _policy_malformed(world: LabWorld, target: Target) -> Undo:
    return _set(_bucket(world, target), "policy", b'{"Version": "2012-10-17", "Statement": [')


def _set(thing: Any, name: str, value: Any) -> Undo:
    before = getattr(thing, name)
    setattr(thing, name, value)
    return lambda: setattr(thing, name, before)


def _key_missing(world: LabWorld, target: Target) -> Undo:
    held = _key(world, target)
    keys: dict[str, Any] = kms_backends[held.account_id][held.region].keys
    del keys[held.id]

    def undo() -> None:
        keys[held.id] = held

    return undo


def _key_elsewhere(world: LabWorld, target: Target) -> Undo:
    """A bucket cannot move, so it is as if it had been made there from the start (rule 1.6.1)."""
    held = _bucket(world, target)
    others = [region for region in world.regions if region != held.region_name]
    if not others:
        raise Impossible("the lab has one Region only")
    return _set(held, "region_name", others[0])


def _key_unfit(world: LabWorld, target: Target) -> Undo:
    return _set(_key(world, target), "key_usage", "SIGN_VERIFY")


def _delivery_error(world: LabWorld, target: Target) -> Undo:
    """An error of the service's own, such as stands until the next file passes (rule 1.7.2)."""
    streams = list(_course(world, target).streams.values())
    for stream in streams:
        stream.status.error = "ServiceUnavailable"

    def undo() -> None:
        for stream in streams:
            stream.status.error = ""

    return undo


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
    held = _bucket(world, target)
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
    return cloudwatch.report_error(_course(world, target))


def _group_stale(world: LabWorld, target: Target) -> Undo:
    undo = cloudwatch.silence(_course(world, target), target.account)
    if undo is None:
        raise Impossible(f"no event of {target.account} has come into a log group yet")
    return undo


WAYS: dict[str, Callable[[LabWorld, Target], Undo]] = {
    "bucket-missing": _bucket_missing,
    "bucket-foreign": _bucket_foreign,
    "bucket-misspelt": _bucket_misspelt,
    "trail-prefix": _trail_prefix,
    "policy-malformed": _policy_malformed,
    "key-missing": _key_missing,
    "key-elsewhere": _key_elsewhere,
    "key-unfit": _key_unfit,
    "delivery-error": _delivery_error,
    "delivery-stale": _delivery_stale,
    "chain-broken": _chain_broken,
    **members.WAYS,
    "loggroup-delivery-error": _group_error,
    "loggroup-stale": _group_stale,
}
"""The codes that are brought about from underneath."""
