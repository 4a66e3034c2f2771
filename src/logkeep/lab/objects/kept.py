"""What does S3 keep of an object besides what the store does: owner, customer key, status."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

ReplicationStatus = Literal["", "PENDING", "COMPLETED", "FAILED", "REPLICA"]


@dataclass(frozen=True)
class Kept:
    """What belongs to one version of an object."""

    owner: str = ""
    """The account that owns it; empty is the bucket's."""
    acl: str = "private"
    customer_key: str = ""
    """The MD5 of the key that the customer gave (SSE-C); empty without one."""
    replication: ReplicationStatus = ""


def kept_of(version: Any) -> Kept:
    """What is kept of a version of an object, or of a delete marker."""
    return getattr(version, "kept", Kept())


def keep(version: Any, **values: Any) -> None:
    """Keep something of a version."""
    version.kept = replace(kept_of(version), **values)
