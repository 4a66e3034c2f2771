"""Every policy that speaks about a request, as far as the snapshot shows them."""

from __future__ import annotations

from typing import Final

import msgspec

from logkeep.access import bucket, endpoints, key, organization, people
from logkeep.access.legs import policy_of
from logkeep.policy import (
    Layers,
    Malformed,
    Policy,
    PublicAccess,
    Request,
    Unread,
    most_restrictive,
)
from logkeep.snapshot import NOT_ASKED
from logkeep.snapshot.facts import Facts
from logkeep.value import Absent, AccountId, Arn, Seen, Unseen, account_of, parse_arn

OWNED: Final = frozenset({"s3", "kms", "sqs", "sns", "lambda", "secretsmanager", "ecr", "logs"})
"""Services whose resources carry policies, which only the archive's own are read of."""


def layers_for(facts: Facts, asked: Request) -> Layers:
    """The policies of the principal, of its organization, of the resource and of its owner's."""
    own = own_layers(facts, asked.principal)
    rcps = facts.once(("rcps of", asked.resource_account), lambda: _rcps(facts, asked))
    resource = resource_policy(facts, asked)
    return msgspec.structs.replace(
        own, resource=resource, rcps=rcps, endpoints=_endpoint(facts, asked)
    )


def _endpoint(facts: Facts, asked: Request) -> tuple[Policy, ...] | Unread | None:
    """The policy of the endpoint that the request says it passes; None where it says none."""
    passed = asked.context.get("aws:sourcevpce")
    return endpoints.policies(facts, passed) if isinstance(passed, str) else None


def all_layers_for(facts: Facts, asked: Request) -> Layers:
    """The policies, and what only a key or a bucket has besides them (rules 2.1.1, 4.2, 4.6)."""
    layers = layers_for(facts, asked)
    match leg_of(facts, asked.resource):
        case "key":
            grants, state = facts.once(
                "of the key", lambda: (key.grants_layer(facts), _state(facts))
            )
            return msgspec.structs.replace(layers, grants=grants, key_state=state)
        case "bucket":
            acls, public = facts.once(
                "of the bucket", lambda: (bucket.acls(facts), public_access(facts))
            )
            return msgspec.structs.replace(layers, acl=acls, public_access=public)
        case _:
            return layers


def _state(facts: Facts) -> str | Unread:
    """The key's state; a key that is yet to be made is in none."""
    look = key.described(facts)
    if isinstance(look, Seen):
        return look.value.key_state
    return Unread(look.call, look.error) if isinstance(look, Unseen) else ""


def public_access(facts: Facts) -> PublicAccess:
    """What Block Public Access of the bucket and of its account come to (rule 2.1.5)."""
    return most_restrictive(*map(_flags, bucket.public_access(facts)))


def _flags(look: Seen[bucket.PublicAccess] | Unseen) -> PublicAccess | Unread:
    if isinstance(look, Unseen):
        return Unread(look.call, look.error)
    return PublicAccess(look.value.restrict_public_buckets, look.value.ignore_public_acls)


def own_layers(facts: Facts, principal: str) -> Layers:
    """What speaks on the principal's side; a session has its role's policies."""
    if not principal.startswith("arn:"):
        return Layers()
    return people.layers(facts, people.principal_of_session(facts, principal))


def _rcps(facts: Facts, asked: Request) -> organization.Levels | Unread | None:
    if not asked.resource_account:
        return Unread("the resource's account", "is not known")
    return organization.levels(facts, asked.resource_account, "rcp")


def resource_policy(facts: Facts, asked: Request) -> Policy | Malformed | Unread | None:
    """The policy of the resource; None where it has none or knows none."""
    resource = asked.resource
    return facts.once(
        ("policy of", leg_of(facts, resource) or resource, asked.action.partition(":")[0]),
        lambda: _resource_policy(facts, asked.action, resource),
    )


def leg_of(facts: Facts, resource: Arn) -> str:
    """Whether a resource is in the archive's bucket, is its key, or neither."""
    kept = facts.fleet.bucket_arn
    if resource == kept or resource.startswith(f"{kept}/"):
        return "bucket"
    return "key" if resource == key_arn(facts) else ""


def key_arn(facts: Facts) -> Arn:
    """The ARN of the archive's key, looked up once."""
    return facts.once("key arn", lambda: key.arn(facts))


def resource_meant(facts: Facts, resource: Arn) -> Arn:
    """The key's ARN for its alias, which is how the fleet names it."""
    parts = parse_arn(resource)
    name = parts.resource if parts and parts.service == "kms" else resource
    return key_arn(facts) if name == facts.fleet.archive.key else resource


def owner_of(facts: Facts, resource: Arn) -> AccountId:
    """Whose resource it is: the archive's, or its ARN's; empty where nobody says."""
    if leg_of(facts, resource) == "bucket":
        return facts.fleet.archive.account
    return account_of(resource)


def _resource_policy(
    facts: Facts, action: str, resource: Arn
) -> Policy | Malformed | Unread | None:
    leg = leg_of(facts, resource)
    service = action.partition(":")[0].lower()
    if leg:
        return archive_policy(facts, leg)
    if service == "sts" and ":role/" in resource:
        return _trust(facts, resource)
    if service in OWNED and resource != "*":
        return Unread(f"the policy of {resource}", NOT_ASKED)
    return None


def archive_policy(facts: Facts, leg: str) -> Policy | Malformed | Unread | None:
    """The policy of the archive's bucket or key; a bucket may have none, a key must have one."""
    look = policy_of(facts, leg)
    match look:
        case Malformed():
            return look
        case Unseen(call, error):
            return Unread(call, error)
        case Absent(call):
            return None if leg == "bucket" else Unread(call, "is not there")
        case Seen(policy):
            return policy


def _trust(facts: Facts, role: Arn) -> Policy | Malformed | Unread | None:
    found = people.details(facts, account_of(role))
    if not isinstance(found, Seen):
        return Unread(found.call, found.error if isinstance(found, Unseen) else "is not there")
    for known in found.value.role_detail_list:
        if known.arn == role and known.assume_role_policy_document is not None:
            document = msgspec.json.encode(known.assume_role_policy_document).decode()
            return facts.policy(document, "trust", f"trust policy of {known.role_name}")
    return Unread(f"the trust policy of {role}", "was not shown")


def restricts_public(facts: Facts) -> bool | Unseen:
    """Whether Block Public Access keeps outsiders from a public bucket (rule 2.1.5).

    The bucket's or its account's suffices; both must have been read to say that none does.
    """
    looks = bucket.public_access(facts)
    if any(isinstance(look, Seen) and look.value.restrict_public_buckets for look in looks):
        return True
    return next((look for look in looks if isinstance(look, Unseen)), False)


def grants_are_by_acl(facts: Facts) -> bool:
    """Whether the bucket's ACLs still speak, which are not read (rule 2.1.3)."""
    question = bucket.of_bucket(facts, "s3:GetBucketOwnershipControls")
    look = facts.look(question, bucket.OwnershipAnswer)
    if not isinstance(look, Seen):
        return True
    rules = look.value.ownership_controls.rules
    return not any(rule.object_ownership == "BucketOwnerEnforced" for rule in rules)
