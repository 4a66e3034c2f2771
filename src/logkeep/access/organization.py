"""What the organization lays over an account: its service and resource control policies."""

from __future__ import annotations

from typing import Literal

import msgspec

from logkeep.policy import Malformed, Policy, Unread
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.value import Absent, AccountId, Look, Seen, Unseen

ControlKind = Literal["scp", "rcp"]
FILTERS: dict[ControlKind, str] = {
    "scp": "SERVICE_CONTROL_POLICY",
    "rcp": "RESOURCE_CONTROL_POLICY",
}
Levels = tuple[tuple[Policy, ...], ...]


class Organization(msgspec.Struct, frozen=True):
    """An organization's id and its management account."""

    id: str = msgspec.field(name="Id")
    management: str = msgspec.field(name="MasterAccountId")
    features: str = msgspec.field(name="FeatureSet", default="")
    """`ALL`, or `CONSOLIDATED_BILLING`; empty where AWS did not say."""


class OrganizationAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of organizations:DescribeOrganization."""

    organization: Organization


class Parent(msgspec.Struct, frozen=True, rename="pascal"):
    """The root or unit above a target."""

    id: str


class Parents(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of organizations:ListParents."""

    parents: tuple[Parent, ...] = ()


class Attached(msgspec.Struct, frozen=True, rename="pascal"):
    """A policy attached to a target."""

    id: str
    name: str = ""
    aws_managed: bool = False


class AttachedList(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of organizations:ListPoliciesForTarget."""

    policies: tuple[Attached, ...] = ()


class PolicyContent(msgspec.Struct, frozen=True, rename="pascal"):
    """A policy's text."""

    content: str


class PolicyContentAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of organizations:DescribePolicy."""

    policy: PolicyContent


def membership(facts: Facts, account: AccountId) -> Look[Organization]:
    """The organization an account is in; absent where it is in none."""
    question = ask(account, facts.fleet.home_region, "organizations:DescribeOrganization")
    look = facts.look(question, OrganizationAnswer)
    return Seen(look.value.organization) if isinstance(look, Seen) else look


@remembered
def is_management(facts: Facts, account: AccountId) -> bool:
    """Whether an account is known to be its organization's management account."""
    found = seen(membership(facts, account))
    return found is not None and found.management == account


@remembered
def levels(facts: Facts, account: AccountId, kind: ControlKind) -> Levels | Unread | None:
    """The control policies over an account, the root's first; None where there is no organization.

    The management account is bound by neither kind (rules 5.1.6, 5.1.7): the caller says so.
    """
    found = membership(facts, account)
    match found:
        case Absent():
            return None
        case Unseen(call, error):
            return Unread(call, error)
        case Seen(organization):
            if organization.management == account:
                return None
    path = _path(facts, account)
    if isinstance(path, Unseen):
        return Unread(path.call, path.error)
    gathered: list[tuple[Policy, ...]] = []
    for target in path:
        policies = _attached(facts, account, target, kind)
        if isinstance(policies, Unread):
            return policies
        gathered.append(policies)
    return tuple(gathered)


def path_of(facts: Facts, account: AccountId) -> str:
    """Where in its organization an account lies, as aws:SourceOrgPaths has it; empty: not seen."""
    found = seen(membership(facts, account))
    path = _path(facts, account) if found is not None else []
    if found is None or isinstance(path, Unseen):
        return ""
    return "/".join((found.id, *path[:-1], ""))


def _asker(facts: Facts, account: AccountId) -> AccountId:
    """Who may be told: the management account if it is in the fleet, else the account itself."""
    found = seen(membership(facts, account))
    managed = found is not None and facts.fleet.has(found.management)
    return found.management if found is not None and managed else account


def _path(facts: Facts, account: AccountId) -> list[str] | Unseen:
    """The root, the units and the account itself, in that order."""
    path = [account]
    while not path[0].startswith("r-"):
        look = facts.look(_parents(facts, account, path[0]), Parents)
        if not isinstance(look, Seen):
            return look if isinstance(look, Unseen) else Unseen(look.call, "is not there")
        if not look.value.parents or len(path) > 10:
            return Unseen(_parents(facts, account, path[0]).says(), "named no parent")
        path.insert(0, look.value.parents[0].id)
    return path


def _parents(facts: Facts, account: AccountId, child: str) -> Ask:
    home = facts.fleet.home_region
    return ask(_asker(facts, account), home, "organizations:ListParents", ChildId=child)


def _listed(facts: Facts, account: AccountId, target: str, kind: ControlKind) -> Ask:
    call = "organizations:ListPoliciesForTarget"
    home = facts.fleet.home_region
    return ask(_asker(facts, account), home, call, TargetId=target, Filter=FILTERS[kind])


def _content(facts: Facts, account: AccountId, policy: str) -> Ask:
    call = "organizations:DescribePolicy"
    return ask(_asker(facts, account), facts.fleet.home_region, call, PolicyId=policy)


def _attached(
    facts: Facts, account: AccountId, target: str, kind: ControlKind
) -> tuple[Policy, ...] | Unread:
    look = facts.look(_listed(facts, account, target, kind), AttachedList)
    if not isinstance(look, Seen):
        return Unread(look.call, look.error if isinstance(look, Unseen) else "is not there")
    policies: list[Policy] = []
    for entry in look.value.policies:
        text = facts.look(_content(facts, account, entry.id), PolicyContentAnswer)
        if not isinstance(text, Seen):
            return Unread(text.call, text.error if isinstance(text, Unseen) else "is not there")
        read = facts.policy(text.value.policy.content, kind, entry.name or entry.id)
        if isinstance(read, Malformed):
            return Unread(f"{kind} {entry.name or entry.id}", "; ".join(read.mistakes))
        policies.append(read)
    return tuple(policies)


def asks(facts: Facts, account: AccountId) -> list[Ask]:
    """Every question worth asking about the policies over an account, given what is known."""
    home = facts.fleet.home_region
    questions = [ask(account, home, "organizations:DescribeOrganization")]
    found = seen(membership(facts, account))
    if found is None or found.management == account:
        return questions
    path = _path(facts, account)
    if isinstance(path, Unseen):
        return questions + _path_asks(facts, account)
    questions += [_parents(facts, account, child) for child in path[1:]]
    kinds: tuple[ControlKind, ...] = ("scp", "rcp")
    for target in path:
        for kind in kinds:
            question = _listed(facts, account, target, kind)
            questions.append(question)
            entries = seen(facts.look(question, AttachedList))
            questions += (
                [_content(facts, account, e.id) for e in entries.policies] if entries else []
            )
    return questions


def _path_asks(facts: Facts, account: AccountId) -> list[Ask]:
    """The parents still to be asked for."""
    questions: list[Ask] = []
    child = account
    while not child.startswith("r-") and len(questions) <= 10:
        questions.append(_parents(facts, account, child))
        found = seen(facts.look(questions[-1], Parents))
        if found is None or not found.parents:
            break
        child = found.parents[0].id
    return questions
