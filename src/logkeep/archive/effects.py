"""What each call that writes to the archive does to AWS's later answers."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from logkeep.access import bucket, key
from logkeep.access.bucket import of_bucket
from logkeep.access.key import KeyAnswer, of_key
from logkeep.snapshot import Ask, Reply, ask, reply
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Effect, Write
from logkeep.value import Json, Seen

Answers = Mapping[Ask, Reply]


def _nothing(code: str) -> Reply:
    return Reply(error=code, message="")


def _create_bucket(facts: Facts, write: Write) -> Answers:
    """A new bucket says nothing yet of policy and versioning.

    Ownership and Block Public Access are left unsaid although AWS sets them on new buckets
    (rules 2.1.3, 2.1.5): the plan says them outright, so that nothing hangs on a default.
    """
    name: str = write.arguments["Bucket"]
    owned = seen(bucket.owned_names(facts)) or frozenset[str]()
    place = None if write.region == "us-east-1" else write.region
    return {
        bucket.listing(facts): reply({"Buckets": [{"Name": n} for n in sorted({*owned, name})]}),
        bucket.head(facts, name): reply({}),
        of_bucket(facts, "s3:GetBucketLocation"): reply({"LocationConstraint": place}),
        of_bucket(facts, "s3:GetBucketPolicy"): _nothing("NoSuchBucketPolicy"),
        of_bucket(facts, "s3:GetBucketVersioning"): reply({}),
        of_bucket(facts, "s3:GetPublicAccessBlock"): _nothing(
            "NoSuchPublicAccessBlockConfiguration"
        ),
        of_bucket(facts, "s3:GetBucketOwnershipControls"): _nothing(
            "OwnershipControlsNotFoundError"
        ),
        of_bucket(facts, "s3:GetBucketEncryption"): _nothing(
            "ServerSideEncryptionConfigurationNotFoundError"
        ),
        of_bucket(facts, "s3:GetBucketTagging"): _nothing("NoSuchTagSet"),
        # "Access control list (ACL) overview": a new bucket's grants its owner all, nobody else.
        of_bucket(facts, "s3:GetBucketAcl"): reply({"Grants": []}),
        of_bucket(facts, "s3:GetBucketRequestPayment"): reply({"Payer": "BucketOwner"}),
        of_bucket(facts, "s3:GetBucketLifecycleConfiguration"): _nothing(
            "NoSuchLifecycleConfiguration"
        ),
    }


def _put_policy(facts: Facts, write: Write) -> Answers:
    body = {"Policy": write.arguments["Policy"]}
    return {of_bucket(facts, "s3:GetBucketPolicy"): reply(body)}


def _put_versioning(facts: Facts, write: Write) -> Answers:
    body: Json = write.arguments["VersioningConfiguration"]
    return {of_bucket(facts, "s3:GetBucketVersioning"): reply(body)}


def _put_public_access(facts: Facts, write: Write) -> Answers:
    name = "PublicAccessBlockConfiguration"
    return {of_bucket(facts, "s3:GetPublicAccessBlock"): reply({name: write.arguments[name]})}


def _put_ownership(facts: Facts, write: Write) -> Answers:
    name = "OwnershipControls"
    return {of_bucket(facts, "s3:GetBucketOwnershipControls"): reply({name: write.arguments[name]})}


def _put_payment(facts: Facts, write: Write) -> Answers:
    body: Json = write.arguments["RequestPaymentConfiguration"]
    return {of_bucket(facts, "s3:GetBucketRequestPayment"): reply(body)}


def _put_lifecycle(facts: Facts, write: Write) -> Answers:
    body: Json = write.arguments["LifecycleConfiguration"]
    return {of_bucket(facts, "s3:GetBucketLifecycleConfiguration"): reply(body)}


def _put_tags(facts: Facts, write: Write) -> Answers:
    body: Json = write.arguments["Tagging"]
    return {of_bucket(facts, "s3:GetBucketTagging"): reply(body)}


def _create_key(facts: Facts, write: Write) -> Answers:
    arn = key.new_arn(facts)
    key_id = arn.rsplit("/", 1)[-1]
    described = {"KeyMetadata": {"Arn": arn, "KeyId": key_id, "KeyState": "Enabled"}}
    return {
        of_key(facts, "kms:DescribeKey", facts.fleet.archive.key): reply(described),
        of_key(facts, "kms:GetKeyPolicy", key_id): reply({"Policy": write.arguments["Policy"]}),
        of_key(facts, "kms:ListGrants", key_id): reply({"Grants": []}),
    }


def _create_alias(facts: Facts, write: Write) -> Answers:
    found = key.described(facts)
    if not isinstance(found, Seen):
        return {}
    body = {"KeyMetadata": msgspec.to_builtins(found.value)}
    return {of_key(facts, "kms:DescribeKey", write.arguments["AliasName"]): reply(body)}


def _put_key_policy(_facts: Facts, write: Write) -> Answers:
    named: str = write.arguments["KeyId"]
    question = ask(write.account, write.region, "kms:GetKeyPolicy", KeyId=named)
    return {question: reply({"Policy": write.arguments["Policy"]})}


def _description(facts: Facts, write: Write) -> Ask:
    """The question that describes a key: the archive's by its name, another by what names it."""
    if write.address == key.arn(facts):
        return of_key(facts, "kms:DescribeKey", facts.fleet.archive.key)
    return ask(write.account, write.region, "kms:DescribeKey", KeyId=write.arguments["KeyId"])


def _key_state(state: str) -> Effect:
    def effect(facts: Facts, write: Write) -> Answers:
        question = _description(facts, write)
        look = facts.look(question, KeyAnswer)
        if not isinstance(look, Seen):
            return {}
        changed = msgspec.structs.replace(look.value.key_metadata, key_state=state)
        return {question: reply({"KeyMetadata": msgspec.to_builtins(changed)})}

    return effect


EFFECTS: dict[str, Effect] = {
    "s3:CreateBucket": _create_bucket,
    "s3:PutBucketTagging": _put_tags,
    "s3:PutBucketPolicy": _put_policy,
    "s3:PutBucketVersioning": _put_versioning,
    "s3:PutPublicAccessBlock": _put_public_access,
    "s3:PutBucketOwnershipControls": _put_ownership,
    "s3:PutBucketRequestPayment": _put_payment,
    "s3:PutBucketLifecycleConfiguration": _put_lifecycle,
    "kms:CreateKey": _create_key,
    "kms:CreateAlias": _create_alias,
    "kms:PutKeyPolicy": _put_key_policy,
    "kms:EnableKey": _key_state("Enabled"),
    "kms:DisableKey": _key_state("Disabled"),
    "kms:CancelKeyDeletion": _key_state("Disabled"),
    "kms:ScheduleKeyDeletion": _key_state("PendingDeletion"),
}
