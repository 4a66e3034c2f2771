"""What S3 remembers of one world's replication: objects on their way, and what failed and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, Final

from logkeep.lab.per_world import PerWorld


@dataclass(frozen=True)
class WaitingVersion:
    """A version of an object, a delete marker, or a change of one, on its way."""

    bucket: str
    key: str
    version: str
    at: datetime
    changed: bool = False
    """Its tags, lock or ACL changed, and the replica is there."""


@dataclass(frozen=True)
class ReplicationFailure:
    """An object that S3 could not replicate; its events tell the reason (rule 3.4.2)."""

    bucket: str
    key: str
    version: str
    destination: str
    reasons: frozenset[str]
    """Every reason there was, of which S3 gives the first."""
    reason: str


@dataclass
class Job:
    """An S3 Batch Replication job; what was asked is as CreateJob took it."""

    id: str
    account: str
    region: str
    asked: dict[str, Any]
    created: datetime
    status: str = "New"
    ended: datetime | None = None
    why: str = ""
    """What whoever changed its status gave as the reason."""
    failures: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    """Why it failed as a whole."""
    objects: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """The keys and versions that it lists."""
    sent: int = 0
    failed: int = 0

    @property
    def source(self) -> str:
        """The bucket whose objects it sends."""
        made: dict[str, Any] = self.asked["ManifestGenerator"]["S3JobManifestGenerator"]
        return str(made["SourceBucket"]).rpartition(":")[2]


@dataclass
class ReplicationState:
    """All of it; the lab's front lets one call in at a time."""

    began: datetime
    waiting: list[WaitingVersion] = field(default_factory=list[WaitingVersion])
    failures: list[ReplicationFailure] = field(default_factory=list[ReplicationFailure])
    stuck: set[str] = field(default_factory=set[str])
    """Buckets of which nothing is replicated, as in an outage: it stays PENDING (rule 3.4.1)."""
    jobs: list[Job] = field(default_factory=list[Job])
    random: Random = field(default_factory=lambda: Random("replication"))


state_of: Final = PerWorld(ReplicationState).of
"""The world's replication, empty when first asked for."""
