"""Both sides of a bucket's replication, and an object in it, as far as the snapshot shows them."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access import any_bucket, bucket, organization, people
from logkeep.access.bucket import of_bucket
from logkeep.access.policies.speaking import Holder, layer
from logkeep.access.uploads import ASKED, bucket_of, default_key, key_arn, key_asks, keys_of
from logkeep.policy import Layers, Unread
from logkeep.policy.resource_kinds import TRUST
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, map_look, remembered, seen, unread
from logkeep.storage.bucket import Bucket, Requester
from logkeep.storage.configuration import read_replication
from logkeep.storage.fate import ReplicationRole, Sides
from logkeep.storage.rules import Replication
from logkeep.value import (
    Absent,
    Arn,
    Json,
    Look,
    Seen,
    Unseen,
    account_of,
)

CONFIGURATION = "s3:GetBucketReplication"


def configuration(facts: Facts, where: bucket.Bucket) -> Look[Json]:
    """A bucket's replication configuration in AWS's own shape; absent where it has none."""
    look = facts.look(of_bucket(facts, CONFIGURATION, where), dict[str, Json])
    return map_look(look, lambda answer: answer.get("ReplicationConfiguration"))


@remembered
def replication(facts: Facts, where: bucket.Bucket) -> Replication | Unread | None:
    """A bucket's replication rules; None where it has none."""
    look = configuration(facts, where)
    if isinstance(look, Absent):
        return None
    if isinstance(look, Unseen):
        return unread(look)
    found = read_replication(look.value)
    return Unread(CONFIGURATION, found) if isinstance(found, str) else found


def asks(facts: Facts, name: str, *keys: Arn) -> Iterator[Ask]:
    """What there is to ask about both sides of a bucket's replication, under these keys too."""
    yield from any_bucket.asks(facts, name)
    where = any_bucket.find(facts, name)
    if where is None:
        return
    yield from bucket.asks(facts, where, (*ASKED, CONFIGURATION))
    yield from organization.asks(facts, where.account)
    found = replication(facts, where)
    if not isinstance(found, Replication):
        return
    role_account = account_of(found.role)
    if facts.fleet.has(role_account):
        yield people.details_ask(facts, role_account)
        yield from organization.asks(facts, role_account)
    names = tuple(dict.fromkeys(rule.destination for rule in found.rules))
    yield from any_bucket.asks(facts, *names)
    for each in names:
        yield from _destination_asks(facts, where, each)
    yield from key_asks(facts, *_keys(facts, where, found), *keys)


def _destination_asks(facts: Facts, source: bucket.Bucket, name: str) -> Iterator[Ask]:
    at = any_bucket.find(facts, name)
    if at is None:
        # Nobody of the fleet has it: whether anybody has is asked from the source's account.
        yield bucket.head(bucket.Bucket(name, source.account, source.region))
        return
    yield from bucket.asks(facts, at, (*ASKED, CONFIGURATION))
    yield from organization.asks(facts, at.account)


def _keys(facts: Facts, source: bucket.Bucket, found: Replication) -> Iterator[Arn]:
    """The keys of both sides, as the role of the replication would find them."""
    requester = account_of(found.role)
    yield key_arn(default_key(facts, source), source, requester)
    for rule in found.rules:
        at = any_bucket.find(facts, rule.destination)
        if at is not None:
            yield key_arn(rule.replica_key, at, requester)
            yield key_arn(default_key(facts, at), at, requester)


def sides_of(facts: Facts, where: bucket.Bucket, *keys: Arn) -> Sides:
    """Both sides of a bucket's replication."""
    found = replication(facts, where)
    known = found if isinstance(found, Replication) else None
    names = tuple(dict.fromkeys(rule.destination for rule in known.rules)) if known else ()
    named = (*_keys(facts, where, known), *keys) if known else keys
    return Sides(
        source=bucket_of(facts, where),
        replication=found,
        role=role_of(facts, known.role) if known else Unread(CONFIGURATION, "it names the role"),
        destinations={name: destination_of(facts, where, name) for name in names},
        keys=keys_of(facts, *named),
    )


def destination_of(facts: Facts, source: bucket.Bucket, name: str) -> Bucket | Unread:
    """The bucket that a rule names; one of a stranger's account cannot be looked at."""
    at = any_bucket.find(facts, name)
    if at is not None:
        return bucket_of(facts, at)
    question = bucket.head(bucket.Bucket(name, source.account, source.region))
    look = facts.look(question, dict[str, Json])
    if isinstance(look, Absent):
        return Bucket(name=name, account=source.account, region=source.region, exists=False)
    if isinstance(look, Unseen) and not look.error.startswith("403"):
        return Unread(f"s3:HeadBucket of {name}", look.error)
    return Unread(f"s3:GetBucketVersioning of {name}", "it is in no account of the fleet")


@remembered
def role_of(facts: Facts, arn: Arn) -> ReplicationRole | Unread:
    """The role of a replication with its policies and whom it trusts."""
    found = people.details(facts, account_of(arn))
    if not isinstance(found, Seen):
        return unread(found)
    role = next((each for each in found.value.role_detail_list if each.arn == arn), None)
    caller = Requester(arn, account_of(arn), people.layers(facts, arn) if role else Layers())
    if role is None:
        return ReplicationRole(caller, None, exists=False)
    return ReplicationRole(caller, layer(facts, Holder(TRUST, arn)))


def object_asks(facts: Facts, name: str, key: str, version: str) -> Iterator[Ask]:
    """The questions about one object, or one version of it."""
    where = any_bucket.find(facts, name)
    if where is not None:
        yield object_question("s3:HeadObject", where, key, version)
        yield object_question("s3:GetObjectTagging", where, key, version)


def object_question(call: str, where: bucket.Bucket, key: str, version: str = "") -> Ask:
    """A question about an object, or one version of it."""
    named = {"Bucket": where.name, "Key": key, "ExpectedBucketOwner": where.account}
    if version:
        named["VersionId"] = version
    return ask(where.account, where.region, call, **named)


def object_of(facts: Facts, where: bucket.Bucket, key: str, version: str) -> Look[dict[str, Json]]:
    """An object that is there, in the form of a case's."""
    look = facts.look(object_question("s3:HeadObject", where, key, version), dict[str, Json])
    if not isinstance(look, Seen):
        return look
    tags = seen(
        facts.look(object_question("s3:GetObjectTagging", where, key, version), dict[str, Json])
    )
    found = _as_told(look.value)
    if tags is not None:
        found["tags"] = {tag["Key"]: tag["Value"] for tag in tags.get("TagSet", ())}
    return Seen({"key": key, **found})


def _as_told(head: dict[str, Json]) -> dict[str, Json]:
    """What HeadObject says (S3 API reference, HeadObject); no encryption is one from before 2023.

    It does not say whether the object is older than the rule, which a status alone tells.
    """
    customer = "sse-c" if head.get("SSECustomerAlgorithm") else ""
    found: dict[str, Json] = {
        "encryption": head.get("ServerSideEncryption") or customer or "none",
        "kms_key": head.get("SSEKMSKeyId") or "",
        "bucket_key": head.get("BucketKeyEnabled") is True,
        "storage_class": head.get("StorageClass") or "STANDARD",
        "archived": bool(head.get("ArchiveStatus")),
        "restored": 'ongoing-request="false"' in str(head.get("Restore") or ""),
        "size": head.get("ContentLength"),
        "replication_status": head.get("ReplicationStatus") or "",
        "retention": bool(head.get("ObjectLockMode")),
        "legal_hold": head.get("ObjectLockLegalHoldStatus") == "ON",
    }
    return found


def ways(facts: Facts, name: str) -> dict[str, tuple[str, ...]]:
    """Where the bucket and its destinations replicate to, as far as the snapshot shows it."""
    found: dict[str, tuple[str, ...]] = {}
    names = [name]
    for each in names:
        at = any_bucket.find(facts, each)
        rules = replication(facts, at) if at else None
        if each not in found and isinstance(rules, Replication):
            found[each] = tuple(rule.destination for rule in rules.rules)
            names += found[each]
    return found
