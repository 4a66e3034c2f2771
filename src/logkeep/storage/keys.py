"""Which KMS key does a name mean, and may this caller use it for an object?

S3 User Guide, "Using server-side encryption with AWS KMS keys" (rules 2.2.6 to 2.2.9, 4.6, 4.8).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from logkeep.policy import Explanation, Request, Unread, decide, explain, request
from logkeep.storage.bucket import (
    ENABLED,
    MANAGED,
    Bucket,
    Key,
    Keys,
    Requester,
    delegating,
    managed_policy,
)
from logkeep.value import AccountId, Arn, Region, parse_arn, partition_of

KEY_ID: Final = re.compile(r"(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
CONTEXT: Final = "kms:EncryptionContext:aws:s3:arn"
GENERATE: Final = "kms:GenerateDataKey"
DECRYPT: Final = "kms:Decrypt"
ENCRYPT: Final = "kms:Encrypt"
OF_SERVICES: Final[Mapping[str, list[str]]] = {
    "aws:SourceArn": [], "aws:SourceAccount": [], "aws:SourceOrgID": [], "aws:SourceOrgPaths": [],
}  # fmt: skip
"""Keys that only a service's own call carries (rule 5.2.5)."""
GONE: Final = frozenset({"NotFound", "Deleted"})
"""States that say that there is no such key (any more)."""


class NoKey(msgspec.Struct, frozen=True):
    """There is no such key where S3 looks for it."""

    reason: str
    """`key-elsewhere` (another Region), `key-missing`, or `key-name` (no name of a key)."""
    name: str


class UnknownKey(msgspec.Struct, frozen=True):
    """Which key a name means cannot be told."""

    name: Arn
    """The ARN that the name stands for."""
    unknown: tuple[str, ...]


def managed_arn(account: AccountId, region: Region) -> Arn:
    """The AWS managed key of an account, by its alias."""
    return f"arn:{partition_of(region)}:kms:{region}:{account}:{MANAGED}"


def managed(account: AccountId, region: Region) -> Key:
    """The AWS managed key `aws/s3` of an account in a Region."""
    policy = managed_policy(account, region)
    return Key(managed_arn(account, region), account, ENABLED, policy)


ACCOUNT = re.compile(r"[0-9]{12}")


def find_key(
    name: str, region: Region, requester: AccountId, keys: Keys, owner: AccountId = ""
) -> Key | NoKey | UnknownKey:
    """Return the key that a name means to S3 in a bucket's Region.

    A name without an account is looked up in the requester's (rule 2.2.7), none at all is the
    AWS managed key of the bucket's owner. An alias that is not known may be assumed only of a
    requester who owns the bucket too: it stands in no other account for what it stands there.
    """
    if not name:
        return managed(owner or requester, region)
    parts = parse_arn(name)
    if parts is None:
        return _by_short_name(name, region, requester, keys, owner)
    if parts.service != "kms" or not ACCOUNT.fullmatch(parts.account):
        return NoKey("key-name", name)
    if parts.region != region:
        return NoKey("key-elsewhere", name)
    if parts.resource == MANAGED:
        return managed(parts.account, region)
    if parts.resource.startswith("alias/"):
        return _by_alias(name, requester, keys, owner)
    if not parts.resource.startswith("key/"):
        return NoKey("key-name", name)
    return _listed(name, parts.account, requester, keys)


def _by_short_name(
    name: str, region: Region, requester: AccountId, keys: Keys, owner: AccountId
) -> Key | NoKey | UnknownKey:
    start = f"arn:{partition_of(region)}:kms:{region}:{requester}:"
    if name == MANAGED:
        return managed(requester, region)
    if name.startswith("alias/"):
        return _by_alias(start + name, requester, keys, owner)
    arn = f"{start}key/{name.removeprefix('key/')}"
    if arn in keys.known:
        return _listed(arn, requester, requester, keys)
    if not KEY_ID.fullmatch(name):
        return NoKey("key-name", name)
    if keys.assumed and owner not in ("", requester):
        # The id is told by the bucket's owner, and looked up in another's account.
        return UnknownKey(arn, (f"kms:DescribeKey of {arn}",))
    return _listed(arn, requester, requester, keys)


def _by_alias(
    arn: Arn, requester: AccountId, keys: Keys, owner: AccountId
) -> Key | NoKey | UnknownKey:
    target = keys.aliases.get(arn)
    parts = parse_arn(arn)
    account = parts.account if parts else ""
    if target is not None:
        return _listed(target, account, requester, keys)
    if keys.complete:
        return NoKey("key-missing", arn)
    if keys.assumed and requester == account == owner:
        return _listed(arn, account, requester, keys)
    return UnknownKey(arn, (f"kms:ListAliases in {account or 'the key account'}",))


def _listed(
    arn: Arn, account: AccountId, requester: AccountId, keys: Keys
) -> Key | NoKey | UnknownKey:
    if arn in keys.known:
        found = keys.known[arn]
        return NoKey("key-missing", arn) if found is None else _unless_gone(found)
    if keys.complete:
        return NoKey("key-missing", arn)
    if keys.assumed:
        return _unless_gone(Key(arn, account, keys.assumed, delegating(account, requester)))
    return UnknownKey(arn, (f"kms:DescribeKey of {arn}", f"kms:GetKeyPolicy of {arn}"))


def _unless_gone(key: Key) -> Key | NoKey:
    gone = isinstance(key.state, str) and key.state in GONE
    return NoKey("key-missing", key.arn) if gone else key


class KeyAnswer(msgspec.Struct, frozen=True):
    """What a key says to one request; `code` is S3's, empty where it lets the request pass."""

    code: str = ""
    status: int = 200
    reason: str = ""
    detail: str = ""
    asked: Request | None = None
    explanation: Explanation | None = None
    unknown: tuple[str, ...] = ()


PASSES: Final = KeyAnswer()


def ask_key(
    key: Key,
    action: str,
    caller: Requester,
    bucket: Bucket,
    object_key: str,
    *,
    bucket_key: bool | None = False,
    context: Iterable[str] = (),
) -> KeyAnswer:
    """Return what a key says to S3, which asks it for a caller of the bucket's.

    With a Bucket Key the encryption context is the bucket's ARN (rule 2.2.9).
    """
    values: dict[str, str | list[str]] = {**caller.context, "aws:SecureTransport": "true"}
    if caller.account:
        # A service asks by itself, in a context of its own (rule 1.5): of it nothing is told.
        values |= OF_SERVICES
        values["kms:ViaService"] = f"s3.{bucket.region}.amazonaws.com"
        values["kms:EncryptionContextKeys"] = ["aws:s3:arn", *context]
        if bucket_key is not None:
            values[CONTEXT] = bucket.arn if bucket_key else bucket.object_arn(object_key)
    asked = request(caller.principal, action, key.arn, key.account, values, unknown=("*",))
    layers = msgspec.structs.replace(caller.layers, resource=key.policy, grants=key.grants)
    if decide(asked, layers).outcome == "Allowed":
        return _by_state(key, asked)
    found = explain(asked, layers)
    match found.decision.outcome:
        case "Unknown":
            doubts = found.decision.unknown
            return KeyAnswer(reason="key-unknown", asked=asked, explanation=found, unknown=doubts)
        case "Allowed" | "ExplicitlyDenied" | "ImplicitlyDenied":
            return KeyAnswer("AccessDenied", 403, "key-refuses", key.arn, asked, found)


STATES: Final[Mapping[str, str]] = {
    "Disabled": "KMS.DisabledException",
    "PendingDeletion": "KMS.KMSInvalidStateException",
    "PendingImport": "KMS.KMSInvalidStateException",
    "PendingReplicaDeletion": "KMS.KMSInvalidStateException",
    "Unavailable": "KMS.KMSInvalidStateException",
    "Creating": "KMS.KMSInvalidStateException",
}
"""S3's code for a key that is not enabled, HTTP 400 (rules 4.6, 13.2)."""


def _by_state(key: Key, asked: Request) -> KeyAnswer:
    if isinstance(key.state, Unread):
        return KeyAnswer(reason="key-unknown", asked=asked, unknown=(key.state.call,))
    if key.state == ENABLED:
        return PASSES
    code = STATES.get(key.state)
    if code is None:
        unknown = (f"what the key's state {key.state} refuses",)
        return KeyAnswer(reason="key-unknown", asked=asked, unknown=unknown)
    return KeyAnswer(code, 400, "key-state", key.state, asked)


def no_key(found: NoKey) -> KeyAnswer:
    """What S3 says where the key is not there: 400, not 403 (rule 13.2)."""
    return KeyAnswer("KMS.NotFoundException", 400, found.reason, found.name)


def unknown_key(found: UnknownKey) -> KeyAnswer:
    """What can be said where the key is not known."""
    return KeyAnswer(reason="key-unknown", detail=found.name, unknown=found.unknown)
