"""What CloudTrail keeps of one world: trails, their streams, events and signing keys."""

from __future__ import annotations

import string
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, Final, Literal

from logkeep.lab.call import World
from logkeep.lab.kinds.cloudtrail.signing import SigningKey, signing_key
from logkeep.lab.per_world import PerWorld

Json = dict[str, Any]

GLOBAL_REGION = "us-east-1"
"""Where global services are recorded (rule 1.11.1); it cannot be disabled in any account."""

DEFAULT_SELECTOR: Json = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}
"""What a trail selects until told otherwise: every management event (rule 1.12.1)."""


@dataclass(frozen=True)
class Trail:
    """The settings of one trail."""

    name: str
    account: str
    home: str
    bucket: str
    prefix: str = ""
    key_arn: str = ""
    multi_region: bool = False
    global_events: bool = True
    validation: bool = False
    organization: bool = False
    recursive: bool = True
    topic: str = ""
    log_group: str = ""
    log_role: str = ""
    logging: bool = False
    started: datetime | None = None
    stopped: datetime | None = None
    selectors: tuple[Json, ...] = (DEFAULT_SELECTOR,)
    advanced: tuple[Json, ...] = ()
    insights: tuple[Json, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def arn(self) -> str:
        """The trail's ARN, with its home Region and owner (rule 1.1.3)."""
        return f"arn:aws:cloudtrail:{self.home}:{self.account}:trail/{self.name}"


@dataclass(frozen=True)
class Event:
    """One record as one account receives it, with what selecting it needs."""

    account: str
    region: str
    at: datetime
    record: Json
    category: Literal["Management", "Data"]
    is_global: bool = False
    """Of a global service (rule 1.11.1)."""
    own: str = ""
    """The bucket CloudTrail delivered into, if that delivery is the event (rule 1.1.6)."""


@dataclass(frozen=True)
class Batch:
    """Events meant for one log file, until that file is in the bucket."""

    events: tuple[Event, ...]
    since: datetime
    """When its delivery was first tried."""
    suffix: str
    """The sixteen random characters of the file's name."""


@dataclass(frozen=True)
class LogFile:
    """A delivered log file as the next digest names it (rule 1.9.1)."""

    bucket: str
    key: str
    digest_hash: str
    newest: datetime
    oldest: datetime
    foreign: bool
    """Whether it holds any event that CloudTrail's deliveries did not cause themselves."""


@dataclass(frozen=True)
class Digest:
    """A signed digest file, until it is in the bucket."""

    bucket: str
    key: str
    plain: bytes
    signature: str
    since: datetime
    foreign: bool


@dataclass
class TrailStatus:
    """What GetTrailStatus tells of one trail in one Region (rule 1.8)."""

    delivered: datetime | None = None
    attempted: datetime | None = None
    error: str = ""
    digest_delivered: datetime | None = None
    digest_error: str = ""
    logs_delivered: datetime | None = None
    logs_error: str = ""


@dataclass
class Stream:
    """One account's events of one Region on their way through one trail."""

    account: str
    region: str
    queue: list[Event] = field(default_factory=list[Event])
    batches: list[Batch] = field(default_factory=list[Batch])
    digests: list[Digest] = field(default_factory=list[Digest])
    delivered: list[LogFile] = field(default_factory=list[LogFile])
    digesting: Literal["off", "on", "last"] = "off"
    """`last`: one more digest is due, then the chain ends (rule 1.9.7)."""
    previous: Digest | None = None
    status: TrailStatus = field(default_factory=TrailStatus)


@dataclass
class Course:
    """A trail and its streams, by account and Region."""

    trail: Trail
    streams: dict[tuple[str, str], Stream] = field(default_factory=dict[tuple[str, str], Stream])
    deleted: datetime | None = None


class TrailState:
    """Everything CloudTrail remembers in one world; the lab's front lets one call in at a time."""

    def __init__(self, start: datetime) -> None:
        self.courses: dict[str, Course] = {}
        self.leaving: list[Course] = []
        self.history: dict[tuple[str, str], list[Event]] = {}
        self.sessions: dict[str, datetime] = {}
        self.lookups: dict[tuple[str, str], list[float]] = {}
        self.members: tuple[str, ...] = ()
        self.keys: dict[str, SigningKey] = {}
        self.start = start
        self.processed = start
        self.random = Random("cloudtrail")

    def unique_id(self) -> str:
        """The next identifier of an event or request, in the form of a UUID."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def suffix(self) -> str:
        """Sixteen random letters and digits, as log file names end (rule 1.3)."""
        return "".join(self.random.choices(string.ascii_letters + string.digits, k=16))

    def key_of(self, region: str) -> SigningKey:
        """The Region's key pair (rule 1.9.5), made when first wanted."""
        if region not in self.keys:
            self.keys[region] = signing_key(region)
        return self.keys[region]

    def live(self) -> list[Course]:
        """The courses of the trails that exist, and of those deleted within the hour."""
        return [*self.courses.values(), *self.leaving]


state_of: Final = PerWorld(TrailState).of
"""The world's CloudTrail, empty when first asked for."""


def accounts_of(world: World, trail: Trail) -> tuple[str, ...]:
    """The accounts whose events the trail takes (rule 1.2.2)."""
    return tuple(world.accounts) if trail.organization else (trail.account,)


def regions_of(world: World, trail: Trail) -> tuple[str, ...]:
    """The Regions the trail covers (rule 1.1.7)."""
    if not trail.multi_region:
        return (trail.home,)
    return tuple(dict.fromkeys((*world.regions, GLOBAL_REGION)))


def settle(world: World, course: Course) -> None:
    """Open and close streams and digest chains as the trail's settings now ask (rule 1.9.7)."""
    trail = course.trail
    covered = {(a, r) for a in accounts_of(world, trail) for r in regions_of(world, trail)}
    if trail.logging:
        for account, region in sorted(covered - course.streams.keys()):
            course.streams[account, region] = Stream(account, region)
    wanted = trail.logging and trail.validation and course.deleted is None
    for place, stream in course.streams.items():
        if wanted and place in covered:
            _open_chain(stream)
        elif stream.digesting == "on":
            stream.digesting = "last"


def _open_chain(stream: Stream) -> None:
    if stream.digesting != "on":
        stream.digesting, stream.previous = "on", None
        stream.delivered.clear()
