"""Where CloudTrail's files lie in the bucket (rule 1.3)."""

from __future__ import annotations

from datetime import datetime

from logkeep.lab.call import World
from logkeep.lab.kinds.cloudtrail.state import Trail


def log_key(
    world: World, trail: Trail, account: str, region: str, at: datetime, suffix: str
) -> str:
    """The key of a log file; the minute is that of its delivery (rule 1.3.1)."""
    name = f"{account}_CloudTrail_{region}_{at:%Y%m%dT%H%MZ}_{suffix}.json.gz"
    return f"{_root(world, trail)}{account}/CloudTrail/{region}/{at:%Y/%m/%d}/{name}"


def digest_key(world: World, trail: Trail, account: str, region: str, end: datetime) -> str:
    """The key of a digest file; its time is the end of what it covers."""
    name = (
        f"{account}_CloudTrail-Digest_{region}_{trail.name}_{trail.home}"
        f"_{end:%Y%m%dT%H%M%SZ}.json.gz"
    )
    return f"{_root(world, trail)}{account}/CloudTrail-Digest/{region}/{end:%Y/%m/%d}/{name}"


def _root(world: World, trail: Trail) -> str:
    prefix = f"{trail.prefix}/" if trail.prefix else ""
    organization = f"{world.organization_id}/" if trail.organization else ""
    return f"{prefix}AWSLogs/{organization}"
