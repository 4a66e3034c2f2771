"""Breaking the archive and what kinds share: bucket, key, readers, the keys of log groups."""

from __future__ import annotations

from typing import cast

import msgspec

from logkeep.access import bucket, key
from logkeep.access.policies.speaking import of_archive
from logkeep.lab.breaking import asked, log_groups, underneath_archive
from logkeep.lab.breaking.buckets import expiring
from logkeep.lab.breaking.calls import Breakage, CannotBreak, policy_text, policy_write
from logkeep.lab.breaking.documents import allow, archive_root, document
from logkeep.lab.breaking.table import Break, Breaking
from logkeep.lab.kinds import lab_kinds
from logkeep.lab.organization import reads
from logkeep.policy.resource_kinds import BUCKET
from logkeep.policy.write import statements
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Write
from logkeep.value import AccountId, Arn, Json, arn_name, parse_arn

READER_POLICY = "Read"
"""The inline policy of the lab's own reader."""


def _too_long(facts: Facts, account: AccountId) -> Breakage:  # noqa: ARG001 as all others
    """A bucket's policy holds 20 KB (rule 2.1.6), and foreign statements are never removed."""
    filler = allow(archive_root(facts), "s3:GetObject", f"{facts.fleet.bucket_arn}/")
    room = BUCKET.limit - len(document(filler)) - 20
    filler["Resource"] += "x" * room
    back = policy_write(
        facts, of_archive(facts, "bucket"), policy_text(facts, of_archive(facts, "bucket"))
    )
    put = policy_write(facts, of_archive(facts, "bucket"), document(filler))
    return Breakage("somebody's statement fills the bucket's policy", (put,), (back,))


def _unlocked(facts: Facts, action: str, *calls: Write) -> tuple[Write, ...]:
    """Calls that the key's policy does not allow, between opening that policy and closing it."""
    policy = policy_text(facts, of_archive(facts, "key"))
    document = cast(dict[str, Json], msgspec.json.decode(policy))
    allowed = allow(archive_root(facts), action)
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
    fleet = facts.fleet
    if seen(bucket.region(facts)) is None:
        raise CannotBreak("the archive's bucket is not there")
    place = (fleet.bucket_arn, fleet.archive.account, fleet.archive_region)
    return expiring(place, fleet.archive.bucket, "logs")


def _reader(facts: Facts) -> tuple[str, tuple[Arn, AccountId, str]]:
    arn = next(iter(facts.fleet.archive.readers or ()), "")
    parts = parse_arn(arn)
    if parts is None or not parts.resource.startswith("role/"):
        raise CannotBreak("the fleet declares no reader that is a role")
    return arn_name(arn), (arn, parts.account, facts.fleet.home_region)


def _reads(*actions: str) -> str:
    return document({"Effect": "Allow", "Action": list(actions), "Resource": "*"})


def _reader_policy(facts: Facts, *actions: str) -> Write:
    name, place = _reader(facts)
    policy: dict[str, Json] = {"RoleName": name, "PolicyName": READER_POLICY}
    return Write(*place, "iam:PutRolePolicy", {**policy, "PolicyDocument": _reads(*actions)})


def _reader_blind(facts: Facts, account: AccountId) -> Breakage:  # noqa: ARG001 as all others
    name, _ = _reader(facts)
    less = _reader_policy(facts, "kms:Decrypt")
    return Breakage(
        f"`{name}` may only decrypt", (less,), (_reader_policy(facts, *reads(lab_kinds())),)
    )


def _reader_gone(facts: Facts, account: AccountId) -> Breakage:  # noqa: ARG001 as all others
    name, place = _reader(facts)
    named: dict[str, Json] = {"RoleName": name}
    inline = Write(*place, "iam:DeleteRolePolicy", {**named, "PolicyName": READER_POLICY})
    own: Json = {"AWS": f"arn:{facts.fleet.partition}:iam::{place[1]}:root"}
    trust = {"Effect": "Allow", "Principal": own, "Action": "sts:AssumeRole"}
    create: dict[str, Json] = {**named, "AssumeRolePolicyDocument": document(trust)}
    return Breakage(
        f"`{name}` is deleted",
        (inline, Write(*place, "iam:DeleteRole", named)),
        (Write(*place, "iam:CreateRole", create), _reader_policy(facts, *reads(lab_kinds()))),
    )


ARCHIVE = Breaking(
    breaks=(
        Break(
            "bucket-missing", "the archive's bucket is gone, with all that was in it", "underneath"
        ),
        Break(
            "bucket-foreign",
            "the archive's bucket is gone, and a stranger has taken its name",
            "underneath",
        ),
        Break("requester-pays", "the archive's bucket has Requester Pays enabled"),
        Break(
            "bucket-refuses", "the bucket's policy no longer names what delivers the account's logs"
        ),
        Break(
            "bucket-denies",
            "a Deny that Logkeep did not write in the bucket's policy stops the account's logs",
        ),
        Break(
            "header-forced",
            "a Deny asks for an encryption header that the account's logs do not have",
        ),
        Break("policy-malformed", "the bucket's policy is not valid JSON", "underneath"),
        Break(
            "policy-too-long",
            "a long statement fills the bucket's policy, and no delivering service is named",
            first="bucket-refuses",
        ),
        Break("key-missing", "the archive's key is deleted", "underneath"),
        Break("key-unnamed", "the key's alias is deleted"),
        Break("key-disabled", "the archive's key is disabled"),
        Break(
            "key-elsewhere",
            "the archive's bucket is in a different Region from its key",
            "underneath",
        ),
        Break("key-unfit", "the archive's key cannot encrypt", "underneath"),
        Break("key-refuses", "the key's policy no longer names what delivers the account's logs"),
        Break(
            "key-denies",
            "a Deny that Logkeep did not write in the key's policy stops the account's logs",
        ),
        Break("bucket-untagged", "the bucket's tags are gone"),
        Break("bucket-unversioned", "the bucket's versioning is suspended"),
        Break("bucket-public", "the bucket's Block Public Access is off"),
        Break("bucket-acls", "the bucket accepts ACLs again"),
        Break("bucket-expires", "a lifecycle rule deletes logs after a month"),
        Break("bucket-deletable", "the statement that stops everybody from deleting logs is gone"),
        Break(
            "logs-forgeable",
            "the statement that stops people from writing into the log folders is gone",
        ),
        Break("settings-open", "the statement that protects the bucket's settings is gone"),
        Break("transport-open", "the statement that asks for TLS is gone"),
        Break(
            "archive-open-to-strangers", "the bucket's policy lets a service write for any account"
        ),
        Break("key-endable", "the key's policy lets somebody disable and delete it"),
        Break(
            "default-encryption-off",
            "the bucket's default encryption is SSE-S3",
            asks=asked.ENCRYPTION,
        ),
        Break(
            "encryption-unforced",
            "the statement that refuses uploads with another encryption is gone",
            asks=asked.ENCRYPTION,
        ),
        Break("bucket-unlocked", "the bucket locks new logs for a day only", asks=asked.LOCK),
        Break("no-reader", "the key's policy lets nobody decrypt the logs", asks=asked.NO_READERS),
        Break("reader-missing", "a declared reader's role is deleted"),
        Break("reader-cannot-read", "a reader's own policy no longer allows the bucket"),
        Break("reader-cannot-decrypt", "the key's policy no longer names a reader"),
        Break("readers-too-many", "the key's policy lets the whole account decrypt"),
        Break("reader-can-write", "the key's policy lets a reader change it"),
        Break(
            "writer-can-read",
            "the bucket's and the key's policy let a service read the logs that it wrote",
        ),
        Break(
            "loggroup-key-disabled", "a log group of the account gets a key, which is then disabled"
        ),
        Break("loggroup-key-refuses", "a log group of the account gets a key that then refuses it"),
    ),
    by_calls={
        "policy-too-long": _too_long,
        "key-disabled": _disabled,
        "key-unnamed": _unnamed,
        "bucket-expires": _expires,
        "loggroup-key-disabled": log_groups.key_disabled,
        "loggroup-key-refuses": log_groups.key_refuses,
        "no-reader": asked.no_reader,
        "reader-missing": _reader_gone,
        "reader-cannot-read": _reader_blind,
    },
    underneath=underneath_archive.WAYS,
    check=asked.check,
)
