"""A role's policy ready to be deployed: as JSON, as a CloudFormation template or as Terraform."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from logkeep.value import AccountId, Json
from logkeep.words.plain import clean

Form: TypeAlias = Literal["policy", "cloudformation", "terraform"]
SCHEMA = 1


def permissions_text(
    policies: Mapping[AccountId, Json],
    names: Mapping[AccountId, str],
    roles: Mapping[AccountId, str],
    form: Form,
) -> str:
    """The policies of some accounts, each under a line that names the account; one is plain JSON.

    `roles` has the role's name in each account.
    """
    match form:
        case "policy" if len(policies) == 1:
            shown = [f"{_text(policy)}\n" for policy in policies.values()]
        case "policy":
            shown = [_policy(names[each], each, policies[each]) for each in policies]
        case "cloudformation":
            shown = [_stack(names[each], each, roles[each], policies[each]) for each in policies]
        case "terraform":
            shown = [
                _terraform(names[each], each, roles[each], policies[each]) for each in policies
            ]
    return "\n".join(shown)


def permissions_json(
    policies: Mapping[AccountId, Json],
    names: Mapping[AccountId, str],
    roles: Mapping[AccountId, str],
    role: str,
    caller: Json,
    notes: Sequence[str],
) -> dict[str, Json]:
    """All of it as one document."""
    return {
        "schema": SCHEMA,
        "role": role,
        "caller": caller,
        "notes": list(notes),
        "accounts": [
            {
                "account": each,
                "name": names[each],
                "role": roles[each],
                "policy": policies[each],
            }
            for each in policies
        ],
    }


def heading(name: str, account: AccountId) -> str:
    """The line over an account's policy."""
    return f"{clean(name)} ({clean(account)})"


def _policy(name: str, account: AccountId, policy: Json) -> str:
    return f"# {heading(name, account)}\n{_text(policy)}\n"


def _stack(name: str, account: AccountId, role: str, policy: Json) -> str:
    properties = {"PolicyName": "logkeep", "RoleName": role, "PolicyDocument": policy}
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"What Logkeep's role may do in {name} ({account})",
        "Resources": {"Logkeep": {"Type": "AWS::IAM::RolePolicy", "Properties": properties}},
    }
    return f"{_text(template)}\n"


def _terraform(name: str, account: AccountId, role: str, policy: Json) -> str:
    # Terraform reads ${ and %{ as its own (Strings and Templates).
    document = _text(policy).replace("${", "$${").replace("%{", "%%{")
    lines = [
        f"# {heading(name, account)}",
        f'resource "aws_iam_role_policy" "logkeep_{account}" {{',
        '  name   = "logkeep"',
        f"  role   = {json.dumps(role)}",
        "  policy = <<-EOT",
        *(f"    {line}" for line in document.splitlines()),
        "  EOT",
        "}",
    ]
    return "\n".join(lines) + "\n"


def _text(document: Json) -> str:
    return json.dumps(document, indent=2)
