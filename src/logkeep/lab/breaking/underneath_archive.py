"""Breaking the archive's bucket and key where no API call can: straight in the lab's store.

Each way gives back how to undo it; None where it cannot be.
"""

from __future__ import annotations

from typing import Any

from logkeep.lab import documents
from logkeep.lab.breaking.stored import losses, put
from logkeep.lab.breaking.target import Impossible, Target, Undo
from logkeep.lab.store import kms_backends
from logkeep.lab.world import LabWorld


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


def _policy_malformed(world: LabWorld, target: Target) -> Undo:
    return put(bucket_of(world, target), "policy", b'{"Version": "2012-10-17", "Statement": [')


def _key_missing(world: LabWorld, target: Target) -> Undo:
    held = _key(world, target)
    keys: dict[str, Any] = kms_backends[held.account_id][held.region].keys
    del keys[held.id]

    def undo() -> None:
        keys[held.id] = held

    return undo


def _key_unfit(world: LabWorld, target: Target) -> Undo:
    return put(_key(world, target), "key_usage", "SIGN_VERIFY")


WAYS = {
    # In another Region than its key (rule 1.6.1).
    **losses(
        bucket_of, missing="bucket-missing", foreign="bucket-foreign", elsewhere="key-elsewhere"
    ),
    "policy-malformed": _policy_malformed,
    "key-missing": _key_missing,
    "key-unfit": _key_unfit,
}
"""The codes that are brought about from underneath."""
