"""Is this text a policy that AWS would store? The checks of the calls that take one."""

from __future__ import annotations

import ipaddress
import json
import re
from typing import Any, cast

from logkeep.lab import documents
from logkeep.lab.conditions import as_list, known_operator
from logkeep.lab.store import PARTITION, iam_backends

_DOCUMENT = {"Version", "Id", "Statement"}
_STATEMENT = {
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
}
_VERSIONS = {"2012-10-17", "2008-10-17"}
_KINDS = {"AWS", "Service", "Federated", "CanonicalUser"}


_NO_JSON = "Policies must be valid JSON and the first byte must be '{'"
_SYNTAX = "Invalid policy syntax."


class MalformedError(Exception):
    """The text is no policy; the message is AWS's."""


def parse(text: str) -> dict[str, Any]:
    """A resource policy, or why AWS would refuse to store it."""
    try:
        parsed: Any = json.loads(text, object_pairs_hook=_once)
    except ValueError as error:
        raise MalformedError(_NO_JSON) from error
    policy = _object(parsed, _NO_JSON)
    for name in policy:
        if name not in _DOCUMENT:
            raise MalformedError(f"Unknown field {name}")
    if str(policy.get("Version", "2008-10-17")) not in _VERSIONS:
        raise MalformedError("The policy must contain a valid version string")
    statements: list[Any] = as_list(policy.get("Statement"))
    if not statements:
        raise MalformedError("Missing required field Statement")
    for statement in statements:
        _statement(statement)
    return policy


def _object(value: Any, otherwise: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedError(otherwise)
    return cast("dict[str, Any]", value)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("Duplicate key")
    return found


def _statement(value: Any) -> None:
    statement = _object(value, "Statement is not a valid JSON object")
    for name in statement:
        if name not in _STATEMENT:
            raise MalformedError(f"Unknown field {name}")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise MalformedError(f"Invalid effect: {statement.get('Effect')}")
    _one_of(statement, "Principal", "NotPrincipal")
    _one_of(statement, "Action", "NotAction")
    _one_of(statement, "Resource", "NotResource")
    if "NotPrincipal" in statement and statement["Effect"] == "Allow":
        raise MalformedError("Allow with NotPrincipal is not allowed.")
    _principal(statement.get("Principal", statement.get("NotPrincipal")))
    for action in _texts(statement.get("Action", statement.get("NotAction")), "action"):
        if not re.fullmatch(r"\*|[A-Za-z0-9-]+:.+", action):
            raise MalformedError("Policy has invalid action")
    for resource in _texts(statement.get("Resource", statement.get("NotResource")), "resource"):
        if not re.fullmatch(r"\*|arn:.+:.+:.*:.*:.+", resource):
            raise MalformedError("Policy has invalid resource")
    _condition(statement.get("Condition", {}))


def _texts(value: Any, what: str) -> list[str]:
    listed = as_list(value)
    if not listed or not all(isinstance(one, str) for one in listed):
        raise MalformedError(f"Policy has invalid {what}")
    return listed


def _one_of(statement: dict[str, Any], one: str, other: str) -> None:
    if (one in statement) == (other in statement):
        raise MalformedError(f"Missing required field {one}")


def _principal(principal: Any) -> None:
    if principal == "*":
        return
    kinds = _object(principal, _SYNTAX)
    if not kinds:
        raise MalformedError(_SYNTAX)
    for kind in kinds:
        if kind not in _KINDS:
            raise MalformedError(f"Invalid principal in policy: {kind}")
        _texts(kinds[kind], "principal")


def _condition(condition: Any) -> None:
    for operator, keys in _object(condition, _SYNTAX).items():
        if not known_operator(operator):
            raise MalformedError(f"Invalid Condition type : {operator}")
        for values in _object(keys, _SYNTAX).values():
            if not all(isinstance(one, str | int | float) for one in as_list(values)):
                raise MalformedError(_SYNTAX)


def resources_within(policy: dict[str, Any], arn: str) -> bool:
    """Whether every Resource is this bucket or something in it, as S3 demands."""
    for statement in as_list(policy.get("Statement")):
        for resource in as_list(statement.get("Resource", statement.get("NotResource"))):
            within = resource in ("*", arn) or str(resource).startswith((f"{arn}/", f"{arn}*"))
            if not within:
                return False
    return True


_ON_OBJECTS = re.compile(
    r"ObjectOwnerOverrideToBucketOwner|(?!.*Bucket)(.*Object.*|Replicate(Delete|Tags)|AbortMultipartUpload"
    r"|ListMultipartUploadParts|BypassGovernanceRetention)"
)
"""S3 actions whose resource is an object (rule trap 15: they need `bucket/*`)."""


def actions_apply(policy: dict[str, Any]) -> bool:
    """Whether every statement has an action with a resource of its kind, as S3 demands.

    Where some of a statement's actions have one and some have not, reports of what S3 does differ,
    and published policies are written so: the lab stores them.
    """
    return all(
        _any_applies(as_list(statement.get("Action")), as_list(statement.get("Resource")))
        for statement in as_list(policy.get("Statement"))
    )


def _any_applies(actions: list[Any], resources: list[Any]) -> bool:
    return not actions or any(_applies(str(action), resources) for action in actions)


def _applies(action: str, resources: list[Any]) -> bool:
    name = action.partition(":")[2]
    if not resources or not name or "*" in name or "?" in name:
        return True
    on_objects = _ON_OBJECTS.fullmatch(name) is not None

    def fits(resource: str) -> bool:
        inside = "/" in resource
        return inside == on_objects or (not inside and "*" in resource)

    return any(fits(str(one)) for one in resources)


def principals(policy: dict[str, Any]) -> list[str]:
    """Every AWS principal a policy names."""
    found: list[str] = []
    for statement in as_list(policy.get("Statement")):
        named = statement.get("Principal", statement.get("NotPrincipal"))
        if isinstance(named, dict):
            listed = cast("dict[str, Any]", named)
            found += [str(name) for name in as_list(listed.get("AWS"))]
    return found


_ARN = re.compile(r"arn:aws[a-z-]*:(iam|sts)::(\d{12}):(root|user/.+|role/.+|assumed-role/.+)")


def exists(principal: str, accounts: set[str]) -> bool:
    """Whether a principal is there, where the lab can know: users and roles of its own accounts."""
    if principal == "*" or re.fullmatch(r"\d{12}", principal):
        return True
    found = _ARN.fullmatch(principal)
    if found is None:
        return False
    account, rest = found.group(2), found.group(3)
    if account not in accounts or rest == "root" or rest.startswith("assumed-role/"):
        return True
    if rest.startswith("role/"):
        return documents.role_of(principal) is not None
    users: Any = iam_backends[account][PARTITION].users.values()
    return any(user.arn == principal for user in users)


def public(policy: dict[str, Any]) -> bool:
    """Whether Block Public Access would call this bucket policy public (rule 2.1.5).

    Amazon S3 User Guide, "The meaning of public": an Allow to anyone without a fixed value of one
    of the keys listed there.
    """
    return any(_public(one) for one in as_list(policy.get("Statement")))


_FIXING = {
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceowner",
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:userid",
    "aws:sourceip",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
}


_EXACT = {
    "stringequals",
    "stringequalsignorecase",
    "stringlike",
    "arnequals",
    "arnlike",
    "ipaddress",
}
"""The operators that ask for a value; Null, for one, fixes none."""


def _public(statement: dict[str, Any]) -> bool:
    if statement.get("Effect") != "Allow":
        return False
    named: Any = statement.get("Principal")
    anyone = named == "*" or "*" in principals({"Statement": statement})
    # The guide lists principals, users, roles and services as fixed, and no identity provider.
    anyone = anyone or (isinstance(named, dict) and "Federated" in named)
    return anyone and not _fixed(statement.get("Condition") or {})


def _fixed(condition: dict[str, Any]) -> bool:
    for operator, keys in condition.items():
        if operator.lower().removeprefix("foranyvalue:") not in _EXACT:
            continue
        for key, values in keys.items():
            if key.lower() in _FIXING and not any(_wide(str(v)) for v in as_list(values)):
                return True
    return False


def _wide(value: str) -> bool:
    """Whether a value leaves much open: a wildcard, or addresses wider than /8 or IPv6's /32."""
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return "*" in value
    return network.prefixlen < (8 if network.version == 4 else 32)
