"""Which objects does S3 mark for replication, and what becomes of them when their time comes?

Rules 3.1.2, 3.4.1: what is not meant has no status; what fails stays FAILED and is not tried again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from logkeep.lab import documents
from logkeep.lab.call import Answer, Call, World
from logkeep.lab.kinds.replication import change, replica
from logkeep.lab.kinds.replication.configuration import configuration_of
from logkeep.lab.kinds.replication.state import ReplicationFailure, WaitingVersion, state_of
from logkeep.lab.objects.in_store import version_of
from logkeep.lab.objects.kept import keep, kept_of
from logkeep.lab.objects.replication import ORDER, Replica, chosen, meant, replicas
from logkeep.lab.objects.replication_place import place_of, thing_of
from logkeep.lab.world import LabWorld

WRITES = {"PutObject", "CopyObject", "CompleteMultipartUpload"}
DELETES = {"DeleteObject", "DeleteObjects"}
CHANGES = {
    *("PutObjectTagging", "DeleteObjectTagging", "PutObjectAcl"),
    *("PutObjectRetention", "PutObjectLegalHold"),
}
SOON = (timedelta(seconds=20), timedelta(minutes=10))
"""Most objects replicate within 15 minutes (rule 3.3.2); it takes at least, and may take more."""


def note(world: World, call: Call, answer: Answer) -> None:
    """Mark what a call wrote, deleted or changed, where its bucket is replicated."""
    if call.service != "s3" or answer.status >= 300 or "Bucket" not in call.arguments:
        return
    bucket = str(call.arguments["Bucket"])
    if configuration_of(documents.bucket_of(bucket)) is None:
        return
    if call.operation in WRITES:
        written(world, bucket, str(call.arguments["Key"]), call.at)
    elif call.operation in DELETES:
        for key in _marked(call, answer):
            written(world, bucket, key, call.at)
    elif call.operation in CHANGES:
        _changed(world, bucket, str(call.arguments["Key"]), call.arguments.get("VersionId"))


def _marked(call: Call, answer: Answer) -> Iterator[str]:
    """The keys that got a delete marker; a version that is deleted is never replicated."""
    if call.operation == "DeleteObject":
        if not call.arguments.get("VersionId"):
            yield str(call.arguments["Key"])
        return
    asked: dict[str, Any] = call.arguments.get("Delete") or {}
    refused = {str(each["Key"]) for each in answer.output.get("Errors", ())}
    for each in asked.get("Objects") or ():
        if not each.get("VersionId") and str(each["Key"]) not in refused:
            yield str(each["Key"])


def written(world: World, bucket: str, key: str, at: datetime) -> None:
    """Mark the newest version of an object, or its delete marker, if a rule means it."""
    held = documents.bucket_of(bucket)
    configuration = configuration_of(held)
    version = held.keys.get(key) if configuration is not None else None
    if configuration is None or version is None:
        return
    if meant(thing_of(world, held, version), configuration["Rules"]):
        keep(version, replication="PENDING")
        _send_off(world, WaitingVersion(bucket, key, version.version_id, at))


def _changed(world: World, bucket: str, key: str, version: str | None) -> None:
    found = version_of(documents.bucket_of(bucket), key, version)
    if found is not None and kept_of(found).replication in ("COMPLETED", "REPLICA"):
        _send_off(world, WaitingVersion(bucket, key, found.version_id, world.now(), changed=True))


def _send_off(world: World, waiting: WaitingVersion) -> None:
    state = state_of(world)
    at = waiting.at + SOON[0] + state.random.random() * SOON[1]
    state.waiting.append(
        WaitingVersion(waiting.bucket, waiting.key, waiting.version, at, waiting.changed)
    )


def replicate_until(world: World, now: datetime) -> None:
    """Replicate all that is waiting by now, in the order of time."""
    state = state_of(world)
    ready = [
        waiting
        for waiting in state.waiting
        if waiting.at <= now and waiting.bucket not in state.stuck
    ]
    if not ready:
        return
    state.waiting = [waiting for waiting in state.waiting if waiting not in ready]
    for waiting in sorted(ready, key=lambda each: each.at):
        held = documents.bucket_of(waiting.bucket)
        version = version_of(held, waiting.key, waiting.version)
        if held is not None and version is not None:
            _replicate(world, held, version, waiting)


def _replicate(world: World, held: Any, version: Any, waiting: WaitingVersion) -> None:
    assert isinstance(world, LabWorld)
    configuration = configuration_of(held)
    if configuration is None:
        _failed(world, waiting, version, "", {"SrcBucketReplicationConfigMissing"})
        return
    thing, rules = thing_of(world, held, version), configuration["Rules"]
    place = place_of(world, held, configuration, thing)
    if waiting.changed:
        change.spread(thing, version, chosen(thing, rules), place)
        return
    found = replicas(thing, rules, place)
    for name, result in found.items():
        if isinstance(result, Replica):
            replica.write(world, version, result)
        elif result is not None:
            _failed(world, waiting, version, name, result)
    if kept_of(version).replication == "PENDING" and any(found.values()):
        keep(version, replication="COMPLETED")


def send_again(world: World, held: Any, version: Any, at: datetime) -> bool:
    """Replicate a version that is there, whatever became of it before; whether all of it went."""
    assert isinstance(world, LabWorld)
    configuration = configuration_of(held)
    if configuration is None:
        return False
    thing = replace(thing_of(world, held, version), status="")
    waiting = WaitingVersion(held.name, version.name, version.version_id, at)
    place = place_of(world, held, configuration, thing)
    found = replicas(thing, configuration["Rules"], place)
    keep(version, replication="COMPLETED" if any(found.values()) else "")
    for name, result in found.items():
        if isinstance(result, Replica):
            replica.write(world, version, result)
        elif result is not None:
            _failed(world, waiting, version, name, result)
    return kept_of(version).replication == "COMPLETED"


def _failed(
    world: World, waiting: WaitingVersion, version: Any, name: str, reasons: set[str]
) -> None:
    keep(version, replication="FAILED")
    first = min(reasons, key=lambda each: ORDER.index(each) if each in ORDER else -1)
    failure = ReplicationFailure(
        waiting.bucket, waiting.key, waiting.version, name, frozenset(reasons), first
    )
    state_of(world).failures.append(failure)
