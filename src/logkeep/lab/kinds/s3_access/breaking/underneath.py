"""Breaking what no call can: the bucket that takes access logs, and S3's own delivery."""

from __future__ import annotations

from typing import Any

from logkeep.lab import documents
from logkeep.lab.breaking.stored import among, losses, put
from logkeep.lab.breaking.target import Impossible, Target, Undo
from logkeep.lab.kinds.s3_access.state import state_of
from logkeep.lab.store import PARTITION, s3_backends
from logkeep.lab.world import LabWorld


def _target(_world: LabWorld, target: Target) -> Any:
    """The bucket that takes the logs of the account's first bucket that logs."""
    buckets: dict[str, Any] = s3_backends[target.account][PARTITION].buckets
    targets = (str(held.logging.get("TargetBucket", "")) for _, held in sorted(buckets.items()))
    found = documents.bucket_of(next(filter(None, targets), ""))
    if found is None:
        raise Impossible(f"no bucket of {target.account} logs its accesses")
    return found


def _locked(world: LabWorld, target: Target) -> Undo:
    """A call could do it too, and none could undo it (S3 guide)."""
    return put(_target(world, target), "object_lock_enabled", value=True)


def _stale(world: LabWorld, target: Target) -> Undo:
    """All that is on its way is lost, and all that comes."""
    state = state_of(world)
    own: dict[str, Any] = s3_backends[target.account][PARTITION].buckets
    state.waiting = [due for due in state.waiting if due.source not in own]
    return among(state.silent, target.account)


WAYS = {
    **losses(
        _target, missing="target-missing", foreign="target-foreign", elsewhere="target-elsewhere"
    ),
    "target-locked": _locked,
    "accesslog-stale": _stale,
}
"""The codes that are brought about from underneath."""
