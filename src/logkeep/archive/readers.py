"""Who may read the archive: each declared reader all of it, and nobody else any of it."""

from __future__ import annotations

import msgspec

from logkeep.access import key, organization
from logkeep.access.access_points import KEYS
from logkeep.access.now import of_now
from logkeep.access.policies.speaking import owner_of
from logkeep.archive.judged_actions import DELETES, FORGES
from logkeep.archive.sample import Sample
from logkeep.policy import Context, Request
from logkeep.route import Allows, Denies, Exists, Grant, Hop, Need
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.value import AccountId, Arn, Region, account_of, parse_arn

CHANGES = ("s3:PutBucketPolicy", "s3:DeleteBucketPolicy")


def reader_hops(facts: Facts, roots: tuple[str, ...], logs: tuple[Sample, ...]) -> tuple[Hop, ...]:
    """One hop a declared reader, and one that asks whether anybody else can decrypt the logs.

    The roots are where the folders of accounts lie: no reader writes there.
    """
    readers = facts.fleet.archive.readers
    if readers is None:
        return ()
    contexts = dict.fromkeys(log.context for log in logs)
    meant = (*readers, *facts.fleet.archive_readers)
    others = tuple(_nobody_else(facts, meant, context) for context in contexts)
    only = Hop(key.arn(facts), "readers", key.asker(facts), key.region(facts), others, keeps=True)
    return (*(_reader_hop(facts, reader, roots, logs) for reader in readers), only)


@remembered
def _nobody_else(
    facts: Facts, readers: tuple[Arn, ...], context: tuple[tuple[str, str], ...]
) -> Denies:
    arn, code = key.arn(facts), "readers-too-many"
    return Denies(("kms:Decrypt",), arn, readers, code, by="silence", context=context)


def _reader_hop(facts: Facts, reader: Arn, roots: tuple[str, ...], logs: tuple[Sample, ...]) -> Hop:
    account = account_of(reader) or facts.fleet.archive.account
    first, last = _of_any_log(facts, reader, roots, account)
    needs = (*first, *(n for log in logs for n in _of_log(facts, reader, account, log)), *last)
    return Hop(reader, "reader", account, facts.fleet.home_region, needs, keeps=True)


@remembered
def _of_any_log(
    facts: Facts, reader: Arn, roots: tuple[str, ...], account: AccountId
) -> tuple[tuple[Need, ...], tuple[Need, ...]]:
    """What a reader needs before any log, and what it may not do to any log or besides."""
    bucket_arn = facts.fleet.bucket_arn
    listing = Allows(
        _by_name(facts, reader, account, "s3:ListBucket", bucket_arn),
        "the list of logs",
        Grant("LogkeepList", reader, ("s3:ListBucket",), bucket_arn, bucket_arn, account),
        code="reader-cannot-read",
        aspect="protected",
    )
    closed = (
        *(_apart(reader, tuple(FORGES), f"{bucket_arn}/{root}*") for root in roots),
        _apart(reader, tuple(DELETES), f"{bucket_arn}/*"),
        _apart(reader, CHANGES, bucket_arn),
        _apart(reader, ("kms:PutKeyPolicy",), key.arn(facts)),
    )
    return (Exists("principal", "reader-missing", "protected"), listing), closed


def _of_log(facts: Facts, reader: Arn, account: AccountId, log: Sample) -> tuple[Need, ...]:
    """A reader gets a log and decrypts it (rule 4.8)."""
    objects = f"{facts.fleet.bucket_arn}/*"
    read = Allows(
        _by_name(facts, reader, account, "s3:GetObject", log.object_arn),
        "a log",
        Grant("LogkeepRead", reader, ("s3:GetObject",), objects, objects, account),
        code="reader-cannot-read",
        aspect="protected",
    )
    decrypt = Allows(
        as_reader(facts, reader, account, "kms:Decrypt", key.arn(facts), log.context),
        "a log's key",
        Grant("LogkeepDecrypt", reader, ("kms:Decrypt",), "*", "*", account),
        code="reader-cannot-decrypt",
        aspect="protected",
    )
    return (read, decrypt)


def _apart(reader: Arn, actions: tuple[str, ...], resource: Arn) -> Denies:
    """A reader changes nothing: neither logs, nor the policies that keep them."""
    return Denies(actions, resource, (), "reader-can-write", by="silence", of=(reader,))


ANYTHING = frozenset({"*"})


def as_reader(
    facts: Facts,
    reader: Arn,
    account: AccountId,
    action: str,
    resource: Arn,
    context: tuple[tuple[str, str], ...] = (),
) -> Request:
    """What a reader asks when it opens a log: over TLS, through S3, under the log's context."""
    owner = owner_of(facts, resource)
    # S3 takes only a key of the bucket's own Region (rule 1.6.1).
    parts = parse_arn(resource)
    region = parts.region if parts and parts.service == "kms" else ""
    known = _context(facts, reader, account, region or facts.fleet.archive_region)
    return Request(
        reader,
        action,
        resource,
        owner,
        known.with_lowered(dict(context)) if context else known,
        ANYTHING,
        in_management_account=organization.is_management(facts, account),
        resource_in_management_account=organization.is_management(facts, owner),
    )


def _by_name(facts: Facts, reader: Arn, account: AccountId, action: str, at: Arn) -> Request:
    """What a reader asks of the bucket by its name, through no access point."""
    asked = as_reader(facts, reader, account, action, at)
    return msgspec.structs.replace(asked, context=_without_points(facts, reader, account))


@remembered
def _without_points(facts: Facts, reader: Arn, account: AccountId) -> Context:
    known = _context(facts, reader, account, facts.fleet.archive_region)
    return known.with_lowered(dict.fromkeys(KEYS, ()))


@remembered
def _context(facts: Facts, reader: Arn, account: AccountId, region: Region) -> Context:
    found = seen(organization.membership(facts, account))
    return Context(
        {
            **({"aws:PrincipalOrgID": found.id} if found else {}),
            **of_now(facts),
            "aws:SecureTransport": "true",
            "aws:PrincipalArn": reader,
            "aws:PrincipalAccount": account,
            "aws:PrincipalIsAWSService": "false",
            "kms:CallerAccount": account,
            "kms:ViaService": f"s3.{region}.amazonaws.com",
        }
    )
