"""The hops that every route into the archive shares: what takes the logs, and what keeps them."""

from __future__ import annotations

from logkeep.access import bucket, key, people
from logkeep.archive import encrypting, lifecycle, locking, log_places
from logkeep.archive.judged_actions import DELETES, FORGES, SETTINGS
from logkeep.archive.sample import Sample
from logkeep.archive.settings import BLOCKED
from logkeep.archive.strangers import other_services_closed
from logkeep.archive.tags import tagged
from logkeep.policy import Policy, admits
from logkeep.route import Denies, Exists, Hop, Is, Need
from logkeep.snapshot import NOT_ASKED
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.value import Seen, Unseen, parse_arn


def bucket_hop(facts: Facts, needs: tuple[Need, ...]) -> Hop:
    """The bucket as a delivery meets it."""
    shared = _bucket_of_every_route(facts)
    place = (shared.arn, shared.role, shared.account, shared.region)
    return Hop(*place, shared.needs + needs + tagged(facts, bucket.archives(facts)))


@remembered
def _bucket_of_every_route(facts: Facts) -> Hop:
    fleet = facts.fleet
    needs: tuple[Need, ...] = (
        Exists("bucket", "bucket-missing"),
        Is("bucket.owner", fleet.archive.account, "bucket-foreign"),
        Is("bucket.payer", "BucketOwner", "requester-pays"),
    )
    return Hop(fleet.bucket_arn, "bucket", fleet.archive.account, fleet.archive_region, needs)


def key_hop(facts: Facts, needs: tuple[Need, ...]) -> Hop:
    """The key as a delivery meets it."""
    shared = _key_of_every_route(facts)
    return Hop(shared.arn, shared.role, shared.account, shared.region, shared.needs + needs)


@remembered
def _key_of_every_route(facts: Facts) -> Hop:
    needs: tuple[Need, ...] = (
        Exists("key", "key-missing"),
        Is("key.state", "Enabled", "key-disabled"),
        Is("key.region", _bucket_region(facts), "key-elsewhere"),
        Is("key.kind", "SYMMETRIC_DEFAULT ENCRYPT_DECRYPT", "key-unfit"),
        *_named(facts),
    )
    return Hop(key.arn(facts), "key", key.asker(facts), key.region(facts), needs)


def _bucket_region(facts: Facts) -> str | None:
    """Where the bucket lies, or will; None where that could not be seen (rule 1.6.1)."""
    look = bucket.region(facts)
    if isinstance(look, Unseen) and look.error != NOT_ASKED:
        return None
    return look.value if isinstance(look, Seen) else facts.fleet.archive_region


def _named(facts: Facts) -> tuple[Need, ...]:
    name = facts.fleet.archive.key
    return () if parse_arn(name) else (Is("key.name", name, "key-unnamed"),)


def protection_hop(
    facts: Facts,
    roots: tuple[str, ...],
    logs: tuple[Sample, ...],
    more: tuple[Need, ...] = (),
    *,
    are_all_seen: bool = False,
) -> Hop:
    """The bucket as a keeper: nobody deletes, nobody loosens it, nobody reads it by accident.

    The roots are where the folders of accounts lie, as far as it could be seen; the logs what is
    asked about; more is what the logs' own deliveries need.
    """
    own = frozenset(name for need in more if isinstance(need, Denies) for name in need.of)
    needs = (
        *_of_every_log(facts, log_places.below(roots if are_all_seen else ())),
        *(need for root in roots for need in _forging(facts, root)),
        *(need for log in logs for need in _writers_apart(facts, log)),
        *more,
        *other_services_closed(facts, own),
    )
    fleet = facts.fleet
    place = (fleet.bucket_arn, "archive", fleet.archive.account, fleet.archive_region)
    return Hop(*place, needs, keeps=True)


@remembered
def _of_every_log(facts: Facts, below: str) -> tuple[Need, ...]:
    fleet = facts.fleet
    objects = f"{fleet.bucket_arn}/*"
    admins = seen(people.setters(facts))
    insecure = (("aws:SecureTransport", "false"),)
    whole = (fleet.bucket_arn, objects)
    return (
        Is("bucket.versioning", "Enabled", "bucket-unversioned", "protected"),
        Is("bucket.public-access", BLOCKED, "bucket-public", "protected"),
        Is("bucket.ownership", "BucketOwnerEnforced", "bucket-acls", "protected"),
        Is("bucket.expiry", lifecycle.NEVER, "bucket-expires", "protected", of=below),
        Denies(tuple(DELETES), objects, (), "bucket-deletable", closes=(objects,)),
        Denies(
            tuple(SETTINGS), fleet.bucket_arn, admins, "settings-open", closes=(fleet.bucket_arn,)
        ),
        *encrypting.needs(facts),
        *locking.needs(facts),
        Denies(("s3:*",), objects, (), "transport-open", context=insecure, closes=whole),
        Denies(("s3:*",), fleet.bucket_arn, (), "transport-open", context=insecure, closes=whole),
    )


@remembered
def _forging(facts: Facts, root: str) -> tuple[Need, ...]:
    """No person writes where services keep their logs."""
    bucket_arn = facts.fleet.bucket_arn
    forged = f"{bucket_arn}/*AWSLogs/*"
    persons = (("aws:PrincipalIsAWSService", "false"),)
    logs = f"{bucket_arn}/{root}*"
    wanted = Denies(tuple(FORGES), logs, (), "logs-forgeable", context=persons, closes=(forged,))
    return (wanted,)


def _writers_apart(facts: Facts, log: Sample) -> tuple[Need, ...]:
    """Whoever the bucket's policy names to write a log, but the declared readers, reads it not."""
    text = seen(bucket.policy_text(facts))
    read = facts.policy(text, "resource", "bucket policy") if text else None
    if not isinstance(read, Policy):
        return ()
    found = admits(read, "s3:PutObject", log.object_arn)
    writers = (found.principals | found.services) - frozenset(facts.fleet.archive.readers or ())
    if not writers:
        return ()
    of, about = tuple(sorted(writers)), log.object_arn
    apart = Denies(
        ("s3:GetObject",), about, (), "writer-can-read", "silence", context=log.context, of=of
    )
    return (apart,)
