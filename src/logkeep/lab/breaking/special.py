"""Breaking by calls that no single need's fault knows: other buckets, other keys, full houses."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import msgspec

from logkeep.access import bucket, key
from logkeep.access.policies.speaking import of_archive
from logkeep.lab.breaking import cloudwatch, members
from logkeep.lab.breaking.calls import Breakage, CannotBreak, fault_of, policy_text, policy_write
from logkeep.policy.resource_kinds import BUCKET
from logkeep.policy.write import statements
from logkeep.snapshot.change import made
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Write
from logkeep.sources.cloudtrail.settings import logs_of
from logkeep.sources.cloudtrail.spoil import ELSEWHERE
from logkeep.sources.cloudtrail.trails import Trail, adopted, leader, selectors
from logkeep.sources.cloudtrail.widening import VALUES_MAX
from logkeep.value import AccountId, Arn, Json, arn_name, parse_arn

SERVICE: Json = {"Service": "cloudtrail.amazonaws.com"}
READER_POLICY = "Read"
"""The inline policy of the lab's own reader."""


def breakage(facts: Facts, code: str, account: AccountId) -> Breakage:
    """How calls bring a code about for an account; raises CannotBreak where they cannot."""
    special = SPECIAL.get(code)
    return special(facts, account) if special else fault_of(facts, code, account)


def _trail(facts: Facts, account: AccountId) -> Trail:
    logs = logs_of(facts, account)
    trail = seen(adopted(facts, logs, account)) if logs else None
    if trail is None:
        raise CannotBreak("the account has no trail into the archive")
    return trail


def _on_trail(trail: Trail, account: AccountId, call: str, **arguments: Json) -> Write:
    named: dict[str, Json] = {"Name": trail.arn, **arguments}
    return Write(trail.arn, account, trail.home_region, f"cloudtrail:{call}", named)


def _document(*statements: Json) -> str:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return msgspec.json.encode(document).decode()


def _allow(principal: Json, action: str, resource: str = "*") -> Json:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}


def _archive_root(facts: Facts) -> Json:
    owner = facts.fleet.archive.account
    return {"AWS": f"arn:{facts.fleet.partition}:iam::{owner}:root"}


def _other_bucket(facts: Facts) -> tuple[Write, ...]:
    """Another bucket of the archive's account, open to CloudTrail (rule 1.4.2)."""
    fleet = facts.fleet
    arn = f"arn:{fleet.partition}:s3:::{ELSEWHERE}"
    check = _allow(SERVICE, "s3:GetBucketAcl", arn)
    text = _document(check, _allow(SERVICE, "s3:PutObject", f"{arn}/*"))
    create: dict[str, Json] = {"Bucket": ELSEWHERE}
    if fleet.home_region != "us-east-1":
        create["CreateBucketConfiguration"] = {"LocationConstraint": fleet.home_region}
    place = (arn, fleet.archive.account, fleet.home_region)
    return (
        Write(*place, "s3:CreateBucket", create),
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
    policy = _document(_allow(_archive_root(facts), "kms:*"), _allow(SERVICE, "kms:*"))
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
    writes: Json = {**_allow(SERVICE, "s3:PutObject", f"{facts.fleet.bucket_arn}/*"), **itself}
    looks: Json = {**_allow(SERVICE, "s3:GetBucketAcl", facts.fleet.bucket_arn), **itself}
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


def _too_long(facts: Facts, account: AccountId) -> Breakage:  # noqa: ARG001 as all others
    """A bucket's policy holds 20 KB (rule 2.1.6), and foreign statements are never removed."""
    filler = _allow(_archive_root(facts), "s3:GetObject", f"{facts.fleet.bucket_arn}/")
    room = BUCKET.limit - len(_document(filler)) - 20
    filler["Resource"] += "x" * room
    back = policy_write(
        facts, of_archive(facts, "bucket"), policy_text(facts, of_archive(facts, "bucket"))
    )
    put = policy_write(facts, of_archive(facts, "bucket"), _document(filler))
    return Breakage("somebody's statement fills the bucket's policy", (put,), (back,))


def _unlocked(facts: Facts, action: str, *calls: Write) -> tuple[Write, ...]:
    """Calls that the key's policy does not allow, between opening that policy and closing it."""
    policy = policy_text(facts, of_archive(facts, "key"))
    document = cast(dict[str, Json], msgspec.json.decode(policy))
    allowed = _allow(_archive_root(facts), action)
    opened = {**document, "Statement": [*statements(document), allowed]}
    text = msgspec.json.encode(opened).decode()
    return (
        policy_write(facts, of_archive(facts, "key"), text),
        *calls,
        policy_write(facts, of_archive(facts, "key"), policy),
    )


def _on_key(facts: Facts, call: str, **arguments: Json) -> Write:
    found = seen(key.described(facts))
    if found is None:
        raise CannotBreak("the archive's key is not there")
    given: dict[str, Json] = arguments or {"KeyId": found.key_id}
    return Write(found.arn, key.account(facts), key.region(facts), f"kms:{call}", given)


def _disabled(facts: Facts, account: AccountId) -> Breakage:  # noqa: ARG001 as all others
    writes = _unlocked(facts, "kms:DisableKey", _on_key(facts, "DisableKey"))
    return Breakage("the key is disabled", writes, (_on_key(facts, "EnableKey"),))


def _unnamed(facts: Facts, account: AccountId) -> Breakage:  # noqa: ARG001 as all others
    name = facts.fleet.archive.key
    found = seen(key.described(facts))
    if parse_arn(name) or found is None:
        raise CannotBreak("the fleet names its key by its ARN, or the key is not there")
    delete = _on_key(facts, "DeleteAlias", AliasName=name)
    again = _on_key(facts, "CreateAlias", AliasName=name, TargetKeyId=found.key_id)
    return Breakage(f"`{name}` is deleted", _unlocked(facts, "kms:DeleteAlias", delete), (again,))


def _expires(facts: Facts, account: AccountId) -> Breakage:  # noqa: ARG001 as all others
    rule: Json = {
        "ID": "tidy-up",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Expiration": {"Days": 30},
    }
    fleet = facts.fleet
    if seen(bucket.region(facts)) is None:
        raise CannotBreak("the archive's bucket is not there")
    place = (fleet.bucket_arn, fleet.archive.account, fleet.archive_region)
    named: dict[str, Json] = {"Bucket": fleet.archive.bucket}
    rules: dict[str, Json] = {**named, "LifecycleConfiguration": {"Rules": [rule]}}
    return Breakage(
        "the rule `tidy-up` deletes logs after 30 days",
        (Write(*place, "s3:PutBucketLifecycleConfiguration", rules),),
        (Write(*place, "s3:DeleteBucketLifecycle", named),),
    )


def _reader(facts: Facts) -> tuple[str, tuple[Arn, AccountId, str]]:
    arn = next(iter(facts.fleet.archive.readers or ()), "")
    parts = parse_arn(arn)
    if parts is None or not parts.resource.startswith("role/"):
        raise CannotBreak("the fleet declares no reader that is a role")
    return arn_name(arn), (arn, parts.account, facts.fleet.home_region)


def _reads(*actions: str) -> str:
    return _document({"Effect": "Allow", "Action": list(actions), "Resource": "*"})


ALL_READS = (
    "s3:GetObject",
    "s3:ListBucket",
    "s3:GetBucketLocation",
    "kms:Decrypt",
    "cloudtrail:ListPublicKeys",
)


def _reader_policy(facts: Facts, *actions: str) -> Write:
    name, place = _reader(facts)
    policy: dict[str, Json] = {"RoleName": name, "PolicyName": READER_POLICY}
    return Write(*place, "iam:PutRolePolicy", {**policy, "PolicyDocument": _reads(*actions)})


def _reader_blind(facts: Facts, account: AccountId) -> Breakage:  # noqa: ARG001 as all others
    name, _ = _reader(facts)
    less = _reader_policy(facts, "kms:Decrypt")
    return Breakage(f"`{name}` may only decrypt", (less,), (_reader_policy(facts, *ALL_READS),))


def _reader_gone(facts: Facts, account: AccountId) -> Breakage:  # noqa: ARG001 as all others
    name, place = _reader(facts)
    named: dict[str, Json] = {"RoleName": name}
    inline = Write(*place, "iam:DeleteRolePolicy", {**named, "PolicyName": READER_POLICY})
    own: Json = {"AWS": f"arn:{facts.fleet.partition}:iam::{place[1]}:root"}
    trust = {"Effect": "Allow", "Principal": own, "Action": "sts:AssumeRole"}
    create: dict[str, Json] = {**named, "AssumeRolePolicyDocument": _document(trust)}
    return Breakage(
        f"`{name}` is deleted",
        (inline, Write(*place, "iam:DeleteRole", named)),
        (Write(*place, "iam:CreateRole", create), _reader_policy(facts, *ALL_READS)),
    )


SPECIAL: dict[str, Callable[[Facts, AccountId], Breakage]] = {
    "trail-elsewhere": _elsewhere,
    "trail-no-key": _no_key,
    "global-events-off": _without_global,
    "global-events-doubled": _doubled,
    "organization-access-off": members.distrusted,
    "trail-wrong-key": _wrong_key,
    "trail-limit": _full,
    "selectors-full": _crammed,
    "log-bucket-loop": _looped,
    "policy-too-long": _too_long,
    "key-disabled": _disabled,
    "key-unnamed": _unnamed,
    "bucket-expires": _expires,
    "reader-missing": _reader_gone,
    "reader-cannot-read": _reader_blind,
    "loggroup-key-disabled": cloudwatch.key_disabled,
    "loggroup-key-refuses": cloudwatch.key_refuses,
}
"""The codes that take more than a need's own fault."""
