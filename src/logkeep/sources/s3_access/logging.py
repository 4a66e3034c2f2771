"""What AWS says of a bucket's server access logging, and of the bucket that takes the logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from logkeep.access import bucket
from logkeep.access.bucket import Bucket, of_bucket
from logkeep.access.default_encryption import default_encryption
from logkeep.fleet.naming import regional_bucket
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts, map_look, remembered, seen
from logkeep.sources.s3_access.options import AccessLogs, AccessOptions
from logkeep.value import Absent, AccountId, Look, Region, Seen, Unseen

LOGGING: Final = "s3:GetBucketLogging"
LOCK: Final = "s3:GetObjectLockConfiguration"
OF_TARGET: Final = (
    *("s3:GetBucketLocation", "s3:GetBucketPolicy", "s3:GetBucketOwnershipControls"),
    *("s3:GetBucketEncryption", "s3:GetBucketRequestPayment", "s3:GetBucketAcl"),
    *(LOCK, LOGGING, "s3:GetBucketTagging"),
)
"""All that is asked about a bucket which takes access logs."""
_STEPS_MAX: Final = 8
"""How far it is followed which bucket logs into which."""
_DELIVERY_GROUP: Final = "http://acs.amazonaws.com/groups/s3/LogDelivery"


class Partitioned(msgspec.Struct, frozen=True, rename="pascal"):
    """The key layout with a folder for each bucket and day (rule 9.7)."""

    partition_date_source: str = "DeliveryTime"


class KeyFormat(msgspec.Struct, frozen=True, rename="pascal"):
    """How the keys of the logs are laid out (rule 9.7)."""

    partitioned_prefix: Partitioned | None = None


class Enabled(msgspec.Struct, frozen=True, rename="pascal"):
    """Where a bucket's access logs go."""

    target_bucket: str
    target_prefix: str = ""
    target_object_key_format: KeyFormat | None = None

    @property
    def is_partitioned(self) -> bool:
        """Whether the keys have folders."""
        found = self.target_object_key_format
        return found is not None and found.partitioned_prefix is not None


class LoggingAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3:GetBucketLogging; a bucket that does not log says nothing."""

    logging_enabled: Enabled | None = None


class DefaultRetention(msgspec.Struct, frozen=True, rename="pascal"):
    """What Object Lock stamps on new objects."""

    mode: str = ""


class LockRule(msgspec.Struct, frozen=True, rename="pascal"):
    """The rule of a bucket's Object Lock."""

    default_retention: DefaultRetention | None = None


class Lock(msgspec.Struct, frozen=True, rename="pascal"):
    """A bucket's Object Lock."""

    object_lock_enabled: str = ""
    rule: LockRule | None = None


class LockAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3:GetObjectLockConfiguration."""

    object_lock_configuration: Lock = Lock()


def location_ask(facts: Facts, account: AccountId, name: str) -> Ask:
    """The question where a bucket lies, put before that is known."""
    return of_bucket(facts, "s3:GetBucketLocation", Bucket(name, account, facts.fleet.home_region))


@remembered
def placed(facts: Facts, account: AccountId, name: str) -> Look[Bucket]:
    """A bucket of an account with the Region it lies in."""
    at = Bucket(name, account, facts.fleet.home_region)
    look = bucket.region(facts, at)
    return map_look(look, lambda region: Bucket(name, account, region))


def logging(facts: Facts, source: Bucket) -> Look[Enabled | None]:
    """Where a bucket's access logs go; None where they go nowhere."""
    look = facts.look(of_bucket(facts, LOGGING, source), LoggingAnswer)
    return map_look(look, lambda answer: answer.logging_enabled)


@remembered
def comes_back(facts: Facts, at: Bucket) -> Look[bool]:
    """Whether a bucket's access logs make it log again: into itself, or by way of others."""
    passed, look = [at], logging(facts, at)
    while isinstance(look, Seen) and look.value is not None and len(passed) < _STEPS_MAX:
        name = look.value.target_bucket
        if name in {each.name for each in passed}:
            return Seen(name == at.name)
        passed.append(Bucket(name, at.account, at.region))
        look = logging(facts, passed[-1])
    if isinstance(look, Seen) and look.value is not None:
        return Unseen("where the logs end", f"more than {_STEPS_MAX} buckets log one into the next")
    is_gone = isinstance(look, Absent) and len(passed) > 1
    return Seen(False) if isinstance(look, Seen) or is_gone else look


def chain_asks(facts: Facts, at: Bucket) -> Iterator[Ask]:
    """The questions that tell whether a bucket's access logs come back to it."""
    for _ in range(_STEPS_MAX):
        yield of_bucket(facts, LOGGING, at)
        enabled = seen(logging(facts, at))
        if enabled is None or enabled.target_bucket == at.name:
            return
        at = Bucket(enabled.target_bucket, at.account, at.region)


@remembered
def logging_buckets(facts: Facts, logs: AccessLogs, account: AccountId) -> Look[tuple[str, ...]]:
    """The buckets of an account that are to log; those that take the logs do not."""
    names = bucket.owned_names(facts, account)
    if not isinstance(names, Seen):
        return names
    wanted = sorted(name for name in names.value if logs.options.takes(name))
    targets = _targets(facts, logs.options, account, tuple(wanted))
    return Seen(tuple(name for name in wanted if name not in targets))


class _FlatPlaces(msgspec.Struct, frozen=True):
    """Which buckets of a Region log under which target and prefix by keys that do not name them."""

    loggers: dict[tuple[str, str], list[str]]
    unseen: Unseen | None = None
    """Why it could not be seen of one of them."""


@remembered
def _flat_places(
    facts: Facts, options: AccessOptions, account: AccountId, region: Region
) -> _FlatPlaces:
    loggers: dict[tuple[str, str], list[str]] = {}
    unseen = None
    for name in sorted(filter(options.takes, seen(bucket.owned_names(facts, account)) or ())):
        at = placed(facts, account, name)
        look = _logging_in(facts, at.value, region) if isinstance(at, Seen) else at
        if isinstance(look, Unseen):
            unseen = unseen or look
        enabled = seen(look)
        if enabled is not None and not enabled.is_partitioned:
            place = (enabled.target_bucket, enabled.target_prefix)
            loggers.setdefault(place, []).append(name)
    return _FlatPlaces(loggers, unseen)


def _logging_in(facts: Facts, at: Bucket, region: Region) -> Look[Enabled | None]:
    """Where a bucket of a Region logs; one of another Region cannot log there (rule 9.1)."""
    return logging(facts, at) if at.region == region else Seen(None)


def is_shared(facts: Facts, options: AccessOptions, source: Bucket, enabled: Enabled) -> Look[bool]:
    """Whether another bucket's logs have keys like this one's: a flat key names no bucket (9.7)."""
    if enabled.is_partitioned:
        return Seen(False)
    found = _flat_places(facts, options, source.account, source.region)
    here = found.loggers.get((enabled.target_bucket, enabled.target_prefix), [])
    if any(name != source.name for name in here[:2]):
        return Seen(True)
    return found.unseen or Seen(False)


def _targets(
    facts: Facts, options: AccessOptions, account: AccountId, names: tuple[str, ...]
) -> frozenset[str]:
    """The buckets that others of the account log into, or will (rule 9.1: it logs not itself)."""
    found: set[str] = {options.target} - {""}
    for name in names:
        at = seen(placed(facts, account, name))
        if at is None:
            continue
        found.add(made_name(facts, account, at.region))
        enabled = seen(logging(facts, at))
        if enabled is not None and seen(comes_back(facts, at)) is not True:
            found.add(enabled.target_bucket)
    return frozenset(found)


def made_name(facts: Facts, account: AccountId, region: Region) -> str:
    """The name of the bucket that takes an account's access logs of a Region, if made by us."""
    start = f"{facts.fleet.name}-access"
    return regional_bucket(start, account, region) or f"{start}-logs-{account}-{region}"


def target_of(facts: Facts, options: AccessOptions, source: Bucket) -> Bucket:
    """The bucket that takes a bucket's logs: the one named, the one in use, else one of ours."""
    name = (
        options.target or _in_use(facts, source) or made_name(facts, source.account, source.region)
    )
    return Bucket(name, source.account, source.region)


def _in_use(facts: Facts, source: Bucket) -> str:
    """The target that a bucket has; one from which its logs come back is none (rule 9.1)."""
    enabled = seen(logging(facts, source))
    if enabled is None or seen(comes_back(facts, source)) is True:
        return ""
    return enabled.target_bucket


def wanted(facts: Facts, options: AccessOptions, source: Bucket) -> Enabled:
    """The setting that a bucket has where it logs to its target, else the one it is to get."""
    target = target_of(facts, options, source)
    enabled = seen(logging(facts, source))
    if enabled is not None and enabled.target_bucket == target.name:
        return enabled
    start = f"{options.prefix}/" if options.prefix else ""
    if options.partitioned:
        return Enabled(target.name, start, KeyFormat(Partitioned()))
    return Enabled(target.name, f"{start}{source.name}/")


def logs_into(facts: Facts, source: Bucket, target: Bucket) -> bool:
    """Whether a bucket is seen to log into a target that is seen to be there."""
    enabled = seen(logging(facts, source))
    there = seen(bucket.owned_names(facts, target.account)) or frozenset[str]()
    return enabled is not None and enabled.target_bucket == target.name and target.name in there


def is_as_wanted(facts: Facts, options: AccessOptions, source: Bucket) -> bool:
    """Whether a bucket is seen to log into its target."""
    enabled = seen(logging(facts, source))
    return enabled is not None and enabled == wanted(facts, options, source)


def lock(facts: Facts, target: Bucket) -> Look[str]:
    """Whether Object Lock is on."""
    look = facts.look(of_bucket(facts, LOCK, target), LockAnswer)
    if isinstance(look, Absent):
        return Seen("off")
    return map_look(look, lambda answer: _lock(answer.object_lock_configuration))


def _lock(found: Lock) -> str:
    if found.object_lock_enabled != "Enabled":
        return "off"
    retained = found.rule is not None and found.rule.default_retention is not None
    return "on, with a default retention" if retained else "on"


def encryption(facts: Facts, target: Bucket) -> Look[str]:
    """The default encryption; every bucket has at least SSE-S3 (rule 2.2.1)."""
    return map_look(default_encryption(facts, target), lambda default: default.algorithm)


def acl_lets_in(facts: Facts, target: Bucket) -> Look[bool]:
    """Whether the ACL lets the log delivery group write and look (rule 9.2, model 2)."""
    ownership = bucket.ownership(facts, target)
    if not isinstance(ownership, Seen):
        return ownership
    if ownership.value == "BucketOwnerEnforced":
        return Seen(False)
    return map_look(bucket.acl(facts, target), _group_writes)


def _group_writes(answer: bucket.AclAnswer) -> bool:
    given = {e.permission for e in answer.grants if e.grantee.uri == _DELIVERY_GROUP}
    return "FULL_CONTROL" in given or {"WRITE", "READ_ACP"} <= given
