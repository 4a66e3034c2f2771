"""Does a document say something that nobody here reads, and which word was meant?

What is misspelt and passed over would be answered as if it had not been said at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

NOTES: Final = ("note", "notes")
"""What may stand anywhere, for people."""
CASE: Final = (
    "id", "kind", "request", "bucket", "expected", "source", "licence", "disputed", "derived",
    "page_read", *NOTES,
)  # fmt: skip
"""The members of a line of cases."""
REQUEST: Final = (
    "operation", "key", "headers", "object", "principal", "account", "identity", "multipart", "at",
    "of", "target", "after", "rules", "config", "caller", "action", *NOTES,
)  # fmt: skip
OBJECT: Final = (
    "key", "kind", "event", "action_by", "by_lifecycle", "created", "encryption", "kms_key",
    "bucket_key", "owner", "acl", "storage_class", "archived", "restored", "tags", "size",
    "replication_status", "retention", "legal_hold", "batch", "version_id", *NOTES,
)  # fmt: skip
BUCKET: Final = (
    "name", "account", "region", "exists", "encryption", "policy", "versioning",
    "blocked_encryption", "ownership", "public_access", "acl", "object_lock", "key_state", "keys",
    "aliases", "kms_keys", "replication", "replication_since", "role", "destination",
    "destinations", "faults", "identity", *NOTES,
)  # fmt: skip
ROLE: Final = ("trust", "policies", "exists", *NOTES)
KEY: Final = ("state", "policy", *NOTES)
HEADERS: Final = (
    "x-amz-acl", "x-amz-bypass-governance-retention", "x-amz-content-sha256", "x-amz-copy-source",
    "x-amz-copy-source-if-match", "x-amz-copy-source-if-modified-since",
    "x-amz-copy-source-if-none-match", "x-amz-copy-source-if-unmodified-since",
    "x-amz-copy-source-server-side-encryption-customer-algorithm",
    "x-amz-copy-source-server-side-encryption-customer-key",
    "x-amz-copy-source-server-side-encryption-customer-key-md5", "x-amz-date",
    "x-amz-expected-bucket-owner", "x-amz-grant-full-control", "x-amz-grant-read",
    "x-amz-grant-read-acp", "x-amz-grant-write", "x-amz-grant-write-acp",
    "x-amz-metadata-directive", "x-amz-mfa", "x-amz-object-lock-legal-hold",
    "x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date", "x-amz-request-payer",
    "x-amz-sdk-checksum-algorithm", "x-amz-security-token", "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled", "x-amz-server-side-encryption-context",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-server-side-encryption-customer-key",
    "x-amz-server-side-encryption-customer-key-md5", "x-amz-source-expected-bucket-owner",
    "x-amz-storage-class", "x-amz-tagging", "x-amz-tagging-directive",
    "x-amz-website-redirect-location", "x-amz-write-offset-bytes",
)  # fmt: skip
"""S3's headers of uploads; others may be sent too, and one that is nearly one of these is not."""
HEADERS_APART: Final = ("x-amz-meta-", "x-amz-checksum-", "x-amz-grant-")
ENCRYPTION: Final = ("Rules", "ServerSideEncryptionConfiguration", "ResponseMetadata")
ENCRYPTION_RULE: Final = ("ApplyServerSideEncryptionByDefault", "BucketKeyEnabled",
                          "BlockedEncryptionTypes")  # fmt: skip
BY_DEFAULT: Final = ("SSEAlgorithm", "KMSMasterKeyID")
BLOCKED: Final = ("EncryptionType",)
PUBLIC_ACCESS: Final = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls",
                        "RestrictPublicBuckets")  # fmt: skip
VERSIONING: Final = ("Status", "MFADelete", "MfaDelete")
LIKENESS: Final = 0.7
HEADER_LIKENESS: Final = 0.9
"""Headers have long beginnings in common."""


def meant(name: str, known: Iterable[str], likeness: float = LIKENESS) -> str:
    """The word that a misspelt one stands for, empty if none is near."""
    plain = {_plain(word): word for word in known}
    import difflib  # takes 5 ms, and is wanted only where a word is misspelt

    near = difflib.get_close_matches(_plain(name[:80]), plain, 1, likeness)
    return plain[near[0]] if near else ""


def _plain(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "")


def strange(document: Iterable[str], known: Collection[str], place: str) -> list[str]:
    """Every member that is not known, as a mistake."""
    return [_says(place, name, meant(name, known)) for name in document if name not in known]


def misspelt(document: Iterable[str], known: Collection[str], place: str) -> list[str]:
    """Every member that is not known and near to one that is, as a mistake."""
    near = {name: meant(name, known) for name in document if name not in known}
    return [_says(place, name, word) for name, word in near.items() if word]


def misspelt_headers(headers: Iterable[str], place: str) -> list[str]:
    """Every header, in lower case, that is nearly one of S3's and is none, as a mistake."""
    asked = [each for each in headers if each not in HEADERS]
    asked = [each for each in asked if not each.startswith(HEADERS_APART)]
    near = {each: meant(each, HEADERS, HEADER_LIKENESS) for each in asked}
    return [_says(place, each, word) for each, word in near.items() if word]


def _says(place: str, name: str, near: str) -> str:
    question = f"; did you mean `{near}`?" if near else ""
    return f"{place}: `{name}` means nothing here{question}"
