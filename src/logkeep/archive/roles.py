"""The roles by which services deliver: how they are made, and what each call does to them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from logkeep.access import people
from logkeep.access.key import FLEET_TAG
from logkeep.access.policies.carriers import is_ours
from logkeep.access.policies.granting import first_text
from logkeep.access.policies.speaking import Holder
from logkeep.access.policies.spoil import emptied
from logkeep.archive.part import Part
from logkeep.policy.resource_kinds import ROLE, TRUST
from logkeep.route import Allows, Exists, Hop
from logkeep.snapshot import Ask, Reply, reply
from logkeep.snapshot.call import NotYet, Permit, WritingCall
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Effect, Fault, Thing, Write
from logkeep.value import Arn, Json, Look, account_of, arn_name, parse_arn
from logkeep.words import log_roles

Answers = Mapping[Ask, Reply]
Role = dict[str, Json]


def find(facts: Facts, hop: Hop) -> Look[Json]:
    """The role of a hop."""
    return people.exists(facts, hop.arn)


def make(facts: Facts, hop: Hop) -> tuple[Write, ...]:
    """A role that a service may assume; what it may do there is granted when it is there."""
    parts = parse_arn(hop.arn)
    if parts is None or not is_ours(facts, parts.account):
        return ()
    path = parts.resource.removeprefix("role").removesuffix(arn_name(hop.arn))
    grants = (n.grant for n in hop.needs if isinstance(n, Allows) and not n.policy_of and n.grant)
    bound = facts.fleet.boundary(parts.account)
    arguments: dict[str, Json] = {
        "RoleName": arn_name(hop.arn),
        "AssumeRolePolicyDocument": first_text(grants, Holder(TRUST, hop.arn)),
        "Tags": [{"Key": FLEET_TAG, "Value": facts.fleet.name}],
        **({"Path": path} if path != "/" else {}),
        **({"PermissionsBoundary": bound} if bound else {}),
    }
    return (Write(hop.arn, hop.account, hop.region, "iam:CreateRole", arguments),)


def gone(facts: Facts, hop: Hop, need: Exists) -> Iterator[Fault]:
    """The role is deleted, its policies first: IAM deletes none that has any ("DeleteRole")."""
    named: dict[str, Json] = {"RoleName": arn_name(hop.arn)}
    home = facts.fleet.home_region
    deleted = Write(hop.arn, account_of(hop.arn), home, "iam:DeleteRole", named)
    yield Fault(need.code, "the role is deleted", (*emptied(facts, Holder(ROLE, hop.arn)), deleted))


THINGS: dict[str, Thing] = {"role": Thing(find, make, gone)}


def _of_role(change: Callable[[Role | None, Write], Role | None]) -> Effect:
    """A call that changes one role, or makes or deletes it, in the account's details."""

    def effect(facts: Facts, write: Write) -> Answers:
        question = people.details_ask(facts, account_of(write.address))
        found = facts.snapshot.answers.get(question)
        if found is None or found.error:
            return {}
        body: dict[str, Json] = msgspec.json.decode(found.body)
        roles: list[Role] = body.get("RoleDetailList", [])
        before = next((role for role in roles if role["Arn"] == write.address), None)
        after = change(before, write)
        kept = [after if role is before else role for role in roles]
        listed = [role for role in kept if role is not None]
        made = [after] if before is None and after is not None else []
        return {question: reply({**body, "RoleDetailList": [*listed, *made]})}

    return effect


def _created(_before: Role | None, write: Write) -> Role:
    bound: str = write.arguments.get("PermissionsBoundary", "")
    return {
        **({"PermissionsBoundary": {"PermissionsBoundaryArn": bound}} if bound else {}),
        "RoleName": write.arguments["RoleName"],
        "Arn": write.address,
        "AssumeRolePolicyDocument": json.loads(write.arguments["AssumeRolePolicyDocument"]),
        "RolePolicyList": [],
    }


def _trusting(before: Role | None, write: Write) -> Role | None:
    document: Json = json.loads(write.arguments["PolicyDocument"])
    return {**before, "AssumeRolePolicyDocument": document} if before else None


def _with_policy(before: Role | None, write: Write) -> Role | None:
    if before is None:
        return None
    name: str = write.arguments["PolicyName"]
    made = {"PolicyName": name, "PolicyDocument": json.loads(write.arguments["PolicyDocument"])}
    return {**before, "RolePolicyList": [*_others(before, name), made]}


def _without_policy(before: Role | None, write: Write) -> Role | None:
    if before is None:
        return None
    return {**before, "RolePolicyList": _others(before, write.arguments["PolicyName"])}


def _others(role: Role, name: str) -> list[Json]:
    """The inline policies of a role but the one of a name."""
    listed: list[Json] = role.get("RolePolicyList", [])
    return [each for each in listed if each["PolicyName"] != name]


def _deleted(_before: Role | None, _write: Write) -> Role | None:
    return None


EFFECTS: dict[str, Effect] = {
    "iam:CreateRole": _of_role(_created),
    "iam:DeleteRole": _of_role(_deleted),
    "iam:UpdateAssumeRolePolicy": _of_role(_trusting),
    "iam:PutRolePolicy": _of_role(_with_policy),
    "iam:DeleteRolePolicy": _of_role(_without_policy),
}


BOUNDARY_KEY: Final = "iam:PermissionsBoundary"
WITHIN_BOUNDARY: Final = ("iam:CreateRole", "iam:PutRolePolicy")
"""What is granted for roles within a boundary alone: what gives them rights (Service Authorization
Reference, IAM). Whom a role trusts is let change without it: the role stays within its boundary."""


def boundary_context(facts: Facts, action: str, role: Arn) -> dict[str, str]:
    """What IAM says of a role's boundary with an action: as it is, or as it will be made."""
    if action not in WITHIN_BOUNDARY:
        return {}
    account = account_of(role)
    found = seen(people.details(facts, account))
    known = next((r for r in found.role_detail_list if r.arn == role), None) if found else None
    if known is None:
        bound = facts.fleet.boundary(account)
    else:
        own = known.permissions_boundary
        bound = own.permissions_boundary_arn if own else ""
    return {BOUNDARY_KEY: bound} if bound else {}


NEW_ROLE: Final = (
    NotYet(  # "changes … might not be immediately visible" (IAM, eventual consistency)
        frozenset({"NoSuchEntity"}), frozenset({"iam:CreateRole"})
    )
)


NEW_TRUSTED: Final = NotYet(  # "Invalid principal in policy", of a role that was made just before
    frozenset({"MalformedPolicyDocument"}), frozenset({"iam:CreateRole"})
)


def _of_role_call(action: str) -> WritingCall:
    return WritingCall((Permit(action, "logrole"),), (NEW_ROLE, NEW_TRUSTED))


ROLES: Final = Part(
    name="the roles that services deliver by",
    things=THINGS,
    effects=EFFECTS,
    writes={
        "iam:CreateRole": WritingCall(
            (Permit("iam:CreateRole", "logrole"), Permit("iam:TagRole", "logrole")),
            (NEW_TRUSTED,),
            always=("Role.Arn",),
        ),
        "iam:UpdateAssumeRolePolicy": _of_role_call("iam:UpdateAssumeRolePolicy"),
        "iam:PutRolePolicy": _of_role_call("iam:PutRolePolicy"),
    },
    resources={"logrole": "arn:{partition}:iam::*:role/*"},
    words=log_roles.ROLES,
)
