"""A role's policy ready to be deployed: as JSON, as a CloudFormation template or as Terraform."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal, TypeAlias

from logkeep.value import AccountId, Json
from logkeep.words.plain import clean

Form: TypeAlias = Literal["policy", "cloudformation", "terraform"]
SCHEMA = 1


def permissions_text(
    policies: Mapping[AccountId, Json], names: Mapping[AccountId, str], role: str, form: Form
) -> str:
    """The policies of some accounts, each under a line that names the account."""
    match form:
        case "policy":
            shown = [_policy(names[each], each, policies[each]) for each in policies]
        case "cloudformation":
            shown = [_stack(names[each], each, role, policies[each]) for each in policies]
        case "terraform":
            shown = [_terraform(names[each], each, role, policies[each]) for each in policies]
    return "\n".join(shown)


def permissions_json(
    policies: Mapping[AccountId, Json], names: Mapping[AccountId, str], role: str, caller: Json
) -> dict[str, Json]:
    """All of it as one document."""
    return {
        "schema": SCHEMA,
        "role": role,
        "caller": caller,
        "accounts": [
            {"account": each, "name": names[each], "policy": policies[each]} for each in policies
        ],
    }


def _policy(name: str, account: AccountId, policy: Json) -> str:
    return f"# {clean(name)} ({clean(account)})\n{_text(policy)}\n"


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
        f"# {clean(name)} ({clean(account)})",
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
