"""How Logkeep's own role is kept from a call, and let make it again."""

from __future__ import annotations

from logkeep.lab.breaking.calls import Breakage
from logkeep.lab.breaking.documents import document
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Write
from logkeep.value import AccountId, Json


def role_denied(facts: Facts, account: AccountId, action: str, *, name: str, does: str) -> Breakage:
    """The role that Logkeep uses in an account is denied an action, by a policy of this name."""
    role = facts.fleet.role
    arn = f"arn:{facts.fleet.partition}:iam::{account}:role/{role}"
    place = (arn, account, facts.fleet.home_region)
    named: dict[str, Json] = {"RoleName": role, "PolicyName": name}
    deny = {"Effect": "Deny", "Action": action, "Resource": "*"}
    return Breakage(
        f"`{role}` may not {does}",
        (Write(*place, "iam:PutRolePolicy", {**named, "PolicyDocument": document(deny)}),),
        (Write(*place, "iam:DeleteRolePolicy", named),),
    )
