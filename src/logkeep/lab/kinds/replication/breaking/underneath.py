"""Breaking what no call can: buckets and keys that are gone or elsewhere, and S3's own work."""

from __future__ import annotations

from typing import Any

from moto.s3.models import FakeKey

from logkeep.lab import documents
from logkeep.lab.breaking.stored import among, gone, losses, put
from logkeep.lab.breaking.target import Impossible, Target, Undo
from logkeep.lab.kinds.replication.configuration import configuration_of, destination_of
from logkeep.lab.kinds.replication.state import Job, state_of
from logkeep.lab.store import PARTITION, kms_backends, s3_backends
from logkeep.lab.world import LabWorld


def _replicated(target: Target) -> dict[str, Any]:
    """The account's buckets that are replicated."""
    buckets: dict[str, Any] = s3_backends[target.account][PARTITION].buckets
    return {name: held for name, held in sorted(buckets.items()) if configuration_of(held)}


def _source(target: Target) -> Any:
    found = next(iter(_replicated(target).values()), None)
    if found is None:
        raise Impossible(f"no bucket of {target.account} is replicated")
    return found


def _rule(target: Target) -> dict[str, Any]:
    configuration = configuration_of(_source(target))
    assert configuration is not None
    return configuration["Rules"][-1]


def _destination(target: Target) -> Any:
    found = destination_of(_rule(target))
    if found is None:
        raise Impossible("the bucket that takes the replicas is not there")
    return found


def _source_missing(_world: LabWorld, target: Target) -> Undo:
    return gone(_source(target))


def _unversioned(_world: LabWorld, target: Target) -> Undo:
    """S3 refuses the call while there is a replication configuration."""
    return put(_source(target), "versioning_status", "Suspended")


def _unlocked(_world: LabWorld, target: Target) -> Undo:
    return put(_destination(target), "object_lock_enabled", value=False)


def _key_gone(world: LabWorld, name: str, account: str, region: str) -> Undo:
    key = world.key(name, account, region) if name else None
    if key is None:
        raise Impossible("no key of the customer's is in use there")
    held = documents.key_of(key.arn)
    keys: dict[str, Any] = kms_backends[held.account_id][held.region].keys
    del keys[held.id]
    return lambda: keys.update({held.id: held})


def _source_key(world: LabWorld, target: Target) -> Undo:
    bucket = world.bucket(_source(target).name)
    assert bucket is not None
    return _key_gone(world, bucket.default_key, bucket.account, bucket.region)


def _replica_key(world: LabWorld, target: Target) -> Undo:
    under: dict[str, Any] = _rule(target)["Destination"].get("EncryptionConfiguration") or {}
    held = _destination(target)
    return _key_gone(
        world, str(under.get("ReplicaKmsKeyID") or ""), held.account_id, held.region_name
    )


def _stale(world: LabWorld, target: Target) -> Undo:
    return among(state_of(world).stuck, *_replicated(target))


def _replica_of(target: Target) -> tuple[Any, Any]:
    """The destination, and the newest replica in it that is current in the source too."""
    held, source = _destination(target), _source(target)
    for key in sorted(held.keys, reverse=True):
        listed = held.keys.getlist(key)
        own = source.keys.getlist(key, [])
        if own and listed[-1].version_id == own[-1].version_id and isinstance(own[-1], FakeKey):
            return held, listed[-1]
    raise Impossible("no object has been replicated yet")


def _lost(_world: LabWorld, target: Target) -> Undo:
    """The destination's administrator deletes a replica, by its version."""
    held, replica = _replica_of(target)
    _drop(held, replica)

    def undo() -> None:
        listed = [*held.keys.getlist(replica.name, []), replica]
        held.keys.setlist(replica.name, sorted(listed, key=lambda each: each.last_modified))

    return undo


def _drop(held: Any, version: Any) -> None:
    keys: dict[str, Any] = held.keys
    left = [each for each in held.keys.getlist(version.name) if each is not version]
    if left:
        held.keys.setlist(version.name, left)
    else:
        dict[str, Any].pop(keys, version.name)  # the store's own takes the last of the list


def _differs(_world: LabWorld, target: Target) -> Undo:
    """The destination's administrator puts another object over a replica."""
    held, replica = _replica_of(target)
    backend = s3_backends[held.account_id][PARTITION]
    backend.put_object(held.name, replica.name, b"somebody else's")
    other = held.keys.getlist(replica.name)[-1]
    return lambda: _drop(held, other)


def _job(world: LabWorld, target: Target) -> Job:
    found = [job for job in state_of(world).jobs if job.account == target.account]
    if not found:
        raise Impossible(f"no Batch Replication job of {target.account} was started")
    return found[-1]


def _as_it_was(job: Job) -> Undo:
    before = dict(vars(job))
    return lambda: vars(job).update(before)


def _job_failed(world: LabWorld, target: Target) -> Undo:
    job = _job(world, target)
    undo = _as_it_was(job)
    job.status, job.ended = "Failed", job.ended or world.now()
    reason = "Access denied when accessing the source bucket"
    job.failures = [{"FailureCode": "ManifestGenerationFailed", "FailureReason": reason}]
    return undo


def _object_failed(world: LabWorld, target: Target) -> Undo:
    job = _job(world, target)
    undo = _as_it_was(job)
    job.status, job.ended = "Complete", job.ended or world.now()
    job.objects = job.objects or [("lost", "null")]
    job.sent, job.failed = len(job.objects) - 1, 1
    return undo


WAYS = {
    "replica-lost": _lost,
    "replica-differs": _differs,
    "existing-unreplicated": _job_failed,
    "existing-failed": _object_failed,
    "replication-source-missing": _source_missing,
    "versioning-off": _unversioned,
    "source-key-missing": _source_key,
    **losses(
        lambda _world, target: _destination(target),
        missing="replica-missing",
        foreign="replica-foreign",
        elsewhere="replica-key-elsewhere",
    ),
    "replica-unlocked": _unlocked,
    "replica-key-missing": _replica_key,
    "replica-stale": _stale,
}
"""The codes that are brought about from underneath."""
