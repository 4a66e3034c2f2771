"""Buckets, keys and people of this lab, as S3's own rules take them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from logkeep.lab import documents
from logkeep.lab.actions import NeededAction
from logkeep.lab.call import Caller, Ruling
from logkeep.lab.language import Document
from logkeep.lab.objects.model import Key, LabBucket
from logkeep.lab.public_access import blocks, closed
from logkeep.lab.world import LabWorld, default_rule

MANAGED = "alias/aws/s3"
"""The name of the key that AWS manages for S3."""


@dataclass(frozen=True)
class InLab:
    """Somebody of the lab, under every policy that has a say there."""

    world: LabWorld
    caller: Caller
    refusals: list[str] = field(default_factory=list[str])
    """Why what was asked is refused, in AWS's words."""

    def ruling(
        self,
        action: str,
        resource: str,
        owner: str,
        policy: Document | None,
        context: dict[str, Any],
    ) -> Ruling:
        """As the lab's front would answer it."""
        found = self._ruling(action, resource, owner, policy, context)
        if not found.allowed:
            self.refusals.append(found.reason)
        return found

    def _ruling(
        self,
        action: str,
        resource: str,
        owner: str,
        policy: Document | None,
        context: dict[str, Any],
    ) -> Ruling:
        if self.caller.kind == "service":
            return self.world.authorize_service(self.caller.name, action, resource, context)
        if resource.endswith(MANAGED):
            return self.world.authorize_under(
                self.caller, action, resource, owner, policy or {}, context
            )
        if action.startswith("s3:") and self.caller.account != owner:
            held = documents.bucket_of(resource.split(":", 5)[5].split("/", 1)[0])
            if closed(held):
                return Ruling(False, "Access Denied", explicit=True)
        return self.world.authorize(self.caller, NeededAction(action, resource, owner, context))


def bucket_in(world: LabWorld, name: str, asker: str) -> LabBucket:
    """A bucket as it is now; its default key as it is for whoever asks (rule 2.2.7)."""
    held = documents.bucket_of(name)
    if held is None:
        return LabBucket(name, "", "", exists=False)
    rule = default_rule(held)
    default: dict[str, Any] = rule.get("ApplyServerSideEncryptionByDefault") or {}
    named = str(default.get("KMSMasterKeyID") or "")
    key = world.key(named, asker, held.region_name) if named else None
    return LabBucket(
        name=name,
        account=held.account_id,
        region=held.region_name,
        algorithm=str(default.get("SSEAlgorithm") or "AES256"),
        key="" if named.endswith(MANAGED) else key.arn if key else named,
        bucket_key=str(rule.get("BucketKeyEnabled")).lower() == "true",
        policy=documents.document(held.policy),
        ownership=held.ownership_rule or "ObjectWriter",
        blocks_public_acls=blocks("block_public_acls", held.account_id, held),
        blocks_sse_c="SSE-C" in blocked_types(held),
        versioned=held.versioning_status == "Enabled",
        locked=bool(held.object_lock_enabled),
    )


def version_of(bucket: Any, key: str, version: Any = None) -> Any:
    """A version of an object, or its newest, delete markers among them; None where none is."""
    versions: list[Any] = bucket.keys.getlist(key, []) if bucket is not None else []
    fitting = [each for each in versions if version in (None, each.version_id)]
    return fitting[-1] if fitting else None


def blocked_types(bucket: Any) -> tuple[str, ...]:
    """The encryption types that a bucket blocks: SSE-C on every new one (rule 2.2.10)."""
    return getattr(bucket, "blocked_encryption", ("SSE-C",))


def keys_in(world: LabWorld, names: Iterable[str], asker: str, region: str) -> dict[str, Key]:
    """The keys of these names that are there, as an account sees them from a Region."""
    found = {name: world.key(name, asker, region) for name in names if name}
    return {name: Key(key.arn, key.policy, key.state) for name, key in found.items() if key}
