"""Breaking trails by calls that no single need's fault knows: other buckets, keys, full houses."""

from __future__ import annotations

from typing import cast

import msgspec

from logkeep.access.policies.speaking import of_archive
from logkeep.lab.breaking.buckets import created
from logkeep.lab.breaking.calls import Breakage, CannotBreak, fault_of, policy_text, policy_write
from logkeep.lab.breaking.documents import allow, archive_root, document
from logkeep.policy.write import statements
from logkeep.snapshot.change import made
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Write
from logkeep.sources.cloudtrail.settings import logs_of
from logkeep.sources.cloudtrail.spoil import ELSEWHERE
from logkeep.sources.cloudtrail.trails import Trail, adopted, leader, selectors
from logkeep.sources.cloudtrail.widening import VALUES_MAX
from logkeep.value import AccountId, Arn, Json, arn_name

SERVICE: Json = {"Service": "cloudtrail.amazonaws.com"}


def _trail(facts: Facts, account: AccountId) -> Trail:
    logs = logs_of(facts, account)
    trail = seen(adopted(facts, logs, account)) if logs else None
    if trail is None:
        raise CannotBreak("the account has no trail into the archive")
    return trail


def _on_trail(trail: Trail, account: AccountId, call: str, **arguments: Json) -> Write:
    named: dict[str, Json] = {"Name": trail.arn, **arguments}
    return Write(trail.arn, account, trail.home_region, f"cloudtrail:{call}", named)


def _other_bucket(facts: Facts) -> tuple[Write, ...]:
    """Another bucket of the archive's account, open to CloudTrail (rule 1.4.2)."""
    fleet = facts.fleet
    arn = f"arn:{fleet.partition}:s3:::{ELSEWHERE}"
    check = allow(SERVICE, "s3:GetBucketAcl", arn)
    text = document(check, allow(SERVICE, "s3:PutObject", f"{arn}/*"))
    place = (arn, fleet.archive.account, fleet.home_region)
    return (
        created(place, ELSEWHERE),
        Write(*place, "s3:PutBucketPolicy", {"Bucket": ELSEWHERE, "Policy": text}),
    )


def _elsewhere(facts: Facts, account: AccountId) -> Breakage:
    trail = _trail(facts, account)
    point = _on_trail(trail, account, "UpdateTrail", S3BucketName=ELSEWHERE)
    back = _on_trail(trail, account, "UpdateTrail", S3BucketName=trail.s3_bucket_name)
    says = f"`{trail.name}` writes to `{ELSEWHERE}`"
    return Breakage(says, (*_other_bucket(facts), point), (back,))


def _without_global(facts: Facts, account: AccountId) -> Breakage:
    """Only a trail of one Region can leave them out (CloudTrail API, UpdateTrail)."""
    trail = _trail(facts, account)
    flags = ("IsMultiRegionTrail", "IncludeGlobalServiceEvents")
    off = _on_trail(trail, account, "UpdateTrail", **dict.fromkeys(flags, False))
    on = _on_trail(trail, account, "UpdateTrail", **dict.fromkeys(flags, True))
    return Breakage(f"`{trail.name}` is of one Region, without global services", (off,), (on,))


def _no_key(facts: Facts, account: AccountId) -> Breakage:
    trail = _trail(facts, account)
    off = _on_trail(trail, account, "UpdateTrail", KmsKeyId="")
    back = _on_trail(trail, account, "UpdateTrail", KmsKeyId=trail.kms_key_id)
    return Breakage(f"`{trail.name}` names no key", (off,), (back,))


def _wrong_key(facts: Facts, account: AccountId) -> Breakage:
    trail = _trail(facts, account)
    owner, region = facts.fleet.archive.account, facts.fleet.archive_region
    policy = document(allow(archive_root(facts), "kms:*"), allow(SERVICE, "kms:*"))
    arn = f"arn:{facts.fleet.partition}:kms:{region}:{owner}:key/{made('other-key')}"
    create = Write(arn, owner, region, "kms:CreateKey", {"Policy": policy}, makes="other-key")
    point = _on_trail(trail, account, "UpdateTrail", KmsKeyId=arn)
    back = _on_trail(trail, account, "UpdateTrail", KmsKeyId=trail.kms_key_id)
    return Breakage(f"`{trail.name}` names another key, which allows it", (create, point), (back,))


def _doubled(facts: Facts, account: AccountId) -> Breakage:
    """A second trail where global events are recorded (rule 1.11.1), which a statement lets in."""
    home = leader(facts)
    like = msgspec.structs.replace(_trail(facts, account), home_region=home)
    arn = f"arn:{facts.fleet.partition}:cloudtrail:{home}:{account}:trail/second"
    policy = policy_text(facts, of_archive(facts, "bucket"))
    document = cast(dict[str, Json], msgspec.json.decode(policy))
    itself: Json = {"Condition": {"StringEquals": {"aws:SourceArn": arn}}}
    writes: Json = {**allow(SERVICE, "s3:PutObject", f"{facts.fleet.bucket_arn}/*"), **itself}
    looks: Json = {**allow(SERVICE, "s3:GetBucketAcl", facts.fleet.bucket_arn), **itself}
    opened = {**document, "Statement": [*statements(document), writes, looks]}
    return Breakage(
        "a second trail, `second`, brings global events into the archive too",
        (
            policy_write(facts, of_archive(facts, "bucket"), msgspec.json.encode(opened).decode()),
            _of_trail(account, like, "CreateTrail", arn, S3BucketName=like.s3_bucket_name),
            _of_trail(account, like, "StartLogging", arn),
        ),
        (
            _of_trail(account, like, "DeleteTrail", arn),
            policy_write(facts, of_archive(facts, "bucket"), policy),
        ),
    )


def _crammed(facts: Facts, account: AccountId) -> Breakage:
    """A trail's advanced selectors hold 500 values (rule 1.12.3)."""
    trail = _trail(facts, account)
    now = seen(selectors(facts, trail, account))
    if now is None:
        raise CannotBreak("the selectors of the account's trail could not be seen")
    objects = [f"arn:{facts.fleet.partition}:s3:::{ELSEWHERE}/{n}" for n in range(VALUES_MAX - 2)]
    fields: list[Json] = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
        {"Field": "resources.ARN", "Equals": objects},
    ]
    said: dict[str, Json] = msgspec.json.decode(msgspec.json.encode(now))
    back: dict[str, Json] = {name: listed for name, listed in said.items() if listed}
    cram = _selected(trail, account, AdvancedEventSelectors=[{"FieldSelectors": fields}])
    says = f"`{trail.name}` takes {len(objects)} objects of `{ELSEWHERE}` and nothing else"
    return Breakage(says, (cram,), (_selected(trail, account, **back),))


def _selected(trail: Trail, account: AccountId, **chosen: Json) -> Write:
    named: dict[str, Json] = {"TrailName": trail.arn, **chosen}
    return Write(trail.arn, account, trail.home_region, "cloudtrail:PutEventSelectors", named)


def _looped(facts: Facts, account: AccountId) -> Breakage:  # noqa: ARG001 as all others
    """Only a trail of the archive's account records what comes into the archive (rule 1.12.4)."""
    return fault_of(facts, "log-bucket-loop", facts.fleet.archive.account)


def _full(facts: Facts, account: AccountId) -> Breakage:
    """Five trails a Region (rule 1.1.9)."""
    trail = _trail(facts, account)
    arns = [f"{trail.arn.rpartition('/')[0]}/other-{number}" for number in range(1, 6)]
    five = [_of_trail(account, trail, "CreateTrail", arn, S3BucketName=ELSEWHERE) for arn in arns]
    away = tuple(_of_trail(account, trail, "DeleteTrail", arn) for arn in arns)
    delete = _on_trail(trail, account, "DeleteTrail")
    says = f"`{trail.name}` is deleted, and five trails into `{ELSEWHERE}` take every place"
    return Breakage(says, (*_other_bucket(facts), delete, *five), away, whole=False)


def _of_trail(account: AccountId, like: Trail, call: str, arn: Arn, **arguments: Json) -> Write:
    name = arn_name(arn) if call == "CreateTrail" else arn
    named: dict[str, Json] = {"Name": name, **arguments}
    return Write(arn, account, like.home_region, f"cloudtrail:{call}", named)


BY_CALLS = {
    "trail-elsewhere": _elsewhere,
    "trail-no-key": _no_key,
    "global-events-off": _without_global,
    "global-events-doubled": _doubled,
    "trail-wrong-key": _wrong_key,
    "trail-limit": _full,
    "selectors-full": _crammed,
    "log-bucket-loop": _looped,
}
"""The codes that take more than a need's own fault."""
