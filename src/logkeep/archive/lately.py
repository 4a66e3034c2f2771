"""Who changed the archive's settings or key lately, and of which changes is that asked?

The event history of an account tells it: 90 days of management events of one Region (CloudTrail
User Guide, "Working with CloudTrail event history"). A kind of log says how it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

from logkeep.access import bucket, key, people
from logkeep.archive.anyone_else import left_out
from logkeep.policy import Policy
from logkeep.snapshot import NOT_ASKED, Ask
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.value import Absent, AccountId, Arn, Look, Region, Seen, Time, Unseen

EVENTS: Final = {
    "s3:PutBucketPolicy": "PutBucketPolicy",
    "s3:PutLifecycleConfiguration": "PutBucketLifecycle",
    "s3:PutBucketVersioning": "PutBucketVersioning",
    "s3:PutEncryptionConfiguration": "PutBucketEncryption",
    "s3:PutBucketPublicAccessBlock": "PutBucketPublicAccessBlock",
    "kms:PutKeyPolicy": "PutKeyPolicy",
}
"""What whoever looks after an archive sets, of what our statements close, and what a record of it
is called (S3 User Guide, "Amazon S3 CloudTrail events"). The history is asked about one name at a
time, twice a second (rule 1.1.2), so that no more are asked about."""

ActorKind: TypeAlias = Literal["role", "user", "root", "service", "account", "unknown"]
"""`account` is somebody of another account; the record says no more about it."""


class RecentChange(msgspec.Struct, frozen=True, order=True):
    """One change of the archive that the event history shows."""

    at: Time
    event: str
    by: str
    """A role's, user's or root user's ARN, a service's name, or an account's id."""
    kind: ActorKind = "unknown"


class Watched(msgspec.Struct, frozen=True):
    """What the history is asked about: changes of one resource, in its own account and Region."""

    account: AccountId
    region: Region
    names: tuple[str, ...]
    """What a record may call it."""
    events: tuple[str, ...]


class Lately(msgspec.Struct, frozen=True):
    """What the event history shows of changes, and how far back."""

    made: tuple[RecentChange, ...]
    """The newest first."""
    since: Time
    """From when on there are no others."""


class EventHistory(NamedTuple):
    """How a kind of log reads the event history."""

    wants: Callable[[Facts, Watched], Iterable[Ask]]
    lately: Callable[[Facts, Watched], Look[Lately]]


def watched_bucket(account: AccountId, region: Region, name: str) -> Watched:
    """The changes of a bucket's settings."""
    return Watched(account, region, (name,), _events("s3:"))


def watched_key(arn: Arn, account: AccountId, region: Region) -> Watched:
    """The changes of a key; a record calls it by its ARN or its id."""
    return Watched(account, region, (arn, arn.rpartition("/")[2]), _events("kms:"))


def _events(service: str) -> tuple[str, ...]:
    return tuple(name for action, name in EVENTS.items() if action.startswith(service))


def latest_of_each(made: Iterable[RecentChange]) -> Mapping[str, RecentChange]:
    """The latest change of everybody who made one, the latest of all first."""
    found: dict[str, RecentChange] = {}
    for each in sorted(made, key=lambda one: (one.at, one.event), reverse=True):
        found.setdefault(each.by, each)
    return found


@remembered
def watched(facts: Facts) -> tuple[Watched, ...]:
    """What of the archive is open to others than its administrators, so that a plan closes it.

    Nothing else is asked about: who loses nothing need not be known. Without administrators that
    are known no plan closes anything.
    """
    found: list[Watched] = []
    fleet, at = facts.fleet, bucket.archives(facts)
    people_, admins = people.details(facts, at.account), seen(people.administrators(facts))
    is_early = isinstance(people_, Unseen) and people_.error == NOT_ASKED
    if is_early or admins is None or seen(bucket.owner(facts, at)) != at.account:
        return ()
    text = bucket.policy_text(facts, at)
    if _is_open(facts, admins, text, "s3:PutBucketPolicy", fleet.bucket_arn):
        found.append(watched_bucket(at.account, at.region, at.name))
    if seen(key.described(facts)) is not None and key.account(facts) == at.account:
        arn = key.arn(facts)
        if _is_open(facts, admins, key.policy_text(facts), "kms:PutKeyPolicy", arn):
            found.append(watched_key(arn, at.account, key.region(facts)))
    return tuple(found)


def _is_open(facts: Facts, admins: tuple[Arn, ...], look: Look[str], action: str, arn: Arn) -> bool:
    """Whether a policy denies it to less than all but the administrators and the root user.

    One that was not read is nothing that a plan could close.
    """
    match look:
        case Unseen():
            return False
        case Absent():
            return True
        case Seen(text):
            policy = facts.policy(text, "resource", "policy")
    if not isinstance(policy, Policy):
        return False
    account = facts.fleet.archive.account
    names = left_out(facts, policy, action, arn, {}, account)
    meant = {*admins, f"arn:{facts.fleet.partition}:iam::{account}:root"}
    return not (isinstance(names, frozenset) and names <= meant)
