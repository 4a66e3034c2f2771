"""The words for whatever S3 refuses an upload, a replica or a configuration for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from logkeep.words.plain import clean

PUT: Final[Mapping[str, str]] = {
    "no-such-bucket": "there is no such bucket",
    "bucket-unread": "whether the bucket exists is not known",
    "denied": "{statement} denies {action}{because}",
    "not-allowed": "nothing in {silent} allows {action}",
    "policies-unknown": "whether {action} passes depends on {unknown}",
    "key-pinned": "{statement} pins the KMS key, the request names none, and AWS's pages disagree "
    "whether the key of the bucket's default counts",
    "part-header": "the policy asks for an encryption header, which a part cannot carry: sources "
    "disagree whether the header that began the upload counts",
    "two-encryptions": "SSE-C and `{detail}` are asked for at once",
    "algorithm-unknown": "`{detail}` is not an S3 encryption; S3 knows AES256, aws:kms and "
    "aws:kms:dsse",
    "key-without-kms": "a KMS key is named (`{detail}`) without asking for aws:kms or aws:kms:dsse",
    "bucket-key-not-boolean": "the Bucket Key is `{detail}`, which is neither true nor false",
    "customer-algorithm-missing": "an SSE-C key is sent without its algorithm",
    "customer-algorithm-unknown": "SSE-C knows AES256 alone, not `{detail}`",
    "customer-key-missing": "SSE-C is asked for and no key is sent",
    "customer-md5-missing": "the SSE-C key's MD5 is not sent; what S3 then says is not recorded",
    "customer-md5-wrong": "the MD5 sent is not that of the SSE-C key",
    "customer-key-length": "the SSE-C key has {detail} bytes and not 32",
    "context-unreadable": "the encryption context is not base64 of a JSON map of texts",
    "sse-c-blocked": "the bucket blocks SSE-C, as new buckets do since April 2026",
    "blocked-unread": "whether the bucket blocks SSE-C is not known",
    "two-acls": "a canned ACL and grants are sent at once",
    "acl-unknown": "`{detail}` is not a canned ACL for objects",
    "acls-off": "ACLs are off in this bucket (BucketOwnerEnforced), and `{detail}` is sent",
    "acl-public": "Block Public Access refuses the public ACL `{detail}`",
    "ownership-unread": "whether ACLs are on in this bucket is not known",
    "public-access-unread": "whether Block Public Access refuses public ACLs is not known",
    "default-unread": "the bucket's default encryption is not known",
    "lock-missing": "Object Lock headers are sent, and the bucket has no Object Lock",
    "lock-half": "an Object Lock mode and its date are only valid together",
    "lock-mode": "`{detail}` is not an Object Lock mode; S3 knows GOVERNANCE and COMPLIANCE",
    "legal-hold": "a legal hold is ON or OFF, not `{detail}`",
    "lock-date": "`{detail}` is not a date to retain the object until",
    "lock-past": "the object is to be retained until {detail}, which has passed",
    "time-unknown": "whether the date to retain it until has passed is not known",
    "object-lock-unread": "whether the bucket has Object Lock is not known",
    "key-elsewhere": "the key `{detail}` lies in another Region than the bucket",
    "key-missing": "there is no key `{detail}` where S3 looks for it: in the bucket's Region, and "
    "by a name without an account in the requester's own",
    "key-name": "`{detail}` names no KMS key",
    "key-state": "the key is {detail}",
    "key-refuses": "{policies} do not let {principal} use {action} on `{detail}`",
    "key-unknown": "whether the key lets this pass is not known",
}
"""Of an upload, by our reason."""
REPLICA: Final[Mapping[str, str]] = {
    "no-rules": "the bucket has no replication configuration",
    "rules-unread": "the bucket's replication configuration is not known",
    "bucket-setting": "bucket settings are never replicated",
    "delete-version": "deletes of a version id are never replicated",
    "lifecycle": "lifecycle actions are not replicated",
    "rule-disabled": "rule disabled",
    "source-suspended": "the source's versioning is suspended, and S3 replicates versions",
    "tag-missing": "the tag of the rule is missing",
    "and-tag-missing": "one tag of the And is missing",
    "tags-unknown": "the rule filters by tags, and the object's are not known",
    "no-rule-matches": "no rule matches the key",
    "delete-marker-by-tag": "rules that filter by tags replicate no delete markers",
    "delete-markers-off": "DeleteMarkerReplication Disabled",
    "replica-modifications-off": "ReplicaModifications not enabled",
    "is-replica": "replica made by another rule",
    "replicated-before": "already replicated; live replication sends nothing twice",
    "failed-before": "previously failed; S3 does not try again by itself",
    "before-rule": "existed before the rule",
    "created-unknown": "whether the object is older than the rule is not known",
    "archived": "archived object",
    "storage-class-unread": "the object's storage class is not known",
    "encryption-unread": "the object's encryption is not known",
    "kms-not-selected": "SseKmsEncryptedObjects not selected",
    "told": "so it is told of the destination",
    "role-unread": "the role and its policies are not known",
    "role-missing": "there is no role `{detail}`",
    "role-trust": "the role's trust does not let s3.amazonaws.com assume it",
    "role-cannot-list": "the role may not {detail}, and no page of AWS's names the failure",
    "source-unreadable": "the role may not read the object ({action})",
    "source-acl-unreadable": "the role may not read the object's ACL ({action})",
    "owner-keeps": "account {detail} owns the object and does not grant READ and READ_ACP to the "
    "bucket's owner",
    "owner-unread": "who owns the object is not known",
    "acl-unread": "what the object's owner grants is not known",
    "tags-unreadable": "the role may not read the object's tags: {detail}, or it goes without them",
    "tags-refused": "the role may not write the tags: {detail}, or it goes without them",
    "lock-unreadable": "the role may not read the object's lock: {detail}",
    "source-key-untold": "under which key the object lies is not known",
    "source-key-missing": "there is no key `{detail}` any more",
    "source-key-unread": "the policy or state of the object's key is not known",
    "source-key-state": "the object's key is {detail}",
    "source-key-refuses": "{policies} do not let the role decrypt under `{detail}`{context}",
    "destination-unread": "the destination is not known",
    "destination-missing": "there is no bucket `{detail}`",
    "destination-unversioned": "`{detail}` does not keep versions",
    "destination-unlocked": "the source has Object Lock and `{detail}` has not",
    "header-not-here": "{detail} is not supported for this operation: only what begins an upload "
    "says how the object is encrypted",
    "customer-key-missing": "the object lies under SSE-C, and the request brings no key",
    "customer-key-wrong": "the object lies under SSE-C, and the request brings another key",
    "versioning-unread": "whether the destination keeps versions is not known",
    "object-lock-unread": "whether both buckets have Object Lock is not known",
    "write-refused": "{policies} do not let the role write the replica ({action})",
    "delete-refused": "{policies} do not let the role write the delete marker ({action})",
    "override-refused": "{policies} do not let the role hand the replica over ({action})",
    "sse-c-blocked": "`{detail}` blocks SSE-C",
    "blocked-unread": "whether the destination blocks SSE-C is not known",
    "default-unread": "the destination's default encryption is not known",
    "replica-key-elsewhere": "the replica key `{detail}` lies in another Region than the "
    "destination",
    "replica-key-missing": "there is no replica key `{detail}`",
    "replica-key-name": "`{detail}` names no KMS key",
    "replica-key-unread": "the replica key `{detail}` is not known",
    "replica-key-state": "the replica key is {detail}",
    "replica-key-refuses": "{policies} do not let the role use the replica key `{detail}`{context}",
}
"""Of an object under replication rules, by our reason."""
OTHER: Final[Mapping[str, str]] = {
    "encryption-rules": "exactly one rule is expected",
    "default-key-without-kms": "a key is only for aws:kms and aws:kms:dsse, not for `{detail}`",
    "logging-accepted": "S3 accepts it; whether any log arrives depends on the target's policy",
    "target-missing": "the target bucket does not exist",
    "target-foreign": "the target bucket belongs to another account",
    "target-elsewhere": "the target bucket lies in another Region",
    "replication-not-allowed": "only whom the bucket's owner lets may set its replication",
    "source-unversioned": "Versioning must be 'Enabled' on the bucket (`{detail}`)",
    "destination-unversioned": "Destination bucket must have versioning enabled (`{detail}`)",
    "not-in-schema": "not as S3's schema has it: {detail}",
    "no-rule": "there is no rule in it",
    "role-no-arn": "Role `{detail}` is not the ARN of a role",
    "rules-too-many": "{detail} rules, and S3 takes 1,000",
    "filter-or-prefix": "a rule has a Filter, or a Prefix in the old schema, not both nor neither",
    "schemas-mixed": "rules with a Filter stand beside rules of the old schema",
    "not-in-old-schema": "{detail} needs a Filter: a rule without one is of the old schema",
    "missing-in-new-schema": "{detail} must be given in a rule with a Filter",
    "filter-of-several": "a Filter has one of Prefix, Tag and And",
    "and-of-one": "And joins two or more",
    "tag-twice": "a tag's key stands twice in the Filter",
    "prefix-too-long": "the prefix is longer than a key may be",
    "id-too-long": "the ID is longer than 255 characters",
    "priority-negative": "priority {detail} is negative",
    "delete-markers-by-tag": "delete markers cannot be replicated by a rule that filters by tags",
    "bucket-no-arn": "`{detail}` is not the ARN of a bucket",
    "into-itself": "`{detail}` would replicate into itself",
    "storage-class": "`{detail}` is not a storage class",
    "override-without-account": "Account must be given with AccessControlTranslation",
    "criteria-empty": "SourceSelectionCriteria is empty",
    "key-without-selection": "SseKmsEncryptedObjects must be given with EncryptionConfiguration",
    "selection-without-key": "ReplicaKmsKeyID must be given with SseKmsEncryptedObjects",
    "replica-key-no-arn": "ReplicaKmsKeyID `{detail}` is not a key's ARN; an id or alias alone is "
    "not enough",
    "time-without-metrics": "ReplicationTime needs Metrics",
    "time-not-15": "ReplicationTime knows 15 minutes, not {detail}",
    "threshold-not-15": "with ReplicationTime the metrics' EventThreshold is 15 minutes",
    "threshold-without-time": "an EventThreshold needs ReplicationTime",
    "id-twice": "the ID `{detail}` stands twice",
    "priority-twice": "two rules have the same priority: {detail}",
    "destinations-in-old-schema": "rules without a Filter have one destination, not {detail}",
    "prefixes-overlap": "rules without a Filter may not overlap: {detail}",
    "versioning-unread": "whether the bucket keeps versions is not known",
    "lock-contested": "the bucket has Object Lock and `{detail}` has not: whether S3 accepts it is "
    "not recorded, and every object would fail",
}
"""Of a configuration, by our reason."""


def say(words: Mapping[str, str], reason: str, **values: str) -> str:
    """A reason in a sentence; foreign values are made harmless."""
    template = words.get(reason) or {**PUT, **REPLICA, **OTHER}.get(reason, reason)
    return template.format_map(_Values({name: clean(text) for name, text in values.items()}))


class _Values(dict[str, str]):
    """Values of a template; one that is not there is left out."""

    def __missing__(self, key: str) -> str:
        return ""
