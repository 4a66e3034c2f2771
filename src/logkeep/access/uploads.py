"""What decides about an upload into a bucket of the fleet, as far as the snapshot shows it."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access import any_bucket, bucket, key, organization, people
from logkeep.policy import Layers, PublicAccess, Unread, most_restrictive
from logkeep.policy.values import Kind
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts, seen, unread
from logkeep.storage.bucket import (
    MANAGED,
    AnyPolicy,
    Bucket,
    Default,
    Key,
    Keys,
    Requester,
    everything,
)
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

ASKED = (
    *("s3:GetBucketLocation", "s3:GetBucketPolicy", "s3:GetBucketVersioning"),
    *("s3:GetPublicAccessBlock", "s3:GetBucketOwnershipControls", "s3:GetBucketEncryption"),
    *("s3:GetBucketAcl", "s3:GetObjectLockConfiguration"),
)
"""All about a bucket that decides about an upload or a replica."""
OF_KEYS = ("kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListGrants")


def asks(facts: Facts, name: str, principal: str, named: str) -> Iterator[Ask]:
    """What there is to ask about an upload into a bucket, under a key that it may name."""
    yield from any_bucket.asks(facts, name)
    where = any_bucket.find(facts, name)
    if where is None:
        return
    yield from bucket.asks(facts, where, ASKED)
    yield from organization.asks(facts, where.account)
    account = account_of(principal)
    if facts.fleet.has(account):
        yield people.details_ask(facts, account)
        yield from organization.asks(facts, account)
    requester = account or where.account
    names = {key_arn(each, where, requester) for each in (default_key(facts, where), named)}
    yield from key_asks(facts, *names)


def key_asks(facts: Facts, *arns: Arn) -> Iterator[Ask]:
    """What there is to ask about keys, each named by its ARN or an alias's."""
    for arn in filter(None, arns):
        if arn.endswith(f":{MANAGED}"):
            continue
        yield key.of_arn(facts, "kms:DescribeKey", arn)
        found = seen(key.described(facts, arn))
        if found is not None:
            yield from (key.of_arn(facts, call, found.arn) for call in OF_KEYS)


def default_key(facts: Facts, where: bucket.Bucket) -> str:
    """The key of a bucket's default encryption, as the bucket names it; empty is none."""
    default, _ = _encryption(facts, where)
    return default.key if isinstance(default, Default) else ""


def default_of(facts: Facts, where: bucket.Bucket) -> Default | Unread:
    """A bucket's default encryption; there is none without one."""
    return _encryption(facts, where)[0]


def key_arn(name: str, where: bucket.Bucket, requester: AccountId) -> Arn:
    """The ARN that a key's name in a bucket stands for to a requester (rule 2.2.7)."""
    if not name or parse_arn(name) is not None:
        return name
    named = name if name.startswith("alias/") else f"key/{name.removeprefix('key/')}"
    return f"arn:{partition_of(where.region)}:kms:{where.region}:{requester}:{named}"


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
        versioning=_versioning(facts, where),
        object_lock=object_lock(facts, where),
    )


def _versioning(facts: Facts, where: bucket.Bucket) -> str | Unread:
    look = facts.look(bucket.of_bucket(facts, "s3:GetBucketVersioning", where), dict[str, Json])
    return str(look.value.get("Status") or "") if isinstance(look, Seen) else unread(look)


def object_lock(facts: Facts, where: bucket.Bucket) -> bool | Unread:
    """Whether Object Lock is on; that there is none S3 says by an error code of its own."""
    question = bucket.of_bucket(facts, "s3:GetObjectLockConfiguration", where)
    match facts.look(question, dict[str, dict[str, Json]]):
        case Seen(answer):
            found = answer.get("ObjectLockConfiguration") or {}
            return found.get("ObjectLockEnabled") == "Enabled"
        case Absent():
            return False
        case Unseen() as look:
            return unread(look)


def _exists(facts: Facts, where: bucket.Bucket) -> bool | Unread:
    """Whether it is there; S3's own NoSuchBucket goes before a list that still had it."""
    asked = facts.look(bucket.of_bucket(facts, "s3:GetBucketVersioning", where), dict[str, Json])
    if isinstance(asked, Absent):
        return False
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


def keys_of(facts: Facts, *named: Arn) -> Keys:
    """The archive's key, and those that are named by ARNs, as far as they were read."""
    found: dict[Arn, Key | None] = {}
    aliases: dict[Arn, Arn] = {}
    for arn in filter(None, named):
        described = key.described(facts, arn)
        if ":alias/" in arn and isinstance(described, Seen):
            aliases[arn] = described.value.arn
        if ":key/" in arn or isinstance(described, Seen):
            own = described.value.arn if isinstance(described, Seen) else arn
            found |= _key(facts, own)
    if isinstance(key.described(facts), Seen):
        own = key.arn(facts)
        found |= _key(facts, own)
        alias = facts.fleet.archive.key
        if alias.startswith("alias/"):
            aliases[_alias_arn(facts, alias)] = own
    return Keys(known=found, aliases=aliases)


def _alias_arn(facts: Facts, alias: str) -> Arn:
    region = key.region(facts)
    return f"arn:{partition_of(region)}:kms:{region}:{key.account(facts)}:{alias}"


def _key(facts: Facts, arn: Arn) -> dict[Arn, Key | None]:
    """A key whose policy or state was read; None is known not to be there."""
    if isinstance(key.described(facts, arn), Absent):
        return {arn: None}
    text = key.policy_text(facts, arn)
    state = key.state_layer(facts, arn)
    if isinstance(text, Unseen) and isinstance(state, Unread):
        return {}
    policy = _policy(facts, text, "key", arn)
    return {arn: Key(arn, account_of(arn), state, policy, key.grants_layer(facts, arn))}


def caller_of(facts: Facts, where: bucket.Bucket, principal: str) -> Requester:
    """Who uploads: whom the snapshot shows, or somebody of the bucket's account who may do all."""
    if not principal:
        anybody = f"arn:{partition_of(where.region)}:iam::{where.account}:user/anybody"
        scps = organization.levels(facts, where.account, "scp")
        own = Layers(identity=(everything(),), scps=scps)
        return Requester(anybody, where.account, own, _sent_for(facts, where.account))
    if parse_arn(principal) is None:
        return Requester(principal)
    who = people.principal_of_session(facts, principal)
    account = account_of(principal)
    return Requester(principal, account, people.layers(facts, who), _sent_for(facts, account))


def _sent_for(facts: Facts, account: AccountId) -> dict[str, str | list[str]]:
    """What the snapshot says of everybody of an account: its organization."""
    found = seen(organization.membership(facts, account))
    return {"aws:PrincipalOrgID": found.id} if found else {}
