"""Which replicas does S3 make of an object? As the replication pages tell it, in plain steps.

Sources: S3 User Guide, "What does Amazon S3 replicate?", "Setting up permissions for live
replication", "Replicating encrypted objects", "Changing the replica owner", "Amazon S3
replication failure reasons"; S3 API reference, ReplicationRule.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from logkeep.lab.call import Caller, Ruling
from logkeep.lab.language import Document
from logkeep.lab.objects.model import (
    Asks,
    Key,
    LabBucket,
    Person,
    Readings,
    managed_key,
    may,
    may_use_key,
)

SERVICE = "s3.amazonaws.com"
S3 = Person(Caller("", SERVICE, "service", SERVICE))
"""S3 itself, before it becomes the role."""


@dataclass(frozen=True)
class Thing:
    """An object version or a delete marker."""

    key: str
    is_marker: bool = False
    by_lifecycle: bool = False
    after_rule: bool = True
    encryption: str = "AES256"
    kms_key: str = ""
    bucket_key: bool = False
    owner: str = ""
    acl: str = "private"
    storage_class: str = "STANDARD"
    tags: dict[str, str] = field(default_factory=dict[str, str])
    status: str = ""
    retained: bool = False
    held: bool = False
    """Under a legal hold."""


@dataclass(frozen=True)
class Replica:
    """A replica, in one destination."""

    bucket: str
    rule: str
    encryption: str
    key: str
    owner: str
    storage_class: str
    with_tags: bool


@dataclass(frozen=True)
class Surroundings:
    """Everything a replication happens between."""

    source: LabBucket
    destinations: dict[str, LabBucket]
    keys: dict[str, Key]
    role: Asks
    trust: Document
    readings: Readings
    service: Asks = S3


Rule = dict[str, Any]
Result = Replica | set[str] | None
"""A replica, every failure code that S3 has a reason for, or nothing where none is meant."""
ORDER = (
    "AssumeRoleNotPermitted",
    "SrcGetObjectNotPermitted",
    "SrcGetAclNotPermitted",
    "SrcGetTaggingNotPermitted",
    "SrcGetRetentionNotPermitted",
    "SrcGetLegalHoldNotPermitted",
    "SrcKmsKeyInvalidState",
    "DstBucketNotFound",
    "DstBucketUnversioned",
    "DstBucketObjectLockConfigMissing",
    "DstKmsKeyNotFound",
    "DstKmsKeyInvalidState",
    "DstDelObjNotPermitted",
    "DstPutObjectNotPermitted",
    "DstPutTaggingNotPermitted",
)
"""The codes in the order in which S3 goes about it; of several reasons it gives one."""


def replicas(thing: Thing, rules: list[Rule], place: Surroundings) -> dict[str, Result]:
    """What becomes of a thing in each destination that a rule for it names."""
    found = chosen(thing, rules)
    return {name: _one(thing, rule, place, name) for name, rule in found.items()}


def chosen(thing: Thing, rules: list[Rule]) -> dict[str, Rule]:
    """For each destination the rule that a thing falls under: the highest priority wins."""
    found: dict[str, Rule] = {}
    for rule in sorted(rules, key=lambda each: each.get("Priority", 0)):
        if rule["Status"] == "Enabled" and _fits(rule, thing):
            found[rule["Destination"]["Bucket"].split(":")[-1]] = rule
    return found


def meant(thing: Thing, rules: list[Rule]) -> bool:
    """Whether S3 replicates a thing anywhere, and so marks it."""
    return any(_is_meant(thing, rule) for rule in chosen(thing, rules).values())


def _fits(rule: Rule, thing: Thing) -> bool:
    where = rule.get("Filter", rule)
    both = where.get("And") or where
    tags = both.get("Tags") or ([both["Tag"]] if "Tag" in both else [])
    has = all(thing.tags.get(tag["Key"]) == tag["Value"] for tag in tags)
    return has and thing.key.startswith(both.get("Prefix") or "")


def _one(thing: Thing, rule: Rule, place: Surroundings, name: str) -> Result:
    if not _is_meant(thing, rule):
        return None
    destination = place.destinations[name]
    errors = _errors(thing, rule, place, destination)
    return errors or _replica(thing, rule, place, destination)


def _is_meant(thing: Thing, rule: Rule) -> bool:
    """Whether S3 replicates it at all."""
    if thing.by_lifecycle:
        return False
    if thing.is_marker:
        is_old = "Filter" not in rule
        has_tags = "Tag" in str(rule.get("Filter"))
        wanted = rule.get("DeleteMarkerReplication", {}).get("Status") == "Enabled"
        return thing.after_rule and not has_tags and (is_old or wanted)
    if thing.status in ("REPLICA", "COMPLETED", "FAILED") or not thing.after_rule:
        return False
    if thing.storage_class in ("GLACIER", "DEEP_ARCHIVE"):
        return False
    return not thing.encryption.startswith("aws:kms") or _selects_kms(rule)


def _selects_kms(rule: Rule) -> bool:
    criteria = rule.get("SourceSelectionCriteria", {})
    return criteria.get("SseKmsEncryptedObjects", {}).get("Status") == "Enabled"


def _errors(thing: Thing, rule: Rule, place: Surroundings, to: LabBucket) -> set[str]:
    errors: set[str] = set()
    role_arn = place.role.caller.role_arn
    if not may(place.service, "sts:AssumeRole", role_arn, place.source.account, place.trust,
               {"aws:PrincipalIsAWSService": "true"}):  # fmt: skip
        errors.add("AssumeRoleNotPermitted")
    if not to.exists:
        errors.add("DstBucketNotFound")
    elif not to.versioned:
        errors.add("DstBucketUnversioned")
    elif place.source.locked and not to.locked:
        errors.add("DstBucketObjectLockConfigMissing")
    if rule["Destination"].get("Account", to.account) != to.account and to.exists:
        errors |= {"DstPutObjectNotPermitted"} if place.readings.account_is_held else set()
    if thing.is_marker:
        if not _role_may(place, "s3:ReplicateDelete", to, thing):
            errors.add("DstDelObjNotPermitted")
        return errors
    return errors | _reading(thing, place) | _writing(thing, rule, place, to)


def _role_may(place: Surroundings, action: str, bucket: LabBucket, thing: Thing) -> bool:
    return _role_ruling(place, action, bucket, thing).allowed


def _role_ruling(place: Surroundings, action: str, bucket: LabBucket, thing: Thing) -> Ruling:
    resource = f"{bucket.arn}/{thing.key}"
    return place.role.ruling(action, resource, bucket.account, bucket.policy, {})


def _reading(thing: Thing, place: Surroundings) -> set[str]:
    """Reading the object, its ACL and its tags at the source."""
    errors: set[str] = set()
    under_kms = thing.encryption.startswith("aws:kms")
    reads = _role_may(place, "s3:GetObjectVersionForReplication", place.source, thing)
    older = _role_may(place, "s3:GetObjectVersion", place.source, thing)
    plain = thing.encryption in ("", "AES256")
    older &= plain or (not under_kms and place.readings.older_read_does_for_sse_c)
    if not reads and not older:
        errors.add("SrcGetObjectNotPermitted")
    if not _role_may(place, "s3:GetObjectVersionAcl", place.source, thing):
        errors.add("SrcGetAclNotPermitted")
    foreign = thing.owner not in ("", place.source.account)
    keeps = thing.acl != "bucket-owner-full-control"
    if place.source.ownership != "BucketOwnerEnforced" and foreign and keeps:
        errors.add("SrcGetAclNotPermitted")
    tagged = bool(thing.tags) and not place.readings.tags_are_left_behind
    if tagged and not _role_may(place, "s3:GetObjectVersionTagging", place.source, thing):
        errors.add("SrcGetTaggingNotPermitted")
    for has, action, code in (
        (thing.retained, "s3:GetObjectRetention", "SrcGetRetentionNotPermitted"),
        (thing.held, "s3:GetObjectLegalHold", "SrcGetLegalHoldNotPermitted"),
    ):
        if has and not _role_may(place, action, place.source, thing):
            errors.add(code)
    return errors | (_decrypting(thing, place) if under_kms else set())


def _decrypting(thing: Thing, place: Surroundings) -> set[str]:
    """Decrypting it at the source; what a key that is gone leads to is not documented."""
    name, source = thing.kms_key, place.source
    managed = managed_key(source.account, source.region)
    key = place.keys.get(name) if name not in ("", managed.arn) else managed
    if key is None:
        return {"SrcKmsKeyInvalidState"}
    context = source.arn if thing.bucket_key else f"{source.arn}/{thing.key}"
    if not may_use_key(place.role, "kms:Decrypt", key, source.region, context):
        return {"SrcGetObjectNotPermitted"}
    return set() if key.state == "Enabled" else {"SrcKmsKeyInvalidState"}


def _writing(thing: Thing, rule: Rule, place: Surroundings, to: LabBucket) -> set[str]:
    """Writing the replica, its tags and its ownership at the destination, under its key."""
    errors: set[str] = set()
    refused = "DstPutObjectNotPermitted"
    if not _role_may(place, "s3:ReplicateObject", to, thing):
        errors.add(refused)
    takes = "AccessControlTranslation" in rule["Destination"] and (
        to.ownership != "BucketOwnerEnforced" or place.readings.override_is_always_asked
    )
    if takes and not _role_may(place, "s3:ObjectOwnerOverrideToBucketOwner", to, thing):
        errors.add(refused)
    if thing.tags and not place.readings.tags_are_left_behind:
        tags = _role_ruling(place, "s3:ReplicateTags", to, thing)
        # A Deny of the tags alone is the documented way of leaving them behind.
        if not tags.allowed and not tags.explicit:
            errors.add("DstPutTaggingNotPermitted")
    if thing.encryption == "SSE-C" and to.blocks_sse_c:
        errors.add(refused)
    name = _replica_key(thing, rule, to)
    if name is None:
        return errors
    key = place.keys.get(name) if name else managed_key(to.account, to.region)
    if key is None or key.region != to.region:
        return errors | {"DstKmsKeyNotFound"}
    by_default = thing.encryption == ""
    under_bucket = to.bucket_key and thing.encryption != "aws:kms:dsse"
    context = to.arn if under_bucket else f"{to.arn}/{thing.key}"
    actions = ["kms:GenerateDataKey"] if by_default else ["kms:GenerateDataKey", "kms:Encrypt"]
    uses = any(may_use_key(place.role, each, key, to.region, context) for each in actions)
    checks = not under_bucket or may_use_key(place.role, "kms:Decrypt", key, to.region, context)
    if not (uses and checks):
        errors.add(refused)
    elif key.state != "Enabled":
        errors.add("DstKmsKeyInvalidState")
    return errors


def _replica_key(thing: Thing, rule: Rule, to: LabBucket) -> str | None:
    """The key's name, empty for the AWS managed one; None where no KMS key is used."""
    if thing.encryption.startswith("aws:kms"):
        return str(rule["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"])
    if thing.encryption == "" and to.algorithm.startswith("aws:kms"):
        return to.key
    return None


def _replica(thing: Thing, rule: Rule, place: Surroundings, to: LabBucket) -> Replica:
    if thing.is_marker:
        return Replica(to.name, str(rule["ID"]), "", "", "", "", with_tags=True)
    name, managed = _replica_key(thing, rule, to), managed_key(to.account, to.region)
    takes = "AccessControlTranslation" in rule["Destination"]
    enforced = to.ownership == "BucketOwnerEnforced"
    source_owner = thing.owner or place.source.account
    tagged = _role_may(place, "s3:GetObjectVersionTagging", place.source, thing) and _role_may(
        place, "s3:ReplicateTags", to, thing
    )
    return Replica(
        bucket=to.name,
        rule=str(rule["ID"]),
        encryption=thing.encryption or to.algorithm,
        key="" if name is None else place.keys[name].arn if name else managed.arn,
        owner=to.account if takes or enforced else source_owner,
        storage_class=rule["Destination"].get("StorageClass") or thing.storage_class,
        with_tags=not thing.tags or tagged,
    )
