"""What AWS says of a key: the archive's, however the fleet names it, or any other by its ARN."""

from __future__ import annotations

import msgspec

from logkeep.access.bucket import PolicyText
from logkeep.policy import KeyGrant, Unread
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.change import made
from logkeep.snapshot.facts import Facts, map_look, remembered, seen, unread
from logkeep.value import Absent, AccountId, Arn, Look, Seen, Unseen, account_of, parse_arn

NEW_KEY = "archive-key"
"""The name of the key that a plan makes, until AWS assigns its id."""
FLEET_TAG = "logkeep:fleet"
"""The tag on everything Logkeep makes; its value is the fleet's name."""

ALIAS_TAG = "logkeep:alias"
"""The tag on a key that says by which name it is meant to be known: one without is found so."""


class KeyMetadata(msgspec.Struct, frozen=True, rename="pascal"):
    """What kms:DescribeKey says of a key."""

    arn: str
    key_id: str
    key_state: str = "Enabled"
    key_spec: str = "SYMMETRIC_DEFAULT"
    key_usage: str = "ENCRYPT_DECRYPT"
    key_manager: str = "CUSTOMER"
    origin: str = ""
    multi_region: bool | None = None


class KeyAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of kms:DescribeKey."""

    key_metadata: KeyMetadata


class KeyEntry(msgspec.Struct, frozen=True, rename="pascal"):
    """One key in kms:ListKeys."""

    key_id: str


class KeyList(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of kms:ListKeys."""

    keys: tuple[KeyEntry, ...] = ()


class KeyTag(msgspec.Struct, frozen=True, rename="pascal"):
    """A tag on a key."""

    tag_key: str
    tag_value: str


class Tags(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of kms:ListResourceTags."""

    tags: tuple[KeyTag, ...] = ()


class GrantConstraints(msgspec.Struct, frozen=True, rename="pascal"):
    """What a grant demands of the requests that it allows."""

    encryption_context_subset: dict[str, str] = {}
    encryption_context_equals: dict[str, str] | None = None
    source_arn: str = ""


class GrantEntry(msgspec.Struct, frozen=True, rename="pascal"):
    """One grant in kms:ListGrants."""

    grant_id: str = ""
    grantee_principal: str = ""
    grantee_service_principal: str = ""
    retiring_principal: str = ""
    retiring_service_principal: str = ""
    issuing_account: str = ""
    operations: tuple[str, ...] = ()
    constraints: GrantConstraints | None = None


class GrantList(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of kms:ListGrants."""

    grants: tuple[GrantEntry, ...] = ()


def account(facts: Facts) -> AccountId:
    """The account the key lies in: its ARN's, or the archive's for an alias."""
    return account_of(facts.fleet.archive.key) or facts.fleet.archive.account


def region(facts: Facts) -> str:
    """The Region the key is looked for in."""
    parts = parse_arn(facts.fleet.archive.key)
    return parts.region if parts else facts.fleet.archive_region


@remembered
def asker(facts: Facts, named: Arn = "") -> AccountId:
    """The account to ask about a key: its own where the fleet may, else the archive's."""
    own = account_of(named) or account(facts)
    return own if facts.fleet.has(own) else facts.fleet.archive.account


def of_key(facts: Facts, call: str, key_id: str) -> Ask:
    """A question about the archive's key, or about one that may be it."""
    return ask(asker(facts), region(facts), call, KeyId=key_id)


def of_other(facts: Facts, call: str, named: Arn) -> Ask:
    """A question about a key that is not the archive's, put in its own account and Region."""
    parts = parse_arn(named)
    where = parts.region if parts else facts.fleet.home_region
    return ask(asker(facts, named), where, call, KeyId=named)


def of_arn(facts: Facts, call: str, named: Arn) -> Ask:
    """A question about any key; the archive's is asked about by the id that its name led to."""
    found = seen(described(facts))
    if found is not None and found.arn == named:
        return of_key(facts, call, found.key_id)
    return of_other(facts, call, named)


def key_id(facts: Facts, found: KeyMetadata) -> str:
    """How calls name a key: the archive's by its id, as its questions do, another by its ARN."""
    return found.key_id if is_archives(facts, found.arn) else found.arn


@remembered
def is_archives(facts: Facts, named: Arn) -> bool:
    """Whether an ARN is that of the archive's key, be it made or not; no ARN stands for it."""
    return named in ("", arn(facts))


def described(facts: Facts, named: Arn = "") -> Look[KeyMetadata]:
    """What a key is: the archive's, where no other is named."""
    if named and not is_archives(facts, named):
        look = facts.look(of_other(facts, "kms:DescribeKey", named), KeyAnswer)
        return map_look(look, lambda answer: answer.key_metadata)
    return _archives(facts)


@remembered
def _archives(facts: Facts) -> Look[KeyMetadata]:
    """The key that the fleet names, or one tagged as made for the fleet but not yet named."""
    named = map_look(
        facts.look(of_key(facts, "kms:DescribeKey", facts.fleet.archive.key), KeyAnswer),
        lambda answer: answer.key_metadata,
    )
    return _orphan(facts) if isinstance(named, Absent) else named


def own_context(facts: Facts) -> dict[str, str]:
    """What a request to the key carries of the key itself, as far as AWS described it.

    KMS guide, "AWS KMS condition keys": the keys that tell of a KMS key's own properties.
    """
    found = seen(described(facts))
    if found is None:
        return {}
    of_key = {"kms:KeySpec": found.key_spec, "kms:KeyUsage": found.key_usage}
    if found.key_spec == "SYMMETRIC_DEFAULT":
        of_key["kms:EncryptionAlgorithm"] = found.key_spec
    if found.origin:
        of_key["kms:KeyOrigin"] = found.origin
    if found.multi_region is not None:
        of_key["kms:MultiRegion"] = str(found.multi_region).lower()
    return of_key


def _orphan(facts: Facts) -> Look[KeyMetadata]:
    """A key that an interrupted apply made and did not come to name."""
    absent = Absent(of_key(facts, "kms:DescribeKey", facts.fleet.archive.key).says())
    for key_id in orphan_candidates(facts):
        tags = seen(facts.look(of_key(facts, "kms:ListResourceTags", key_id), Tags))
        if tags and is_meant(facts, tags):
            found = facts.look(of_key(facts, "kms:DescribeKey", key_id), KeyAnswer)
            if isinstance(found, Seen) and found.value.key_metadata.key_state == "Enabled":
                return Seen(found.value.key_metadata)
    return absent


def is_meant(facts: Facts, tags: Tags) -> bool:
    """Whether a key was made for the fleet, to be known by the name that the fleet has for it."""
    found = {tag.tag_key: tag.tag_value for tag in tags.tags}
    alias = facts.fleet.archive.key
    return found.get(FLEET_TAG) == facts.fleet.name and found.get(ALIAS_TAG, alias) == alias


def is_named(facts: Facts) -> bool:
    """Whether the fleet's own name for the key leads to it."""
    question = of_key(facts, "kms:DescribeKey", facts.fleet.archive.key)
    return isinstance(facts.look(question, KeyAnswer), Seen)


def orphan_candidates(facts: Facts) -> tuple[str, ...]:
    """The ids of the keys that may be such an orphan; at most a hundred are looked at."""
    question = ask(asker(facts), region(facts), "kms:ListKeys")
    keys = seen(facts.look(question, KeyList))
    return tuple(entry.key_id for entry in keys.keys[:100]) if keys else ()


@remembered
def arn(facts: Facts) -> Arn:
    """The archive's key's ARN; for a key that has yet to be made, with the id AWS will assign."""
    found = seen(described(facts))
    if found is not None:
        return found.arn
    return facts.fleet.archive.key if parse_arn(facts.fleet.archive.key) else new_arn(facts)


def wanted_arn(facts: Facts, named: Arn) -> Arn | None:
    """The key a trail should name; None where whether the one it names is right cannot be seen.

    Where the fleet's key is gone, the key that a trail still names may be that very one.
    """
    found = described(facts)
    gone = isinstance(found, Absent) and bool(named)
    return None if gone or isinstance(found, Unseen) else arn(facts)


def new_arn(facts: Facts) -> Arn:
    """The ARN of the key that a plan makes."""
    fleet = facts.fleet
    place = f"{fleet.archive_region}:{fleet.archive.account}"
    return f"arn:{fleet.partition}:kms:{place}:key/{made(NEW_KEY)}"


ADMINISTER = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DescribeKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListAliases",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:TagResource",
    "kms:UpdateKeyDescription",
)
"""What a key's account may do with it: keep it, and neither use, delete nor share it."""


def first_policy(facts: Facts) -> str:
    """The policy a new key begins with: its account administers it, and nobody decrypts (4.10)."""
    fleet = facts.fleet
    statement = {
        "Sid": "LogkeepAdministration",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{fleet.partition}:iam::{fleet.archive.account}:root"},
        "Action": list(ADMINISTER),
        "Resource": "*",
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return msgspec.json.encode(document).decode()


@remembered
def policy_text(facts: Facts, named: Arn = "") -> Look[str]:
    """A key's policy, as text."""
    question = _of_what_is_there(facts, "kms:GetKeyPolicy", named)
    if not isinstance(question, Ask):
        return question
    return map_look(facts.look(question, PolicyText), lambda answer: answer.policy)


def _of_what_is_there(facts: Facts, call: str, named: Arn) -> Ask | Absent | Unseen:
    """A question about a key; about the archive's only once its name has led to one."""
    if named and not is_archives(facts, named):
        return of_other(facts, call, named)
    look = described(facts)
    return of_key(facts, call, look.value.key_id) if isinstance(look, Seen) else look


def grants(facts: Facts, named: Arn = "") -> Look[tuple[KeyGrant, ...]]:
    """The grants on a key: who may use it besides whom its policy lets (rule 4.2)."""
    question = _of_what_is_there(facts, "kms:ListGrants", named)
    if not isinstance(question, Ask):
        return question
    return map_look(
        facts.look(question, GrantList), lambda answer: tuple(map(_grant, answer.grants))
    )


def _grant(entry: GrantEntry) -> KeyGrant:
    demands = entry.constraints or GrantConstraints()
    return KeyGrant(
        entry.grantee_service_principal or entry.grantee_principal,
        entry.operations,
        demands.encryption_context_subset,
        demands.encryption_context_equals,
        demands.source_arn,
        entry.retiring_service_principal or entry.retiring_principal,
        entry.issuing_account,
        entry.grant_id,
    )


@remembered
def grants_layer(facts: Facts, named: Arn = "") -> tuple[KeyGrant, ...] | Unread:
    """The grants on a key as a layer of an authorization."""
    look = grants(facts, named)
    if isinstance(look, Seen):
        return look.value
    return Unread("kms:ListGrants", look.error if isinstance(look, Unseen) else "is not there")


def state_layer(facts: Facts, named: Arn = "") -> str | Unread:
    """A key's state as a layer of an authorization; a key that is yet to be made is in none."""
    look = described(facts, named)
    if isinstance(look, Seen):
        return look.value.key_state
    return unread(look) if isinstance(look, Unseen) else ""


def asks(facts: Facts) -> list[Ask]:
    """Every question worth asking about the archive's key, given what is known."""
    named = of_key(facts, "kms:DescribeKey", facts.fleet.archive.key)
    found = described(facts)
    if isinstance(found, Seen):
        key_id = found.value.key_id
        return [named, *(of_key(facts, call, key_id) for call in OF_ITS_ID)]
    if not isinstance(found, Absent) or parse_arn(facts.fleet.archive.key):
        return [named]
    return [named, ask(asker(facts), region(facts), "kms:ListKeys"), *_orphan_asks(facts)]


OF_ITS_ID = ("kms:GetKeyPolicy", "kms:ListGrants")
"""What is asked about the key by the id that its description gives."""


def _orphan_asks(facts: Facts) -> list[Ask]:
    asked: list[Ask] = []
    for key_id in orphan_candidates(facts):
        question = of_key(facts, "kms:ListResourceTags", key_id)
        asked.append(question)
        tags = seen(facts.look(question, Tags))
        if tags and is_meant(facts, tags):
            asked.append(of_key(facts, "kms:DescribeKey", key_id))
    return asked
