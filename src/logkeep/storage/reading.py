"""A bucket, its keys and its replication out of a JSON document, in AWS's own shapes.

What a document leaves out is unknown, and named by the call that would tell; a test case leaves
out what is in order.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, TypeAlias, TypeVar, cast

from logkeep.policy import (
    Acls,
    Layers,
    Malformed,
    Policy,
    PublicAccess,
    Unread,
    read_policy,
)
from logkeep.policy.values import Kind
from logkeep.policy.write import as_list
from logkeep.storage import members
from logkeep.storage.bucket import (
    ENABLED,
    ENFORCED,
    PREFERRED,
    WRITER,
    AnyPolicy,
    Bucket,
    Default,
    Key,
    Keys,
    Requester,
    delegating,
    everything,
)
from logkeep.value import parse_arn

Json: TypeAlias = Mapping[str, Any]
Value = TypeVar("Value")
EXAMPLE_ACCOUNT: Final = "111122223333"
"""AWS's own, of a case that names none."""
EXAMPLE_REGION: Final = "us-east-1"
CALLS: Final = {
    "encryption": "s3:GetBucketEncryption",
    "blocked_encryption": "s3:GetBucketEncryption",
    "policy": "s3:GetBucketPolicy",
    "ownership": "s3:GetBucketOwnershipControls",
    "public_access": "s3:GetPublicAccessBlock",
    "acl": "s3:GetBucketAcl",
    "versioning": "s3:GetBucketVersioning",
    "object_lock": "s3:GetObjectLockConfiguration",
    "replication": "s3:GetBucketReplication",
    "role": "iam:GetRole",
    "identity": "iam:GetAccountAuthorizationDetails",
}
"""What would tell a member that is left out."""


class Reader:
    """Reads one document, and gathers every mistake in it."""

    def __init__(self, document: object, *, assumed: bool, place: str = "bucket") -> None:
        self.mistakes: list[str] = []
        self.assumed = assumed
        self.place = place
        self.unjudged: list[str] = []
        """What a case tells of that nothing here knows of."""
        self.document = self.mapping(document, place)

    def mapping(self, found: object, place: str) -> Json:
        """A JSON object, or a mistake and nothing."""
        if isinstance(found, dict):
            return cast("Json", found)
        if found is not None:
            self.mistakes.append(f"{place}: is not a JSON object")
        return {}

    def knows(self, document: Json, known: Collection[str], place: str) -> None:
        """Note what means nothing here; in a case it is a mistake where it is nearly a word."""
        if self.assumed:
            self.mistakes += members.misspelt(document, known, place)
            odd = [name for name in document if name not in known]
            self.unjudged += [f"{place}.{name}" for name in odd if not members.meant(name, known)]
        else:
            self.mistakes += members.strange(document, known, place)

    def in_shape(self, found: object, known: Collection[str], place: str) -> Json:
        """A JSON object of AWS's own shape, which has no other members; or a mistake."""
        read = self.mapping(found, place)
        self.mistakes += members.strange(read, known, f"{self.place}.{place}")
        return read

    def has(self, name: str) -> bool:
        """Whether the document says anything of it."""
        return name in self.document

    def text(self, name: str, default: str = "") -> str:
        """A text, or a mistake."""
        found = self.document.get(name, default)
        if isinstance(found, str):
            return found
        if found is not None:
            self.mistakes.append(f"{self.place}.{name}: is not a text")
        return default

    def flag(self, name: str) -> bool | None:
        """True, false, or nothing."""
        return self.flag_in(self.document, name, f"{self.place}.{name}")

    def flag_in(self, document: Json, name: str, place: str) -> bool | None:
        """True, false, or nothing, of a part of the document."""
        found = document.get(name)
        if found is not None and not isinstance(found, bool):
            self.mistakes.append(f"{place}: is neither true nor false")
        return found if isinstance(found, bool) else None

    def or_unread(self, name: str, value: Value) -> Value | Unread:
        """A value where the document says it or it may be assumed, else what would tell."""
        if self.assumed or self.has(name):
            return value
        return Unread(CALLS[name], "it is not told")

    def policy(self, document: object, kind: Kind, place: str) -> AnyPolicy:
        """A policy's document, as JSON or as a text of JSON."""
        if document is None:
            return None
        found = read_policy(document, kind, place)
        if isinstance(found, Malformed):
            self.mistakes += [f"{self.place}.{place}: {says}" for says in found.mistakes]
        return found

    def policies(self, documents: object, place: str) -> tuple[Policy, ...]:
        """Identity policies."""
        if not isinstance(documents, list):
            self.mistakes.append(f"{self.place}.{place}: is not a list of policies")
            return ()
        listed = cast("list[object]", documents)
        read = [self.policy(each, "identity", f"{place}[{i}]") for i, each in enumerate(listed)]
        return tuple(each for each in read if isinstance(each, Policy))


def read_bucket(reader: Reader, name: str = "", near: Sequence[str] = ()) -> Bucket:
    """Return the bucket of a document; `near` are ARNs of keys and roles that stand beside it."""
    reader.knows(reader.document, members.BUCKET, reader.place)
    blocked, default = read_encryption(reader)
    public, acls = _public_access(reader)
    arns = [default.key, *near]
    ownership = _ownership(reader)
    policy = reader.document.get("policy")
    found_name = reader.text("name") or name or _bucket_of(policy) or "bucket"
    is_there = reader.flag("exists")
    return Bucket(
        name=found_name,
        account=reader.text("account") or _first(arns, "account") or EXAMPLE_ACCOUNT,
        region=reader.text("region") or _first(arns, "region") or EXAMPLE_REGION,
        exists=is_there is not False,
        default=reader.or_unread("encryption", default),
        policy=reader.or_unread(
            "policy", reader.policy(policy, "resource", f"bucket policy of {found_name}")
        ),
        ownership=reader.or_unread("ownership", ownership),
        acl=_acl(reader, ownership),
        block_public_acls=reader.or_unread("public_access", acls),
        public_access=reader.or_unread("public_access", public),
        blocked=_blocked(reader, blocked),
        versioning=reader.or_unread("versioning", _versioning(reader)),
        object_lock=reader.or_unread("object_lock", reader.flag("object_lock") is True),
    )


def _public_access(reader: Reader) -> tuple[PublicAccess, bool]:
    """What Block Public Access restricts, and whether it blocks public ACLs."""
    given = reader.document.get("public_access")
    found = reader.in_shape(given, members.PUBLIC_ACCESS, "public_access")
    on = {
        name: reader.flag_in(found, name, f"{reader.place}.public_access.{name}") is True
        for name in members.PUBLIC_ACCESS
    }
    read = PublicAccess(on["RestrictPublicBuckets"], on["IgnorePublicAcls"])
    return read, on["BlockPublicAcls"]


def _first(arns: Sequence[str], part: str) -> str:
    for arn in arns:
        parts = parse_arn(arn)
        if parts is not None and getattr(parts, part):
            return str(getattr(parts, part))
    return ""


def _bucket_of(policy: object) -> str:
    """The bucket that a policy speaks of."""
    text = policy if isinstance(policy, str) else json.dumps(policy)
    _, found, rest = text.partition(":s3:::")
    name = rest.split('"')[0].split("/")[0]
    return name if found and "*" not in name else ""


def read_encryption(reader: Reader) -> tuple[frozenset[str] | None, Default]:
    """The default encryption, SSE-S3 where there is none (rule 13.2), and what is blocked."""
    given = reader.document.get("encryption")
    document = reader.in_shape(given, members.ENCRYPTION, "encryption")
    inner = document.get("ServerSideEncryptionConfiguration", document)
    rules: object = reader.mapping(inner, "encryption").get("Rules")
    if not rules:
        return None, Default()
    if not isinstance(rules, list):
        reader.mistakes.append(f"{reader.place}.encryption.Rules: is not a list")
        return None, Default()
    first, place = cast("list[object]", rules)[0], "encryption.Rules[0]"
    rule = reader.in_shape(first, members.ENCRYPTION_RULE, place)
    by_default = rule.get("ApplyServerSideEncryptionByDefault")
    applied = reader.in_shape(by_default, members.BY_DEFAULT, place)
    listed = reader.in_shape(rule.get("BlockedEncryptionTypes"), members.BLOCKED, place).get(
        "EncryptionType"
    )
    blocked = frozenset(map(str, cast("list[object]", listed))) if listed is not None else None
    bucket_key = reader.flag_in(
        rule, "BucketKeyEnabled", f"{reader.place}.{place}.BucketKeyEnabled"
    )
    default = Default(
        str(applied.get("SSEAlgorithm") or "AES256"),
        str(applied.get("KMSMasterKeyID") or ""),
        bucket_key is True,
    )
    return blocked, default


def _blocked(reader: Reader, in_rule: frozenset[str] | None) -> frozenset[str] | Unread:
    listed = reader.document.get("blocked_encryption")
    if listed is None and in_rule is not None:
        return in_rule
    if listed is not None and not isinstance(listed, list):
        reader.mistakes.append(f"{reader.place}.blocked_encryption: is not a list")
        return frozenset()
    names = cast("list[object]", listed or [])
    return reader.or_unread("blocked_encryption", frozenset(map(str, names)))


def _ownership(reader: Reader) -> str:
    found = reader.text("ownership", ENFORCED) or ENFORCED
    if found not in (ENFORCED, PREFERRED, WRITER):
        reader.mistakes.append(
            f"{reader.place}.ownership: is `{found}`; S3 knows {ENFORCED}, {PREFERRED}, {WRITER}"
        )
    return found


def _acl(reader: Reader, ownership: str) -> Acls | Unread | None:
    """ACLs that are told are not read yet; where they count and are not told they are open."""
    if reader.assumed or ownership == ENFORCED or reader.document.get("acl", "") is None:
        return None
    return Unread(CALLS["acl"], "it is not told")


def _versioning(reader: Reader) -> str:
    found = reader.document.get("versioning")
    if isinstance(found, dict):
        found = cast("Json", found).get("Status")
    if found not in (None, "", ENABLED, "Suspended"):
        reader.mistakes.append(f"{reader.place}.versioning: is neither Enabled nor Suspended")
    return str(found or "")


def read_keys(reader: Reader, bucket: Bucket) -> Keys:
    """Return the keys that a document names."""
    state = state_of(reader.text("key_state", ENABLED) or ENABLED)
    given = reader.mapping(reader.document.get("keys"), "keys")
    known: dict[str, Key | None] = {arn: _key(reader, arn, found) for arn, found in given.items()}
    listed = reader.mapping(reader.document.get("kms_keys"), "kms_keys")
    for region, ids in listed.items():
        for each in as_list(ids):
            arn = f"arn:aws:kms:{region}:{bucket.account}:key/{each}"
            known[arn] = Key(arn, bucket.account, state, delegating(bucket.account))
    aliases = reader.mapping(reader.document.get("aliases"), "aliases")
    return Keys(
        known=known,
        aliases={name: str(arn) for name, arn in aliases.items()},
        complete=bool(listed),
        assumed=state if reader.assumed or reader.has("key_state") else "",
    )


def _key(reader: Reader, arn: str, found: object) -> Key | None:
    parts = parse_arn(arn)
    if parts is None or parts.service != "kms" or not parts.resource.startswith("key/"):
        reader.mistakes.append(f"{reader.place}.keys: `{arn}` is not a key's ARN")
        return None
    if found is None:
        return None
    given = reader.mapping(found, f"keys.{arn}")
    reader.knows(given, members.KEY, f"{reader.place}.keys.{arn}")
    policy: AnyPolicy = Unread("kms:GetKeyPolicy", "it is not told")
    if "policy" in given:
        policy = reader.policy(given["policy"], "key", f"key policy of {arn}")
    elif reader.assumed:
        policy = delegating(parts.account)
    state = given.get("state")
    if state is None:
        known = ENABLED if reader.assumed else Unread("kms:DescribeKey", "it is not told")
        return Key(arn, parts.account, known, policy)
    return Key(arn, parts.account, state_of(str(state)), policy)


_GONE: Final = frozenset(
    {"notfound", "missing", "absent", "nonexistent", "doesnotexist", "deleted", "gone", "none"}
)


def state_of(words: str) -> str:
    """A key's state as KMS writes it; that there is no such key is told in many ways."""
    plain = "".join(letter for letter in words.lower() if letter.isalpha())
    return "NotFound" if plain in _GONE else words


def read_caller(
    reader: Reader, bucket: Bucket, principal: str = "", account: str = ""
) -> Requester:
    """Return who asks: named, or somebody of the bucket's account who may do everything."""
    parts = parse_arn(principal)
    own = account or (parts.account if parts else principal if principal.isdigit() else "")
    who = principal or f"arn:aws:iam::{account or bucket.account}:user/anybody"
    own = own or (bucket.account if not principal else "")
    identity: tuple[Policy, ...] | Unread = (everything(),)
    if reader.has("identity"):
        identity = reader.policies(reader.document["identity"], "identity")
    elif principal and not reader.assumed:
        identity = Unread(CALLS["identity"], "it is not told")
    if not own:  # a service, or nobody in particular
        identity = ()
    return Requester(who, own, Layers(identity=identity))
