"""What `who` answers: for each power who holds it and why, and what follows from that."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from logkeep.archive.judged_actions import DELETES, FORGES, SETTINGS
from logkeep.archive.key_end import ENDINGS
from logkeep.value import AccountId, Arn, Region, Time, Verdict

HolderKind: TypeAlias = Literal[
    "service", "user", "role", "root", "account", "everyone", "public", "federated", "setting"
]
"""`account` is everybody of an account whose IAM could not be read; `everyone` is any principal
of any other account; `public` needs no credentials at all; `federated` is whom an identity provider
lets in; `setting` is what AWS does by itself, because a setting says so."""


class Power(msgspec.Struct, frozen=True):
    """Something that can be done with the archive: one of several ways, each of all its actions."""

    name: str
    ways: tuple[tuple[str, ...], ...]

    @property
    def actions(self) -> tuple[str, ...]:
        """Every action of every way, once."""
        return tuple(dict.fromkeys(action for way in self.ways for action in way))


POWERS: Final = (
    Power("write", tuple((action,) for action in FORGES)),
    Power("encrypt", (("kms:GenerateDataKey",), ("kms:Encrypt",))),
    Power("read", (("s3:GetObject", "kms:Decrypt"), ("s3:GetObjectVersion", "kms:Decrypt"))),
    Power("decrypt", (("kms:Decrypt",),)),
    Power("delete", tuple((action,) for action in DELETES)),
    Power("settings", tuple((action,) for action in SETTINGS)),
    Power("key", tuple((action,) for action in ENDINGS)),
)
"""Reading an encrypted log takes both the bucket and the key (rule 4.8)."""
STEPS: Final = ("kms:PutKeyPolicy", "kms:CreateGrant", "s3:PutBucketPolicy")
"""What lets its holder give itself, or anybody, more (rule 4.10)."""
BY_ACL: Final = ("s3:PutObjectAcl", "s3:PutObjectVersionAcl")
"""The same, where ACLs speak (rule 2.1.3)."""


class Reason(msgspec.Struct, frozen=True):
    """Why an action passes: the layer and the statement that allow it."""

    action: str
    layer: str
    policy: str = ""
    statement: str = ""


class Holder(msgspec.Struct, frozen=True):
    """Somebody who may, or of whom it cannot be told."""

    principal: str
    """An ARN, a service's name, `anonymous`, or `*` for any principal of another account."""
    kind: HolderKind
    account: AccountId = ""
    """Whose principal it is; for a service, on whose behalf it comes."""
    certain: bool = True
    reasons: tuple[Reason, ...] = ()
    unknown: tuple[str, ...] = ()
    """What decides, where it cannot be told."""
    source: Arn = ""
    """For a service, the resource that it comes for."""
    by: tuple[Arn, ...] = ()
    """The roles that it becomes one after the other to hold it; nobody's who holds it itself."""


class Held(msgspec.Struct, frozen=True):
    """A power and all who hold it."""

    power: str
    actions: tuple[str, ...]
    holders: tuple[Holder, ...]
    behind: tuple[Holder, ...] = ()
    """Whoever may become a role that holds it, in one switch or in several."""

    def by(self, *, certain: bool) -> list[Holder]:
        """Those who may, or those of whom it cannot be told."""
        return [holder for holder in self.holders if holder.certain is certain]


class Step(msgspec.Struct, frozen=True):
    """What one who cannot read yet could do to read (rule 4.10), or to delete."""

    principal: Arn
    by: str
    """The action, such as `kms:PutKeyPolicy`."""
    on: Arn
    certain: bool
    reason: Reason | None = None
    unknown: tuple[str, ...] = ()
    kind: HolderKind = "user"
    """What the principal is: a user, a role, a root user, or somebody of an unread account."""


class Conclusion(msgspec.Struct, frozen=True):
    """A sentence about the archive that is proven, broken, or cannot be told."""

    name: str
    verdict: Verdict
    who: tuple[str, ...] = ()
    """Who breaks it, or of whom it cannot be told; where it holds, whom it speaks of."""
    missing: tuple[str, ...] = ()
    """Who should and is not among them."""
    settle: tuple[str, ...] = ()
    """What would settle an unknown."""


class Copy(msgspec.Struct, frozen=True):
    """A bucket of the fleet that takes replicas of the archive, and who can do what there."""

    bucket: Arn
    account: AccountId
    region: Region
    key: Arn
    """The key of the replicas; nothing where none is named."""
    role: Arn
    """By which S3 reads the archive and writes there."""
    powers: tuple[Held, ...]


class Protection(msgspec.Struct, frozen=True):
    """One thing that keeps logs from being deleted."""

    name: Literal["versioning", "mfa-delete", "deny-delete", "object-lock"]
    value: str = ""
    """Of Object Lock its mode and time."""


TURNS: Final = "policies-turn"
"""A policy asks about a time that is yet to come: the answer is that of the snapshot's time."""


class Access(msgspec.Struct, frozen=True):
    """The whole answer of `who --archive`."""

    fleet: str
    taken_at: Time
    bucket: Arn
    key: Arn
    powers: tuple[Held, ...]
    steps: tuple[Step, ...]
    conclusions: tuple[Conclusion, ...]
    deleting: tuple[Step, ...] = ()
    """Who could come to delete in one step."""
    caveats: tuple[str, ...] = ()
    """What stands besides, by name: `root-user`, `grants-unread`, `acls-on`."""
    copies: tuple[Copy, ...] = ()
    """The buckets of the fleet that take replicas, and who can do what there."""
    protections: tuple[Protection, ...] = ()
    """What keeps logs from being deleted."""

    def held(self, power: str) -> Held:
        """A power by its name."""
        return next(held for held in self.powers if held.power == power)
