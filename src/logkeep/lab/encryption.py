"""What does SSE-KMS ask of the caller? The key's leg of S3 reads and writes (rules 4.8, 2.2.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from logkeep.lab import documents
from logkeep.lab.actions import Ask, copy_source
from logkeep.lab.call import Answer, Call, Key
from logkeep.lab.context import of_kms
from logkeep.lab.wire import refuse
from logkeep.lab.world import LabWorld, default_rule

_WRITES = {"PutObject", "CopyObject", "CreateMultipartUpload"}


@dataclass(frozen=True)
class Effective:
    """The encryption an upload ends up with."""

    algorithm: str
    key: str
    """As named by the header or the bucket default; empty is the AWS managed key."""


def effective(call: Call) -> Effective:
    """Header before bucket default, default before SSE-S3 (rules 2.2.1 and 2.2.2)."""
    sent = str(call.arguments.get("ServerSideEncryption") or "")
    if sent:
        return Effective(sent, str(call.arguments.get("SSEKMSKeyId") or ""))
    bucket = documents.bucket_of(str(call.arguments.get("Bucket")))
    default: dict[str, Any] = {}
    if bucket is not None:
        default = default_rule(bucket).get("ApplyServerSideEncryptionByDefault") or {}
    algorithm = str(default.get("SSEAlgorithm") or "AES256")
    return Effective(algorithm, str(default.get("KMSMasterKeyID") or ""))


def check(world: LabWorld, call: Call) -> Answer | None:
    """S3's refusal where the key would not let this object be written or read."""
    if call.operation in _WRITES:
        refused = _check_write(world, call)
        if refused is not None or call.operation != "CopyObject":
            return refused
        return _check_read(world, call, *copy_source(call.arguments))
    if call.operation == "GetObject":
        return _check_read(world, call, str(call.arguments["Bucket"]), str(call.arguments["Key"]))
    return None


def _check_write(world: LabWorld, call: Call) -> Answer | None:
    will = effective(call)
    if not will.algorithm.startswith("aws:kms"):
        return None
    bucket, key = str(call.arguments["Bucket"]), str(call.arguments["Key"])
    if not will.key or will.key.endswith("alias/aws/s3"):
        return _managed(call)
    # An id or alias resolves in the requester's account (rule 2.2.7).
    found = world.key(will.key, call.caller.account, call.region)
    under = world.own_context(bucket, key)
    refused = _ask_key(world, call, will.key, found, "kms:GenerateDataKey", under)
    if refused is None and call.operation == "CreateMultipartUpload":
        # S3 must open the parts again to join them (rule 4.8).
        return _ask_key(world, call, will.key, found, "kms:Decrypt", under)
    return refused


def _check_read(world: LabWorld, call: Call, bucket: str, key: str) -> Answer | None:
    lies = world.stored(bucket, key, call.arguments.get("VersionId"))
    if lies is None or not lies.algorithm.startswith("aws:kms"):
        return None
    if not lies.key_arn:
        return _managed(call)
    holder = world.bucket(bucket)
    region = holder.region if holder else call.region
    found = world.key(lies.key_arn, call.caller.account, region)
    return _ask_key(world, call, lies.key_arn, found, "kms:Decrypt", lies.context)


def _managed(call: Call) -> Answer | None:
    """The AWS managed key serves its own account only (rule 2.2.8)."""
    if call.caller.account == call.resource_account:
        return None
    return refuse(call, "AccessDenied", "Access Denied", status=403)


def _ask_key(
    world: LabWorld,
    call: Call,
    name: str,
    key: Key | None,
    action: str,
    encryption: dict[str, str],
) -> Answer | None:
    if key is None:
        said = f"Key '{name}' does not exist"
        return refuse(call, "KMS.NotFoundException", said)
    via = f"s3.{key.region}.amazonaws.com"
    ask = Ask(action, key.arn, key.account, of_kms(call.caller, encryption, via))
    ruling = world.authorize(call.caller, ask)
    if not ruling.allowed:
        return refuse(call, "AccessDenied", ruling.reason, status=403)
    return unusable(call, key, "KMS.")


def unusable(call: Call, key: Key, prefix: str = "") -> Answer | None:
    """KMS's refusal of a key that is not enabled (rule 4.6)."""
    if key.state == "Enabled":
        return None
    if key.state == "Disabled":
        return refuse(call, f"{prefix}DisabledException", f"{key.arn} is disabled.")
    said = (
        f"{key.arn} is pending deletion."
        if key.state == "PendingDeletion"
        else (f"{key.arn} is in state {key.state}.")
    )
    return refuse(call, f"{prefix}KMSInvalidStateException", said)


def remember(world: LabWorld, call: Call) -> None:
    """Note under which context a caller's own upload was encrypted."""
    if call.operation in _WRITES and effective(call).algorithm.startswith("aws:kms"):
        holder = documents.bucket_of(str(call.arguments["Bucket"]))
        found = holder.keys.get(str(call.arguments["Key"])) if holder else None
        if found is not None:
            world.remember(holder.name, found.name, found.version_id, None)
