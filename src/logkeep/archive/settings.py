"""The settings of the archive's bucket and key: how each is read, and which call writes it."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access import bucket, key, people
from logkeep.access.bucket import (
    OwnershipAnswer,
    Payer,
    PublicAccess,
    PublicAccessAnswer,
    Versioning,
    of_bucket,
)
from logkeep.archive.lifecycle import expiry
from logkeep.route import Hop, Is
from logkeep.snapshot.facts import Facts, map_look, seen
from logkeep.snapshot.setting import Fault, Setting, Thing, Write, not_ours
from logkeep.value import Absent, Json, Look, Seen

BLOCKED = "all four flags on"
"""How Block Public Access is said to be when nothing is left open (rule 2.1.5)."""


def _bucket_write(facts: Facts, hop: Hop, call: str, **arguments: Json) -> tuple[Write, ...]:
    archive = facts.fleet.archive
    named: dict[str, Json] = {"Bucket": archive.bucket, "ExpectedBucketOwner": archive.account}
    return (Write(hop.arn, hop.account, hop.region, call, {**named, **arguments}),)


def _read_owner(facts: Facts, _hop: Hop, _need: Is) -> Look[Json]:
    return bucket.owner(facts, facts.fleet.archive.bucket)


def _read_payer(facts: Facts, _hop: Hop, _need: Is) -> Look[Json]:
    look = facts.look(of_bucket(facts, "s3:GetBucketRequestPayment"), Payer)
    return map_look(look, lambda answer: answer.payer)


def _write_payer(facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    payment = {"Payer": value}
    return _bucket_write(
        facts, hop, "s3:PutBucketRequestPayment", RequestPaymentConfiguration=payment
    )


def _read_versioning(facts: Facts, _hop: Hop, _need: Is) -> Look[Json]:
    look = facts.look(of_bucket(facts, "s3:GetBucketVersioning"), Versioning)
    return map_look(look, lambda answer: answer.status)


def _write_versioning(facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    return _bucket_write(
        facts, hop, "s3:PutBucketVersioning", VersioningConfiguration={"Status": value}
    )


def _open_flags(access: PublicAccess) -> Json:
    flags = {name: getattr(access, name) for name in access.__struct_fields__}
    off = [name for name, on in flags.items() if not on]
    return f"{', '.join(off).replace('_', ' ')} off" if off else BLOCKED


def _read_public_access(facts: Facts, _hop: Hop, _need: Is) -> Look[Json]:
    look = facts.look(of_bucket(facts, "s3:GetPublicAccessBlock"), PublicAccessAnswer)
    if isinstance(look, Absent):
        return Seen(_open_flags(PublicAccess()))
    return map_look(look, lambda answer: _open_flags(answer.public_access_block_configuration))


def _write_public_access(facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    on = value == BLOCKED
    flags = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    return _bucket_write(
        facts,
        hop,
        "s3:PutPublicAccessBlock",
        PublicAccessBlockConfiguration=dict.fromkeys(flags, on),
    )


def _read_ownership(facts: Facts, _hop: Hop, _need: Is) -> Look[Json]:
    look = facts.look(of_bucket(facts, "s3:GetBucketOwnershipControls"), OwnershipAnswer)
    if isinstance(look, Absent):
        return Seen("ObjectWriter")  # without controls the writer owns (rule 2.1.4)
    return map_look(
        look,
        lambda answer: next(
            (rule.object_ownership for rule in answer.ownership_controls.rules), "ObjectWriter"
        ),
    )


def _write_ownership(facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    return _bucket_write(
        facts,
        hop,
        "s3:PutBucketOwnershipControls",
        OwnershipControls={"Rules": [{"ObjectOwnership": value}]},
    )


def _read_expiry(facts: Facts, _hop: Hop, _need: Is) -> Look[Json]:
    return expiry(facts)


def _read_key_state(facts: Facts, _hop: Hop, _need: Is) -> Look[Json]:
    return map_look(key.described(facts), lambda found: found.key_state)


def _write_key_state(facts: Facts, hop: Hop, _value: Json) -> tuple[Write, ...]:
    """Enabling a disabled key; a deletion that is pending is cancelled first (rule 4.7)."""
    found = seen(key.described(facts))
    if found is None or found.key_state not in ("Disabled", "PendingDeletion"):
        return ()
    named: dict[str, Json] = {"KeyId": found.key_id}
    cancel = Write(hop.arn, hop.account, hop.region, "kms:CancelKeyDeletion", named)
    enable = Write(hop.arn, hop.account, hop.region, "kms:EnableKey", named)
    return (cancel, enable) if found.key_state == "PendingDeletion" else (enable,)


def _read_key_region(facts: Facts, _hop: Hop, _need: Is) -> Look[Json]:
    return map_look(key.described(facts), lambda found: found.arn.split(":")[3])


def _read_key_kind(facts: Facts, _hop: Hop, _need: Is) -> Look[Json]:
    return map_look(key.described(facts), lambda found: f"{found.key_spec} {found.key_usage}")


def _read_key_name(facts: Facts, _hop: Hop, _need: Is) -> Look[Json]:
    return Seen(facts.fleet.archive.key if key.is_named(facts) else "no alias")


def _write_key_name(facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    found = seen(key.described(facts))
    target = found.key_id if found else key.new_arn(facts).rsplit("/", 1)[-1]
    named: dict[str, Json] = {"AliasName": value, "TargetKeyId": target}
    return (Write(hop.arn, hop.account, hop.region, "kms:CreateAlias", named),)


def _find_bucket(facts: Facts, _hop: Hop) -> Look[Json]:
    return bucket.owner(facts, facts.fleet.archive.bucket)


def _make_bucket(facts: Facts, hop: Hop) -> tuple[Write, ...]:
    arguments: dict[str, Json] = {"Bucket": facts.fleet.archive.bucket}
    if hop.region != "us-east-1":  # the one Region that takes no constraint (CreateBucket, API)
        arguments["CreateBucketConfiguration"] = {"LocationConstraint": hop.region}
    if facts.fleet.archive.bucket.endswith("-an"):  # rule 10.6
        arguments["BucketNamespace"] = "account-regional"
    tags = {"TagSet": [{"Key": key.FLEET_TAG, "Value": facts.fleet.name}]}
    create = Write(hop.arn, hop.account, hop.region, "s3:CreateBucket", arguments)
    return (create, *_bucket_write(facts, hop, "s3:PutBucketTagging", Tagging=tags))


def _find_key(facts: Facts, _hop: Hop) -> Look[Json]:
    return map_look(key.described(facts), lambda found: found.arn)


def _make_key(facts: Facts, hop: Hop) -> tuple[Write, ...]:
    """A key and the alias that names it; a key given by its ARN is not Logkeep's to make."""
    if not facts.fleet.archive.key.startswith("alias/"):
        return ()
    arguments: dict[str, Json] = {
        "KeyUsage": "ENCRYPT_DECRYPT",
        "Policy": key.first_policy(facts),
        "Description": f"Logkeep's archive of {facts.fleet.name}",
        "Tags": [{"TagKey": key.FLEET_TAG, "TagValue": facts.fleet.name}],
    }
    made_key = Write(
        hop.arn, hop.account, hop.region, "kms:CreateKey", arguments, makes=key.NEW_KEY
    )
    return (made_key, *_write_key_name(facts, hop, facts.fleet.archive.key))


def _disable_key(facts: Facts, hop: Hop, need: Is) -> Iterator[Fault]:
    found = seen(key.described(facts))
    named: dict[str, Json] = {"KeyId": found.key_id if found else ""}
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
