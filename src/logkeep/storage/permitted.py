"""Would every request of a replication pass, on both sides, and if not, with which failure code?

S3 User Guide, "Setting up permissions for live replication" and "Amazon S3 replication failure
reasons" (rules 3.2, 3.4.3, 3.4.4). In the order in which S3 needs them: the role, the source,
its key, the destination, its key.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

import msgspec

from logkeep.policy import Context, Layers, Possible, Request, Unread, decide, request
from logkeep.storage.bucket import (
    AES256,
    ENABLED,
    ENFORCED,
    FULL_CONTROL,
    SSE_C,
    UNENCRYPTED,
    WITH_KEY,
    Bucket,
    Default,
    Key,
)
from logkeep.storage.fate import Miss, ReplicationRole, Sides
from logkeep.storage.keys import (
    DECRYPT,
    ENCRYPT,
    GENERATE,
    OF_SERVICES,
    KeyAnswer,
    NoKey,
    UnknownKey,
    ask_key,
    find_key,
)
from logkeep.storage.replica_headers import may_name
from logkeep.storage.rules import Rule
from logkeep.storage.subject import Subject
from logkeep.value import AccountId, Arn

ONE_PUT_MAX: Final = 5 * 1024**3
"""Larger objects can only be written in parts."""
ROLE_CONTEXT: Final = Context({"aws:SecureTransport": "true", **OF_SERVICES})
MAY_HOLD: Final = frozenset(("*",))
"""What S3's own requests carry besides is not documented."""


class RequestRefused(msgspec.Struct, frozen=True, gc=False):
    """One request of a replication that does not pass, with AWS's failure code."""

    code: str
    reason: str
    detail: str = ""
    asked: Request | None = None
    layers: Layers | None = None


class Open(msgspec.Struct, frozen=True, gc=False):
    """One request of which it cannot be told."""

    reason: str
    unknown: tuple[str, ...]
    detail: str = ""
    asked: Request | None = None
    layers: Layers | None = None


Trouble: TypeAlias = RequestRefused | Open


def as_miss(trouble: Trouble, rule: Rule) -> Miss:
    """What stands in a replica's way."""
    is_refused = isinstance(trouble, RequestRefused)
    return Miss(
        kind="failed" if is_refused else "unknown",
        reason=trouble.reason,
        code=trouble.code if is_refused else "",
        destination=rule.destination,
        rule=rule.name,
        detail=trouble.detail,
        unknown=() if is_refused else trouble.unknown,
        asked=trouble.asked,
        layers=trouble.layers,
    )


def troubles(subject: Subject, rule: Rule, sides: Sides) -> Iterator[Trouble]:
    """Yield whatever keeps an eligible object or marker from its destination, in order."""
    fault = sides.faults.get(rule.destination)
    if fault:
        yield RequestRefused(fault, "told")
    role, destination = sides.role, sides.destinations.get(rule.destination)
    if isinstance(role, Unread):
        yield _unread("role-unread", role)
        return
    yield from _role_troubles(role, sides.source)
    yield from _source_troubles(subject, role, sides)
    if destination is None:
        yield Open("destination-unread", (f"s3:GetBucketVersioning of {rule.destination}",))
    elif isinstance(destination, Unread):
        yield _unread("destination-unread", destination)
    else:
        yield from _destination_troubles(subject, rule, role, sides, destination)


def _unread(reason: str, unread: Unread) -> Open:
    return Open(reason, (f"{unread.call}: {unread.error}",))


def may_come_for(bucket_arn: Arn, account: AccountId) -> Possible:
    """For whom S3 may say that it assumes a role: for nobody, or for the bucket (not documented).

    A trust that asks for another bucket or account is then refused, not open.
    """
    return (("aws:sourceaccount", (None, account)), ("aws:sourcearn", (None, bucket_arn)))


def _role_troubles(role: ReplicationRole, source: Bucket) -> Iterator[Trouble]:
    arn, account = role.caller.principal, role.caller.account
    if not role.exists:
        yield RequestRefused("AssumeRoleNotPermitted", "role-missing", arn)
        return
    possible = may_come_for(source.arn, source.account)
    asked = request(
        "s3.amazonaws.com", "sts:AssumeRole", arn, account, unknown=MAY_HOLD, possible=possible
    )
    layers = Layers(resource=role.trust)
    yield from _asked(asked, layers, "AssumeRoleNotPermitted", "role-trust")


def _asked(asked: Request, layers: Layers, code: str, reason: str) -> Iterator[Trouble]:
    """Yield the trouble that a request has, if any."""
    decision = decide(asked, layers)
    if decision.outcome == "Unknown":
        yield Open(reason, decision.unknown, asked=asked, layers=layers)
    elif decision.outcome != "Allowed":
        yield RequestRefused(code, reason, asked=asked, layers=layers)


def by_role(
    role: ReplicationRole, action: str, bucket: Bucket, key: str = "", may_send: Possible = ()
) -> tuple[Request, Layers]:
    """A request of the role's to a bucket, or to an object in it."""
    arn = bucket.object_arn(key) if key else bucket.arn
    who = role.caller.principal
    asked = Request(who, action, arn, bucket.account, ROLE_CONTEXT, MAY_HOLD, may_send)
    own = role.caller.layers
    layers = Layers(
        identity=own.identity,
        resource=bucket.policy,
        scps=own.scps,
        rcps=bucket.rcps,
        boundary=own.boundary,
        session=own.session,
        endpoints=own.endpoints,
        public_access=bucket.public_access,
    )
    return asked, layers


def _source_troubles(subject: Subject, role: ReplicationRole, sides: Sides) -> Iterator[Trouble]:
    source = sides.source
    # Which failure these two lead to is not documented.
    for action in ("s3:GetReplicationConfiguration", "s3:ListBucket"):
        asked, layers = by_role(role, action, source)
        if decide(asked, layers).outcome != "Allowed":
            yield Open("role-cannot-list", (f"what S3 does without {action}",), action,
                       asked, layers)  # fmt: skip
    if subject.event == "delete-marker":
        return
    yield from _read_troubles(subject, role, source)
    yield from _acl_troubles(subject, role, source)
    yield from _tag_and_lock_troubles(subject, role, source)
    yield from _source_key_troubles(subject, role, sides)


def _read_troubles(subject: Subject, role: ReplicationRole, source: Bucket) -> Iterator[Trouble]:
    """s3:GetObjectVersion does for SSE-S3 and unencrypted objects, not for SSE-KMS (3.2.2)."""
    asked, layers = by_role(role, "s3:GetObjectVersionForReplication", source, subject.key)
    found = list(_asked(asked, layers, "SrcGetObjectNotPermitted", "source-unreadable"))
    if not found:
        return
    plain, _ = by_role(role, "s3:GetObjectVersion", source, subject.key)
    if decide(plain, layers).outcome == "Allowed":
        if subject.encryption in (AES256, UNENCRYPTED):
            return
        if subject.encryption not in WITH_KEY:
            unknown = ("whether s3:GetObjectVersion does for SSE-C objects",)
            found = [Open("source-unreadable", unknown, asked=asked, layers=layers)]
    yield from found


def _acl_troubles(subject: Subject, role: ReplicationRole, source: Bucket) -> Iterator[Trouble]:
    asked, layers = by_role(role, "s3:GetObjectVersionAcl", source, subject.key)
    yield from _asked(asked, layers, "SrcGetAclNotPermitted", "source-acl-unreadable")
    if source.ownership == ENFORCED or subject.owner in ("", source.account):
        return
    if isinstance(source.ownership, Unread):
        yield _unread("owner-unread", source.ownership)
    elif isinstance(subject.owner, Unread):
        yield _unread("owner-unread", subject.owner)
    elif isinstance(subject.acl, Unread):
        yield _unread("acl-unread", subject.acl)
    elif subject.acl != FULL_CONTROL:
        # The owner has to grant READ and READ_ACP (S3 guide, "Requirements for replication").
        yield RequestRefused("SrcGetAclNotPermitted", "owner-keeps", subject.owner)


def _tag_and_lock_troubles(
    subject: Subject, role: ReplicationRole, source: Bucket
) -> Iterator[Trouble]:
    """What AWS's pages disagree about: the permissions' page and the failure table."""
    if subject.tags is None or subject.tags:
        asked, layers = by_role(role, "s3:GetObjectVersionTagging", source, subject.key)
        if decide(asked, layers).outcome != "Allowed":
            unknown = ("whether it fails or goes without its tags",)
            yield Open("tags-unreadable", unknown, "SrcGetTaggingNotPermitted", asked, layers)
    for is_there, action, codes in (
        (subject.retention, "s3:GetObjectRetention",
         "SrcGetRetentionNotPermitted or DstPutRetentionNotPermitted"),
        (subject.legal_hold, "s3:GetObjectLegalHold",
         "SrcGetLegalHoldNotPermitted or DstPutLegalHoldNotPermitted"),
    ):  # fmt: skip
        if is_there:
            asked, layers = by_role(role, action, source, subject.key)
            if decide(asked, layers).outcome != "Allowed":
                unknown = (f"whether {action} or the destination's counterpart is asked",)
                yield Open("lock-unreadable", unknown, codes, asked, layers)


def _source_key_troubles(
    subject: Subject, role: ReplicationRole, sides: Sides
) -> Iterator[Trouble]:
    if subject.encryption not in WITH_KEY:
        return
    source, default = sides.source, sides.source.default
    name = subject.kms_key or (default.key if isinstance(default, Default) else "")
    if not name and sides.keys.assumed:
        return
    if not name:
        yield Open("source-key-untold", (f"s3:HeadObject of {subject.key}",))
        return
    found = find_key(name, source.region, role.caller.account, sides.keys)
    if isinstance(found, NoKey):
        unknown = ("which failure a source key that is gone leads to",)
        yield Open("source-key-missing", unknown, found.name)
    elif isinstance(found, UnknownKey):
        yield Open("source-key-unread", found.unknown, found.name)
    else:
        under = subject.bucket_key
        if under is None and isinstance(default, Default):
            under = default.bucket_key
        answer = ask_key(found, DECRYPT, role.caller, source, subject.key, bucket_key=under)
        yield from _key_trouble(answer, found, role, "SrcGetObjectNotPermitted", "source-key")


def _key_trouble(
    answer: KeyAnswer, key: Key, role: ReplicationRole, code: str, reason: str
) -> Iterator[Trouble]:
    """Yield what a key's answer comes to: denied is no KMS code, a state is (rule 3.4.4)."""
    layers = msgspec.structs.replace(role.caller.layers, resource=key.policy, grants=key.grants)
    side = code[:3]
    if answer.reason == "key-state":
        yield RequestRefused(f"{side}KmsKeyInvalidState", f"{reason}-state", answer.detail)
    elif answer.code:
        yield RequestRefused(code, f"{reason}-refuses", key.arn, answer.asked, layers)
    elif answer.unknown:
        yield Open(f"{reason}-unread", answer.unknown, key.arn, answer.asked, layers)


def _destination_troubles(
    subject: Subject, rule: Rule, role: ReplicationRole, sides: Sides, destination: Bucket
) -> Iterator[Trouble]:
    yield from _bucket_troubles(sides.source, destination)
    if rule.account not in ("", destination.account):
        # S3 API reference, Destination: it is the owner's account; that S3 holds it to that when
        # it replicates is not said.
        unknown = (f"what S3 does where Account is {rule.account} and the owner another",)
        yield Open("destination-account", unknown, destination.account)
    if subject.event == "delete-marker":
        if rule.schema == "V1" and sides.source.account != destination.account:
            # S3 User Guide, "What does Amazon S3 replicate?": with V1 those of users are, and
            # "when replicating from a different AWS account" they are not.
            unknown = ("whether a rule without Filter sends delete markers to another account",)
            yield Open("markers-between-accounts", unknown, destination.account)
        asked, layers = by_role(role, "s3:ReplicateDelete", destination, subject.key)
        yield from _asked(asked, layers, "DstDelObjNotPermitted", "delete-refused")
        return
    yield from _write_troubles(subject, rule, role, destination)
    if subject.encryption == SSE_C:
        if isinstance(destination.blocked, Unread):
            yield _unread("blocked-unread", destination.blocked)
        elif SSE_C in destination.blocked:
            # "will fail with an HTTP 403 AccessDenied error" (S3 guide, "Blocking SSE-C").
            yield RequestRefused("DstPutObjectNotPermitted", "sse-c-blocked", destination.name)
    yield from _replica_key_troubles(subject, rule, role, sides, destination)


def _bucket_troubles(source: Bucket, destination: Bucket) -> Iterator[Trouble]:
    if isinstance(destination.exists, Unread):
        yield _unread("destination-unread", destination.exists)
    elif not destination.exists:
        yield RequestRefused("DstBucketNotFound", "destination-missing", destination.name)
        return
    if isinstance(destination.versioning, Unread):
        yield _unread("versioning-unread", destination.versioning)
    elif destination.versioning != ENABLED:
        yield RequestRefused("DstBucketUnversioned", "destination-unversioned", destination.name)
    if source.object_lock is True and destination.object_lock is False:
        yield RequestRefused("DstBucketObjectLockConfigMissing", "destination-unlocked",
                      destination.name)  # fmt: skip
    elif isinstance(source.object_lock, Unread) and destination.object_lock is not True:
        yield _unread("object-lock-unread", source.object_lock)
    elif source.object_lock is True and isinstance(destination.object_lock, Unread):
        yield _unread("object-lock-unread", destination.object_lock)


def _write_troubles(
    subject: Subject, rule: Rule, role: ReplicationRole, destination: Bucket
) -> Iterator[Trouble]:
    large = subject.size is not None and subject.size > ONE_PUT_MAX
    code = "DstMultipartInitNotPermitted" if large else "DstPutObjectNotPermitted"
    encryption = subject.encryption
    known = () if isinstance(encryption, Unread) else (encryption,)
    may_send = may_name(known, rule.replica_key)
    asked, layers = by_role(role, "s3:ReplicateObject", destination, subject.key, may_send)
    yield from _asked(asked, layers, code, "write-refused")
    if rule.takes_ownership:
        yield from _ownership_troubles(subject, role, destination)
    if subject.tags:
        asked, layers = by_role(role, "s3:ReplicateTags", destination, subject.key)
        if decide(asked, layers).outcome not in ("Allowed", "ExplicitlyDenied"):
            unknown = ("whether it fails or goes without its tags",)
            yield Open("tags-refused", unknown, "DstPutTaggingNotPermitted", asked, layers)


def _ownership_troubles(
    subject: Subject, role: ReplicationRole, destination: Bucket
) -> Iterator[Trouble]:
    """The override has to be allowed on both sides (3.2.4), unless it changes nothing (3.1.5)."""
    action = "s3:ObjectOwnerOverrideToBucketOwner"
    asked, layers = by_role(role, action, destination, subject.key)
    found = list(_asked(asked, layers, "DstPutObjectNotPermitted", "override-refused"))
    if found and destination.ownership == ENFORCED:
        unknown = ("whether the override is asked where the destination owns all anyway",)
        found = [Open("override-refused", unknown, asked=asked, layers=layers)]
    yield from found


def _replica_key_troubles(
    subject: Subject, rule: Rule, role: ReplicationRole, sides: Sides, destination: Bucket
) -> Iterator[Trouble]:
    """The key of the replica: the rule's for SSE-KMS, the default's for an unencrypted one."""
    default = destination.default
    if subject.encryption == UNENCRYPTED:
        if isinstance(default, Unread):
            yield _unread("default-unread", default)
            return
        if default.algorithm not in WITH_KEY:
            return
        name, actions = default.key, (GENERATE,)
    elif subject.encryption in WITH_KEY:
        # Encrypt alone was seen to do (rules 3.2.5, 12.4); the failure table names the other.
        name, actions = rule.replica_key, (ENCRYPT, GENERATE)
    else:
        return
    found = find_key(name, destination.region, role.caller.account, sides.keys,
                     destination.account)  # fmt: skip
    if isinstance(found, NoKey):
        yield RequestRefused("DstKmsKeyNotFound", f"replica-{found.reason}", found.name)
    elif isinstance(found, UnknownKey):
        yield Open("replica-key-unread", found.unknown, found.name)
    else:
        yield from _use_troubles(subject, found, actions, role, destination)


def _use_troubles(
    subject: Subject, key: Key, actions: tuple[str, ...], role: ReplicationRole, destination: Bucket
) -> Iterator[Trouble]:
    default = destination.default
    under = default.bucket_key if isinstance(default, Default) else None
    if subject.encryption == "aws:kms:dsse":
        under = False

    def answer(action: str) -> KeyAnswer:
        return ask_key(key, action, role.caller, destination, subject.key, bucket_key=under)

    answers = [answer(action) for action in actions]
    best = min(answers, key=lambda each: (bool(each.code or each.unknown), bool(each.code)))
    yield from _key_trouble(best, key, role, "DstPutObjectNotPermitted", "replica-key")
    if under is not False and not best.code:
        # A Bucket Key is checked by decrypting it first (rule 3.2.5).
        yield from _key_trouble(
            answer(DECRYPT), key, role, "DstPutObjectNotPermitted", "replica-key"
        )
