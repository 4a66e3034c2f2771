"""Every request that S3 makes to replicate, by the role, on both sides (rules 3.2.1 to 3.2.6).

Each is asked of the role's own policies and of the resource's, so that blame falls on one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from logkeep.access import organization
from logkeep.access.bucket import Bucket
from logkeep.access.default_encryption import bucket_key, default_encryption
from logkeep.access.policies.speaking import layers_for
from logkeep.access.service_requests import becomes, call_for, may_say, unsaid
from logkeep.access.uploads import object_lock
from logkeep.archive import locking
from logkeep.policy import Context, Possible, Request, decide
from logkeep.route import Allows, Grant
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.replication.pairs import (
    Wish,
    arn_of,
    replica_key,
    role_of,
    takes_markers,
    takes_over,
    under_key,
)
from logkeep.storage.bucket import AES256, KMS
from logkeep.storage.keys import CONTEXT, DECRYPT, ENCRYPT, GENERATE
from logkeep.storage.permitted import MAY_HOLD, ROLE_CONTEXT
from logkeep.storage.replica_headers import may_name
from logkeep.value import AccountId, Arn, account_of

SERVICE: Final = "s3.amazonaws.com"
TRUST_SID: Final = "LogkeepReplicationAssumes"
LISTS_SID: Final = "LogkeepReplicationLists"
READS_SID: Final = "LogkeepReplicationReads"
WRITES_SID: Final = "LogkeepReplicationWrites"
DELETES_SID: Final = "LogkeepReplicationDeletes"
OWNS_SID: Final = "LogkeepReplicationOwns"
DECRYPTS_SID: Final = "LogkeepReplicationDecrypts"
ENCRYPTS_SID: Final = "LogkeepReplicationEncrypts"
LISTS: Final = ("s3:GetReplicationConfiguration", "s3:ListBucket")
READS: Final = (
    "s3:GetObjectVersionForReplication",
    "s3:GetObjectVersionAcl",
    "s3:GetObjectVersionTagging",
)
WRITES: Final = ("s3:ReplicateObject", "s3:ReplicateTags")
DELETES: Final = "s3:ReplicateDelete"
READS_PLAIN: Final = "s3:GetObjectVersion"
TAGS: Final = ("s3:GetObjectVersionTagging", "s3:ReplicateTags")
TAGLESS: Final = "whether any object there carries tags, and then goes without them or not at all"
"""S3 User Guide: "Setting up permissions for live replication" has them replicated without tags,
the failure table has a reason for it, and the roles of "Replicating encrypted objects" and of
"Enabling replication for encrypted objects" lack one or both (rule 3.2.2)."""
LOCKS: Final = ("s3:GetObjectRetention", "s3:GetObjectLegalHold")
OWNS: Final = "s3:ObjectOwnerOverrideToBucketOwner"
ENCRYPTS: Final = (ENCRYPT, "kms:GenerateDataKey*", DECRYPT)
"""Where AWS's pages differ about what a replica takes all of it is granted (rule 3.2.5)."""
OBJECT: Final = "AWSLogs/object"


class Side(NamedTuple):
    """What is asked of one resource, and whose it is."""

    resource: Arn
    account: AccountId
    context: Context = ROLE_CONTEXT
    possible: Possible = ()


class GrantedRequests(NamedTuple):
    """Requests of one resource that one statement grants."""

    actions: tuple[str, ...]
    side: Side
    granted: tuple[str, ...]
    resource: Arn
    """What the role's statement names."""
    listed: tuple[tuple[str, str, str], ...] = ()


def assumes(facts: Facts, wish: Wish) -> Allows:
    """S3 becomes the role, which the role's trust has to allow."""
    role = role_of(facts, wish.source)
    account = account_of(role)
    grant = Grant(TRUST_SID, SERVICE, ("sts:AssumeRole",), role, role, account)
    call = call_for(facts, SERVICE, wish.source.account, arn_of(facts, wish.source))
    asked = becomes(facts, unsaid(call), role, may_say(call))
    return Allows(asked, "the switch into the role", grant, code="replication-role-untrusted")


def request_of(facts: Facts, role: Arn, action: str, side: Side) -> Request:
    """What a role asks of one side."""
    return Request(
        role,
        action,
        side.resource,
        side.account,
        side.context,
        MAY_HOLD,
        side.possible,
        in_management_account=organization.is_management(facts, account_of(role)),
        resource_in_management_account=organization.is_management(facts, side.account),
    )


def _lists(facts: Facts, wish: Wish) -> GrantedRequests:
    arn = arn_of(facts, wish.source)
    return GrantedRequests(LISTS, Side(arn, wish.source.account), LISTS, arn)


def _reads(facts: Facts, wish: Wish, *, locked: bool) -> GrantedRequests:
    arn = arn_of(facts, wish.source)
    granted = (*READS, *LOCKS) if locked else READS
    side = Side(f"{arn}/{_key(wish)}", wish.source.account)
    asked = (_reading(facts, wish, side), *granted[1:])
    return GrantedRequests(asked, side, granted, f"{arn}/*")


def _reading(facts: Facts, wish: Wish, side: Side) -> str:
    """s3:GetObjectVersion does for objects that no KMS key encrypts (rule 3.2.2)."""
    default = seen(default_encryption(facts, wish.source))
    if default is None or default.under_kms or under_key(facts, wish):
        return READS[0]
    return _either(facts, wish, side, READS[0], READS_PLAIN)


def _either(facts: Facts, wish: Wish, side: Side, first: str, other: str) -> str:
    """The first of two actions, but the other where only that is allowed."""
    role = role_of(facts, wish.source)
    named, instead = (request_of(facts, role, each, side) for each in (first, other))
    refused = decide(named, layers_for(facts, named)).outcome == "ImplicitlyDenied"
    passes = decide(instead, layers_for(facts, instead)).outcome == "Allowed"
    return other if refused and passes else first


def _writes(facts: Facts, wish: Wish) -> Iterator[tuple[str, GrantedRequests]]:
    arn = arn_of(facts, wish.destination)
    where = f"{arn}/{_key(wish)}"
    side = Side(where, wish.destination.account, possible=_encrypted(facts, wish))
    yield WRITES_SID, GrantedRequests(WRITES, side, WRITES, f"{arn}/*")
    if takes_markers(facts, wish):
        yield DELETES_SID, GrantedRequests((DELETES,), side, (DELETES,), f"{arn}/*")
    if takes_over(facts, wish):
        yield OWNS_SID, GrantedRequests((OWNS,), side, (OWNS,), f"{arn}/*")


def _encrypted(facts: Facts, wish: Wish) -> Possible:
    """How S3 may say that a replica is encrypted: as objects there may be that it replicates."""
    default = seen(default_encryption(facts, wish.source))
    if default is None:
        return ()
    by_key = (KMS,) if under_key(facts, wish) else ()
    return may_name({AES256, *by_key, default.algorithm}, replica_key(facts, wish))


def _key(wish: Wish) -> str:
    """The key of an object that is asked about."""
    return f"{wish.filter.prefix}{OBJECT}"


def of_role(facts: Facts, wish: Wish, source_key: Arn, replica_key: Arn) -> Iterator[Allows]:
    """What the role's own policies have to let it do."""
    role = role_of(facts, wish.source)
    locked = is_locked(facts, wish.source)
    asks = [
        (LISTS_SID, _lists(facts, wish)),
        (READS_SID, _reads(facts, wish, locked=locked)),
        *_writes(facts, wish),
        *_of_keys(facts, wish, source_key, replica_key),
    ]
    for sid, ask in asks:
        grant = Grant(
            sid, role, ask.granted, ask.resource, ask.resource, account_of(role), listed=ask.listed
        )
        for action in ask.actions:
            asked = request_of(facts, role, action, ask.side)
            code = _context_code(facts, wish, asked, "replication-role-refuses")
            doubt = _doubt(facts, wish, action)
            yield Allows(asked, sends(action), grant, code=code, policy_of=role, parted=True,
                         contested=doubt)  # fmt: skip


def _doubt(facts: Facts, wish: Wish, action: str) -> str:
    """Why S3 may not ask for this, or may do without it."""
    if action in TAGS:
        return TAGLESS
    if action == READS[0] and seen(default_encryption(facts, wish.source)) is None:
        return f"how objects there are encrypted: for some {READS_PLAIN} does"
    if action in LOCKS and seen(locking.lock(facts, wish.source)) in (locking.OFF, locking.BARE):
        return "whether any object there carries a retention or a legal hold"
    return ""


def is_locked(facts: Facts, at: Bucket) -> bool:
    """Whether a bucket is known to have Object Lock."""
    return object_lock(facts, at) is True


def of_source(facts: Facts, wish: Wish) -> Iterator[Allows]:
    """What the policy of the bucket that is replicated must not deny to the role."""
    locked = is_locked(facts, wish.source)
    for ask in (_lists(facts, wish), _reads(facts, wish, locked=locked)):
        yield from _of_resource(facts, wish, ask, "", "source-refuses")


def of_destination(facts: Facts, wish: Wish) -> Iterator[Allows]:
    """What the policy of the bucket that takes the replicas has to let the role do (3.2.3)."""
    for sid, ask in _writes(facts, wish):
        yield from _of_resource(facts, wish, ask, sid if wish.crosses else "", "replica-refuses")


def of_source_key(facts: Facts, wish: Wish, key: Arn) -> Iterator[Allows]:
    """What the policy of the source's key has to let the role do."""
    for sid, ask in _of_keys(facts, wish, key, ""):
        yield from _of_resource(facts, wish, ask, sid, "source-key-refuses")


def of_replica_key(facts: Facts, wish: Wish, key: Arn) -> Iterator[Allows]:
    """What the policy of the replicas' key has to let the role do (rule 3.2.6)."""
    for sid, ask in _of_keys(facts, wish, "", key):
        yield from _of_resource(facts, wish, ask, sid, "replica-key-refuses")


def _of_resource(
    facts: Facts, wish: Wish, ask: GrantedRequests, sid: str, code: str
) -> Iterator[Allows]:
    role = role_of(facts, wish.source)
    where = "*" if ":kms:" in ask.resource else ask.resource
    grant = Grant(sid, role, ask.granted, where, where, ask.side.account, listed=ask.listed)
    for action in ask.actions:
        asked = request_of(facts, role, action, ask.side)
        named = _context_code(facts, wish, asked, code)
        yield Allows(asked, sends(action), grant if sid else None, code=named, parted=True,
                     contested=_doubt(facts, wish, action))  # fmt: skip


def _of_keys(
    facts: Facts, wish: Wish, source_key: Arn, replica_key: Arn
) -> Iterator[tuple[str, GrantedRequests]]:
    if source_key:
        side = _under(facts, wish.source, wish, source_key)
        listed = _conditions(facts, wish.source)
        yield DECRYPTS_SID, GrantedRequests((DECRYPT,), side, (DECRYPT,), source_key, listed)
    if replica_key:
        side = _under(facts, wish.destination, wish, replica_key)
        uses = [_writing(facts, wish, side)]
        if seen(bucket_key(facts, wish.destination)) is not False:
            uses.append(DECRYPT)  # a Bucket Key is decrypted first (rule 3.2.5)
        listed = _conditions(facts, wish.destination)
        yield ENCRYPTS_SID, GrantedRequests(tuple(uses), side, ENCRYPTS, replica_key, listed)


def _writing(facts: Facts, wish: Wish, side: Side) -> str:
    """Encrypt alone was seen to do where the failure table names the other (rules 3.2.5, 12.4)."""
    return _either(facts, wish, side, GENERATE, ENCRYPT)


def _under(facts: Facts, at: Bucket, wish: Wish, key: Arn) -> Side:
    """S3's use of a key for a bucket: with a Bucket Key its context is the bucket (rule 2.2.9)."""
    arn = arn_of(facts, at)
    by_bucket = seen(bucket_key(facts, at))
    known = {"kms:ViaService": f"s3.{at.region}.amazonaws.com"}
    if by_bucket is not None:
        known[CONTEXT] = arn if by_bucket else f"{arn}/{_key(wish)}"
    return Side(key, account_of(key), ROLE_CONTEXT.with_lowered(_lowered(known)))


def _lowered(values: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in values.items()}


def _conditions(facts: Facts, at: Bucket) -> tuple[tuple[str, str, str], ...]:
    """Through S3 alone, and for this bucket, with a Bucket Key or without."""
    arn = arn_of(facts, at)
    return (
        ("StringLike", "kms:ViaService", f"s3.{at.region}.amazonaws.com"),
        ("StringLike", CONTEXT, arn),
        ("StringLike", CONTEXT, f"{arn}/*"),
    )


def _context_code(facts: Facts, wish: Wish, asked: Request, code: str) -> str:
    """Whether it is refused for its encryption context alone (case RP01)."""
    about = asked.context.get(CONTEXT.lower())
    if not isinstance(about, str):
        return code
    if decide(asked, layers_for(facts, asked)).outcome == "Allowed":
        return code
    bucket_arn, _, rest = about.partition("/")
    other = bucket_arn if rest else f"{bucket_arn}/{_key(wish)}"
    context = Context({**asked.context, CONTEXT.lower(): other})
    swapped = msgspec.structs.replace(asked, context=context)
    passes = decide(swapped, layers_for(facts, swapped)).outcome == "Allowed"
    return "context-mismatch" if passes else code


def sends(action: str) -> str:
    """What a request is called: its action alone."""
    return action.partition(":")[2]
