"""A route for each pair of buckets: the rule, the role, both keys, the destination, the objects."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access import any_bucket, bucket, key, people
from logkeep.access.bucket import Bucket
from logkeep.access.replicas import asks as both_sides
from logkeep.access.uploads import ASKED, key_asks
from logkeep.archive import lifecycle
from logkeep.archive.judged_actions import DELETES
from logkeep.archive.judged_actions import SETTINGS as LOOSENING
from logkeep.archive.settings import BLOCKED
from logkeep.archive.tags import CALL as TAGS
from logkeep.archive.tags import tagged
from logkeep.route import Arrived, Denies, Exists, Hop, Is, Need, Route, Status
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.replication import arrival, existing, intact, jobs, pairs, readers, requests
from logkeep.sources.replication.options import SOURCE, Replications
from logkeep.sources.replication.pairs import Wish, arn_of, role_of, wishes
from logkeep.sources.replication.settings import value_for
from logkeep.value import Absent, AccountId, Arn, account_of, parse_arn

SETTLE = (
    "the status that s3:HeadObject tells of the newest objects, which takes s3:GetObject on the "
    "bucket that is replicated; or a new object there, and another look after some minutes"
)

# S3's table of failures names DstBucketObjectLockConfigMissing; when the rule is set some were
# refused and others not (case RP10).
LOCK_SETTLE = (
    "the ReplicationStatus of one new object: FAILED with DstBucketObjectLockConfigMissing, or "
    "COMPLETED; or switch Object Lock on for the replica, which cannot be undone"
)


def routes(facts: Facts, logs: tuple[Replications, ...], intended: bool) -> Iterator[Route]:
    """Every route of the pairs that the fleet asks for."""
    for wish in wishes(facts, logs):
        way = _way(facts, wish, intended=intended)
        keeps = _keeping_hops(facts, wish) if wish.is_archives else ()
        place = (SOURCE, wish.source.account, wish.source.region)
        yield Route(wish.route, *place, (*way, _objects_hop(facts, wish), *keeps))
        if jobs.is_wanted_today(facts, wish):
            yield Route(wish.existing_route, *place, (*way, *existing.hops(facts, wish)))


def _role_is_to_be_made(facts: Facts, wish: Wish) -> bool:
    """Whether policies have to wait: S3 and KMS refuse one that names a role which is not there.

    "Invalid principal in policy" (S3), "one or more invalid principals" (KMS, PutKeyPolicy).
    """
    return isinstance(people.exists(facts, role_of(facts, wish.source)), Absent)


def _way(facts: Facts, wish: Wish, *, intended: bool) -> list[Hop]:
    """What each object passes, whatever sends it."""
    waits = intended and _role_is_to_be_made(facts, wish)
    source_key, replica_key = pairs.source_key(facts, wish), pairs.replica_key(facts, wish)
    in_use = source_key if replica_key else ""
    hops = [
        _source_hop(facts, wish, intended=intended),
        _role_hop(facts, wish, in_use, replica_key),
    ]
    if in_use:
        hops.append(_source_key_hop(facts, wish, in_use, waits=waits))
    hops.append(_destination_hop(facts, wish, waits=waits))
    if replica_key:
        hops.append(_replica_key_hop(facts, wish, replica_key, waits=waits))
    return hops


def _source_hop(facts: Facts, wish: Wish, *, intended: bool) -> Hop:
    """The bucket that is replicated, with its rule: pointed last."""
    needs: tuple[Need, ...] = (
        Exists("bucket", "replication-source-missing"),
        _versioned(wish, intended=intended),
        *_rule(facts, wish),
        *requests.of_source(facts, wish),
    )
    at = wish.source
    return Hop(arn_of(facts, at), "replicated bucket", at.account, at.region, needs, speaks=True)


def _versioned(wish: Wish, *, intended: bool) -> Is:
    """The archive's versions are its protection, and of one code for all routes.

    To a plan they are what S3 asks for before it takes a rule (rule 3.1.1).
    """
    if wish.is_archives:
        aspect = "configured" if intended else "protected"
        return Is("bucket.versioning", "Enabled", "bucket-unversioned", aspect)
    return Is("bucket.versioning", "Enabled", "versioning-off")


def _unversioned(facts: Facts, at: Bucket) -> str:
    """A replica that is replicated in its turn keeps no versions for either, under one code."""
    return "versioning-off" if pairs.of_source(facts, at.name) else "replica-unversioned"


def _rule(facts: Facts, wish: Wish) -> Iterator[Is]:
    """What the rule has to say (rules 3.2.4, 3.3)."""
    name, of = wish.destination.name, wish.route

    def asked(setting: str, value: str, code: str) -> Is:
        return Is(f"replication.{setting}", value_for(name, value), code, of=of)

    yield asked("rule", "Enabled", "rule-missing")
    if pairs.under_key(facts, wish):
        wanted = pairs.replica_key(facts, wish) or "a key for the replicas"
        yield asked("key", wanted, "kms-not-selected")
    takes = pairs.takes_over(facts, wish)
    if takes is not None:
        owner = "destination" if takes else "source"
        yield asked("owner", owner, "owner-keeps" if takes else "owner-taken")
    elif pairs.ownership_is_unread(facts, wish):
        yield Is("replication.owner", None, "owner-keeps", of=of)
    options = wish.options
    if options.delete_markers is not None:
        value = "replicated" if options.delete_markers else "left"
        yield asked("delete-markers", value, "delete-markers-differ")
    if options.storage_class:
        yield asked("storage-class", options.storage_class, "storage-class-differs")
    if options.time_control:
        yield asked("time-control", "on", "time-control-off")


def _role_hop(facts: Facts, wish: Wish, source_key: Arn, replica_key: Arn) -> Hop:
    role = role_of(facts, wish.source)
    needs: tuple[Need, ...] = (
        Exists("role", "replication-role-missing"),
        requests.assumes(facts, wish),
        *requests.of_role(facts, wish, source_key, replica_key),
    )
    return Hop(role, "role", account_of(role), facts.fleet.home_region, needs)


def _source_key_hop(facts: Facts, wish: Wish, arn: Arn, *, waits: bool) -> Hop:
    needs: tuple[Need, ...] = (
        Exists("key", "key-missing" if wish.is_archives else "source-key-missing"),
        Is("key.state", "Enabled", "key-disabled" if wish.is_archives else "source-key-disabled"),
        *(() if waits else requests.of_source_key(facts, wish, arn)),
    )
    return Hop(arn, "source key", key.asker(facts, arn), _region_of(arn, wish.source), needs)


def _replica_key_hop(facts: Facts, wish: Wish, arn: Arn, *, waits: bool) -> Hop:
    needs: tuple[Need, ...] = (
        Exists("key", "replica-key-missing"),
        Is("key.state", "Enabled", "replica-key-disabled"),
        Is("key.region", wish.destination.region, "replica-key-elsewhere"),
        *(() if waits else requests.of_replica_key(facts, wish, arn)),
    )
    return Hop(arn, "replica key", key.asker(facts, arn), _region_of(arn, wish.destination), needs)


def _region_of(arn: Arn, at: Bucket) -> str:
    parts = parse_arn(arn)
    return parts.region if parts and parts.region else at.region


def _destination_hop(facts: Facts, wish: Wish, *, waits: bool) -> Hop:
    """The bucket that takes the replicas, as the delivery meets it."""
    at = wish.destination
    needs: list[Need] = [
        Exists("bucket", "replica-missing"),
        Is("bucket.owner", at.account, "replica-foreign"),
        Is("bucket.versioning", "Enabled", _unversioned(facts, at)),
    ]
    if requests.is_locked(facts, wish.source):
        needs.append(Is("replication.lock", "on", "replica-unlocked", contested=LOCK_SETTLE))
    if wish.options.owner == "source" and wish.crosses:
        needs.append(Is("bucket.ownership", "ObjectWriter", "owner-taken"))
    needs += () if waits else requests.of_destination(facts, wish)
    needs += tagged(facts, at)
    return Hop(arn_of(facts, at), "replica", at.account, at.region, tuple(needs))


def _objects_hop(facts: Facts, wish: Wish) -> Hop:
    """The replicas themselves: whether the newest have come, and all are as their sources."""
    at = wish.destination
    status = Status("replication.newest", arrival.WORKS, arrival.FAILS, suffices=True)
    came = Arrived("replica-stale", None, status=status, of=wish.route, settle=SETTLE)
    needs = (came, intact.need(facts, wish))
    return Hop(arn_of(facts, at), "replicas", at.account, at.region, needs)


def _keeping_hops(facts: Facts, wish: Wish) -> tuple[Hop, ...]:
    return (_keeping_hop(facts, wish), *readers.hops(facts, wish))


def _keeping_hop(facts: Facts, wish: Wish) -> Hop:
    """The replica as a keeper: protected as the archive is (rule 2.3.5)."""
    at, arn = wish.destination, arn_of(facts, wish.destination)
    objects, whole = f"{arn}/*", (arn, f"{arn}/*")
    insecure = (("aws:SecureTransport", "false"),)
    needs: tuple[Need, ...] = (
        Is("bucket.public-access", BLOCKED, "replica-public", "protected"),
        Is("bucket.ownership", "BucketOwnerEnforced", "replica-acls", "protected"),
        Is("bucket.expiry", lifecycle.NEVER, "replica-expires", "protected"),
        Denies(tuple(DELETES), objects, (), "bucket-deletable", closes=(objects,)),
        Denies(tuple(LOOSENING), arn, keepers(facts, at.account), "settings-open", closes=(arn,)),
        Denies(("s3:*",), objects, (), "transport-open", context=insecure, closes=whole),
        Denies(("s3:*",), arn, (), "transport-open", context=insecure, closes=whole),
    )
    return Hop(arn, "replica's keeper", at.account, at.region, needs, keeps=True)


def keepers(facts: Facts, account: AccountId) -> tuple[Arn, ...] | None:
    """Who may change the replica's settings: the archive's administrators, and Logkeep there."""
    admins = seen(people.administrators(facts))
    if admins is None or account == facts.fleet.archive.account:
        return admins
    found = seen(facts.look(_caller_ask(facts, account), people.CallerIdentity))
    own = people.principal_of_session(facts, found.arn) if found else None
    return (*admins, own) if own else None


def _caller_ask(facts: Facts, account: AccountId) -> Ask:
    return ask(account, facts.fleet.home_region, "sts:GetCallerIdentity")


OF_KEEPER = ("s3:GetBucketLifecycleConfiguration",)


def wants(facts: Facts, logs: tuple[Replications, ...]) -> Iterator[Ask]:
    """Both sides of each pair, what lies in them, and who Logkeep is where a replica is kept."""
    for wish in wishes(facts, logs):
        keys = (pairs.source_key(facts, wish), pairs.replica_key(facts, wish))
        yield from both_sides(facts, wish.source.name)
        if any_bucket.find(facts, wish.source.name) is None and not wish.is_archives:
            yield bucket.head(wish.source)  # nobody lists it: whether anybody has it
        finding = () if wish.is_archives else tuple(any_bucket.asks(facts, wish.destination.name))
        yield from finding
        if any(question not in facts.snapshot.answers for question in finding):
            continue  # until it is found, whose it is and where it lies is only a guess
        yield from bucket.asks(facts, wish.destination, _about(wish))
        yield people.details_ask(facts, account_of(role_of(facts, wish.source)))
        yield from key_asks(facts, *keys)
        if wish.is_archives and wish.destination.account != facts.fleet.archive.account:
            yield _caller_ask(facts, wish.destination.account)
        yield from readers.asks(facts, wish)
        yield from arrival.asks(facts, wish)
        if jobs.is_wanted_today(facts, wish) and jobs.is_source_known(facts, wish):
            yield from jobs.asks(facts, wish)


def _about(wish: Wish) -> tuple[str, ...]:
    return (*ASKED, TAGS, *OF_KEEPER) if wish.is_archives else (*ASKED, TAGS)
