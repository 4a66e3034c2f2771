"""What S3 keeps of one world's access logging: settings as they act, and records on their way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, Final, TypeAlias

from logkeep.lab import documents
from logkeep.lab.call import HOUR
from logkeep.lab.per_world import PerWorld

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class LoggingChange:
    """When a bucket's logging was changed last, and what it was before."""

    at: datetime
    before: Json


@dataclass(frozen=True)
class WaitingRecord:
    """A record on its way into the log of a bucket."""

    source: str
    setting: Json
    """Where the bucket's logs went when the request came."""
    happened: datetime
    at: datetime
    """From when on it can be delivered."""
    line: str


@dataclass
class LogState:
    """Everything that S3's log delivery remembers; the lab's front lets one call in at a time."""

    processed: datetime
    changes: dict[str, LoggingChange] = field(default_factory=dict[str, LoggingChange])
    waiting: list[WaitingRecord] = field(default_factory=list[WaitingRecord])
    silent: set[str] = field(default_factory=set[str])
    """Accounts of whose buckets nothing comes: S3 loses it all."""
    random: Random = field(default_factory=lambda: Random("s3-access"))


state_of: Final = PerWorld(LogState).of
"""The world's log delivery, empty when first asked for."""


def setting_of(bucket: str) -> Json:
    """Where a bucket's logs are to go, as it was set; empty where they go nowhere."""
    held = documents.bucket_of(bucket)
    return dict(held.logging) if held is not None else {}


def acting(state: LogState, bucket: str, at: datetime) -> Json:
    """Where its logs go: within the hour after a change some requests know of it (rule 9.6)."""
    change = state.changes.get(bucket)
    fresh = change is not None and at - change.at < HOUR
    if change is not None and fresh and state.random.random() < 0.5:
        return change.before
    return setting_of(bucket)
