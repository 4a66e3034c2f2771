"""Breaking a trail's way into CloudWatch Logs where no call can."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.logs.models import logs_backends

from logkeep.lab.breaking.stored import put_all
from logkeep.lab.breaking.target import Undo
from logkeep.lab.kinds.cloudtrail.state import Course
from logkeep.value import AccountId


def report_error(course: Course) -> Undo:
    """An error of CloudWatch Logs' own, such as stands until the next delivery passes."""
    statuses = [stream.status for stream in course.streams.values()]
    return put_all(statuses, "logs_error", "ServiceUnavailable")


def silence(course: Course, account: AccountId) -> Callable[[], None] | None:
    """What came of the account never came; None where nothing ever did."""
    kept = [(stream, stream.events) for stream in _streams(course, account)]
    deliveries = [(each.status, each.status.logs_delivered) for each in course.streams.values()]
    for stream, _ in kept:
        stream.events = []
    for status, _ in deliveries:
        status.logs_delivered = None

    def undo() -> None:
        for stream, events in kept:
            stream.events = events + stream.events
        for status, before in deliveries:
            status.logs_delivered = status.logs_delivered or before

    return undo if kept else None


def _streams(course: Course, account: AccountId) -> list[Any]:
    """The account's streams as moto keeps them."""
    parts = course.trail.log_group.removesuffix(":*").split(":", 6)
    if len(parts) != 7 or parts[4] not in logs_backends:
        return []
    groups: Any = logs_backends[parts[4]][parts[3]].groups
    held: dict[str, Any] = groups[parts[6]].streams if parts[6] in groups else {}
    return [stream for name, stream in held.items() if f"{account}_CloudTrail_" in name]
