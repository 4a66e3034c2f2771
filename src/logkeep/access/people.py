"""The users and roles of an account with the policies that speak for them."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import msgspec

from logkeep.access import organization
from logkeep.policy import Layers, Malformed, Policy, Unread, read_policy
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, map_look, remembered, seen
from logkeep.value import Absent, AccountId, Arn, Json, Look, Seen, Unseen, arn_name, parse_arn


class Inline(msgspec.Struct, frozen=True, rename="pascal"):
    """A policy that lies in a user, group or role."""

    policy_name: str
    policy_document: Json


class Managed(msgspec.Struct, frozen=True, rename="pascal"):
    """A managed policy attached to a user, group or role."""

    policy_name: str
    policy_arn: str


class Boundary(msgspec.Struct, frozen=True, rename="pascal"):
    """The permissions boundary of a user or role."""

    permissions_boundary_arn: str = ""


class User(msgspec.Struct, frozen=True, rename="pascal"):
    """A user as GetAccountAuthorizationDetails shows it."""

    user_name: str
    arn: str
    group_list: tuple[str, ...] = ()
    user_policy_list: tuple[Inline, ...] = ()
    attached_managed_policies: tuple[Managed, ...] = ()
    permissions_boundary: Boundary | None = None


class Group(msgspec.Struct, frozen=True, rename="pascal"):
    """A group as GetAccountAuthorizationDetails shows it."""

    group_name: str
    arn: str
    group_policy_list: tuple[Inline, ...] = ()
    attached_managed_policies: tuple[Managed, ...] = ()


class Role(msgspec.Struct, frozen=True, rename="pascal"):
    """A role as GetAccountAuthorizationDetails shows it."""

    role_name: str
    arn: str
    assume_role_policy_document: Json = None
    role_policy_list: tuple[Inline, ...] = ()
    attached_managed_policies: tuple[Managed, ...] = ()
    permissions_boundary: Boundary | None = None


class PolicyVersion(msgspec.Struct, frozen=True, rename="pascal"):
    """A version of a managed policy."""

    document: Json = None
    is_default_version: bool = False


class ManagedPolicy(msgspec.Struct, frozen=True, rename="pascal"):
    """A managed policy with its versions."""

    arn: str
    policy_name: str = ""
    policy_version_list: tuple[PolicyVersion, ...] = ()


class Details(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of iam:GetAccountAuthorizationDetails."""

    user_detail_list: tuple[User, ...] = ()
    group_detail_list: tuple[Group, ...] = ()
    role_detail_list: tuple[Role, ...] = ()
    policies: tuple[ManagedPolicy, ...] = ()


class CallerIdentity(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of sts:GetCallerIdentity."""

    arn: str
    account: str


def details_ask(facts: Facts, account: AccountId) -> Ask:
    """The question who there is in an account and what their policies say."""
    return ask(account, facts.fleet.home_region, "iam:GetAccountAuthorizationDetails")


def caller_ask(facts: Facts) -> Ask:
    """The question who Logkeep is in the archive's account."""
    return ask(facts.fleet.archive.account, facts.fleet.home_region, "sts:GetCallerIdentity")


def details(facts: Facts, account: AccountId) -> Look[Details]:
    """The users, groups, roles and managed policies of an account."""
    return facts.look(details_ask(facts, account), Details)


def principals(facts: Facts, account: AccountId) -> Look[tuple[Arn, ...]]:
    """The ARNs of an account's users and roles."""
    return map_look(
        details(facts, account),
        lambda found: (
            *(user.arn for user in found.user_detail_list),
            *(role.arn for role in found.role_detail_list),
        ),
    )


def administrators(facts: Facts) -> Look[tuple[Arn, ...]]:
    """Who may change the archive's settings: as the fleet says, else the role Logkeep uses."""
    named = facts.fleet.archive.administrators
    return Seen(named) if named else map_look(caller(facts), lambda arn: (arn,))


def setters(facts: Facts) -> Look[tuple[Arn, ...]]:
    """Who is let past what closes the archive's settings: its administrators, and the roles by
    which services bring about what the fleet asks, each with no more than its own policies let it.
    """
    own = facts.fleet.archive_setters
    return map_look(administrators(facts), lambda found: tuple(dict.fromkeys((*found, *own))))


def caller(facts: Facts) -> Look[Arn]:
    """The user or role that Logkeep is in the archive's account; a session counts as its role."""
    look = facts.look(caller_ask(facts), CallerIdentity)
    return map_look(look, lambda answer: principal_of_session(facts, answer.arn))


def principal_of_session(facts: Facts, arn: Arn) -> Arn:
    """The role's ARN for a session's; a session does not say its role's path, so IAM is asked."""
    parts = parse_arn(arn)
    if parts is None or not parts.resource.startswith("assumed-role/"):
        return arn
    name = parts.resource.split("/")[1]
    found = seen(details(facts, parts.account))
    pathed = [r.arn for r in found.role_detail_list if r.role_name == name] if found else []
    return pathed[0] if pathed else f"arn:{parts.partition}:iam::{parts.account}:role/{name}"


def exists(facts: Facts, principal: Arn) -> Look[Arn]:
    """Whether a user or role is there."""
    parts = parse_arn(principal)
    if parts is None:
        return Unseen("iam:GetAccountAuthorizationDetails", f"`{principal}` is not an ARN")
    found = principals(facts, parts.account)
    if not isinstance(found, Seen):
        return found
    if principal in found.value:
        return Seen(principal)
    return Absent(details_ask(facts, parts.account).says())


@remembered
def layers(facts: Facts, principal: Arn) -> Layers:
    """Every layer on the principal's side: identity policies, boundary, control policies."""
    parts = parse_arn(principal)
    if parts is None:
        return Layers()
    scps = organization.levels(facts, parts.account, "scp")
    found = details(facts, parts.account)
    if not isinstance(found, Seen):
        unread = Unread(found.call, found.error if isinstance(found, Unseen) else "is not there")
        return Layers(identity=unread, boundary=unread, scps=scps)
    if parts.resource == "root":
        return Layers(identity=(_root_policy(),), scps=scps)
    return Layers(
        identity=_identity(facts, found.value, principal),
        boundary=_boundary(found.value, principal),
        scps=scps,
    )


@functools.cache
def _root_policy() -> Policy:
    """A root user may do all that nothing denies (IAM user guide, root user)."""
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    read = read_policy(
        {"Version": "2012-10-17", "Statement": [everything]}, "identity", "root user"
    )
    assert isinstance(read, Policy)
    return read


def _identity(facts: Facts, found: Details, principal: Arn) -> tuple[Policy, ...] | Unread:
    inline: list[Inline] = []
    managed: list[Managed] = []
    for holder in _holders(found, principal):
        match holder:
            case User():
                inline += holder.user_policy_list
            case Group():
                inline += holder.group_policy_list
            case Role():
                inline += holder.role_policy_list
        managed += holder.attached_managed_policies
    documents = [(entry.policy_name, entry.policy_document) for entry in inline]
    for entry in managed:
        text = _managed_document(found, entry.policy_arn)
        if text is None:
            return Unread("iam:GetAccountAuthorizationDetails", f"did not show {entry.policy_arn}")
        documents.append((entry.policy_name, text))
    return _compiled(facts, documents)


def _compiled(facts: Facts, documents: Iterable[tuple[str, Json]]) -> tuple[Policy, ...] | Unread:
    """The policies compiled; the same text under the same name, in whatever account, once."""
    compiled: list[Policy] = []
    for name, document in documents:
        read = facts.policy(msgspec.json.encode(document).decode(), "identity", name)
        if isinstance(read, Malformed):
            return Unread(f"policy {name}", "; ".join(read.mistakes))
        compiled.append(read)
    return tuple(compiled)


def _holders(found: Details, principal: Arn) -> list[User | Group | Role]:
    """The principal itself, and for a user its groups."""
    for user in found.user_detail_list:
        if user.arn == principal:
            return [user, *(g for g in found.group_detail_list if g.group_name in user.group_list)]
    return [role for role in found.role_detail_list if role.arn == principal]


def _managed_document(found: Details, arn: Arn) -> Json:
    for policy in found.policies:
        if policy.arn == arn:
            return next(
                (v.document for v in policy.policy_version_list if v.is_default_version), None
            )
    return None


def _boundary(found: Details, principal: Arn) -> Policy | Unread | None:
    holders = [h for h in _holders(found, principal) if not isinstance(h, Group)]
    arn = next(
        (
            h.permissions_boundary.permissions_boundary_arn
            for h in holders
            if h.permissions_boundary
        ),
        "",
    )
    if not arn:
        return None
    text = _managed_document(found, arn)
    if text is None:
        return Unread("iam:GetAccountAuthorizationDetails", f"did not show {arn}")
    read = read_policy(text, "boundary", arn_name(arn))
    return (
        Unread(f"boundary {arn}", "; ".join(read.mistakes)) if isinstance(read, Malformed) else read
    )
