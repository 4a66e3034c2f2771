"""The words for whatever S3 refuses an upload, a replica or a configuration for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from logkeep.words.plain import clean
from logkeep.words.rules_refused import RULES

PUT: Final[Mapping[str, str]] = {
    "no-such-bucket": "there is no such bucket",
    "bucket-unread": "whether the bucket exists is not known",
    "denied": "{statement} denies {action}{because}",
    "not-allowed": "nothing in {silent} allows {action}",
    "policies-unknown": "whether {action} is allowed depends on {unknown}",
    "key-pinned": "{statement} requires a KMS key, the request names none, and AWS's pages "
    "disagree on "
    "whether the key of the bucket's default counts",
    "part-header": "the policy asks for an encryption header, which a part cannot carry: sources "
    "disagree whether the header that began the upload counts",
    "two-encryptions": "the request asks for both SSE-C and `{detail}`",
    "algorithm-unknown": "`{detail}` is not an S3 encryption; S3 knows AES256, aws:kms and "
    "aws:kms:dsse",
    "key-without-kms": "the request names a KMS key (`{detail}`) but does not ask for aws:kms or "
    "aws:kms:dsse",
    "bucket-key-not-boolean": "the Bucket Key header is `{detail}`; it must be true or false",
    "customer-algorithm-missing": "an SSE-C key is sent without its algorithm",
    "customer-algorithm-unknown": "SSE-C supports only AES256, not `{detail}`",
    "customer-key-missing": "the request asks for SSE-C but sends no key",
    "customer-md5-missing": "the SSE-C key's MD5 is not sent; how S3 answers that is not known",
    "customer-md5-wrong": "the MD5 sent is not that of the SSE-C key",
    "customer-key-length": "the SSE-C key has {detail} bytes instead of 32",
    "context-unreadable": "the encryption context is not a base64-encoded JSON object of strings",
    "sse-c-blocked": "the bucket blocks SSE-C, as new buckets do since April 2026",
    "blocked-unread": "whether the bucket blocks SSE-C is not known",
    "two-acls": "the request sends both a canned ACL and grants",
    "acl-unknown": "`{detail}` is not a canned ACL for objects",
    "acls-off": "ACLs are off in this bucket (BucketOwnerEnforced), but the request sends "
    "`{detail}`",
    "acl-public": "Block Public Access refuses the public ACL `{detail}`",
    "ownership-unread": "whether ACLs are on in this bucket is not known",
    "public-access-unread": "whether Block Public Access refuses public ACLs is not known",
    "default-unread": "the bucket's default encryption is not known",
    "lock-missing": "the request sends Object Lock headers, but the bucket has no Object Lock",
    "tag-twice": "the tag `{detail}` is sent more than once",
    "tags-too-many": "an object has up to 10 tags, and the request sends {detail}",
    "tag-not-allowed": "`{detail}` is too long for a tag, empty, or begins as AWS's own do",
    "lock-half": "an Object Lock mode and a retain-until date must be sent together",
    "lock-mode": "`{detail}` is not an Object Lock mode; S3 knows GOVERNANCE and COMPLIANCE",
    "legal-hold": "a legal hold is ON or OFF, not `{detail}`",
    "lock-date": "`{detail}` is not a valid retain-until date",
    "lock-past": "the retain-until date {detail} is in the past",
    "time-unknown": "it is not known whether the retain-until date has passed",
    "object-lock-unread": "whether the bucket has Object Lock is not known",
    "key-elsewhere": "the key `{detail}` is not in the bucket's Region",
    "key-missing": "there is no key `{detail}` where S3 looks for it: in the bucket's Region, and "
    "by a name without an account in the requester's own",
    "key-name": "`{detail}` names no KMS key",
    "key-state": "the key is {detail}",
    "key-refuses": "{policies} do not let {principal} use {action} on `{detail}`",
    "key-unknown": "it is not known whether the key allows this",
}
"""Of an upload, by our reason."""
REPLICA: Final[Mapping[str, str]] = {
    "no-rules": "the bucket has no replication configuration",
    "rules-unread": "the bucket's replication configuration is not known",
    "bucket-setting": "bucket settings are never replicated",
    "delete-version": "deletes of a version id are never replicated",
    "lifecycle": "lifecycle actions are not replicated",
    "rule-disabled": "rule disabled",
    "source-suspended": "versioning of the source is suspended, and S3 replicates only versions",
    "tag-missing": "the tag of the rule is missing",
    "and-tag-missing": "one tag of the And is missing",
    "tags-unknown": "the rule filters by tags, and the object's tags are not known",
    "no-rule-matches": "no rule matches the key",
    "delete-marker-by-tag": "rules that filter by tags replicate no delete markers",
    "delete-markers-off": "DeleteMarkerReplication Disabled",
    "replica-modifications-off": "ReplicaModifications not enabled",
    "is-replica": "replica made by another rule",
    "replicated-before": "already replicated; live replication sends nothing twice",
    "failed-before": "previously failed; S3 does not try again by itself",
    "before-rule": "existed before the rule",
    "markers-between-accounts": "a rule without Filter may send no delete markers to another "
    "account",
    "created-unknown": "it is not known whether the object is older than the rule",
    "archived": "archived object",
    "storage-class-unread": "the object's storage class is not known",
    "encryption-unread": "the object's encryption is not known",
    "kms-not-selected": "SseKmsEncryptedObjects not selected",
    "told": "so it applies to the destination",
    "role-unread": "the role and its policies are not known",
    "role-missing": "there is no role `{detail}`",
    "role-trust": "the role's trust does not let s3.amazonaws.com assume it",
    "role-cannot-list": "the role may not {detail}; AWS does not document which failure code "
    "that gives",
    "source-unreadable": "the role may not read the object ({action})",
    "source-acl-unreadable": "the role may not read the object's ACL ({action})",
    "owner-keeps": "account {detail} owns the object and does not grant READ and READ_ACP to the "
    "bucket's owner",
    "owner-unread": "who owns the object is not known",
    "acl-unread": "what the object's owner grants is not known",
    "tags-unreadable": "the role may not read the object's tags: {detail}, or it goes without them",
    "tags-refused": "the role may not write the tags: {detail}, or it goes without them",
    "lock-unreadable": "the role may not read the object's lock: {detail}",
    "source-key-untold": "it is not known which key encrypts the object",
    "source-key-missing": "the key `{detail}` no longer exists",
    "source-key-unread": "the policy or state of the object's key is not known",
    "source-key-state": "the object's key is {detail}",
    "source-key-refuses": "{policies} do not let the role decrypt with `{detail}`{context}",
    "destination-unread": "the destination is not known",
    "destination-missing": "there is no bucket `{detail}`",
    "destination-unversioned": "versioning is off for `{detail}`",
    "destination-account": "the rule names another owner of the destination than its own account "
    "{detail}",
    "destination-unlocked": "the source has Object Lock, but `{detail}` does not",
    "header-not-here": "{detail} is not supported for this operation: only the request that "
    "starts an upload "
    "says how the object is encrypted",
    "customer-key-missing": "the object is encrypted with SSE-C, but the request sends no key",
    "customer-key-wrong": "the object is encrypted with SSE-C, but the request sends another key",
    "versioning-unread": "it is not known whether versioning is on for the destination",
    "object-lock-unread": "whether both buckets have Object Lock is not known",
    "write-refused": "{policies} do not let the role write the replica ({action})",
    "delete-refused": "{policies} do not let the role write the delete marker ({action})",
    "override-refused": "{policies} do not let the role change the replica's owner ({action})",
    "sse-c-blocked": "`{detail}` blocks SSE-C",
    "blocked-unread": "whether the destination blocks SSE-C is not known",
    "default-unread": "the destination's default encryption is not known",
    "replica-key-elsewhere": "the replica key `{detail}` is not in the Region of the destination",
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
    "target-elsewhere": "the target bucket is in another Region",
    "replication-not-allowed": "only principals that the bucket's owner allows may set its "
    "replication",
    **RULES,
    "versioning-unread": "it is not known whether versioning is on for the bucket",
    "lock-contested": "the bucket has Object Lock but `{detail}` does not: whether S3 accepts "
    "this is "
    "not known, and every object would fail",
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
