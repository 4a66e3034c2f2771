"""What becomes of an object under a bucket's replication rules, as values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from logkeep.policy import Decision, Explanation, Layers, Request, Unread, decide, explain
from logkeep.storage.bucket import AnyPolicy, Bucket, Keys, Requester
from logkeep.storage.rules import Replication
from logkeep.value import AccountId, Arn

ReasonKind: TypeAlias = Literal["not-eligible", "failed", "unknown"]


class ReplicationRole(msgspec.Struct, frozen=True):
    """The role that S3 assumes to replicate."""

    caller: Requester
    """The role as who asks, with its policies."""
    trust: AnyPolicy = None
    exists: bool = True


class Sides(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides of a replication: where from, by whom, where to, under which keys."""

    source: Bucket
    replication: Replication | Unread | None
    role: ReplicationRole | Unread
    destinations: Mapping[str, Bucket | Unread]
    """By name; one that is not there has not been asked about."""
    keys: Keys = Keys()
    faults: Mapping[str, str] = {}
    """AWS's failure codes that are told outright, by destination."""


class PredictedReplica(msgspec.Struct, frozen=True, kw_only=True):
    """A replica as it will lie there."""

    destination: str
    rule: str
    encryption: str
    key: Arn = ""
    owner: AccountId = ""
    acl: Literal["copied", "replaced", "off", ""] = ""
    """Copied with the object, replaced by the bucket owner's full control, or ACLs are off."""
    storage_class: str = ""
    tags: bool = True
    """False where the tags stay behind."""


class Miss(msgspec.Struct, frozen=True, kw_only=True):
    """Why there will be no replica in a destination, or why that cannot be told."""

    kind: ReasonKind
    reason: str
    """Ours, the same for one cause whatever the values."""
    code: str = ""
    """AWS's failureReason, where it fails."""
    destination: str = ""
    rule: str = ""
    detail: str = ""
    unknown: tuple[str, ...] = ()
    asked: Request | None = None
    layers: Layers | None = None
    """What speaks about what is asked."""

    def decided(self) -> Decision | None:
        """How the request came out that stands in the way, if one does."""
        return decide(self.asked, self.layers) if self.asked and self.layers else None

    def explained(self) -> Explanation | None:
        """The same, with the statements that were nearest to allowing it."""
        return explain(self.asked, self.layers) if self.asked and self.layers else None


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one object or event."""

    copies: tuple[PredictedReplica, ...] = ()
    misses: tuple[Miss, ...] = ()
    status: str = ""
    """The x-amz-replication-status that it will show first; empty is that it has none."""

    @property
    def is_unknown(self) -> bool:
        """Whether something of it cannot be told."""
        return any(miss.kind == "unknown" for miss in self.misses)
