"""CloudWatch Logs: the key of a log group, which moto neither checks nor lets be changed.

Source: CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS" (CWL-KMS),
and the API Reference of CreateLogGroup and AssociateKmsKey.
"""

from __future__ import annotations

from logkeep.lab import log_groups
from logkeep.lab.call import Answer, Call, Forward, LogGroup, Overlay, World
from logkeep.lab.wire import refuse, reply


def create_log_group(world: World, call: Call, forward: Forward) -> Answer:
    """CreateLogGroup: a key it names must be usable for this group."""
    named = str(call.arguments.get("kmsKeyId") or "")
    refused = _key_refusal(world, call, _arn(call), named) if named else None
    return refused or forward()


def associate_key(world: World, call: Call, _forward: Forward) -> Answer:
    """AssociateKmsKey, of a log group."""
    if refused := _missing(world, call):
        return refused
    named = str(call.arguments.get("kmsKeyId") or "")
    refused = _key_refusal(world, call, _arn(call), named)
    if refused is None:
        log_groups.associate(_arn(call), named)
    return refused or reply(call, {})


def disassociate_key(world: World, call: Call, _forward: Forward) -> Answer:
    """DisassociateKmsKey, of a log group."""
    if refused := _missing(world, call):
        return refused
    log_groups.associate(_arn(call), "")
    return reply(call, {})


def _arn(call: Call) -> str:
    name = str(call.arguments.get("logGroupName") or "")
    if not name:
        name = str(call.arguments.get("resourceIdentifier") or "").rpartition(":log-group:")[2]
    return f"arn:aws:logs:{call.region}:{call.caller.account}:log-group:{name}"


def _missing(world: World, call: Call) -> Answer | None:
    if world.log_group(_arn(call)) is not None:
        return None
    said = "The specified log group does not exist."
    return refuse(call, "ResourceNotFoundException", said)


def _key_refusal(world: World, call: Call, group_arn: str, named: str) -> Answer | None:
    key = world.key(named, call.caller.account, call.region)
    if key is None or key.state != "Enabled":
        said = "The specified KMS Key Id could not be found or is not enabled."
        return refuse(call, "InvalidParameterException", said)
    group = LogGroup(group_arn, call.caller.account, call.region, key.arn)
    said = key_fault(world, group)
    return refuse(call, "AccessDeniedException", said) if said else None


def key_fault(world: World, group: LogGroup) -> str:
    """Why CloudWatch Logs may not encrypt a group's events under its key; empty if it may."""
    key = world.key(group.key_arn, group.account, group.region)
    service = f"logs.{group.region}.amazonaws.com"
    context = {"kms:EncryptionContext:aws:logs:arn": group.arn}
    usable = (
        key is not None
        and key.state == "Enabled"
        and all(
            world.authorize_service(service, action, key.arn, context).allowed
            for action in ("kms:GenerateDataKey", "kms:Decrypt")
        )
    )
    if usable:
        return ""
    return (
        "The specified KMS key does not exist or is not allowed to be used with LogGroup "
        f"'{group.arn}'"
    )


OVERLAYS: dict[tuple[str, str], Overlay] = {
    ("logs", "AssociateKmsKey"): associate_key,
    ("logs", "CreateLogGroup"): create_log_group,
    ("logs", "DisassociateKmsKey"): disassociate_key,
}
"""CloudWatch Logs operations the lab does not leave to moto alone."""
