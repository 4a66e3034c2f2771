"""PutBucketReplication and GetBucketReplication as S3 answers them; the store loses half of it."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

from logkeep.lab import documents
from logkeep.lab.actions import NeededAction
from logkeep.lab.call import Answer, Call, Forward, World
from logkeep.lab.objects.replication_errors import refusals
from logkeep.lab.wire import deny, refuse, reply
from logkeep.lab.world import LabWorld


def put_bucket_replication(world: World, call: Call, forward: Forward) -> Answer:
    """Take what S3 takes; of a bucket that is not there it says the same (rule 13.2)."""
    assert isinstance(world, LabWorld)
    bucket = documents.bucket_of(str(call.arguments["Bucket"]))
    wanted: dict[str, Any] = copy.deepcopy(call.arguments.get("ReplicationConfiguration") or {})
    refused = next(refusals(wanted, bucket.name), None)
    if refused is not None:
        return refuse(call, *refused)
    passes = NeededAction("iam:PassRole", wanted["Role"], call.caller.account, _PASSED)
    ruling = world.authorize(call.caller, passes)  # rule 3.2.1
    if not ruling.allowed:
        return deny(call, ruling.reason)
    if not keeps_versions(bucket):
        said = "Versioning must be 'Enabled' on the bucket to apply a replication configuration"
        return refuse(call, "InvalidRequest", said)
    for number, rule in enumerate(wanted["Rules"]):
        if not keeps_versions(destination_of(rule)):
            return refuse(
                call, "InvalidRequest", "Destination bucket must have versioning enabled."
            )
        rule.setdefault("ID", hashlib.sha256(f"{bucket.name}/{number}".encode()).hexdigest()[:48])
    answer = forward()
    if answer.status < 300:
        bucket.replication = wanted
    return answer


_PASSED = {"iam:PassedToService": "s3.amazonaws.com"}


def destination_of(rule: dict[str, Any]) -> Any:
    """The bucket that a rule names, or None."""
    return documents.bucket_of(str(rule["Destination"]["Bucket"]).rpartition(":")[2])


def keeps_versions(bucket: Any) -> bool:
    """Whether a bucket is there and its versioning enabled."""
    return bucket is not None and bucket.versioning_status == "Enabled"


def get_bucket_replication(_world: World, call: Call, forward: Forward) -> Answer:
    """All of the configuration."""
    found = configuration_of(documents.bucket_of(str(call.arguments["Bucket"])))
    return reply(call, {"ReplicationConfiguration": found}) if found else forward()


def put_bucket_versioning(_world: World, call: Call, forward: Forward) -> Answer:
    """A bucket that is replicated goes on keeping versions, and one that is locked (2.3.3)."""
    bucket = documents.bucket_of(str(call.arguments["Bucket"]))
    wanted: dict[str, Any] = call.arguments.get("VersioningConfiguration") or {}
    if wanted.get("Status") == "Suspended":
        for is_there, said in (
            (configuration_of(bucket), _REPLICATED),
            (bucket.object_lock_enabled, _LOCKED),
        ):
            if is_there:
                return refuse(call, "InvalidBucketState", said, status=409)
    return forward()


_REPLICATED = (
    "A replication configuration is present on this bucket, so you cannot change the versioning "
    "state. To change the versioning state, first delete the replication configuration."
)
_LOCKED = (
    "An Object Lock configuration is present on this bucket, so the versioning state cannot be "
    "changed."
)


def configuration_of(bucket: Any) -> dict[str, Any] | None:
    """A bucket's replication configuration, or None."""
    return getattr(bucket, "replication", None) or None
