"""The hops that every route into the archive shares: what keeps the logs, and who may read them."""

from __future__ import annotations

from logkeep.archive import bucket, key, lifecycle, organization, people
from logkeep.archive.settings import BLOCKED
from logkeep.facts import Facts, seen
from logkeep.policy import Policy, Request, admits, request
from logkeep.route import Allows, Denies, Exists, Grant, Hop, Is, Need
from logkeep.snapshot import NOT_ASKED
from logkeep.value import AccountId, Arn, Seen, Unseen, parse_arn

DELETES = ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention")
"""Rule 2.3.5: the actions by which an object goes, or its lock is lifted."""
SETTINGS = (
    "s3:PutLifecycleConfiguration",
    "s3:PutBucketVersioning",
    "s3:PutReplicationConfiguration",
    "s3:DeleteBucket",
    "s3:PutBucketPolicy",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketObjectLockConfiguration",
)
"""Rule 2.3.5: the settings by which logs could be lost."""


def bucket_hop(facts: Facts, needs: tuple[Need, ...]) -> Hop:
    """The bucket as a delivery meets it."""
    fleet = facts.fleet
    shared = facts.once("bucket needs", lambda: _of_every_bucket_hop(facts))
    return Hop(
        fleet.bucket_arn, "bucket", fleet.archive.account, fleet.archive_region, shared + needs
    )


def _of_every_bucket_hop(facts: Facts) -> tuple[Need, ...]:
    return (
        Exists("bucket", "bucket-missing"),
        Is("bucket.owner", facts.fleet.archive.account, "bucket-foreign"),
        Is("bucket.payer", "BucketOwner", "requester-pays"),
    )


def key_hop(facts: Facts, needs: tuple[Need, ...]) -> Hop:
    """The key as a delivery meets it."""
    shared = facts.once("key needs", lambda: _of_every_key_hop(facts))
    return Hop(key.arn(facts), "key", key.asker(facts), key.region(facts), shared + needs)


def _of_every_key_hop(facts: Facts) -> tuple[Need, ...]:
    return (
        Exists("key", "key-missing"),
        Is("key.state", "Enabled", "key-disabled"),
        Is("key.region", _bucket_region(facts), "key-elsewhere"),
        Is("key.kind", "SYMMETRIC_DEFAULT ENCRYPT_DECRYPT", "key-unfit"),
        *_named(facts),
    )


def _bucket_region(facts: Facts) -> str | None:
    """Where the bucket lies, or will; None where that could not be seen (rule 1.6.1)."""
    look = bucket.region(facts)
    if isinstance(look, Unseen) and look.error != NOT_ASKED:
        return None
    return look.value if isinstance(look, Seen) else facts.fleet.archive_region


def _named(facts: Facts) -> tuple[Need, ...]:
    name = facts.fleet.archive.key
    return () if parse_arn(name) else (Is("key.name", name, "key-unnamed"),)


def usual_root(facts: Facts) -> str:
    """Where the folders of accounts lie, by the fleet file."""
    prefix = facts.fleet.archive.prefix
    return f"{prefix}/AWSLogs/" if prefix else "AWSLogs/"


def protection_hop(facts: Facts, root: str = "") -> Hop:
    """The bucket as a keeper: nobody deletes, nobody loosens it, nobody reads it by accident.

    The root is where the folders of accounts lie; the fleet file's if none is given.
    """
    place = root or usual_root(facts)
    return facts.once(("protection", place), lambda: _protection_hop(facts, place))


def _protection_hop(facts: Facts, root: str) -> Hop:
    fleet = facts.fleet
    objects = f"{fleet.bucket_arn}/*"
    admins = seen(people.administrators(facts))
    insecure = (("aws:SecureTransport", "false"),)
    whole = (fleet.bucket_arn, objects)
    logs = f"{fleet.bucket_arn}/{root}*"
    forged = f"{fleet.bucket_arn}/*AWSLogs/*"
    persons = (("aws:PrincipalIsAWSService", "false"),)
    needs: tuple[Need, ...] = (
        Is("bucket.versioning", "Enabled", "bucket-unversioned", "protected"),
        Is("bucket.public-access", BLOCKED, "bucket-public", "protected"),
        Is("bucket.ownership", "BucketOwnerEnforced", "bucket-acls", "protected"),
        Is("bucket.expiry", lifecycle.NEVER, "bucket-expires", "protected"),
        Denies(DELETES, objects, (), "bucket-deletable", closes=(objects,)),
        Denies(("s3:PutObject",), logs, (), "logs-forgeable", context=persons, closes=(forged,)),
        Denies(SETTINGS, fleet.bucket_arn, admins, "settings-open", closes=(fleet.bucket_arn,)),
        Denies(("s3:*",), objects, (), "transport-open", context=insecure, closes=whole),
        Denies(("s3:*",), fleet.bucket_arn, (), "transport-open", context=insecure, closes=whole),
    )
    needs = (*needs, *_writers_apart(facts, root))
    return Hop(fleet.bucket_arn, "archive", fleet.archive.account, fleet.archive_region, needs)


def _writers_apart(facts: Facts, root: str) -> tuple[Need, ...]:
    """Whoever the bucket's policy names to write, but the declared readers, reads nothing."""
    text = seen(bucket.policy_text(facts))
    read = facts.policy(text, "resource", "bucket policy") if text else None
    if not isinstance(read, Policy):
        return ()
    logs = {_sample(facts, root, account) for account in facts.fleet.accounts.values()}
    found = [admits(read, "s3:PutObject", log) for log in logs]
    writers = frozenset[str]().union(*(each.principals | each.services for each in found))
    writers -= frozenset(facts.fleet.archive.readers or ())
    if not writers:
        return ()
    named = tuple(sorted(writers))
    return (
        Denies(
            ("s3:GetObject",),
            _sample(facts, root),
            (),
            "writer-can-read",
            by="silence",
            of=named,
        ),
    )


def _sample(facts: Facts, root: str, account: AccountId = "") -> Arn:
    """A log as it lies in the archive: an account's, else of the archive's own."""
    fleet = facts.fleet
    folder = f"{root}{account or fleet.archive.account}"
    return f"{fleet.bucket_arn}/{folder}/CloudTrail/log.json.gz"


def reader_hops(facts: Facts, root: str = "") -> tuple[Hop, ...]:
    """One hop a declared reader, and one that asks whether anybody else can decrypt."""
    place = root or usual_root(facts)
    return facts.once(("readers", place), lambda: _reader_hops(facts, place))


def _reader_hops(facts: Facts, root: str) -> tuple[Hop, ...]:
    readers = facts.fleet.archive.readers
    if readers is None:
        return ()
    others = Denies(("kms:Decrypt",), key.arn(facts), readers, "readers-too-many", by="silence")
    only = Hop(key.arn(facts), "readers", key.asker(facts), key.region(facts), (others,))
    return (*(_reader_hop(facts, reader, root) for reader in readers), only)


def _reader_hop(facts: Facts, reader: Arn, root: str) -> Hop:
    fleet = facts.fleet
    parts = parse_arn(reader)
    account = parts.account if parts else fleet.archive.account
    objects = f"{fleet.bucket_arn}/*"
    sample = _sample(facts, root)
    listing = Allows(
        as_reader(facts, reader, account, "s3:ListBucket", fleet.bucket_arn),
        "bucket",
        "the list of logs",
        Grant(
            "LogkeepList", reader, ("s3:ListBucket",), fleet.bucket_arn, fleet.bucket_arn, account
        ),
        code="reader-cannot-read",
        aspect="protected",
    )
    read = Allows(
        as_reader(facts, reader, account, "s3:GetObject", sample),
        "bucket",
        "a log",
        Grant("LogkeepRead", reader, ("s3:GetObject",), objects, objects, account),
        code="reader-cannot-read",
        aspect="protected",
    )
    decrypt = Allows(
        as_reader(facts, reader, account, "kms:Decrypt", key.arn(facts)),
        "key",
        "a log's key",
        Grant("LogkeepDecrypt", reader, ("kms:Decrypt",), "*", "*", account),
        code="reader-cannot-decrypt",
        aspect="protected",
    )
    needs: tuple[Need, ...] = (
        Exists("principal", "reader-missing", "protected"),
        listing,
        read,
        decrypt,
        *_only_reads(facts, reader, root),
    )
    return Hop(reader, "reader", account, fleet.home_region, needs)


CHANGES = ("s3:PutBucketPolicy", "s3:DeleteBucketPolicy")


def _only_reads(facts: Facts, reader: Arn, root: str) -> tuple[Need, ...]:
    """A reader changes nothing: neither logs, nor the policies that keep them."""
    actions = {
        _sample(facts, root): ("s3:PutObject", *DELETES),
        facts.fleet.bucket_arn: CHANGES,
        key.arn(facts): ("kms:PutKeyPolicy",),
    }
    return tuple(
        Denies(asked, resource, (), "reader-can-write", by="silence", of=(reader,))
        for resource, asked in actions.items()
    )


def as_reader(facts: Facts, reader: Arn, account: str, action: str, resource: Arn) -> Request:
    """What a reader asks when it opens a log: over TLS, through S3, under the log's context."""
    fleet = facts.fleet
    place = f"{fleet.home_region}:{fleet.archive.account}"
    trail = f"arn:{fleet.partition}:cloudtrail:{place}:trail/{fleet.name}"
    context = {
        "aws:SecureTransport": "true",
        "aws:PrincipalArn": reader,
        "aws:PrincipalAccount": account,
        "aws:PrincipalIsAWSService": "false",
        "kms:CallerAccount": account,
        "kms:ViaService": f"s3.{fleet.archive_region}.amazonaws.com",
        "kms:EncryptionContext:aws:cloudtrail:arn": trail,
        "kms:EncryptionContext:aws:s3:arn": f"{fleet.bucket_arn}/AWSLogs/log.json.gz",
    }
    return request(
        principal=reader,
        action=action,
        resource=resource,
        resource_account=key.account(facts) if action.startswith("kms:") else fleet.archive.account,
        context=context,
        unknown=frozenset({"*"}),
        in_management_account=organization.is_management(facts, account),
        resource_in_management_account=organization.is_management(facts, fleet.archive.account),
    )
