"""KMS as it is: key policies checked when they are put, keys that are off refuse to work."""

from __future__ import annotations

from typing import Any

from logkeep.lab import grammar
from logkeep.lab.call import Answer, Call, Forward, Overlay, World
from logkeep.lab.encryption import unusable
from logkeep.lab.wire import refuse
from logkeep.lab.world import LabWorld

_POLICY_BYTES = 32 * 1024
"""Rule 4.4."""

_LOCKOUT = "The new key policy will not allow you to update the key policy in the future."


def put_key_policy(world: World, call: Call, forward: Forward) -> Answer:
    """Refuse a policy that is none, too long, or locks its author out."""
    return _policy_refusal(world, call, call.resource, call.resource_account) or forward()


def create_key(world: World, call: Call, forward: Forward) -> Answer:
    """A key without a policy delegates to its account's root (KMS-DEF)."""
    if call.arguments.get("Policy"):
        refused = _policy_refusal(world, call, "", call.caller.account)
        if refused is not None:
            return refused
    return forward()


def _policy_refusal(world: World, call: Call, key: str, account: str) -> Answer | None:
    text = str(call.arguments.get("Policy") or "")
    if len(text.encode()) > _POLICY_BYTES:
        said = f"Policy document exceeds the limit of {_POLICY_BYTES} bytes"
        return refuse(call, "LimitExceededException", said)
    try:
        policy = grammar.parse(text)
    except grammar.MalformedError as error:
        return refuse(call, "MalformedPolicyDocumentException", str(error))
    accounts = {*world.accounts, account}
    if not all(grammar.exists(name, accounts) for name in grammar.principals(policy)):
        said = "Policy contains a statement with one or more invalid principals."
        return refuse(call, "MalformedPolicyDocumentException", said)
    if call.arguments.get("BypassPolicyLockoutSafetyCheck"):
        return None
    return _lockout(world, call, policy, key, account)


def _lockout(
    world: World, call: Call, policy: dict[str, Any], key: str, account: str
) -> Answer | None:
    """KMS API Reference, PutKeyPolicy: the caller must still be able to put the next policy."""
    assert isinstance(world, LabWorld)
    arn = key or f"arn:aws:kms:{call.region}:{account}:key/new"
    ruling = world.authorize_under(call.caller, "kms:PutKeyPolicy", arn, account, policy)
    if ruling.allowed:
        return None
    return refuse(call, "MalformedPolicyDocumentException", _LOCKOUT)


def use_key(world: World, call: Call, forward: Forward) -> Answer:
    """Cryptography needs an enabled key (rule 4.6)."""
    key = world.key(call.resource, call.caller.account, call.region)
    if key is None and call.resource.rpartition(":")[2].startswith("key/"):
        return refuse(call, "NotFoundException", f"Key '{call.resource}' does not exist")
    if key is None:
        return forward()
    return unusable(call, key) or forward()


_CRYPTOGRAPHY = (
    "Encrypt",
    "Decrypt",
    "ReEncrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "Sign",
    "Verify",
)

OVERLAYS: dict[tuple[str, str], Overlay] = {
    ("kms", "PutKeyPolicy"): put_key_policy,
    ("kms", "CreateKey"): create_key,
    **{("kms", operation): use_key for operation in _CRYPTOGRAPHY},
}
"""KMS operations the lab does not leave to moto alone."""
