"""How do uploads into the archive have to be encrypted: by default, or by their header?

The default encrypts what says nothing; a Deny refuses a wrong header, or none (rules 2.2.3, 2.2.4).
AWS services are left out of the Deny, as some of them send none (rule 2.2.12).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from logkeep.access import bucket, key
from logkeep.access.bucket import Bucket, of_bucket
from logkeep.access.uploads import default_of, key_arn
from logkeep.policy import Unread
from logkeep.route import Denies, Hop, Is, Need
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Setting, Write
from logkeep.storage.bucket import AES256, DSSE, KMS, WITH_KEY, Default
from logkeep.storage.headers import SSE
from logkeep.value import Absent, Json, Look, Seen, Unseen

PUT: Final = "s3:PutBucketEncryption"
HEADER: Final = f"s3:{SSE}"
PERSONS: Final = ("aws:PrincipalIsAWSService", "false")
WRONG: Final = ("StringNotEquals", HEADER, KMS)
GIVEN: Final = ("Null", HEADER, "false")
"""Without it a Deny of a wrong header denies what has none, too (rule 2.2.4)."""


def needs(facts: Facts) -> Iterator[Need]:
    """What the fleet file asks of the archive's encryption."""
    way, arn = facts.fleet.archive.encryption, facts.fleet.bucket_arn
    if not way:
        return
    # Until the key is there nothing can name it.
    is_there = not isinstance(key.described(facts), Absent)
    named = under(key.arn(facts)) if is_there else None
    yield Is("bucket.encryption", named, "default-encryption-off", "protected")
    condition = (WRONG, *((GIVEN,) if way == "default" else ()), ("Bool", *PERSONS))
    asked = [((HEADER, wrong),) for wrong in (AES256, DSSE)]
    for sent in ([()] if way == "forced" else []) + asked:
        yield Denies(
            ("s3:PutObject",),
            f"{arn}/*",
            (),
            "encryption-unforced",
            context=(PERSONS, *sent),
            without=() if sent else (HEADER,),
            condition=condition,
            closes=(f"{arn}/*",),
        )


def under(arn: str) -> str:
    """A default encryption under a key, as it is compared."""
    return f"{KMS} under {arn}"


def _read(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    at = Bucket(bucket.name_of(hop.arn), hop.account, hop.region)
    default = default_of(facts, at)
    if isinstance(default, Unread):
        return Unseen(default.call, default.error)
    return Seen(_said(facts, at, default))


def _said(facts: Facts, at: Bucket, default: Default) -> str:
    if default.algorithm not in WITH_KEY:
        return default.algorithm
    arn = key_arn(default.key, at, at.account)
    own, alias = seen(key.described(facts)), facts.fleet.archive.key
    if own is not None and (arn == own.arn or arn.endswith(f":{alias}")):
        arn = own.arn
    return f"{default.algorithm} under {arn or 'the AWS managed key aws/s3'}"


def _write(facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    """A default under the archive's key; whether Bucket Keys are used, and what is blocked, stays.

    Without an answer that says otherwise a new default under a key has none: policies that name
    objects in the encryption context would break (rule 2.2.9).
    """
    at = Bucket(bucket.name_of(hop.arn), hop.account, hop.region)
    rule = _rule_before(facts, at)
    algorithm, _, arn = str(value).partition(" under ")
    named = {"KMSMasterKeyID": arn} if arn else {}
    rule["ApplyServerSideEncryptionByDefault"] = {"SSEAlgorithm": algorithm, **named}
    arguments: dict[str, Json] = {
        "Bucket": at.name,
        "ExpectedBucketOwner": at.account,
        "ServerSideEncryptionConfiguration": {"Rules": [rule]},
    }
    return (Write(hop.arn, hop.account, hop.region, PUT, arguments),)


class _Rules(msgspec.Struct, frozen=True, rename="pascal"):
    rules: tuple[dict[str, Json], ...] = ()


class _Answer(msgspec.Struct, frozen=True, rename="pascal"):
    server_side_encryption_configuration: _Rules = _Rules()


def _rule_before(facts: Facts, at: Bucket) -> dict[str, Json]:
    look = facts.look(of_bucket(facts, "s3:GetBucketEncryption", at), _Answer)
    rules = look.value.server_side_encryption_configuration.rules if isinstance(look, Seen) else ()
    return dict(rules[0]) if rules else {}


SETTINGS: Final = {"bucket.encryption": Setting(_read, _write, (AES256,))}
