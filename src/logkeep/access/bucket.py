"""What AWS says of a bucket: the archive's, or any other whose account and Region are known."""

from __future__ import annotations

import msgspec

from logkeep.policy import AclGrant, Acls, Unread
from logkeep.policy.acls import Permission
from logkeep.route import Bucket
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, map_look, remembered, seen, unread
from logkeep.value import Absent, AccountId, Arn, Json, Look, Region, Seen, Unseen


class ListedName(msgspec.Struct, frozen=True, rename="pascal"):
    """A thing that a listing names."""

    name: str


class Buckets(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3:ListBuckets."""

    buckets: tuple[ListedName, ...] = ()


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


LOCATION = "s3:GetBucketLocation"
ANOTHER_ACCOUNT = "another account"
"""What is known of a bucket's owner where the account that is asked does not list it."""


@remembered
def archives(facts: Facts) -> Bucket:
    """The archive's bucket."""
    fleet = facts.fleet
    return Bucket(fleet.archive.bucket, fleet.archive.account, fleet.archive_region)


def name_of(arn: Arn) -> str:
    """The name of the bucket that a bucket's or an object's ARN names."""
    return arn.partition(":::")[2].partition("/")[0]


def known(facts: Facts, arn: Arn) -> Bucket | None:
    """The bucket of an ARN, whose account and Region are where the snapshot has it from."""
    name = name_of(arn)
    return archives(facts) if name == facts.fleet.archive.bucket else _others(facts).get(name)


@remembered
def _others(facts: Facts) -> dict[str, Bucket]:
    """Every bucket whose policy its owner was asked for, by its name."""
    found: dict[str, Bucket] = {}
    for question in facts.snapshot.answers:
        if question.call == "s3:GetBucketPolicy":
            named = dict(question.arguments)
            if named.get("ExpectedBucketOwner") == question.account:
                place = Bucket(named["Bucket"], question.account, question.region)
                found[place.name] = min(found.get(place.name, place), place, key=_place)
    return found


def read_policies(facts: Facts) -> tuple[Bucket, ...]:
    """The archive, and every other bucket whose policy its owner was asked for."""
    others = _others(facts)
    named = sorted(name for name in others if name != facts.fleet.archive.bucket)
    return (archives(facts), *(others[name] for name in named))


def _place(found: Bucket) -> tuple[AccountId, Region]:
    return found.account, found.region


def of_bucket(facts: Facts, call: str, where: Bucket | None = None) -> Ask:
    """A question about a bucket, the archive's if no other, put by and to its owner only (10.7)."""
    at = where or archives(facts)
    owner = at.account
    return ask(owner, at.region, call, Bucket=at.name, ExpectedBucketOwner=owner)


def of_account(facts: Facts, where: Bucket | None = None) -> Ask:
    """The question what Block Public Access the bucket's account has, for all its buckets.

    An S3 policy of the organization needs no question of its own: the answer is "the effective
    account-level configuration, which may inherit from organization-level policies" (S3 API
    Reference, GetPublicAccessBlock of S3 Control).
    """
    at = where or archives(facts)
    return ask(at.account, at.region, "s3control:GetPublicAccessBlock", AccountId=at.account)


def listing(facts: Facts, account: AccountId) -> Ask:
    """The question which buckets an account owns."""
    return ask(account, facts.fleet.home_region, "s3:ListBuckets")


def head(where: Bucket) -> Ask:
    """The question whether any bucket of this name exists, whoever owns it."""
    return ask(where.account, where.region, "s3:HeadBucket", Bucket=where.name)


def _is_anyones(facts: Facts, where: Bucket) -> bool:
    """Whether S3 says that there is such a bucket, and no more."""
    anyone = facts.look(head(where), dict[str, Json])
    return isinstance(anyone, Seen) or (
        isinstance(anyone, Unseen) and anyone.error.startswith("403")
    )


def owned_names(facts: Facts, account: AccountId) -> Look[frozenset[str]]:
    """The names of the buckets that an account owns."""
    return map_look(
        facts.look(listing(facts, account), Buckets),
        lambda answer: frozenset(b.name for b in answer.buckets),
    )


def of_name(facts: Facts, name: str) -> Bucket:
    """A bucket of any name, as the archive's account would find it."""
    return msgspec.structs.replace(archives(facts), name=name)


def owner(facts: Facts, where: Bucket) -> Look[str]:
    """The account it is looked for in, another account, absent, or not to be seen (rule 10.5)."""
    mine = owned_names(facts, where.account)
    if (isinstance(mine, Seen) and where.name in mine.value) or _made_since(facts, where):
        return Seen(where.account)
    anyone = facts.look(head(where), dict[str, Json])
    if isinstance(anyone, Absent):
        return anyone
    if isinstance(anyone, Unseen) and not _is_anyones(facts, where):
        return anyone
    return Seen(ANOTHER_ACCOUNT) if isinstance(mine, Seen) else _not_listed(mine)


def _made_since(facts: Facts, where: Bucket) -> bool:
    """Whether S3 takes the account for the bucket's owner, though it was not yet listed.

    Somebody may make it between the two questions; of another's bucket S3 refuses (rule 10.7).
    """
    return isinstance(facts.look(of_bucket(facts, LOCATION, where), Location), Seen)


def _not_listed(mine: Look[frozenset[str]]) -> Unseen:
    return mine if isinstance(mine, Unseen) else Unseen("s3:ListBuckets", "was not answered")


def policy_text(facts: Facts, where: Bucket | None = None) -> Look[str]:
    """The bucket's policy, as text."""
    question = of_bucket(facts, "s3:GetBucketPolicy", where)
    return map_look(facts.look(question, PolicyText), lambda answer: answer.policy)


def region(facts: Facts, where: Bucket | None = None) -> Look[str]:
    """The Region the bucket lies in."""
    question = of_bucket(facts, "s3:GetBucketLocation", where)
    names = {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}
    return map_look(
        facts.look(question, Location),
        lambda answer: names.get(answer.location_constraint, answer.location_constraint or ""),
    )


def public_access(
    facts: Facts, where: Bucket | None = None
) -> tuple[Seen[PublicAccess] | Unseen, ...]:
    """Block Public Access of the bucket and of its account; what was never set is off."""
    asked = (of_bucket(facts, "s3:GetPublicAccessBlock", where), of_account(facts, where))
    return tuple(_flags(facts.look(question, PublicAccessAnswer)) for question in asked)


def _flags(look: Look[PublicAccessAnswer]) -> Seen[PublicAccess] | Unseen:
    match look:
        case Seen(answer):
            return Seen(answer.public_access_block_configuration)
        case Absent():
            return Seen(PublicAccess())
        case Unseen():
            return look


def acl(facts: Facts, where: Bucket | None = None) -> Look[AclAnswer]:
    """The bucket's own ACL, whether or not Object Ownership lets it speak (rule 2.1.3)."""
    return facts.look(of_bucket(facts, "s3:GetBucketAcl", where), AclAnswer)


def acls(facts: Facts, where: Bucket | None = None) -> Acls:
    """What the ACLs of the bucket say; those of its objects are not read."""
    look, ownership = acl(facts, where), ownership_layer(facts, where)
    if not isinstance(look, Seen):
        return Acls(ownership, bucket=unread(look))
    entries = tuple(
        AclGrant(entry.grantee.id or entry.grantee.uri, entry.permission)
        for entry in look.value.grants
    )
    return Acls(ownership, look.value.owner.id, entries)


def ownership(facts: Facts, where: Bucket | None = None) -> Look[str]:
    """Object Ownership; a bucket without the setting is as ObjectWriter (rule 2.1.4)."""
    look = facts.look(of_bucket(facts, "s3:GetBucketOwnershipControls", where), OwnershipAnswer)
    if isinstance(look, Absent):
        return Seen("ObjectWriter")
    return map_look(look, _first_rule)


def _first_rule(answer: OwnershipAnswer) -> str:
    rules = answer.ownership_controls.rules
    return rules[0].object_ownership if rules else "ObjectWriter"


def ownership_layer(facts: Facts, where: Bucket | None = None) -> str | Unread:
    """Object Ownership as a layer of an authorization."""
    look = ownership(facts, where)
    return look.value if isinstance(look, Seen) else unread(look)


CALLS = (
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
    "s3:GetBucketReplication",
)
"""All that is asked about a bucket which keeps logs for good."""
TELLING = ("s3:ListBucketInventoryConfigurations", "s3:GetBucketNotificationConfiguration")
"""What is asked of the archive besides: whom S3 itself tells which logs there are."""


def asks(facts: Facts, where: Bucket | None = None, calls: tuple[str, ...] = CALLS) -> list[Ask]:
    """Whose a bucket is, and then these questions of it; what routes do not need is not asked."""
    at = where or archives(facts)
    calls = (*calls, *TELLING) if calls is CALLS and at == archives(facts) else calls
    mine = seen(owned_names(facts, at.account))
    is_ours = _made_since(facts, at) or (mine is not None and at.name in mine)
    first = [listing(facts, at.account)]
    first += [of_account(facts, at)] if "s3:GetPublicAccessBlock" in calls else []
    if not is_ours:
        then = (
            [] if mine is None or not _is_anyones(facts, at) else [of_bucket(facts, LOCATION, at)]
        )
        return [*first, head(at), *then] if facts.snapshot.answers else first
    return first + [of_bucket(facts, call, at) for call in calls]
