"""What one change of IAM would make of a principal's own policies.

Each change is one action on one user, group, role or managed policy (Service Authorization
Reference, "AWS Identity and Access Management"). A policy that is put, attached or edited may say
anything; one that is taken away takes its Denies along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import msgspec

from logkeep.access import people
from logkeep.access.own_side import EVERYTHING
from logkeep.access.policies.speaking import own_layers
from logkeep.policy import Malformed, Policy, Unread
from logkeep.snapshot.facts import Facts, seen
from logkeep.value import Arn, Json, parse_arn
from logkeep.who.candidates import Rights

GIVING: Final = ("Put{}Policy", "Attach{}Policy")
TAKING: Final = ("Delete{}Policy", "Detach{}Policy")
OF_BOUNDARY: Final = ("Delete{}PermissionsBoundary", "Put{}PermissionsBoundary")
OF_MANAGED: Final = ("CreatePolicyVersion", "SetDefaultPolicyVersion")
OF_MEMBERS: Final = ("AddUserToGroup", "RemoveUserFromGroup")
CHANGES: Final = tuple(
    f"iam:{name.format(kind)}"
    for kind in ("User", "Group", "Role")
    for name in (*GIVING, *TAKING, *OF_BOUNDARY)
    if kind != "Group" or name not in OF_BOUNDARY
) + tuple(f"iam:{name}" for name in (*OF_MANAGED, *OF_MEMBERS))
"""Every action by which a principal might give itself more."""


class IamChange(NamedTuple):
    """One action on one thing of IAM, and what the principal's own policies would be after it."""

    action: str
    on: Arn
    rights: Rights


class Piece(NamedTuple):
    """A policy of a principal, whose it is, and which managed policy, if one."""

    policy: Policy | Unread
    holder: Arn
    managed: Arn = ""

    def denies(self) -> bool:
        """Whether taking it away may take a Deny away."""
        policy = self.policy
        return isinstance(policy, Unread) or any(not s.allows for s in policy.statements)


def changes(facts: Facts, principal: Arn) -> Iterator[IamChange]:
    """Every change that could help a user or role of an account whose IAM was read."""
    found = seen(people.details(facts, (parts.account if (parts := parse_arn(principal)) else "")))
    holders = list(_holders(found, principal)) if found else []
    if not found or not holders:
        return
    mine = _Mine(facts, found, principal)
    for holder in holders:
        yield from mine.of_holder(holder)
    yield from mine.of_boundary(holders[0])
    yield from mine.of_managed()
    if isinstance(holders[0], people.User):
        yield from mine.of_members(holders[0])


class _Mine:
    """A principal's policies, piece by piece, and what each change makes of them."""

    def __init__(self, facts: Facts, found: people.Details, principal: Arn) -> None:
        self.facts = facts
        self.found = found
        self.boundary = own_layers(facts, principal).boundary
        self.bound_by = _boundary_arn(found, principal)
        holders = _holders(found, principal)
        self.pieces = [piece for holder in holders for piece in _pieces(facts, found, holder)]

    def of_holder(self, holder: people.User | people.Group | people.Role) -> Iterator[IamChange]:
        """Policies put into, attached to or taken from the principal or one of its groups."""
        kind = type(holder).__name__
        theirs = [piece for piece in self.pieces if piece.holder == holder.arn]
        denying = [piece for piece in theirs if piece.denies()]
        put, attach = (f"iam:{name.format(kind)}" for name in GIVING)
        delete, detach = (f"iam:{name.format(kind)}" for name in TAKING)
        yield IamChange(put, holder.arn, self._rights([*self.pieces, _more(holder.arn)]))
        yield IamChange(attach, holder.arn, self._rights([*self.pieces, _more(holder.arn)]))
        for piece in denying:
            rest = [each for each in self.pieces if each is not piece]
            yield IamChange(detach if piece.managed else delete, holder.arn, self._rights(rest))
            if not piece.managed:  # a policy put under its name replaces it
                yield IamChange(put, holder.arn, self._rights([*rest, _more(holder.arn)]))

    def of_boundary(self, holder: people.User | people.Group | people.Role) -> Iterator[IamChange]:
        """The boundary taken away, or replaced by one that bounds nothing."""
        if self.boundary is not None:
            for name in OF_BOUNDARY:
                action = f"iam:{name.format(type(holder).__name__)}"
                yield IamChange(action, holder.arn, Rights(_together(self.pieces), None))

    def of_managed(self) -> Iterator[IamChange]:
        """Another version of a managed policy that is the account's own."""
        create, choose = (f"iam:{name}" for name in OF_MANAGED)
        for arn in dict.fromkeys([*(piece.managed for piece in self.pieces), self.bound_by]):
            if not arn:
                continue
            yield IamChange(create, arn, self._replaced(arn, EVERYTHING))
            for version in _other_versions(self.found, arn):
                yield IamChange(choose, arn, self._replaced(arn, _read(self.facts, arn, version)))

    def of_members(self, user: people.User) -> Iterator[IamChange]:
        """The user put into a group or taken out of one."""
        add, remove = (f"iam:{name}" for name in OF_MEMBERS)
        for group in self.found.group_detail_list:
            if group.group_name not in user.group_list:
                gained = [*self.pieces, *_pieces(self.facts, self.found, group)]
                yield IamChange(add, group.arn, self._rights(gained))
            elif any(piece.denies() for piece in self.pieces if piece.holder == group.arn):
                rest = [piece for piece in self.pieces if piece.holder != group.arn]
                yield IamChange(remove, group.arn, self._rights(rest))

    def _rights(self, pieces: Iterable[Piece]) -> Rights:
        return Rights(_together(pieces), self.boundary)

    def _replaced(self, arn: Arn, policy: Policy | Unread) -> Rights:
        pieces = (p._replace(policy=policy) if p.managed == arn else p for p in self.pieces)
        return Rights(_together(pieces), policy if arn == self.bound_by else self.boundary)


def _more(holder: Arn) -> Piece:
    return Piece(EVERYTHING, holder)


def _together(pieces: Iterable[Piece]) -> tuple[Policy, ...] | Unread:
    found: list[Policy] = []
    for piece in pieces:
        if isinstance(piece.policy, Unread):
            return piece.policy
        found.append(piece.policy)
    return tuple(found)


def _holders(
    found: people.Details, principal: Arn
) -> Iterator[people.User | people.Group | people.Role]:
    """The principal itself, and then a user's groups."""
    for user in found.user_detail_list:
        if user.arn == principal:
            yield user
            yield from (g for g in found.group_detail_list if g.group_name in user.group_list)
    yield from (role for role in found.role_detail_list if role.arn == principal)


def _pieces(
    facts: Facts, found: people.Details, holder: people.User | people.Group | people.Role
) -> Iterator[Piece]:
    for each in _inline(holder):
        yield Piece(_read(facts, each.policy_name, each.policy_document), holder.arn)
    for each in holder.attached_managed_policies:
        document = _current(found, each.policy_arn)
        policy = _read(facts, each.policy_name, document)
        yield Piece(policy, holder.arn, each.policy_arn)


def _inline(holder: people.User | people.Group | people.Role) -> tuple[people.Inline, ...]:
    match holder:
        case people.User():
            return holder.user_policy_list
        case people.Group():
            return holder.group_policy_list
        case people.Role():
            return holder.role_policy_list


def _current(found: people.Details, arn: Arn) -> Json:
    versions = (v for policy in found.policies if policy.arn == arn
                for v in policy.policy_version_list)  # fmt: skip
    return next((version.document for version in versions if version.is_default_version), None)


def _other_versions(found: people.Details, arn: Arn) -> Iterator[Json]:
    for policy in found.policies:
        if policy.arn == arn:
            versions = policy.policy_version_list
            yield from (each.document for each in versions if not each.is_default_version)


def _boundary_arn(found: people.Details, principal: Arn) -> Arn:
    for holder in _holders(found, principal):
        if not isinstance(holder, people.Group) and holder.permissions_boundary:
            return holder.permissions_boundary.permissions_boundary_arn
    return ""


def _read(facts: Facts, name: str, document: Json) -> Policy | Unread:
    """A policy of IAM, compiled; unread where nobody showed it or it is malformed."""
    if document is None:
        return Unread("iam:GetAccountAuthorizationDetails", f"did not show {name}")
    read = facts.policy(msgspec.json.encode(document).decode(), "identity", name)
    return (
        Unread(f"policy {name}", "; ".join(read.mistakes)) if isinstance(read, Malformed) else read
    )
