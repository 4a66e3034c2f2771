"""CloudWatch Logs' groups as moto keeps them, for the lab's deliveries and its own checks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from moto.logs.models import logs_backends

from logkeep.lab.call import LogGroup


def log_group(arn: str) -> LogGroup | None:
    """The log group of this ARN, with or without the `:*` behind it."""
    group = _group(arn)
    if group is None:
        return None
    return LogGroup(group.arn, group.account_id, group.region, group.kms_key_id or "")


def _group(arn: str) -> Any:
    parts = arn.removesuffix(":*").split(":", 6)
    if len(parts) != 7 or parts[2] != "logs" or parts[5] != "log-group":
        return None
    region, account, name = parts[3], parts[4], parts[6]
    if account not in logs_backends:
        return None
    regions: Any = logs_backends[account]
    return regions[region].groups.get(name) if region in regions.regions else None


def store(arn: str, stream: str, events: Sequence[tuple[datetime, str]], at: datetime) -> None:
    """Write events into a stream, which is made if it is not there, as ingested at this time."""
    group = _group(arn)
    moment = at.replace(tzinfo=None)
    if stream not in group.streams:
        group.create_log_stream(stream)
        group.streams[stream].creation_time = moment
    group.put_log_events(stream, [{"timestamp": _millis(t), "message": m} for t, m in events])
    kept = group.streams[stream]
    kept.last_ingestion_time = moment
    for event in kept.events[len(kept.events) - len(events) :]:
        event.ingestion_time = _millis(at)


def _millis(at: datetime) -> int:
    return round(at.astimezone(UTC).timestamp() * 1000)


def associate(arn: str, key_arn: str) -> None:
    """Let a log group's new events be encrypted under a key, or with an empty ARN under none."""
    _group(arn).kms_key_id = key_arn or None
