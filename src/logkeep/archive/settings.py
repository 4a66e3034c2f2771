"""The settings of a hop's bucket or key: how each is read, and which call writes it."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access import bucket, key, people
from logkeep.access.bucket import (
    Bucket,
    Payer,
    PublicAccess,
    PublicAccessAnswer,
    Versioning,
    of_bucket,
)
from logkeep.archive import tags
from logkeep.archive.lifecycle import NEVER, expiry
from logkeep.archive.log_places import places
from logkeep.archive.somebody import read_by_anybody
from logkeep.route import Hop, Is
from logkeep.snapshot import refused
from logkeep.snapshot.facts import Facts, map_look, seen
from logkeep.snapshot.setting import Fault, Setting, Thing, Write, not_ours
from logkeep.value import Absent, Json, Look, Seen, account_of, parse_arn

BLOCKED = "all four flags on"
"""How Block Public Access is said to be when nothing is left open (rule 2.1.5)."""


def _bucket(hop: Hop) -> Bucket:
    """The bucket of a hop, the archive's or another."""
    return Bucket(bucket.name_of(hop.arn), hop.account, hop.region)


def _bucket_write(hop: Hop, call: str, **arguments: Json) -> tuple[Write, ...]:
    at = _bucket(hop)
    named: dict[str, Json] = {"Bucket": at.name, "ExpectedBucketOwner": at.account}
    return (Write(hop.arn, hop.account, hop.region, call, {**named, **arguments}),)


def _read_owner(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    return bucket.owner(facts, _bucket(hop))


def _read_payer(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    look = facts.look(of_bucket(facts, "s3:GetBucketRequestPayment", _bucket(hop)), Payer)
    return map_look(look, lambda answer: answer.payer)


def _write_payer(_facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    payment = {"Payer": value}
    return _bucket_write(hop, "s3:PutBucketRequestPayment", RequestPaymentConfiguration=payment)


def _read_versioning(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    look = facts.look(of_bucket(facts, "s3:GetBucketVersioning", _bucket(hop)), Versioning)
    return map_look(look, lambda answer: answer.status)


def _write_versioning(facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    """A bucket that was made has no versions yet, so that what was left out then is made good."""
    untagged = _was_left_untagged(facts, hop)
    tag = tags.write(facts, hop, facts.fleet.name) if untagged else ()
    on = {"Status": value}
    return (*tag, *_bucket_write(hop, "s3:PutBucketVersioning", VersioningConfiguration=on))


def _open_flags(access: PublicAccess) -> Json:
    flags = {name: getattr(access, name) for name in access.__struct_fields__}
    off = [name for name, on in flags.items() if not on]
    return f"{', '.join(off).replace('_', ' ')} off" if off else BLOCKED


def _read_public_access(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    look = facts.look(of_bucket(facts, "s3:GetPublicAccessBlock", _bucket(hop)), PublicAccessAnswer)
    if isinstance(look, Absent):
        return Seen(_open_flags(PublicAccess()))
    return map_look(look, lambda answer: _open_flags(answer.public_access_block_configuration))


def _write_public_access(_facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    on = value == BLOCKED
    flags = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    return _bucket_write(
        hop,
        "s3:PutPublicAccessBlock",
        PublicAccessBlockConfiguration=dict.fromkeys(flags, on),
    )


def _read_ownership(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    return bucket.ownership(facts, _bucket(hop))


def _write_ownership(_facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    return _bucket_write(
        hop,
        "s3:PutBucketOwnershipControls",
        OwnershipControls={"Rules": [{"ObjectOwnership": value}]},
    )


def _read_expiry(facts: Facts, hop: Hop, need: Is) -> Look[Json]:
    everywhere = expiry(facts, _bucket(hop))
    if everywhere == Seen(NEVER) or not isinstance(everywhere, Seen):
        return everywhere  # where logs lie is worth finding out only for a rule that deletes
    return expiry(facts, _bucket(hop), places(facts, need))


def _read_key_state(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    look = key.described(facts, hop.arn)
    if isinstance(look, Absent):
        return Seen("gone")
    return map_look(look, lambda found: found.key_state)


def _write_key_state(facts: Facts, hop: Hop, _value: Json) -> tuple[Write, ...]:
    """Enabling a disabled key of the fleet's; a pending deletion is cancelled first (rule 4.7)."""
    found = seen(key.described(facts, hop.arn))
    if found is None or key.asker(facts, found.arn) != account_of(found.arn):
        return ()
    named: dict[str, Json] = {"KeyId": key.key_id(facts, found)}
    cancel = Write(hop.arn, hop.account, hop.region, "kms:CancelKeyDeletion", named)
    enable = Write(hop.arn, hop.account, hop.region, "kms:EnableKey", named)
    steps = {"Disabled": (enable,), "PendingDeletion": (cancel, enable)}
    return steps.get(found.key_state, ())


def _read_key_region(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    def region(found: key.KeyMetadata) -> Json:
        parts = parse_arn(found.arn)
        return parts.region if parts else ""

    return map_look(key.described(facts, hop.arn), region)


def _read_key_kind(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    return map_look(
        key.described(facts, hop.arn), lambda found: f"{found.key_spec} {found.key_usage}"
    )


def _read_key_name(facts: Facts, _hop: Hop, _need: Is) -> Look[Json]:
    return Seen(facts.fleet.archive.key if key.is_named(facts) else "no alias")


def _write_key_name(facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    found = seen(key.described(facts))
    target = found.key_id if found else key.new_arn(facts).rsplit("/", 1)[-1]
    named: dict[str, Json] = {"AliasName": value, "TargetKeyId": target}
    return (Write(hop.arn, hop.account, hop.region, "kms:CreateAlias", named),)


def _find_bucket(facts: Facts, hop: Hop) -> Look[Json]:
    return bucket.owner(facts, _bucket(hop))


def _make_bucket(facts: Facts, hop: Hop) -> tuple[Write, ...]:
    at = _bucket(hop)
    arguments: dict[str, Json] = {"Bucket": at.name}
    if hop.region != "us-east-1":  # the one Region that takes no constraint (CreateBucket, API)
        arguments["CreateBucketConfiguration"] = {"LocationConstraint": hop.region}
    if at.name.endswith("-an"):  # rule 10.6
        arguments["BucketNamespace"] = "account-regional"
    create = Write(hop.arn, hop.account, hop.region, "s3:CreateBucket", arguments)
    return (create, *tags.write(facts, hop, facts.fleet.name))


def _was_left_untagged(facts: Facts, hop: Hop) -> bool:
    """Whether a bucket has neither tags nor a policy, as when apply was killed after making it."""
    answers = facts.snapshot.answers
    asked = (of_bucket(facts, call, _bucket(hop)) for call in SAYS_NOTHING)
    return all(
        question in answers and isinstance(refused(question, answers[question]), Absent)
        for question in asked
    )


SAYS_NOTHING = (tags.CALL, "s3:GetBucketPolicy")


def _find_key(facts: Facts, hop: Hop) -> Look[Json]:
    return map_look(key.described(facts, hop.arn), lambda found: found.arn)


def _make_key(facts: Facts, hop: Hop) -> tuple[Write, ...]:
    """A key and the alias that names it; a key given by its ARN is not Logkeep's to make."""
    if not facts.fleet.archive.key.startswith("alias/"):
        return ()
    arguments: dict[str, Json] = {
        "KeyUsage": "ENCRYPT_DECRYPT",
        "Policy": key.first_policy(facts),
        "Description": f"Logkeep's archive of {facts.fleet.name}",
        "Tags": [
            {"TagKey": key.FLEET_TAG, "TagValue": facts.fleet.name},
            {"TagKey": key.ALIAS_TAG, "TagValue": facts.fleet.archive.key},
        ],
    }
    made_key = Write(
        hop.arn, hop.account, hop.region, "kms:CreateKey", arguments, makes=key.NEW_KEY
    )
    return (made_key, *_write_key_name(facts, hop, facts.fleet.archive.key))


def _disable_key(facts: Facts, hop: Hop, need: Is) -> Iterator[Fault]:
    found = seen(key.described(facts, hop.arn))
    named: dict[str, Json] = {"KeyId": key.key_id(facts, found) if found else ""}
    off = Write(hop.arn, hop.account, hop.region, "kms:DisableKey", named)
    yield Fault(need.code, "the key is disabled", (off,))


def _find_principal(facts: Facts, hop: Hop) -> Look[Json]:
    return people.exists(facts, hop.arn)


SETTINGS: dict[str, Setting] = {
    "bucket.owner": Setting(_read_owner, not_ours),
    "bucket.payer": Setting(_read_payer, _write_payer, ("Requester",)),
    "bucket.versioning": Setting(_read_versioning, _write_versioning, ("Suspended",)),
    "bucket.public-access": Setting(_read_public_access, _write_public_access, ("off",)),
    "bucket.ownership": Setting(_read_ownership, _write_ownership, ("ObjectWriter",)),
    "bucket.expiry": Setting(_read_expiry, not_ours),
    "archive.read-by": Setting(read_by_anybody, not_ours),
    "bucket.tag": Setting(tags.read, tags.write, spoil=tags.spoil),
    "key.state": Setting(_read_key_state, _write_key_state, spoil=_disable_key),
    "key.region": Setting(_read_key_region, not_ours),
    "key.kind": Setting(_read_key_kind, not_ours),
    "key.name": Setting(_read_key_name, _write_key_name),
}

THINGS: dict[str, Thing] = {
    "bucket": Thing(_find_bucket, _make_bucket),
    "key": Thing(_find_key, _make_key),
    "principal": Thing(_find_principal, not_ours),
}
