"""What decides about an upload into a bucket of the fleet, as far as the snapshot shows it."""

from __future__ import annotations

from logkeep.access import bucket, organization
from logkeep.policy import most_restrictive
from logkeep.snapshot.facts import Facts
from logkeep.storage.bucket import Bucket, Default
from logkeep.storage.reading import read_blocked, read_default
from logkeep.value import Json


def bucket_of(facts: Facts, where: bucket.Bucket) -> Bucket:
    """A bucket with all that decides about an upload into it."""
    encryption = facts.look(
        bucket.of_bucket(facts, "s3:GetBucketEncryption", where), dict[str, Json]
    )
    versioning = facts.look(
        bucket.of_bucket(facts, "s3:GetBucketVersioning", where), dict[str, Json]
    )
    lock = facts.look(
        bucket.of_bucket(facts, "s3:GetObjectLockConfiguration", where), dict[str, Json]
    )
    flags = bucket.public_access(facts, where)
    return Bucket(
        name=where.name,
        account=where.account,
        region=where.region,
        exists=_exists(facts, where),
        default=_or(encryption, read_default, Default()),
        policy=_policy(facts, bucket.policy_text(facts, where), f"bucket policy of {where.name}"),
        rcps=organization.levels(facts, where.account, "rcp"),
        ownership=bucket.ownership_layer(facts, where),
        acl=bucket.acls(facts, where),
        block_public_acls=_blocks_acls(flags),
        public_access=most_restrictive(*map(_restricts, flags)),
        blocked=_or(encryption, read_blocked, frozenset[str]()),
        versioning=_or(versioning, lambda told: str(told.get("Status") or ""), ""),
        object_lock=_or(lock, lambda _told: True, other=False),
    )
