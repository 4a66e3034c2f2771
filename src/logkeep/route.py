"""One log's whole way as data: a route is hops, a hop is a resource with what it needs."""

from __future__ import annotations

import datetime
from typing import Literal, TypeAlias

import msgspec

from logkeep.policy import Request
from logkeep.value import AccountId, Arn, Aspect, Json, Region, Time, Unseen


class Exists(msgspec.Struct, frozen=True, tag=True, gc=False):
    """It is there."""

    kind: str
    """What is looked for: `trail`, `bucket`, `key`, `principal`."""
    code: str
    aspect: Aspect = "configured"


class Is(msgspec.Struct, frozen=True, tag=True, gc=False):
    """A setting has this value."""

    setting: str
    value: Json
    """None where what it should be could not be seen."""
    code: str
    aspect: Aspect = "configured"
    region: Region = ""
    """Where the setting is read, if elsewhere than at the hop's home."""
    of: Arn = ""
    """Whose setting it is, if another resource's than the hop's own."""
    contested: str = ""
    """What would settle whether another value stops anything, where sources disagree: a value that
    differs is then unknown, and planned all the same."""


class Bucket(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """A bucket with what its ARN does not say: whose it is, and where it lies or will."""

    name: str
    account: AccountId
    region: Region


class Layout(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """How keys tell the time: as strftime writes it, in UTC, so that they sort as time goes on."""

    folder: str
    """The folders below the prefix, such as `%Y/%m/%d/`; none where keys lie flat."""
    name: str
    """How a name goes on after its stem, as far as its time is true: `%Y%m%dT%H`."""
    is_crowded: bool = False
    """Whether its folders hold many series, so that a listing had better name the stem."""


class Rhythm(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """How often something comes, and what it means when it does not."""

    name: str
    """What one of it is called: `log`, `digest`, `event`."""
    every: datetime.timedelta
    """How often one is to be expected."""
    patience: datetime.timedelta
    """How old the newest may be before it counts as silence."""
    window: datetime.timedelta
    """How far back the first look goes: beyond the patience."""
    steady: bool = False
    """Whether it comes even when nothing happens, so that silence is never idleness."""
    best_effort: bool = False
    """Whether AWS may lose some of it, so that none alone proves nothing."""
    settling: datetime.timedelta = datetime.timedelta()
    """How long after a change what comes may still be as it was before."""


class Objects(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Objects in a bucket whose keys begin alike and go on with a time."""

    bucket: Bucket
    prefix: str
    """The key up to the first folder that tells a time."""
    stem: str
    """The file name up to its time."""
    layout: Layout
    rhythm: Rhythm


class Events(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Events in the streams of a log group whose names begin alike."""

    group: Arn
    stream: str
    """How the streams' names begin; nothing is any stream of the group."""
    rhythm: Rhythm
    ends: Literal["anyhow", "numbered"] = "anyhow"
    """How their names may go on: at most with `_` and a number, or anyhow."""
    listed: str | None = None
    """How the names begin of all that one listing brings, where many look for streams of one
    group; None is those wanted alone."""


Evidence: TypeAlias = Objects | Events
"""What shows, wherever it lies, that logs come."""


class Status(msgspec.Struct, frozen=True, gc=False):
    """A field in which a service says itself whether it delivers."""

    setting: str
    """How it is read."""
    works: tuple[Json, ...]
    fails: tuple[Json, ...]
    """Any other value says neither."""
    suffices: bool = False
    """Whether it shows that logs come though none was seen: a service rarely knows."""


class Grant(msgspec.Struct, frozen=True, gc=False):
    """What a policy has to say for a request to pass; one statement says all of one Sid."""

    sid: str
    principal: str
    """A service's name, or the ARN of a user or role."""
    actions: tuple[str, ...]
    resource: Arn
    broad: Arn
    """The resource of the short form, which lists accounts instead of sources."""
    account: AccountId
    source: Arn = ""
    """The ARN the service acts for; empty for people."""
    fixed: tuple[tuple[str, str, str], ...] = ()
    """Operator, key and value of conditions that every grant of the Sid shares."""
    listed: tuple[tuple[str, str, str], ...] = ()
    """Operator, key and value of conditions whose values are gathered."""
    is_pattern: bool = False
    """Whether the source is a pattern, for the very ARN is not documented."""
    also: tuple[Arn, ...] = ()
    """Resources that AWS's own sample grants along, though no delivery of today needs them."""

    @property
    def by(self) -> str:
        """The operator by which a condition names its source."""
        return "ArnLike" if self.is_pattern else "StringEquals"


class Allows(msgspec.Struct, frozen=True, tag=True, gc=False):
    """This request passes."""

    request: Request
    sends: str = ""
    """What the request carries, for a person: the log, the digest, the ACL check."""
    grant: Grant | None = None
    """What to ask of the policy where it does not pass; None is not Logkeep's to ask."""
    observed: Evidence | None = None
    """The logs whose fresh arrival shows that it passed."""
    code: str = ""
    """The one code of a refusal, where it is not the resource's own."""
    aspect: Aspect = "permitted"
    same_for: tuple[str, ...] = ()
    """What is the same of requests that differ in the log's name alone; its folder comes last."""
    policy_of: Arn = ""
    """Whose policy is to let it through, if not the resource's: the role that makes it."""
    parted: bool = False
    """Whether another need asks the same of the other side, so that blame falls on one."""
    contested: str = ""
    """Why AWS may not make the request at all: where it does not pass, nobody can then tell."""
    formerly: tuple[AccountId, ...] = ()
    """The accounts as which a service came once and may still: a policy that names them and not
    the service leaves open whether it passes."""


class Denies(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Nobody may do any of these but the ones named."""

    actions: tuple[str, ...]
    resource: Arn
    but: tuple[Arn, ...] | None
    """None where who is meant could not be seen."""
    code: str
    by: Literal["deny", "silence", "either"] = "deny"
    """Whether an explicit Deny must say so, or it is enough that nobody is allowed."""
    context: tuple[tuple[str, str], ...] = ()
    """What else is known of the requests asked about."""
    without: tuple[str, ...] = ()
    """The condition keys that the requests asked about are known not to carry."""
    condition: tuple[tuple[str, str, str], ...] = ()
    """Operator, key and value of our statement's condition, where it is not the context's."""
    of: tuple[str, ...] = ()
    """Who alone is asked about, by silence; nobody named is everybody."""
    closes: tuple[Arn, ...] = ()
    """The resources that a statement of ours would close; none is no statement of ours."""
    aspect: Aspect = "protected"


class Arrived(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Evidence that logs come, as fresh as their rhythm promises."""

    code: str
    logs: Evidence | None
    """What shows it; None where nothing that could be looked at does."""
    heartbeat: Evidence | None = None
    """What comes beside the logs even when nothing happens: it tells silence from idleness."""
    status: Status | None = None
    since: Time | None = None
    """Since when what speaks speaks as it does now, where that is known."""
    hidden: Unseen | None = None
    """Why that could not be seen, where AWS did not answer."""
    aspect: Aspect = "arriving"
    region: Region = ""
    """Whose events they are."""
    of: Arn = ""
    """Who speaks."""
    witness: str = ""
    """Who can tell, without the logs, whether there was anything to speak of."""
    settle: str = ""
    """For a person: what would settle a silence that proves nothing."""


Need: TypeAlias = Exists | Is | Allows | Denies | Arrived


class Hop(msgspec.Struct, frozen=True, gc=False):
    """A resource on the way, and what the delivery needs of it."""

    arn: Arn
    role: str
    """What it is on this way: `trail`, `bucket`, `key`, `logs`, `archive`, `reader`,
    `archive-key`."""
    account: AccountId
    region: Region
    needs: tuple[Need, ...]
    speaks: bool = False
    """Whether it captures what happens: it is pointed last, once the way behind it is open."""
    keeps: bool = False
    """Whether it keeps what has arrived; a log passes all others, in order."""


class Route(msgspec.Struct, frozen=True, gc=False):
    """One log's whole way, from what speaks to the bucket that keeps."""

    name: str
    source: str
    account: AccountId
    region: Region
    hops: tuple[Hop, ...]
    """The way the fleet wants."""
    instead: tuple[tuple[Hop, ...], ...] = ()
    """Other ways of which one would suffice, such as an organization's trail for an own one."""

    @property
    def ways(self) -> tuple[tuple[Hop, ...], ...]:
        """Every way, the wanted one first."""
        return (self.hops, *self.instead)
