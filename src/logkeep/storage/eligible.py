"""Does S3 replicate this at all, whatever the permissions? Each row of rule 3.1.2.

S3 User Guide, "What does Amazon S3 replicate?".
"""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from logkeep.policy import Unread
from logkeep.storage.bucket import WITH_KEY
from logkeep.storage.rules import Rule
from logkeep.storage.subject import Subject

ARCHIVED: Final = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""GLACIER_IR can be read at once, and is replicated."""


class NotEligible(msgspec.Struct, frozen=True, gc=False):
    """S3 leaves it where it is, and no status tells."""

    reason: str
    detail: str = ""


class Unsure(msgspec.Struct, frozen=True, gc=False):
    """It hangs on what is not known."""

    reason: str
    unknown: tuple[str, ...]


Ineligible: TypeAlias = NotEligible | Unsure | None


def by_event(subject: Subject) -> Ineligible:
    """Return what no rule replicates, by what was done and who did it."""
    match subject.event:
        case "bucket-setting":
            return NotEligible("bucket-setting")
        case "delete-version":
            return NotEligible("delete-version")
        case "lifecycle":
            return NotEligible("lifecycle")
        case "delete-marker" | "metadata-change" | "put":
            return NotEligible("lifecycle") if subject.by_lifecycle else None


def by_rule(subject: Subject, rule: Rule) -> Ineligible:
    """Return what of the object or event the rule that it falls under does not replicate."""
    if subject.event == "delete-marker":
        return _delete_marker(subject, rule)
    if subject.event == "metadata-change":
        return _change(subject, rule)
    return _by_history(subject) or _by_storage_class(subject) or _by_encryption(subject, rule)


def _change(subject: Subject, rule: Rule) -> Ineligible:
    """A change goes where the object went before: what has no replica is not sent for it."""
    if subject.status == "REPLICA":
        off = not rule.replica_modifications
        return NotEligible("replica-modifications-off") if off else None
    if subject.created == "before" and not subject.status:
        return NotEligible("before-rule")
    return _by_encryption(subject, rule)


def _delete_marker(subject: Subject, rule: Rule) -> Ineligible:
    if rule.filter.tags:
        return NotEligible("delete-marker-by-tag")
    if rule.schema == "V2" and not rule.delete_markers:
        return NotEligible("delete-markers-off")
    if subject.created == "before" and not subject.batch:
        return NotEligible("before-rule")
    return None


def _by_history(subject: Subject) -> Ineligible:
    """Live replication sends an object once, and only what was made after the rule."""
    if subject.batch:
        return None
    match subject.status:
        case "REPLICA":
            return NotEligible("is-replica")
        case "COMPLETED" | "COMPLETE":
            return NotEligible("replicated-before")
        case "FAILED":
            return NotEligible("failed-before")
        case _:
            pass
    match subject.created:
        case "before":
            return NotEligible("before-rule")
        case "after":
            return None
        case "":
            # S3 marks at once what it means to send.
            unknown = ("whether the object is older than the rule",)
            return None if subject.status == "PENDING" else Unsure("created-unknown", unknown)


def _by_storage_class(subject: Subject) -> Ineligible:
    if isinstance(subject.storage_class, Unread):
        return Unsure("storage-class-unread", (subject.storage_class.call,))
    archived = subject.storage_class in ARCHIVED or subject.archived
    if archived and not subject.restored:
        return NotEligible("archived", subject.storage_class)
    return None


def _by_encryption(subject: Subject, rule: Rule) -> Ineligible:
    """SSE-KMS and DSSE-KMS are skipped in silence unless the rule selects them."""
    if isinstance(subject.encryption, Unread):
        return Unsure("encryption-unread", (subject.encryption.call,))
    if subject.encryption in WITH_KEY and not (rule.kms_selected and rule.replica_key):
        return NotEligible("kms-not-selected", subject.encryption)
    return None
