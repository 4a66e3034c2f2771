"""What AWS says of the archive's bucket."""

from __future__ import annotations

import msgspec

from logkeep.policy import AclGrant, Acls, Unread
from logkeep.policy.acls import Permission
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, map_look, seen
from logkeep.value import Absent, Json, Look, Seen, Unseen


class Named(msgspec.Struct, frozen=True, rename="pascal"):
    """A thing that a listing names."""

    name: str


class Buckets(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3:ListBuckets."""

    buckets: tuple[Named, ...] = ()


class PolicyText(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3:GetBucketPolicy and kms:GetKeyPolicy."""

    policy: str


class Versioning(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3:GetBucketVersioning; a bucket never versioned says nothing."""

    status: str = "never enabled"


class PublicAccess(msgspec.Struct, frozen=True, rename="pascal"):
    """The four flags of Block Public Access (rule 2.1.5)."""

    block_public_acls: bool = False
    ignore_public_acls: bool = False
    block_public_policy: bool = False
    restrict_public_buckets: bool = False


class PublicAccessAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3:GetPublicAccessBlock."""

    public_access_block_configuration: PublicAccess


class OwnershipRule(msgspec.Struct, frozen=True, rename="pascal"):
    """One rule of Object Ownership (rule 2.1.3)."""

    object_ownership: str


class OwnershipRules(msgspec.Struct, frozen=True, rename="pascal"):
    """The rules of Object Ownership."""

    rules: tuple[OwnershipRule, ...] = ()


class OwnershipAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3:GetBucketOwnershipControls."""

    ownership_controls: OwnershipRules


class CanonicalUser(msgspec.Struct, frozen=True):
    """An account by its canonical user id."""

    id: str = msgspec.field(name="ID", default="")


class Grantee(msgspec.Struct, frozen=True):
    """Whom an entry of an ACL names: a canonical user, or a predefined group."""

    id: str = msgspec.field(name="ID", default="")
    uri: str = msgspec.field(name="URI", default="")


class AclEntry(msgspec.Struct, frozen=True, rename="pascal"):
    """One entry of an ACL."""

    grantee: Grantee
    permission: Permission


class AclAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3:GetBucketAcl."""

    owner: CanonicalUser = CanonicalUser()
    grants: tuple[AclEntry, ...] = ()


class Payer(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3:GetBucketRequestPayment."""

    payer: str = "BucketOwner"


class Location(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3:GetBucketLocation; us-east-1 is said by saying nothing."""

    location_constraint: str | None = None


class SseDefault(msgspec.Struct, frozen=True):
    """One rule of a bucket's default encryption."""

    bucket_key: bool | None = msgspec.field(name="BucketKeyEnabled", default=None)


class SseRules(msgspec.Struct, frozen=True, rename="pascal"):
    """The rules of a bucket's default encryption."""

    rules: tuple[SseDefault, ...] = ()


class EncryptionAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3:GetBucketEncryption."""

    server_side_encryption_configuration: SseRules


ANOTHER_ACCOUNT = "another account"
"""What is known of a bucket's owner where the archive's account does not list it."""


def of_bucket(facts: Facts, call: str) -> Ask:
    """A question about the archive's bucket, put by its owner and to its owner only (10.7)."""
    archive = facts.fleet.archive
    return ask(
        archive.account,
        facts.fleet.archive_region,
        call,
        Bucket=archive.bucket,
        ExpectedBucketOwner=archive.account,
    )


def of_account(facts: Facts) -> Ask:
    """The question what Block Public Access the bucket's account has, for all its buckets.

    An S3 policy of the organization needs no question of its own: the answer is "the effective
    account-level configuration, which may inherit from organization-level policies" (S3 API
    Reference, GetPublicAccessBlock of S3 Control).
    """
    archive = facts.fleet.archive
    return ask(
        archive.account,
        facts.fleet.archive_region,
        "s3control:GetPublicAccessBlock",
        AccountId=archive.account,
    )


def listing(facts: Facts) -> Ask:
    """The question which buckets the archive's account owns."""
    return ask(facts.fleet.archive.account, facts.fleet.home_region, "s3:ListBuckets")


def head(facts: Facts, bucket: str) -> Ask:
    """The question whether any bucket of this name exists, whoever owns it."""
    return ask(
        facts.fleet.archive.account, facts.fleet.archive_region, "s3:HeadBucket", Bucket=bucket
    )


def owned_names(facts: Facts) -> Look[frozenset[str]]:
    """The names of the buckets that the archive's account owns."""
    return map_look(
        facts.look(listing(facts), Buckets),
        lambda answer: frozenset(b.name for b in answer.buckets),
    )


def owner(facts: Facts, bucket: str) -> Look[str]:
    """The archive's account, another account, absent, or not to be seen (rule 10.5)."""
    mine = owned_names(facts)
    if isinstance(mine, Seen) and bucket in mine.value:
        return Seen(facts.fleet.archive.account)
    anyone = facts.look(head(facts, bucket), dict[str, Json])
    if isinstance(anyone, Absent):
        return anyone
    if isinstance(anyone, Unseen) and not anyone.error.startswith("403"):
        return anyone
    return Seen(ANOTHER_ACCOUNT) if isinstance(mine, Seen) else _not_listed(mine)


def _not_listed(mine: Look[frozenset[str]]) -> Unseen:
    return mine if isinstance(mine, Unseen) else Unseen("s3:ListBuckets", "was not answered")


def policy_text(facts: Facts) -> Look[str]:
    """The bucket's policy, as text."""
    question = of_bucket(facts, "s3:GetBucketPolicy")
    return map_look(facts.look(question, PolicyText), lambda answer: answer.policy)


def region(facts: Facts) -> Look[str]:
    """The Region the bucket lies in."""
    question = of_bucket(facts, "s3:GetBucketLocation")
    names = {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}
    return map_look(
        facts.look(question, Location),
        lambda answer: names.get(answer.location_constraint, answer.location_constraint or ""),
    )


def bucket_key(facts: Facts) -> Look[bool]:
    """Whether uploads under SSE-KMS use an S3 Bucket Key by default (rule 2.2.9)."""
    return facts.once("bucket key", lambda: _bucket_key(facts))


def _bucket_key(facts: Facts) -> Look[bool]:
    look = facts.look(of_bucket(facts, "s3:GetBucketEncryption"), EncryptionAnswer)
    if isinstance(look, Absent):
        return Seen(False)
    return map_look(
        look,
        lambda answer: any(r.bucket_key for r in answer.server_side_encryption_configuration.rules),
    )


def public_access(facts: Facts) -> tuple[Seen[PublicAccess] | Unseen, ...]:
    """Block Public Access of the bucket and of its account; what was never set is off."""
    asked = (of_bucket(facts, "s3:GetPublicAccessBlock"), of_account(facts))
    return tuple(_flags(facts.look(question, PublicAccessAnswer)) for question in asked)


def _flags(look: Look[PublicAccessAnswer]) -> Seen[PublicAccess] | Unseen:
    match look:
        case Seen(answer):
            return Seen(answer.public_access_block_configuration)
        case Absent():
            return Seen(PublicAccess())
        case Unseen():
            return look


def acl(facts: Facts) -> Look[AclAnswer]:
    """The bucket's own ACL, whether or not Object Ownership lets it speak (rule 2.1.3)."""
    return facts.look(of_bucket(facts, "s3:GetBucketAcl"), AclAnswer)


def acls(facts: Facts) -> Acls:
    """What the ACLs of the bucket say; those of its objects are not read."""
    look = acl(facts)
    if not isinstance(look, Seen):
        return Acls(_ownership(facts), bucket=_unread(look))
    entries = tuple(
        AclGrant(entry.grantee.id or entry.grantee.uri, entry.permission)
        for entry in look.value.grants
    )
    return Acls(_ownership(facts), look.value.owner.id, entries)


def _ownership(facts: Facts) -> str | Unread:
    """Object Ownership; a bucket without the setting is as ObjectWriter (rule 2.1.4)."""
    look = facts.look(of_bucket(facts, "s3:GetBucketOwnershipControls"), OwnershipAnswer)
    if isinstance(look, Absent):
        return "ObjectWriter"
    if isinstance(look, Unseen):
        return _unread(look)
    rules = look.value.ownership_controls.rules
    return rules[0].object_ownership if rules else "ObjectWriter"


def _unread(look: Absent | Unseen) -> Unread:
    return Unread(look.call, look.error if isinstance(look, Unseen) else "is not there")


def asks(facts: Facts) -> list[Ask]:
    """Every question worth asking about the archive's bucket, given what is known."""
    bucket = facts.fleet.archive.bucket
    mine = seen(owned_names(facts))
    first = [listing(facts), of_account(facts)]
    if mine is None or bucket not in mine:
        return [*first, head(facts, bucket)] if facts.snapshot.answers else first
    calls = (
        "s3:GetBucketLocation",
        "s3:GetBucketPolicy",
        "s3:GetBucketVersioning",
        "s3:GetPublicAccessBlock",
        "s3:GetBucketOwnershipControls",
        "s3:GetBucketEncryption",
        "s3:GetBucketRequestPayment",
        "s3:GetBucketLifecycleConfiguration",
        "s3:GetBucketTagging",
        "s3:GetBucketAcl",
    )
    return first + [of_bucket(facts, call) for call in calls]
