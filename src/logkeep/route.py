"""One log's whole way as data: a route is hops, a hop is a resource with what it needs."""

from __future__ import annotations

import datetime
from typing import Literal, TypeAlias

import msgspec

from logkeep.policy import Request
from logkeep.value import AccountId, Arn, Aspect, Json, Region


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


class Series(msgspec.Struct, frozen=True, gc=False):
    """Objects whose names begin alike and go on with a time, a folder a day."""

    prefix: str
    """The key up to the folder of the year."""
    stem: str
    """The file name up to its time."""


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
    also: tuple[Arn, ...] = ()
    """Resources that AWS's own sample grants along, though no delivery of today needs them."""


class Allows(msgspec.Struct, frozen=True, tag=True, gc=False):
    """This request passes."""

    request: Request
    sends: str = ""
    """What the request carries, for a person: the log, the digest, the ACL check."""
    grant: Grant | None = None
    """What to ask of the policy where it does not pass; None is not Logkeep's to ask."""
    observed: Series | None = None
    """The objects whose fresh arrival shows that it passed."""
    code: str = ""
    """The one code of a refusal, where it is not the resource's own."""
    aspect: Aspect = "permitted"
    same_for: tuple[str, ...] = ()
    """What is the same of requests that differ in the log's name alone; its folder comes last."""
    policy_of: Arn = ""
    """Whose policy is to let it through, if not the resource's: the role that makes it."""


class Denies(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Nobody may do any of these but the ones named."""

    actions: tuple[str, ...]
    resource: Arn
    but: tuple[Arn, ...] | None
    """None where who is meant could not be seen."""
    code: str
    by: Literal["deny", "silence"] = "deny"
    """Whether an explicit Deny must say so, or it is enough that nobody is allowed."""
    context: tuple[tuple[str, str], ...] = ()
    """What else is known of the requests asked about."""
    of: tuple[str, ...] = ()
    """Who alone is asked about, by silence; nobody named is everybody."""
    closes: tuple[Arn, ...] = ()
    """The resources that a statement of ours would close; none is no statement of ours."""
    aspect: Aspect = "protected"


class Arrived(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Fresh evidence of a series lies in the archive."""

    logs: Series
    digests: Series | None
    """The hourly heartbeat; None where there is none to expect."""
    since: datetime.datetime | None
    """Since when the speaker has been speaking, where that is known."""
    code: str
    aspect: Aspect = "arriving"
    region: Region = ""
    """Whose events they are."""
    of: Arn = ""
    """Who speaks."""
    witness: str = ""
    """Who can tell, without the logs, whether there was anything to speak of."""


class Once(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Exactly one speaker records events of a kind, in one place."""

    kind: str
    """What is recorded: `global-events`."""
    where: Arn
    """Where the records lie."""
    code: str
    """The code where nothing records them."""
    doubled: str
    """The code where more than one does, and the rest can be told to leave them."""
    aspect: Aspect = "configured"


Need: TypeAlias = Exists | Is | Allows | Denies | Arrived | Once


class Hop(msgspec.Struct, frozen=True, gc=False):
    """A resource on the way, and what the delivery needs of it."""

    arn: Arn
    role: str
    """What it is on this way: `trail`, `bucket`, `key`, `logs`, `archive`, `reader`."""
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
