"""What in an account is AWS's own, and so not the account's to change, whatever policies say?"""

from __future__ import annotations

import fnmatch
import re
from typing import Final, NamedTuple

_OF_ROLE: Final = frozenset(
    f"iam:{name}"
    for name in (
        "AttachRolePolicy",
        "DeleteRole",
        "DeleteRolePermissionsBoundary",
        "DeleteRolePolicy",
        "DetachRolePolicy",
        "PutRolePermissionsBoundary",
        "PutRolePolicy",
        "UpdateAssumeRolePolicy",
    )
)
"""IAM API Reference: those that answer UnmodifiableEntity for a role that AWS protects."""
_OF_POLICY: Final = frozenset(
    f"iam:{name}"
    for name in (
        "CreatePolicyVersion",
        "DeletePolicy",
        "DeletePolicyVersion",
        "SetDefaultPolicyVersion",
        "TagPolicy",
        "UntagPolicy",
    )
)
_OF_ALIAS: Final = frozenset({"kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"})


class AwsOwned(NamedTuple):
    """Things that AWS keeps for itself, and what nobody of the account can do to them."""

    arns: str
    """A pattern of their ARNs."""
    actions: frozenset[str]
    what: str


KEPT: Final = (
    # IAM User Guide, "Managed policies and inline policies"
    AwsOwned("arn:*:iam::aws:policy/*", _OF_POLICY, "an AWS managed policy"),
    # IAM User Guide, "Create a service-linked role"
    AwsOwned("arn:*:iam::*:role/aws-service-role/*", _OF_ROLE, "a service-linked role"),
    # IAM Identity Center User Guide, "Referencing permission sets"
    AwsOwned("arn:*:iam::*:role/aws-reserved/*", _OF_ROLE, "a role of IAM Identity Center"),
    # KMS API Reference, CreateAlias: "The alias name cannot begin with alias/aws/"
    AwsOwned("arn:*:kms:*:*:alias/aws/*", _OF_ALIAS, "an alias of an AWS managed key"),
)

_COMPILED: Final = tuple(
    (re.compile(fnmatch.translate(each.arns)), {name.lower() for name in each.actions}, each.what)
    for each in KEPT
)
_ACTIONS: Final = frozenset[str]().union(*(actions for _, actions, _ in _COMPILED))


def kept_by_aws(action: str, resource: str) -> str:
    """What of AWS's own a request would change; nothing where it changes none of it."""
    lowered = action.lower()
    if lowered not in _ACTIONS:
        return ""
    found = (
        what for arns, actions, what in _COMPILED if lowered in actions and arns.match(resource)
    )
    return next(found, "")
