"""What decides about an upload into a bucket of the fleet, as far as the snapshot shows it."""

from __future__ import annotations

from logkeep.access import bucket, key, organization, people
from logkeep.policy import Layers, PublicAccess, Unread, most_restrictive
from logkeep.policy.values import Kind
from logkeep.snapshot import NOT_ASKED
from logkeep.snapshot.facts import Facts, seen, unread
from logkeep.storage.bucket import AnyPolicy, Bucket, Caller, Default, Key, Keys, everything
from logkeep.storage.reading import Reader, read_encryption
from logkeep.value import (
    Absent,
    AccountId,
    Arn,
    Json,
    Look,
    Seen,
    Unseen,
    account_of,
    parse_arn,
    partition_of,
)


def bucket_of(facts: Facts, where: bucket.Bucket) -> Bucket:
    """A bucket with all that decides about an upload into it."""
    default, blocked = _encryption(facts, where)
    flags = bucket.public_access(facts, where)
    policy = _policy(facts, bucket.policy_text(facts, where), "resource", where.name)
    return Bucket(
        name=where.name,
        account=where.account,
        region=where.region,
        exists=_exists(facts, where),
        default=default,
        policy=policy,
        rcps=organization.levels(facts, where.account, "rcp"),
        ownership=bucket.ownership_layer(facts, where),
        acl=bucket.acls(facts, where),
        block_public_acls=_blocks_acls(flags),
        public_access=most_restrictive(*map(_restricts, flags)),
        blocked=blocked,
        versioning=Unread("s3:GetBucketVersioning", NOT_ASKED),
        object_lock=Unread("s3:GetObjectLockConfiguration", NOT_ASKED),
    )


def _exists(facts: Facts, where: bucket.Bucket) -> bool | Unread:
    look = bucket.owner(facts, where)
    match look:
        case Absent():
            return False
        case Seen(owner) if owner == where.account:
            return True
        case Seen(owner):
            return Unread("s3:HeadBucket", f"the bucket belongs to {owner}")
        case Unseen():
            return unread(look)


def _encryption(
    facts: Facts, where: bucket.Bucket
) -> tuple[Default | Unread, frozenset[str] | Unread]:
    """The default encryption, and what is blocked where the answer says it (rule 2.2.10)."""
    question = bucket.of_bucket(facts, "s3:GetBucketEncryption", where)
    look = facts.look(question, dict[str, Json])
    not_seen = Unread("s3:GetBucketEncryption", "it does not say what is blocked")
    match look:
        case Seen(answer):
            blocked, default = read_encryption(Reader({"encryption": answer}, assumed=True))
            return default, not_seen if blocked is None else blocked
        case Absent():
            return Default(), not_seen
        case Unseen():
            return unread(look), unread(look)


def _policy(facts: Facts, look: Look[str], kind: Kind, name: str) -> AnyPolicy:
    match look:
        case Seen(text):
            whose = "key" if kind == "key" else "bucket"
            return facts.policy(text, kind, f"{whose} policy of {name}")
        case Absent():
            return None
        case Unseen():
            return unread(look)


def _blocks_acls(flags: tuple[Seen[bucket.PublicAccess] | Unseen, ...]) -> bool | Unread:
    """The bucket's or its account's setting suffices (rule 2.1.5)."""
    if any(isinstance(each, Seen) and each.value.block_public_acls for each in flags):
        return True
    return next((unread(each) for each in flags if isinstance(each, Unseen)), False)


def _restricts(look: Seen[bucket.PublicAccess] | Unseen) -> PublicAccess | Unread:
    if isinstance(look, Unseen):
        return unread(look)
    return PublicAccess(look.value.restrict_public_buckets, look.value.ignore_public_acls)


def keys_of(facts: Facts, *named: str) -> Keys:
    """The archive's key, and those that are named by their ARN, as far as they were read."""
    arns = [each for each in named if ":key/" in each]
    own = key.arn(facts)
    found: dict[Arn, Key | None] = {
        arn: each for arn in arns if (each := _key(facts, arn)) is not None
    }
    aliases: dict[Arn, Arn] = {}
    if isinstance(key.described(facts), Seen):
        found[own] = _key(facts, own)
        alias = facts.fleet.archive.key
        if alias.startswith("alias/"):
            aliases[_alias_arn(facts, alias)] = own
    return Keys(known=found, aliases=aliases)


def _alias_arn(facts: Facts, alias: str) -> Arn:
    region = key.region(facts)
    return f"arn:{partition_of(region)}:kms:{region}:{key.account(facts)}:{alias}"


def _key(facts: Facts, arn: Arn) -> Key | None:
    """A key whose policy or state was read; None where nothing of it was."""
    text = key.policy_text(facts, arn)
    state = key.state_layer(facts, arn)
    if isinstance(text, Unseen) and isinstance(state, Unread):
        return None
    policy = _policy(facts, text, "key", arn)
    return Key(arn, account_of(arn), state, policy, key.grants_layer(facts, arn))


def caller_of(facts: Facts, where: bucket.Bucket, principal: str) -> Caller:
    """Who uploads: whom the snapshot shows, or somebody of the bucket's account who may do all."""
    if not principal:
        anybody = f"arn:{partition_of(where.region)}:iam::{where.account}:user/anybody"
        scps = organization.levels(facts, where.account, "scp")
        own = Layers(identity=(everything(),), scps=scps)
        return Caller(anybody, where.account, own, _told(facts, where.account))
    if parse_arn(principal) is None:
        return Caller(principal)
    who = people.principal_of_session(facts, principal)
    account = account_of(principal)
    return Caller(principal, account, people.layers(facts, who), _told(facts, account))


def _told(facts: Facts, account: AccountId) -> dict[str, str | list[str]]:
    """What the snapshot says of everybody of an account: its organization."""
    found = seen(organization.membership(facts, account))
    return {"aws:PrincipalOrgID": found.id} if found else {}


def find_bucket(facts: Facts, name: str) -> bucket.Bucket | None:
    """The bucket of a name that the snapshot tells of."""
    partition = facts.fleet.partition
    return bucket.known(facts, f"arn:{partition}:s3:::{name}")
