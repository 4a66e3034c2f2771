"""May a service write into this stream of a log group, and are the events then there?

It writes through a role that it assumes (rule 1.10.2), or by itself where a resource policy of the
Region lets it (rule 8.2.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from logkeep.lab.call import World
from logkeep.lab.services.logs import key_fault

EVENT_LIMIT = 256 * 1024
"""Bytes above which an event is not sent (rule 1.10.1)."""

Request = Literal["group", "trust", "create-stream", "put-events", "key"]
"""The requests of a delivery, in the order in which the lab makes them."""

_WRITES: tuple[tuple[Request, str], ...] = (
    ("create-stream", "logs:CreateLogStream"),
    ("put-events", "logs:PutLogEvents"),
)


@dataclass(frozen=True)
class Stream:
    """Where a service writes, and as whom."""

    group: str
    """The log group's ARN, with or without the `:*` behind it."""
    name: str
    service: str
    role: str = ""
    """The role that it assumes; empty where it writes by itself."""
    given: dict[str, str] = field(default_factory=dict[str, str])
    """The condition keys of its own requests."""


@dataclass(frozen=True)
class Objection:
    """The first request of a delivery that does not pass, and what is said of the group's key."""

    request: Request
    says: str = ""


def objection(world: World, stream: Stream) -> Objection | None:
    """Why events cannot be written now; None if they can."""
    group = world.log_group(stream.group)
    if group is None:
        return Objection("group")
    service, given = stream.service, stream.given
    if stream.role and not _passes(world, service, "sts:AssumeRole", stream.role, given):
        return Objection("trust")
    arn = f"{group.arn}:log-stream:{stream.name}"
    for request, action in _WRITES:
        allowed = (
            world.authorize_role(stream.role, service, action, arn, given).allowed
            if stream.role
            else _passes(world, service, action, arn, given)
        )
        if not allowed:
            return Objection(request)
    if group.key_arn and (said := key_fault(world, group)):
        return Objection("key", said)
    return None


def _passes(world: World, service: str, action: str, resource: str, given: dict[str, str]) -> bool:
    return world.authorize_service(service, action, resource, given).allowed


def send(
    world: World, stream: Stream, events: Sequence[tuple[datetime, str]], at: datetime
) -> Objection | None:
    """Write events if every request passes, those that are not too long; else why not."""
    found = objection(world, stream)
    if found is None:
        small = [(when, said) for when, said in events if len(said.encode()) <= EVENT_LIMIT]
        world.store_events(stream.group, stream.name, small, at)
    return found
