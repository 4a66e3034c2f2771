"""May this call be made? Every action it needs, asked of the authorizer one after the other."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from logkeep.lab import context
from logkeep.lab.actions import NeededAction, copy_source, resource_of
from logkeep.lab.call import Answer, Call
from logkeep.lab.documents import bucket_of, organization_of, role_of
from logkeep.lab.public_access import closed
from logkeep.lab.store import PARTITION, iam_backends
from logkeep.lab.wire import deny, refuse
from logkeep.lab.world import LabWorld

_FREE = {("sts", "GetCallerIdentity")}
"""Operations that need no permission (AWS STS API Reference, GetCallerIdentity)."""


def located(world: LabWorld, call: Call) -> Call:
    """The call with the resource it acts on and that resource's owner."""
    caller = call.caller.account
    if call.service == "kms":
        resource = _key_arn(world, call)
    elif call.service == "organizations":
        # A delegated administrator asks by the permissions of its own account.
        return replace(call, resource=_policy_arn(call), resource_account=caller)
    else:
        names = {name: listed for kind in world.kinds for name, listed in kind.names.items()}
        resource = resource_of(call.service, call.arguments, caller, call.region, names)
    if "MultiRegionAccessPoint" in call.operation:
        resource = resource.replace(f":s3:{call.region}:", ":s3::")
    if call.service == "iam":
        resource = _with_path(resource, caller)
    if call.operation == "CreateBucket":  # who holds that name already is not the question
        return replace(call, resource=resource)
    bucket = world.bucket(str(call.arguments.get("Bucket"))) if call.service == "s3" else None
    # S3 serves a bucket in its own Region; clients of another are sent there.
    region = bucket.region if bucket else call.region
    owner = world.owner_of(resource, caller)
    return replace(call, resource=resource, resource_account=owner, region=region)


def _policy_arn(call: Call) -> str:
    """A policy's ARN (Service Authorization Reference, Organizations); all else names none."""
    named, found = call.arguments.get("PolicyId"), organization_of(call.caller.account)
    listed = found.policies if found and named else ()
    return next((str(each.arn) for each in listed if each.id == named), "*")


def _with_path(resource: str, account: str) -> str:
    """IAM's calls name a role without its path; its ARN has it."""
    name = resource.rpartition("/")[2]
    if ":role/" in resource and role_of(resource) is None:
        for role in iam_backends[account][PARTITION].roles.values():
            if role.name == name:
                return str(role.arn)
    return resource


_KEYED = ("KeyId", "SourceKeyId", "TargetKeyId", "AliasName")


def _key_arn(world: LabWorld, call: Call) -> str:
    named = next((str(call.arguments[n]) for n in _KEYED if call.arguments.get(n)), "")
    if not named:
        named = _key_in(call.arguments.get("CiphertextBlob"))
        if not named:
            return "*"
    key = world.key(named, call.caller.account, call.region)
    if key is not None:
        return key.arn
    if named.startswith("arn:"):
        return named
    kind = "" if named.startswith("alias/") else "key/"
    return f"arn:{PARTITION}:kms:{call.region}:{call.caller.account}:{kind}{named}"


def _key_in(ciphertext: Any) -> str:
    """moto writes the key id in front of what it encrypts."""
    if not isinstance(ciphertext, bytes) or len(ciphertext) < 36:
        return ""
    return ciphertext[:36].decode("ascii", "replace")


def asks(world: LabWorld, call: Call) -> list[NeededAction]:
    """Everything that must be allowed for a call."""
    values = context.common(world, call)
    if call.service == "s3":
        values |= context.of_s3(call)
        return _asks_of_s3(world, call, values)
    if call.service == "kms":
        encryption: dict[str, str] | None = call.arguments.get("EncryptionContext")
        values |= context.of_kms(call.caller, encryption)
        if call.operation == "CreateKey":
            for tag in call.arguments.get("Tags") or ():
                values[f"aws:RequestTag/{tag['TagKey']}"] = str(tag["TagValue"])
        if call.operation == "ReEncrypt":
            return _asks_of_re_encrypt(world, call, values)
    if call.service == "sts":
        values |= context.of_sts(call)
    if call.service == "iam":
        values |= _of_boundary(call)
    for kind in world.kinds:
        if more := kind.asks.get((call.service, call.operation)):
            owner = call.resource_account
            needed = more(world, call)
            return [
                NeededAction(action, on, owner, {**values, **given}) for action, on, given in needed
            ]
    return [NeededAction(call.action, call.resource, call.resource_account, values)]


def _of_boundary(call: Call) -> context.Values:
    """The boundary of the role that is made or given a policy (Service Authorization Reference)."""
    if call.operation == "CreateRole":
        bound = call.arguments.get("PermissionsBoundary")
    elif call.operation in ("PutRolePolicy", "DeleteRolePolicy"):
        bound = getattr(role_of(call.resource), "permissions_boundary_arn", None)
    else:
        bound = None
    return {"iam:PermissionsBoundary": str(bound)} if bound else {}


def _asks_of_re_encrypt(world: LabWorld, call: Call, values: context.Values) -> list[NeededAction]:
    """Out of one key and into another (AWS KMS API Reference, ReEncrypt)."""
    named = str(call.arguments.get("DestinationKeyId"))
    into = world.key(named, call.caller.account, call.region)
    source = NeededAction("kms:ReEncryptFrom", call.resource, call.resource_account, values)
    if into is None:
        return [source]
    return [source, NeededAction("kms:ReEncryptTo", into.arn, into.account, values)]


def _asks_of_s3(world: LabWorld, call: Call, values: context.Values) -> list[NeededAction]:
    main = NeededAction(call.action, call.resource, call.resource_account, values)
    needed = [main]
    if call.operation == "CopyObject":
        bucket, key = copy_source(call.arguments)
        source = f"arn:{PARTITION}:s3:::{bucket}/{key}"
        needed.append(NeededAction("s3:GetObject", source, world.owner_of(source, ""), values))
    if call.operation == "DeleteObjects":
        return []  # each key is asked for by itself, and refused by itself
    if call.operation in _WRITES:
        needed += [replace(main, action=action) for action in _more_actions(call.arguments)]
    return needed


_WRITES = {"PutObject", "CopyObject", "CreateMultipartUpload"}


def _more_actions(arguments: dict[str, Any]) -> list[str]:
    """What an upload needs besides (rule 2.1.8), for an ACL, tags and Object Lock.

    Whoever hands the object over to the bucket's owner needs nothing more: S3 User Guide, "Bucket
    policy examples using condition keys", grants s3:PutObject alone.
    """
    sends = {
        "s3:PutObjectAcl": arguments.get("ACL", _HANDS_OVER) != _HANDS_OVER,
        "s3:PutObjectTagging": bool(arguments.get("Tagging")),
        "s3:PutObjectRetention": bool(arguments.get("ObjectLockMode")),
        "s3:PutObjectLegalHold": bool(arguments.get("ObjectLockLegalHoldStatus")),
    }
    return [action for action, needed in sends.items() if needed]


_HANDS_OVER = "bucket-owner-full-control"


def check(world: LabWorld, call: Call) -> Answer | None:
    """The refusal, in AWS's order: no such bucket, wrong owner, not allowed."""
    if (call.service, call.operation) in _FREE:
        return None
    if call.service == "s3":
        refused = _bucket_there(call) or _owner_as_expected(call)
        if refused is not None:
            return refused
        if _public_and_closed(call):
            return deny(call, "Access Denied")
    for ask in asks(world, call):
        if _root_keeps(call, ask):
            ruling = world.authorize_root_exception(call.caller, ask)
        else:
            ruling = world.authorize(call.caller, ask)
        if not ruling.allowed:
            return deny(call, _worded(world, call, ruling.reason))
    return None


def _worded(world: LabWorld, call: Call, reason: str) -> str:
    """What the service tells of the reason: STS nothing, S3 only to its own organization.

    Amazon S3 User Guide, "Troubleshoot access denied (403 Forbidden) errors in Amazon S3".
    """
    if call.service == "sts":
        return reason.partition(" because ")[0]
    if call.service == "ec2":
        return f"You are not authorized to perform this operation. {reason}"
    if call.service != "s3":
        return reason
    near = {call.caller.account, call.resource_account}
    if len(near) > 1 and not near <= world.accounts.keys():
        return "Access Denied"
    return reason.replace(f"on resource: {call.resource} ", f'on resource: "{call.resource}" ')


def _public_and_closed(call: Call) -> bool:
    """RestrictPublicBuckets: a public policy answers the owner's account only (rule 2.1.5)."""
    stranger = call.caller.account != call.resource_account
    return stranger and closed(bucket_of(str(call.arguments.get("Bucket", ""))))


_POLICY_CALLS = {"PutBucketPolicy", "GetBucketPolicy", "DeleteBucketPolicy"}


def _root_keeps(call: Call, ask: NeededAction) -> bool:
    """The owner's root user may always mend the bucket policy (rule 2.1.7)."""
    return (
        call.service == "s3"
        and call.operation in _POLICY_CALLS
        and call.caller.kind == "root"
        and call.caller.account == ask.owner
    )


def _bucket_there(call: Call) -> Answer | None:
    bucket = call.arguments.get("Bucket")
    if not bucket or call.operation == "CreateBucket" or bucket_of(str(bucket)) is not None:
        return None
    said = "The specified bucket does not exist"
    return refuse(call, "NoSuchBucket", said, status=404)


def _owner_as_expected(call: Call) -> Answer | None:
    """`x-amz-expected-bucket-owner` that does not match is refused (rule 10.7)."""
    expected = call.headers.get("x-amz-expected-bucket-owner")
    if expected and call.arguments.get("Bucket") and expected != call.resource_account:
        return refuse(call, "AccessDenied", "Access Denied", status=403)
    return None


def store_account(call: Call) -> str:
    """The account whose store holds what the call is about."""
    if call.service == "s3" and call.operation != "CreateBucket":
        return call.resource_account
    if call.service == "kms" and call.resource != "*":
        return call.resource_account
    return call.caller.account


def body(call: Call, sent: bytes) -> bytes:
    """What moto is to read: it stumbles over some operations on keys named by ARN."""
    named = str(call.arguments.get("KeyId", ""))
    if call.service != "kms" or not named.startswith("arn:") or ":key/" not in call.resource:
        return sent
    asked = json.loads(sent)
    asked["KeyId"] = call.resource.rpartition(":key/")[2]
    return json.dumps(asked).encode()
