"""What each call that writes to a bucket or key does to AWS's later answers about that one."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from logkeep.access import access_points, bucket, key
from logkeep.access.bucket import Bucket, of_bucket
from logkeep.access.key import of_key
from logkeep.snapshot import Ask, Reply, ask, reply
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Effect, Write
from logkeep.value import Json, Seen

Answers = Mapping[Ask, Reply]


def _nothing(code: str) -> Reply:
    return Reply(error=code, message="")


def _bucket(write: Write) -> Bucket:
    """The bucket that a call writes to, and no other."""
    return Bucket(write.arguments["Bucket"], write.account, write.region)


def _create_bucket(facts: Facts, write: Write) -> Answers:
    """A new bucket says nothing yet of policy and versioning.

    Ownership and Block Public Access are left unsaid although AWS sets them on new buckets
    (rules 2.1.3, 2.1.5): the plan says them outright, so that nothing hangs on a default.
    """
    at = _bucket(write)
    owned = seen(bucket.owned_names(facts, at.account)) or frozenset[str]()
    place = None if at.region == "us-east-1" else at.region
    names = [{"Name": name} for name in sorted({*owned, at.name})]
    said = {call: of_bucket(facts, call, at) for call in bucket.CALLS}
    return {
        **_of_target(facts, at),
        **(_of_archive(facts, at) if at == bucket.archives(facts) else {}),
        bucket.listing(facts, at.account): reply({"Buckets": names}),
        bucket.head(at): reply({}),
        said["s3:GetBucketLocation"]: reply({"LocationConstraint": place}),
        **{said[call]: _nothing(code) for call, code in NOT_SET.items() if call in said},
        said["s3:GetBucketVersioning"]: reply({}),
        of_bucket(facts, "s3:GetBucketReplication", at): _nothing(NO_REPLICATION),
        # "Access control list (ACL) overview": a new bucket's grants its owner all, nobody else.
        said["s3:GetBucketAcl"]: reply({"Grants": []}),
        said["s3:GetBucketRequestPayment"]: reply({"Payer": "BucketOwner"}),
    }


def _of_archive(facts: Facts, at: Bucket) -> Answers:
    """What besides is asked of the archive: a new bucket tells nobody of what lies in it."""
    inventory, notification = (of_bucket(facts, call, at) for call in bucket.TELLING)
    return {
        inventory: reply({"InventoryConfigurationList": [], "IsTruncated": False}),
        notification: reply({}),
        access_points.listing(at, at.account): reply({"AccessPointList": []}),
    }


def _of_target(facts: Facts, at: Bucket) -> Answers:
    """What besides is asked of a bucket that takes logs of its own account only."""
    lock, logging = "s3:GetObjectLockConfiguration", "s3:GetBucketLogging"
    unlocked = {of_bucket(facts, lock, at): _nothing(NOT_SET[lock])}
    if at == bucket.archives(facts):
        return unlocked if facts.fleet.archive.lock else {}
    return {**unlocked, of_bucket(facts, logging, at): reply({})}


NO_REPLICATION = "ReplicationConfigurationNotFoundError"
NOT_SET = {
    "s3:GetBucketPolicy": "NoSuchBucketPolicy",
    "s3:GetPublicAccessBlock": "NoSuchPublicAccessBlockConfiguration",
    "s3:GetBucketOwnershipControls": "OwnershipControlsNotFoundError",
    "s3:GetBucketEncryption": "ServerSideEncryptionConfigurationNotFoundError",
    "s3:GetBucketTagging": "NoSuchTagSet",
    "s3:GetBucketLifecycleConfiguration": "NoSuchLifecycleConfiguration",
    "s3:GetObjectLockConfiguration": "ObjectLockConfigurationNotFoundError",
}
"""What a new bucket has not, and how S3 says so."""


def _put(question: str, argument: str, *, under: str = "") -> Effect:
    """A call that sets one thing of a bucket: what was given is answered, under a name or bare."""

    def effect(facts: Facts, write: Write) -> Answers:
        given: Json = write.arguments[argument]
        said = of_bucket(facts, question, _bucket(write))
        return {said: reply({under: given} if under else given)}

    return effect


def _untag(facts: Facts, write: Write) -> Answers:
    question = of_bucket(facts, "s3:GetBucketTagging", _bucket(write))
    return {question: _nothing(NOT_SET["s3:GetBucketTagging"])}


def _create_key(facts: Facts, write: Write) -> Answers:
    arn = key.new_arn(facts)
    key_id = arn.rsplit("/", 1)[-1]
    described = {"KeyMetadata": {"Arn": arn, "KeyId": key_id, "KeyState": "Enabled"}}
    return {
        of_key(facts, "kms:DescribeKey", facts.fleet.archive.key): reply(described),
        of_key(facts, "kms:GetKeyPolicy", key_id): reply({"Policy": write.arguments["Policy"]}),
        of_key(facts, "kms:ListGrants", key_id): reply({"Grants": []}),
    }


class _Said(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of kms:DescribeKey as it is: what AWS did not say is not made up."""

    key_metadata: dict[str, Json]


def _create_alias(facts: Facts, write: Write) -> Answers:
    target: str = write.arguments["TargetKeyId"]
    look = facts.look(ask(write.account, write.region, "kms:DescribeKey", KeyId=target), _Said)
    own = seen(key.described(facts))
    if not isinstance(look, Seen) and own and target in (own.key_id, own.arn):
        look = facts.look(of_key(facts, "kms:DescribeKey", facts.fleet.archive.key), _Said)
    if not isinstance(look, Seen):
        return {}
    named: str = write.arguments["AliasName"]
    question = ask(write.account, write.region, "kms:DescribeKey", KeyId=named)
    return {question: reply({"KeyMetadata": look.value.key_metadata})}


def _put_key_policy(_facts: Facts, write: Write) -> Answers:
    named: str = write.arguments["KeyId"]
    question = ask(write.account, write.region, "kms:GetKeyPolicy", KeyId=named)
    return {question: reply({"Policy": write.arguments["Policy"]})}


def _description(facts: Facts, write: Write) -> Ask:
    """The question that describes a key: the archive's by its name, another by what names it."""
    if key.is_archives(facts, write.address):
        return of_key(facts, "kms:DescribeKey", facts.fleet.archive.key)
    return ask(write.account, write.region, "kms:DescribeKey", KeyId=write.arguments["KeyId"])


def _key_state(state: str) -> Effect:
    def effect(facts: Facts, write: Write) -> Answers:
        question = _description(facts, write)
        look = facts.look(question, _Said)
        if not isinstance(look, Seen):
            return {}
        changed = look.value.key_metadata | {"KeyState": state}
        if "Enabled" in changed:
            changed["Enabled"] = state == "Enabled"
        return {question: reply({"KeyMetadata": changed})}

    return effect


EFFECTS: dict[str, Effect] = {
    "s3:CreateBucket": _create_bucket,
    "s3:PutBucketTagging": _put("s3:GetBucketTagging", "Tagging"),
    "s3:DeleteBucketTagging": _untag,
    "s3:PutBucketPolicy": _put("s3:GetBucketPolicy", "Policy", under="Policy"),
    "s3:PutBucketVersioning": _put("s3:GetBucketVersioning", "VersioningConfiguration"),
    "s3:PutPublicAccessBlock": _put(
        "s3:GetPublicAccessBlock",
        "PublicAccessBlockConfiguration",
        under="PublicAccessBlockConfiguration",
    ),
    "s3:PutBucketOwnershipControls": _put(
        "s3:GetBucketOwnershipControls", "OwnershipControls", under="OwnershipControls"
    ),
    "s3:PutBucketRequestPayment": _put("s3:GetBucketRequestPayment", "RequestPaymentConfiguration"),
    "s3:PutBucketLifecycleConfiguration": _put(
        "s3:GetBucketLifecycleConfiguration", "LifecycleConfiguration"
    ),
    "s3:PutBucketEncryption": _put(
        "s3:GetBucketEncryption",
        "ServerSideEncryptionConfiguration",
        under="ServerSideEncryptionConfiguration",
    ),
    "s3:PutObjectLockConfiguration": _put(
        "s3:GetObjectLockConfiguration",
        "ObjectLockConfiguration",
        under="ObjectLockConfiguration",
    ),
    "kms:CreateKey": _create_key,
    "kms:CreateAlias": _create_alias,
    "kms:PutKeyPolicy": _put_key_policy,
    "kms:EnableKey": _key_state("Enabled"),
    "kms:DisableKey": _key_state("Disabled"),
    "kms:CancelKeyDeletion": _key_state("Disabled"),
    "kms:ScheduleKeyDeletion": _key_state("PendingDeletion"),
}
