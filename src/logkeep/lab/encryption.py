"""What does SSE-KMS ask of whoever reads an object? The key's part of it (rule 4.8)."""

from __future__ import annotations

from logkeep.lab.actions import NeededAction, copy_source
from logkeep.lab.call import Answer, Call, DeliveryKey
from logkeep.lab.context import of_kms
from logkeep.lab.wire import refuse
from logkeep.lab.world import LabWorld

CHECKSUM_MODE = "x-amz-checksum-mode"


def check(world: LabWorld, call: Call) -> Answer | None:
    """S3's refusal where the key would not let this object be read."""
    if call.operation == "CopyObject":
        return _check_read(world, call, *copy_source(call.arguments))
    if call.operation == "GetObject" or asks_checksum(call):
        return _check_read(world, call, str(call.arguments["Bucket"]), str(call.arguments["Key"]))
    return None


def asks_checksum(call: Call) -> bool:
    """Whether a HeadObject asks for the checksum, which takes the key too (its reference)."""
    return call.operation == "HeadObject" and CHECKSUM_MODE in call.headers


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
    key: DeliveryKey | None,
    action: str,
    encryption: dict[str, str],
) -> Answer | None:
    if key is None:
        said = f"Key '{name}' does not exist"
        return refuse(call, "KMS.NotFoundException", said)
    via = f"s3.{key.region}.amazonaws.com"
    ask = NeededAction(action, key.arn, key.account, of_kms(call.caller, encryption, via))
    ruling = world.authorize(call.caller, ask)
    if not ruling.allowed:
        return refuse(call, "AccessDenied", ruling.reason, status=403)
    return unusable(call, key, "KMS.")


def unusable(call: Call, key: DeliveryKey, prefix: str = "") -> Answer | None:
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
