"""Breaking the archive's bucket and key where no API call can: straight in the lab's store.

Each way gives back how to undo it; None where it cannot be.
"""

from __future__ import annotations

from typing import Any

from logkeep.lab import documents
from logkeep.lab.breaking.target import Impossible, Target, Undo
from logkeep.lab.store import PARTITION, kms_backends, s3_backends
from logkeep.lab.world import LabWorld

STRANGER = "999999999999"
"""The account outside the organization."""


def bucket_of(world: LabWorld, target: Target) -> Any:
    """The archive's bucket as moto keeps it; raises Impossible where it is not there."""
    found = documents.bucket_of(target.bucket)
    if found is None or found.account_id not in world.accounts:
        raise Impossible(f"the bucket `{target.bucket}` is not there")
    return found


def _key(world: LabWorld, target: Target) -> Any:
    found = world.key(target.key, target.key_account, target.region)
    if found is None:
        raise Impossible(f"the key `{target.key}` is not there")
    return documents.key_of(found.arn)


def _bucket_missing(world: LabWorld, target: Target) -> Undo:
    held = bucket_of(world, target)
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


def _policy_malformed(world: LabWorld, target: Target) -> Undo:
    return _set(bucket_of(world, target), "policy", b'{"Version": "2012-10-17", "Statement": [')


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
    held = bucket_of(world, target)
    others = [region for region in world.regions if region != held.region_name]
    if not others:
        raise Impossible("the lab has one Region only")
    return _set(held, "region_name", others[0])


def _key_unfit(world: LabWorld, target: Target) -> Undo:
    return _set(_key(world, target), "key_usage", "SIGN_VERIFY")


WAYS = {
    "bucket-missing": _bucket_missing,
    "bucket-foreign": _bucket_foreign,
    "policy-malformed": _policy_malformed,
    "key-missing": _key_missing,
    "key-elsewhere": _key_elsewhere,
    "key-unfit": _key_unfit,
}
"""The codes that are brought about from underneath."""
