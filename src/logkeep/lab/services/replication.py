"""A bucket's replication configuration, kept as it was given: the store loses half of it.

S3 API reference, PutBucketReplication, GetBucketReplication. Nothing is replicated here.
"""

from __future__ import annotations

import copy
import hashlib
from typing import Any

from logkeep.lab import documents
from logkeep.lab.call import Answer, Call, Forward, Overlay, World
from logkeep.lab.wire import refuse, reply

ENABLED = "Enabled"


def put_bucket_replication(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """Both buckets keep versions; of one that is not there S3 says the same (rule 13.2)."""
    bucket = documents.bucket_of(str(call.arguments["Bucket"]))
    asked: dict[str, Any] = copy.deepcopy(call.arguments.get("ReplicationConfiguration") or {})
    if not _keeps_versions(bucket):
        said = "Versioning must be 'Enabled' on the bucket to apply a replication configuration"
        return refuse(call, "InvalidRequest", said)
    rules: list[dict[str, Any]] = asked.get("Rules") or []
    for number, rule in enumerate(rules):
        to = documents.bucket_of(str(rule["Destination"]["Bucket"]).rpartition(":")[2])
        if to is None or not _keeps_versions(to):
            said = "Destination bucket must have versioning enabled."
            return refuse(call, "InvalidRequest", said)
        rule.setdefault("ID", hashlib.sha256(f"{bucket.name}/{number}".encode()).hexdigest()[:48])
    answer = forward()
    if answer.status < 300:
        bucket.replication = asked
    return answer


def _keeps_versions(bucket: Any) -> bool:
    return bucket.versioning_status == ENABLED


def get_bucket_replication(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """All of the configuration."""
    bucket = documents.bucket_of(str(call.arguments["Bucket"]))
    found: dict[str, Any] | None = getattr(bucket, "replication", None)
    if not found:
        return forward()
    return reply(call, {"ReplicationConfiguration": found})


OVERLAYS: dict[tuple[str, str], Overlay] = {
    ("s3", "PutBucketReplication"): put_bucket_replication,
    ("s3", "GetBucketReplication"): get_bucket_replication,
}
