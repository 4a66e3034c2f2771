"""How are the logs that are there encrypted, and how long are they locked? As a fleet file says it.

What is only half so stays behind a `#` with the reason: to ask for it would change the bucket.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from logkeep.access.bucket import Bucket, PolicyText, of_bucket
from logkeep.access.uploads import default_of, key_arn
from logkeep.archive import locking
from logkeep.fleet.retention import Retention, read_retention
from logkeep.policy import Malformed, Unread
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts
from logkeep.storage import bucket as storage
from logkeep.storage.bucket import AES256, DSSE, KMS, SSE_C, WITH_KEY, Default
from logkeep.storage.writers import Enforced, enforced
from logkeep.value import Absent, Arn, Look, Seen, Unseen

CALLS: Final = ("s3:GetBucketEncryption", locking.GET)


class KeptSetting(NamedTuple):
    """What a key of the file says; what is perhaps so stays behind a `#`."""

    value: str | None = None
    perhaps: str | None = None
    notes: tuple[str, ...] = ()


def asks(facts: Facts, at: Bucket) -> Iterator[Ask]:
    """What shows it, besides the bucket's policy."""
    yield from (of_bucket(facts, call, at) for call in CALLS)


def lock(facts: Facts, at: Bucket) -> KeptSetting:
    """The default retention of the bucket."""
    look = locking.lock(facts, at)
    if not isinstance(look, Seen):
        error = look.error if isinstance(look, Unseen) else "it is not there"
        return KeptSetting(notes=(f"The bucket's Object Lock was not seen: {error}",))
    if look.value == locking.OFF:
        return KeptSetting()
    if isinstance(read_retention(look.value), Retention):
        return KeptSetting(look.value)
    return KeptSetting(
        notes=(f"The bucket's Object Lock is {look.value}: it locks nothing by itself.",)
    )


def encryption(facts: Facts, at: Bucket, key: Arn, text: Look[PolicyText]) -> KeptSetting:
    """How uploads are encrypted, and whether the policy refuses what is encrypted otherwise."""
    default = default_of(facts, at)
    if isinstance(default, Unread):
        return KeptSetting(
            notes=(f"The bucket's default encryption was not seen: {default.error}",)
        )
    policy = _policy(facts, at, default, text)
    if isinstance(policy, str):
        return KeptSetting(notes=(f"What the bucket's policy enforces is not known: {policy}",))
    unsure = [name for name in policy.unsure if name != SSE_C] if policy else []
    if unsure:
        sent = ", ".join(unsure)
        return KeptSetting(
            notes=(f"Whether the policy refuses an upload with {sent} is not known.",)
        )
    return _way(at, default, policy, key)


def _way(at: Bucket, default: Default, policy: Enforced | None, key: Arn) -> KeptSetting:
    way = policy.way if policy else "nothing"
    perhaps = {"nothing": None, "header": "forced", "default": "default"}[way]
    named = key_arn(default.key, at, at.account)
    if default.algorithm not in WITH_KEY or not key or named != key:
        under = f"{default.algorithm} under {named}" if named else default.algorithm
        note = f"The bucket's default encryption is {under}, and not SSE-KMS under the key above."
        return KeptSetting(None, perhaps, (note,) if perhaps or named else ())
    if way == "nothing":
        note = (
            "The default is under the key above, and no policy refuses what is encrypted otherwise."
        )
        return KeptSetting(None, "default", (note,))
    passes = set(policy.passes) if policy else set[str]()
    if KMS not in passes or passes & {AES256, DSSE}:
        sent = ", ".join(sorted(passes - {"none"})) or "no header"
        return KeptSetting(None, perhaps, (f"Of the headers the policy lets in {sent} only.",))
    return KeptSetting(perhaps)


def _policy(
    facts: Facts, at: Bucket, default: Default, look: Look[PolicyText]
) -> Enforced | str | None:
    """What the policy enforces; why that is not known; None where there is no policy."""
    if isinstance(look, Absent):
        return None
    if isinstance(look, Unseen):
        return look.error
    found = facts.policy(look.value.policy, "resource", f"bucket policy of {at.name}")
    if isinstance(found, Malformed):
        return found.mistakes[0]
    as_stored = storage.Bucket(name=at.name, account=at.account, region=at.region)
    return enforced(found, as_stored, default)
