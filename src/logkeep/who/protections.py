"""What keeps the archive's logs from being deleted, as far as it was seen to be in force?

What each does not stop is said with it (rules 2.1.7, 2.3).
"""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access import bucket
from logkeep.access.bucket import of_bucket
from logkeep.archive import locking
from logkeep.archive.anyone_else import left_out
from logkeep.policy import Policy
from logkeep.snapshot.facts import Facts, seen
from logkeep.value import Json
from logkeep.who.values import Protection


def protections(facts: Facts) -> Iterator[Protection]:
    """What is in force; what could not be seen is not claimed."""
    question = of_bucket(facts, "s3:GetBucketVersioning")
    versions = seen(facts.look(question, dict[str, Json])) or {}
    if versions.get("Status") == "Enabled":
        yield Protection("versioning")
    if versions.get("MFADelete") == "Enabled":
        yield Protection("mfa-delete")
    if _denies(facts):
        yield Protection("deny-delete")
    lock = seen(locking.lock(facts, bucket.archives(facts)))
    if lock is not None and lock != locking.OFF:
        yield Protection("object-lock", lock)


def _denies(facts: Facts) -> bool:
    """Whether a Deny keeps everybody from deleting a version of any log."""
    text = seen(bucket.policy_text(facts))
    policy = facts.policy(text, "resource", "bucket policy") if text else None
    if not isinstance(policy, Policy):
        return False
    objects, owner = f"{facts.fleet.bucket_arn}/*", facts.fleet.archive.account
    found = left_out(facts, policy, "s3:DeleteObjectVersion", objects, {}, owner)
    return found == frozenset()
