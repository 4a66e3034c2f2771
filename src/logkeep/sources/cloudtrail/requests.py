"""The requests that CloudTrail makes when it delivers, in their exact context (rules 1.5)."""

from __future__ import annotations

from typing import NamedTuple, cast

import msgspec

from logkeep.access import bucket, key, organization
from logkeep.access.default_encryption import bucket_key
from logkeep.access.policies.distinguish import OF_OBJECT
from logkeep.access.service_requests import call_for
from logkeep.archive.sample import Sample
from logkeep.policy import Context, Possible, Request
from logkeep.policy.service_call import ServiceCall, to_bucket, to_key
from logkeep.route import Allows, Grant, Objects
from logkeep.snapshot.facts import Facts, remembered, remembered_by, seen
from logkeep.sources.cloudtrail.evidence import Kind, evidence, folder
from logkeep.sources.cloudtrail.old_accounts import OLD_ACCOUNTS
from logkeep.sources.cloudtrail.speaker import Speaker
from logkeep.value import AccountId, Arn, Region, account_of

SERVICE = "cloudtrail.amazonaws.com"
OF_TRAIL = "kms:encryptioncontext:aws:cloudtrail:arn"
SAMPLE_SUFFIX = "A1b2C3d4E5f6G7h8"
"""Sixteen letters and digits, as the end of a log file's name has (rule 1.3)."""


_ANY = "any object"
"""Stands in an encryption context for the object that is yet to be named."""

Named = tuple[Kind, str, str]


class Delivery(NamedTuple):
    """What would be delivered of one kind in one Region at the time of the snapshot."""

    kind: Kind
    where: Objects
    arn: Arn
    """The object's."""
    folder: Arn
    """Where the account's objects of the kind lie, of whichever Region."""
    region: Region


def deliveries(facts: Facts, speaker: Speaker, region: Region) -> tuple[Delivery, ...]:
    """The log that a trail would deliver now, and the digest if it makes any."""
    start, log, digest = _samples(facts)
    made: list[Delivery] = []
    for kind, day, name in (log, digest) if speaker.validated else (log,):
        where = evidence(facts, speaker, kind, region)
        arn = f"{start}{where.prefix}{day}/{where.stem}{name}.json.gz"
        made.append(Delivery(kind, where, arn, f"{start}{folder(speaker, kind)}", region))
    return tuple(made)


def kept(facts: Facts, speaker: Speaker, region: Region | None) -> Sample:
    """The log that a trail would deliver now, as it then lies in the archive (rule 1.5.4).

    One that stands for those of all Regions does not say its own name to its key.
    """
    log = deliveries(facts, speaker, region or facts.fleet.home_region)[0].arn
    context, _ = _encryption_context(facts, speaker, log)
    said = (pair for pair in context.items() if region or pair[1] != log)
    return Sample(speaker.account, log, tuple(sorted(said)))


@remembered
def _samples(facts: Facts) -> tuple[str, Named, Named]:
    """Where objects begin; of log and digest the day's folder and how the name would end now."""
    at = facts.taken_at
    day = f"{at:%Y/%m/%d}"
    log: Named = ("log", day, f"{at:%Y%m%dT%H%MZ}_{SAMPLE_SUFFIX}")
    return f"{facts.fleet.bucket_arn}/", log, ("digest", day, f"{at:%Y%m%dT%H%M%SZ}")


def _of_trail(_facts: Facts, speaker: Speaker) -> tuple[Arn, AccountId, Arn]:
    """What is the same of all Regions and accounts that a trail speaks for."""
    return speaker.arn, speaker.owner, speaker.kms_key


def _of_root(_facts: Facts, speaker: Speaker) -> tuple[Arn, str]:
    return speaker.arn, speaker.root


def _of_asker(_facts: Facts, speaker: Speaker) -> tuple[Arn, AccountId, Arn, bool]:
    return speaker.arn, speaker.owner, speaker.kms_key, speaker.meant


@remembered_by(_of_asker)
def acl_check(facts: Facts, speaker: Speaker) -> Allows:
    """CloudTrail looks at the bucket's ACL (rule 1.5a)."""
    arn = facts.fleet.bucket_arn
    grant = Grant(
        "LogkeepCloudTrailAclCheck",
        SERVICE,
        ("s3:GetBucketAcl",),
        arn,
        arn,
        speaker.owner,
        speaker.arn,
    )
    return Allows(
        _to_bucket(facts, speaker, "s3:GetBucketAcl", arn, {}),
        "the check of the bucket's ACL",
        grant,
        formerly=() if speaker.meant else tuple(OLD_ACCOUNTS.values()),
    )


def write(facts: Facts, speaker: Speaker, delivery: Delivery) -> Allows:
    """CloudTrail puts a log file or a digest (rules 1.5b, 1.5c)."""
    same_for = ("write", speaker.arn, speaker.owner, speaker.kms_key, delivery.folder)
    asked = msgspec.structs.replace(_put(facts, speaker), resource=delivery.arn)
    grant = _write_grant(facts, speaker)
    old = OLD_ACCOUNTS.get(delivery.region)
    formerly = (old,) if old and not speaker.meant else ()
    sends = f"a {delivery.kind}"
    return Allows(asked, sends, grant, delivery.where, same_for=same_for, formerly=formerly)


def owners_write(facts: Facts, speaker: Speaker) -> Allows:
    """CloudTrail tries the owner's folder too when an organization's trail is made or changed.

    CloudTrail User Guide, "Creating a trail for an organization with the AWS CLI", lets it write
    there (rule 1.4.3); where the policy did not, CreateTrail was refused (natsukium/dotfiles#715).
    """
    own = f"{facts.fleet.bucket_arn}/{speaker.prefix}AWSLogs/{speaker.owner}/CloudTrail/check"
    asked = msgspec.structs.replace(_put(facts, speaker), resource=own)
    return Allows(asked, "the check of its owner's folder", _write_grant(facts, speaker))


@remembered_by(_of_trail)
def _put(facts: Facts, speaker: Speaker) -> Request:
    """The put of an object, of which the key is left open: all that a trail puts are like it."""
    sent = {"s3:x-amz-acl": "bucket-owner-full-control", **_encryption(speaker)}
    return _to_bucket(facts, speaker, "s3:PutObject", f"{facts.fleet.bucket_arn}/", sent)


@remembered_by(_of_root)
def _write_grant(facts: Facts, speaker: Speaker) -> Grant:
    start = f"{facts.fleet.bucket_arn}/{speaker.prefix}AWSLogs/"
    # For the day the trail is turned back into an account's own (rule 1.4.3).
    also = (f"{start}{speaker.owner}/*",) if speaker.organization else ()
    return Grant(
        "LogkeepCloudTrailWrite",
        SERVICE,
        ("s3:PutObject",),
        f"{facts.fleet.bucket_arn}/{speaker.root}*",
        f"{start}*",
        speaker.owner,
        speaker.arn,
        fixed=(("StringEquals", "s3:x-amz-acl", "bucket-owner-full-control"),),
        also=also,
    )


def _encryption(speaker: Speaker) -> dict[str, str]:
    """The headers CloudTrail sends: AES256 outright without a key (1.5.2), the key's with one."""
    if not speaker.kms_key:
        return {"s3:x-amz-server-side-encryption": "AES256"}
    return {
        "s3:x-amz-server-side-encryption": "aws:kms",
        "s3:x-amz-server-side-encryption-aws-kms-key-id": speaker.kms_key,
    }


def _to_bucket(
    facts: Facts, speaker: Speaker, action: str, resource: Arn, sent: dict[str, str]
) -> Request:
    owner = facts.fleet.archive.account
    return to_bucket(
        _call(facts, speaker),
        _context(facts, speaker, _bucket_region(facts)),
        action,
        resource,
        owner,
        sent,
        resource_in_management_account=organization.is_management(facts, owner),
    )


def _bucket_region(facts: Facts) -> Region:
    return seen(bucket.region(facts)) or facts.fleet.archive_region


@remembered_by(_of_trail)
def _call(facts: Facts, speaker: Speaker) -> ServiceCall:
    """What every request that CloudTrail makes for a trail carries (rule 1.5.1)."""
    return call_for(facts, SERVICE, speaker.owner, speaker.arn)


def _of_trail_to(
    facts: Facts, speaker: Speaker, region: Region
) -> tuple[tuple[Arn, AccountId, Arn], Region]:
    return _of_trail(facts, speaker), region


@remembered_by(_of_trail_to)
def _context(facts: Facts, speaker: Speaker, region: Region) -> Context:
    """What every request for a trail carries, made once for all its Regions and accounts."""
    return _call(facts, speaker).context(region)


@remembered_by(_of_trail)
def describe_key(facts: Facts, speaker: Speaker) -> Allows:
    """CloudTrail looks at the key when a trail is made or changed (rule 1.5e)."""
    grant = Grant(
        "LogkeepCloudTrailDescribe",
        SERVICE,
        ("kms:DescribeKey",),
        "*",
        "*",
        speaker.owner,
        speaker.arn,
    )
    ask = _to_key(facts, speaker, "kms:DescribeKey", {})
    return Allows(ask, "the check of the key", grant)


def encrypt(facts: Facts, speaker: Speaker, delivery: Delivery) -> Allows:
    """S3 asks for a data key on CloudTrail's behalf, for every object (rule 1.5d, 1.5.4)."""
    same_for = ("encrypt", speaker.arn, speaker.owner, delivery.folder)
    asked, names_object = _data_key(facts, speaker)
    if names_object:
        known = cast("Context", asked.context)
        about = known.with_lowered({OF_OBJECT: delivery.arn})
        asked = msgspec.structs.replace(asked, context=about)
    sends, grant = f"a {delivery.kind}'s data key", _encrypt_grant(facts, speaker)
    return Allows(asked, sends, grant, delivery.where, same_for=same_for)


@remembered_by(_of_trail)
def _data_key(facts: Facts, speaker: Speaker) -> tuple[Request, bool]:
    """The data key of an object, and whether its context has to name that: all else is alike."""
    context, possible = _encryption_context(facts, speaker, _ANY)
    names_object = context.get(OF_OBJECT) == _ANY
    known = {name: value for name, value in context.items() if value != _ANY}
    return _to_key(facts, speaker, "kms:GenerateDataKey", known, possible), names_object


@remembered_by(_of_trail)
def _encrypt_grant(facts: Facts, speaker: Speaker) -> Grant:
    owner = f"arn:{facts.fleet.partition}:cloudtrail:*:{speaker.owner}:trail/*"
    return Grant(
        "LogkeepCloudTrailEncrypt",
        SERVICE,
        ("kms:GenerateDataKey*",),
        "*",
        "*",
        speaker.owner,
        speaker.arn,
        listed=(("StringLike", "kms:EncryptionContext:aws:cloudtrail:arn", owner),),
    )


CONTESTED = (
    "whether CloudTrail asks for it when it delivers, or only when a trail is made or changed"
)
"""CloudTrail User Guide, "Configure AWS KMS key policies", asks kms:Decrypt for making or changing
a trail; AWS's own Security Reference Architecture delivers under a Bucket Key without it."""


def decrypt_for_bucket_key(facts: Facts, speaker: Speaker, seen_by: Objects) -> Allows:
    """S3 opens the bucket-level key on CloudTrail's behalf (rule 1.5f).

    The grant bears no condition: whether the trail's context is still sent with a Bucket Key is
    not documented (rules 1.5.4, 12.10), and AWS's own sample asks none (rule 1.6.2).
    """
    context, possible = _encryption_context(facts, speaker, facts.fleet.bucket_arn)
    grant = Grant("LogkeepCloudTrailBucketKey", SERVICE, ("kms:Decrypt",), "*", "*", speaker.owner)
    asked = _to_key(facts, speaker, "kms:Decrypt", context, possible)
    contested = "" if speaker.meant else CONTESTED
    return Allows(asked, "the bucket key", grant, seen_by, contested=contested)


def _encryption_context(
    facts: Facts, speaker: Speaker, object_arn: Arn
) -> tuple[dict[str, str], Possible]:
    """The encryption context, and what of it is open under a Bucket Key (rules 1.5.4, 12.10)."""
    uses_bucket_key = seen(bucket_key(facts))
    of_bucket = facts.fleet.bucket_arn
    if uses_bucket_key is None:
        return {}, ((OF_TRAIL, (None, speaker.arn)),)
    if uses_bucket_key:
        return {OF_OBJECT: of_bucket}, ((OF_TRAIL, (None, speaker.arn)),)
    return {OF_TRAIL: speaker.arn, OF_OBJECT: object_arn}, ()


def _to_key(
    facts: Facts,
    speaker: Speaker,
    action: str,
    context: dict[str, str],
    possible: Possible = (),
) -> Request:
    arn = key.arn(facts)
    owner = account_of(arn) or facts.fleet.archive.account
    through_s3 = f"s3.{_bucket_region(facts)}.amazonaws.com"
    # Direct service calls are thought not to carry it, but no page says so (rule 4.5).
    via: Possible = (("kms:viaservice", (None, through_s3)),)
    return to_key(
        _call(facts, speaker),
        _context(facts, speaker, key.region(facts)),
        action,
        arn,
        owner,
        {**key.own_context(facts), **context},
        (*via, *possible),
        resource_in_management_account=organization.is_management(facts, owner),
    )
