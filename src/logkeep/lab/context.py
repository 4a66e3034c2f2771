"""Which condition keys does a request carry? Global keys, and those of S3, KMS and STS.

Sources: IAM User Guide, "AWS global condition context keys"; Service Authorization Reference,
"Actions, resources, and condition keys" of Amazon S3, AWS KMS and AWS STS.
"""

from __future__ import annotations

from typing import Any

from logkeep.lab.call import Call, Caller, World

Values = dict[str, Any]


def common(world: World, call: Call) -> Values:
    """The global keys of a signed request; loopback counts as TLS."""
    return {
        "aws:SecureTransport": "true",
        "aws:SourceIp": call.source_ip,
        "aws:UserAgent": call.user_agent,
        "aws:RequestedRegion": call.region,
        "aws:CurrentTime": call.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(call.at.timestamp())),
        "aws:ViaAWSService": "false",
        **principal(world, call.caller),
    }


_TYPES = {
    "root": "Account",
    "user": "User",
    "role": "AssumedRole",
    "federated": "FederatedUser",
    "service": "Service",
    "anonymous": "Anonymous",
}


def principal(world: World, caller: Caller) -> Values:
    """What the caller brings along; an organization's id only for its own accounts."""
    values: Values = {
        "aws:PrincipalArn": caller.role_arn if caller.kind == "role" else caller.arn,
        "aws:PrincipalAccount": caller.account,
        "aws:PrincipalType": _TYPES.get(caller.kind, ""),
        "aws:PrincipalIsAWSService": "false",
        "aws:userid": caller.principal_id,
    }
    if caller.account in world.accounts:
        values["aws:PrincipalOrgID"] = world.organization_id
    if caller.kind == "user":
        values["aws:username"] = caller.name
    if caller.kind == "role":
        values["aws:MultiFactorAuthPresent"] = "false"
    return values


AWS_ADDRESS = "52.94.76.10"
"""An address of AWS's own, from which its services call."""


def service(world: World, name: str, given: dict[str, str]) -> Values:
    """The keys of a service principal's own request (rule 1.5.1), besides those given."""
    now = world.now()
    return {
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": name,
        "aws:SecureTransport": "true",
        "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:ViaAWSService": "false",
        "aws:SourceIp": AWS_ADDRESS,
        "aws:UserAgent": name,
        **given,
    }


def owner(world: World, account: str, resource: str) -> Values:
    """The keys that say whose the resource is."""
    if resource == "*":
        return {}
    values: Values = {"aws:ResourceAccount": account}
    if account in world.accounts:
        values["aws:ResourceOrgID"] = world.organization_id
    if resource.startswith("arn:aws:s3:"):
        values["s3:ResourceAccount"] = account
    return values


_S3_HEADERS = (
    "x-amz-acl",
    "x-amz-copy-source",
    "x-amz-metadata-directive",
    "x-amz-storage-class",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-object-ownership",
    "x-amz-content-sha256",
    "x-amz-bucket-namespace",
)
_S3_ARGUMENTS = {
    "Prefix": "s3:prefix",
    "Delimiter": "s3:delimiter",
    "MaxKeys": "s3:max-keys",
    "VersionId": "s3:VersionId",
    "ObjectLockMode": "s3:object-lock-mode",
}


def of_s3(call: Call) -> Values:
    """S3's keys: each header only where it was sent (rule 2.2.3)."""
    values: Values = {f"s3:{n}": call.headers[n] for n in _S3_HEADERS if n in call.headers}
    for argument, key in _S3_ARGUMENTS.items():
        if call.arguments.get(argument) is not None:
            values[key] = str(call.arguments[argument])
    values["s3:signatureversion"] = "AWS4-HMAC-SHA256"
    values["s3:authType"] = "REST-HEADER"
    return values


def of_kms(caller: Caller, encryption: dict[str, str] | None, via: str = "") -> Values:
    """KMS's keys: `kms:ViaService` only when a service asks on the caller's behalf (rule 4.5)."""
    values: Values = {"kms:CallerAccount": caller.account}
    for name, value in (encryption or {}).items():
        values[f"kms:EncryptionContext:{name}"] = value
    if encryption:
        values["kms:EncryptionContextKeys"] = list(encryption)
    if via:
        values["kms:ViaService"] = via
    return values


def of_sts(call: Call) -> Values:
    """AssumeRole's keys."""
    values: Values = {}
    for argument, key in (
        ("ExternalId", "sts:ExternalId"),
        ("RoleSessionName", "sts:RoleSessionName"),
        ("SourceIdentity", "sts:SourceIdentity"),
    ):
        if call.arguments.get(argument):
            values[key] = str(call.arguments[argument])
    return values
