"""The settings of a bucket that logs and of its target: how each is read, written and spoilt."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from logkeep.access import bucket
from logkeep.access.bucket import Bucket, of_bucket
from logkeep.route import Hop, Is
from logkeep.snapshot import Ask, Reply, reply
from logkeep.snapshot.facts import Facts, map_look, seen
from logkeep.snapshot.setting import Effect, Fault, Setting, Thing, Write, not_ours
from logkeep.sources.s3_access import logging
from logkeep.sources.s3_access.logging import Enabled
from logkeep.sources.s3_access.options import options_of
from logkeep.value import Json, Look, Seen, Unseen

AES256 = "AES256"
PUT = "s3:PutBucketLogging"
DEFAULT_ENCRYPTION = "the target's default encryption"
"""What leaves a doubt although it was seen."""
PUT_LOCK = "s3:PutObjectLockConfiguration"


def _bucket(hop: Hop) -> Bucket:
    return Bucket(bucket.name_of(hop.arn), hop.account, hop.region)


def _read_target(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    look = logging.logging(facts, _bucket(hop))
    return map_look(look, lambda enabled: enabled.target_bucket if enabled else "")


def _write_target(facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    """Logging into a bucket, or off where it names none."""
    source = _bucket(hop)
    options = options_of(facts, source.account, source.name)
    enabled = logging.wanted(facts, options, source)
    if enabled.target_bucket != value:
        enabled = msgspec.structs.replace(enabled, target_bucket=value)
    return (_logging_write(hop, enabled if value else None),)


def _logging_write(hop: Hop, enabled: Enabled | None) -> Write:
    status: Json = {"LoggingEnabled": _shape(enabled)} if enabled else {}
    at = _bucket(hop)
    named: dict[str, Json] = {"Bucket": at.name, "ExpectedBucketOwner": at.account}
    return Write(hop.arn, hop.account, hop.region, PUT, {**named, "BucketLoggingStatus": status})


def _shape(enabled: Enabled) -> Json:
    shape: dict[str, Json] = msgspec.to_builtins(enabled)
    if enabled.target_object_key_format is None:
        del shape["TargetObjectKeyFormat"]
    return shape


def _into_itself(_facts: Facts, hop: Hop, _need: Is) -> Iterator[Fault]:
    """The bucket logs into itself (case SL08)."""
    looped = Enabled(_bucket(hop).name, "access-log/")
    says = "the bucket logs into itself"
    yield Fault("accesslog-loop", says, (_logging_write(hop, looped),))


def _read_back(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    return logging.comes_back(facts, _bucket(hop))


def _write_off(_facts: Facts, hop: Hop, _value: Json) -> tuple[Write, ...]:
    """A bucket that takes logs need not log: AWS's guide advises against it (rule 9.1)."""
    return (_logging_write(hop, None),)


def _read_region(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    return bucket.region(facts, _bucket(hop))


def _read_lock(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    return logging.lock(facts, _bucket(hop))


def _lock(_facts: Facts, hop: Hop, need: Is) -> Iterator[Fault]:
    """Somebody locks what comes into the target; that asks for versioning (rule 9.5)."""
    at = _bucket(hop)
    versions: dict[str, Json] = {
        "Bucket": at.name,
        "VersioningConfiguration": {"Status": "Enabled"},
    }
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    named: dict[str, Json] = {
        "Bucket": at.name,
        "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", "Rule": rule},
    }
    place = (hop.arn, hop.account, hop.region)
    writes = (
        Write(*place, "s3:PutBucketVersioning", versions),
        Write(*place, PUT_LOCK, named),
    )
    yield Fault(need.code, "Object Lock is on for the target", writes)


def _read_encryption(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    """SSE-S3 is supported; of SSE-KMS AWS's page says no, and others saw logs come (case SL03)."""
    look = logging.encryption(facts, _bucket(hop))
    if isinstance(look, Seen) and look.value != AES256:
        says = (
            f"{look.value}; AWS's guide supports SSE-S3 only, and logs have been seen to arrive "
            "under a customer managed key"
        )
        return Unseen(DEFAULT_ENCRYPTION, says)
    return look


def _read_acl(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    return logging.acl_lets_in(facts, _bucket(hop))


SETTINGS: dict[str, Setting] = {
    "accesslog.target": Setting(_read_target, _write_target, ("",), _into_itself),
    "accesslog.comes-back": Setting(_read_back, _write_off, spoil=_into_itself),
    "accesslog.target-region": Setting(_read_region, not_ours),
    "accesslog.lock": Setting(_read_lock, not_ours, spoil=_lock),
    "accesslog.encryption": Setting(_read_encryption, not_ours),
    "accesslog.acl": Setting(_read_acl, not_ours),
}


def _find_buckets(facts: Facts, hop: Hop) -> Look[Json]:
    return map_look(bucket.owned_names(facts, hop.account), lambda names: sorted(names))


THINGS: dict[str, Thing] = {"buckets": Thing(_find_buckets, not_ours)}


def _logged(facts: Facts, write: Write) -> dict[Ask, Reply]:
    at = Bucket(write.arguments["Bucket"], write.account, write.region)
    return {of_bucket(facts, logging.LOGGING, at): reply(write.arguments["BucketLoggingStatus"])}


EFFECTS: dict[str, Effect] = {PUT: _logged}


def target_code(facts: Facts, source: Bucket) -> str:
    """Which of three faults it is when a bucket does not log where it should."""
    enabled = seen(logging.logging(facts, source))
    if enabled is None:
        return "accesslog-off"
    if seen(logging.comes_back(facts, source)) is True:
        return "accesslog-loop"
    options = options_of(facts, source.account, source.name)
    wanted = logging.target_of(facts, options, source).name
    return "accesslog-off" if enabled.target_bucket == wanted else "accesslog-elsewhere"
