"""Every policy that speaks on a request, as far as the snapshot shows them."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

from logkeep.access import bucket, endpoints, key, organization, people
from logkeep.access.log_group import all_groups
from logkeep.access.policies.carriers import CARRIERS, Texts
from logkeep.policy import (
    Layers,
    Malformed,
    Policy,
    PublicAccess,
    Request,
    Unread,
    most_restrictive,
)
from logkeep.policy.resource_kinds import (
    BUCKET,
    KEY,
    LOG_GROUP,
    ROLE,
    TRUST,
    ResourceKind,
    carrier_of,
    kind_of,
)
from logkeep.policy.write import VERSION, Document, document_of, statements
from logkeep.policy.write import text_of as written
from logkeep.route import Allows, Denies
from logkeep.snapshot import NOT_ASKED, Ask
from logkeep.snapshot.facts import Facts, remembered, unread
from logkeep.snapshot.setting import Write
from logkeep.value import (
    Absent,
    AccountId,
    Arn,
    Look,
    Seen,
    Unseen,
    account_of,
    arn_name,
    parse_arn,
)

UNREAD: Final = frozenset({"s3", "kms", "sqs", "sns", "lambda", "secretsmanager", "ecr", "logs"})
"""Services whose resources may carry a policy; one of a kind that is not read is not known."""
UNSAID: Final = "2008-10-17"
"""The version of a document that says none (IAM User Guide, "Version")."""
Layer: TypeAlias = Policy | Malformed | Unread | None
"""The resource's policy in a decision; None where it carries none."""


class Holder(NamedTuple):
    """What carries a policy: a resource, of one kind."""

    kind: ResourceKind
    arn: Arn


def of_request(facts: Facts, resource: Arn, action: str) -> Holder | None:
    """What carries the policy that a request for a resource meets; None where nothing does."""
    kind = kind_of(resource, action)
    if kind is None:
        return None
    return Holder(
        kind, carrier_of(resource_meant(facts, resource) if kind is KEY else resource, kind)
    )


def of_archive(facts: Facts, part: Literal["bucket", "key"]) -> Holder:
    """The archive's bucket or key, as what carries a policy."""
    if part == "bucket":
        return Holder(BUCKET, facts.fleet.bucket_arn)
    return Holder(KEY, key.arn(facts))


def asked_of(facts: Facts, need: Allows) -> Holder | None:
    """What carries the policy that has to let a need's request through."""
    if need.policy_of:
        return Holder(ROLE, need.policy_of)
    return of_request(facts, need.request.resource, need.request.action)


def closed_by(facts: Facts, need: Denies) -> Holder | None:
    """What carries the policy that has to keep everybody from a resource."""
    return of_request(facts, need.resource, need.actions[0])


def written_at(holder: Holder) -> Holder:
    """Where a statement of ours goes: log groups share the policies of their Region."""
    return Holder(LOG_GROUP, all_groups(holder.arn)) if holder.kind is LOG_GROUP else holder


def texts(facts: Facts, holder: Holder) -> Look[Texts]:
    """The documents of a policy by their names."""
    return CARRIERS[holder.kind].read(facts, holder.arn)


def asks(facts: Facts, holder: Holder) -> list[Ask]:
    """The questions that show it."""
    return CARRIERS[holder.kind].asks(facts, holder.arn)


def put(facts: Facts, holder: Holder, text: str, name: str = "") -> Write | None:
    """The call that writes one of its documents; None where that is not ours to make."""
    return CARRIERS[holder.kind].put(facts, holder.arn, name, text)


def delete(facts: Facts, holder: Holder, name: str) -> Write | None:
    """The call that takes one of several documents away."""
    take_away = CARRIERS[holder.kind].delete
    return take_away(facts, holder.arn, name) if take_away else None


@remembered
def policy(facts: Facts, holder: Holder) -> Look[Policy] | Malformed:
    """The policy that a holder carries, compiled; absent where it carries none."""
    look = texts(facts, holder)
    if not isinstance(look, Seen):
        return look
    read = compiled(facts, holder, look.value)
    if isinstance(read, Policy):
        return Seen(read)
    return Absent(f"a policy of {holder.arn}") if read is None else read


def compiled(facts: Facts, holder: Holder, found: Texts) -> Policy | Malformed | Unseen | None:
    """Documents as one policy, since all of them speak; None of none."""
    listed = list(found.values())
    if not listed:
        return None
    kind = holder.kind
    name = f"trust policy of {arn_name(holder.arn)}" if kind is TRUST else f"{kind.word} policy"
    if not kind.several:
        return facts.policy(listed[0], kind.language, name)
    return _as_one(facts, holder, listed, "resource policies")


def _as_one(
    facts: Facts, holder: Holder, listed: list[str], name: str
) -> Policy | Malformed | Unseen | None:
    """Several documents read as one; of several versions only where no variable tells them apart.

    Variables are read since version 2012-10-17 (IAM User Guide, "Version").
    """
    documents: list[Document] = []
    for text in listed:
        read = facts.policy(text, holder.kind.language, name)
        if isinstance(read, Malformed):
            return read
        documents.append(document_of(text))
    named = zip(documents, listed, strict=True)
    versions = {d.get("Version", UNSAID) for d, text in named if "${" in text} or {VERSION}
    if len(versions) > 1:
        return Unseen(f"the policies of {holder.arn}", "have variables in several versions")
    body = [each for document in documents for each in statements(document)]
    whole = {"Version": versions.pop(), "Statement": body}
    return facts.policy(written(whole), holder.kind.language, name)


@remembered
def layer(facts: Facts, holder: Holder) -> Layer:
    """The policy of a resource in a decision: none where it may do without, else not known."""
    look = policy(facts, holder)
    match look:
        case Malformed():
            return look
        case Seen(found):
            return found
        case Absent() if not holder.kind.missing:
            return None
        case _:
            return unread(look)


def resource_layer(facts: Facts, asked: Request) -> Layer:
    """The policy of the resource that is asked for; None where it has none or knows none."""
    holder = of_request(facts, asked.resource, asked.action)
    if holder is None:
        service = asked.action.partition(":")[0].lower()
        if service in UNREAD and asked.resource != "*" and not _is_job(asked.resource):
            return Unread(f"the policy of {asked.resource}", NOT_ASKED)
        return None
    if holder.kind.of_services_only and asked.principal.startswith("arn:"):
        return None
    return layer(facts, holder)


def _is_job(resource: Arn) -> bool:
    """Whether it is a job of S3 Batch Operations, which has no policy (S3 guide, "Identity and
    access management": buckets, access points and the like have)."""
    parts = parse_arn(resource)
    return parts is not None and parts.service == "s3" and parts.resource.startswith("job/")


def layers_for(facts: Facts, asked: Request) -> Layers:
    """The policies of the principal, of its organization, of the resource and of its owner's."""
    return layers_at(facts, asked, of_request(facts, asked.resource, asked.action))


def layers_at(facts: Facts, asked: Request, holder: Holder | None) -> Layers:
    """The same, where what carries the resource's policy has been looked up."""
    passed = asked.context.get("aws:sourcevpce")
    through = passed if isinstance(passed, str) else ""
    if holder is not None:
        return _layers(facts, asked.principal, holder, asked.resource_account, through)
    own = _layers(facts, asked.principal, None, asked.resource_account, through)
    return msgspec.structs.replace(own, resource=resource_layer(facts, asked))


@remembered
def _layers(
    facts: Facts, principal: str, holder: Holder | None, owner: AccountId, through: str
) -> Layers:
    """The same for all that one principal asks of one policy; an endpoint is passed or is not."""
    enforced = holder and not (holder.kind.of_services_only and principal.startswith("arn:"))
    return msgspec.structs.replace(
        own_layers(facts, principal),
        resource=layer(facts, holder) if holder and enforced else None,
        rcps=_rcps(facts, owner),
        endpoints=endpoints.policies(facts, through) if through else None,
    )


def with_resource(layers: Layers, found: Layer) -> Layers:
    """The layers as they would be with another policy of the resource."""
    return msgspec.structs.replace(layers, resource=found)


def own_layers(facts: Facts, principal: str) -> Layers:
    """What speaks on the principal's side; a session has its role's policies."""
    if not principal.startswith("arn:"):
        return Layers()
    return people.layers(facts, people.principal_of_session(facts, principal))


def _rcps(facts: Facts, owner: AccountId) -> organization.Levels | Unread | None:
    if not owner:
        return Unread("the resource's account", "is not known")
    return organization.levels(facts, owner, "rcp")


def all_layers_for(facts: Facts, asked: Request) -> Layers:
    """The policies, and what only a key or a bucket has besides them (rules 2.1.1, 4.2, 4.6)."""
    layers = layers_for(facts, asked)
    holder = of_request(facts, asked.resource, asked.action)
    if holder is not None and holder.kind is KEY:
        grants, state = key.grants_layer(facts, holder.arn), key.state_layer(facts, holder.arn)
        return msgspec.structs.replace(layers, grants=grants, key_state=state)
    at = bucket.known(facts, holder.arn) if holder is not None and holder.kind is BUCKET else None
    return with_acls(facts, layers, at) if at else layers


def with_acls(facts: Facts, layers: Layers, at: bucket.Bucket, stranger: AccountId = "") -> Layers:
    """The layers with a bucket's ACLs, and what Block Public Access leaves of these.

    An entry names an account by a canonical id, which tells no account id: where a stranger is
    named, each entry for others than the bucket's owner is taken for the stranger's.
    """
    acl, public = _besides_policy(facts, at)
    if stranger and not isinstance(acl.bucket, Unread):
        entries = (
            e if e.grantee == acl.owner else msgspec.structs.replace(e, account=stranger)
            for e in acl.bucket
        )
        acl = msgspec.structs.replace(acl, bucket=tuple(entries))
    return msgspec.structs.replace(layers, acl=acl, public_access=public)


@remembered
def _besides_policy(facts: Facts, at: bucket.Bucket) -> tuple[bucket.Acls, PublicAccess]:
    return bucket.acls(facts, at), public_access(facts, at)


def public_access(facts: Facts, at: bucket.Bucket | None = None) -> PublicAccess:
    """What Block Public Access of a bucket and of its account come to (rule 2.1.5)."""
    return most_restrictive(*map(_flags, bucket.public_access(facts, at)))


def _flags(look: Seen[bucket.PublicAccess] | Unseen) -> PublicAccess | Unread:
    if isinstance(look, Unseen):
        return unread(look)
    return PublicAccess(look.value.restrict_public_buckets, look.value.ignore_public_acls)


def resource_meant(facts: Facts, resource: Arn) -> Arn:
    """The archive's key's ARN for its alias, which is how the fleet names it."""
    parts = parse_arn(resource)
    name = parts.resource if parts and parts.service == "kms" else resource
    return key.arn(facts) if name == facts.fleet.archive.key else resource


def part_of_archive(facts: Facts, resource: Arn) -> Literal["bucket", "key", ""]:
    """Whether a resource is in the archive's bucket, is its key, or neither."""
    kept = facts.fleet.bucket_arn
    if resource == kept or resource.startswith(f"{kept}/"):
        return "bucket"
    return "key" if resource == key.arn(facts) else ""


def owner_of(facts: Facts, resource: Arn) -> AccountId:
    """Whose resource it is: whose bucket it is known to be, or its ARN's; empty of nobody known."""
    at = bucket.known(facts, resource) if ":s3:::" in resource else None
    return at.account if at else account_of(resource)


def restricts_public(facts: Facts) -> bool | Unseen:
    """Whether Block Public Access keeps outsiders from the archive's bucket if public (2.1.5).

    The bucket's or its account's suffices; both must have been read to say that none does.
    """
    looks = bucket.public_access(facts)
    if any(isinstance(look, Seen) and look.value.restrict_public_buckets for look in looks):
        return True
    return next((look for look in looks if isinstance(look, Unseen)), False)


@remembered
def grants_are_by_acl(facts: Facts, at: bucket.Bucket | None = None) -> bool:
    """Whether the ACLs of a bucket, the archive's if no other, still speak, or may (rule 2.1.3)."""
    look = bucket.ownership(facts, at)
    return not isinstance(look, Seen) or look.value != "BucketOwnerEnforced"
