"""KMS grants as the lab reads them: whom they cover for an operation, and under which constraints.

Sources: KMS Developer Guide, "Grants in AWS KMS", "Creating grants", "Retiring and revoking
grants"; KMS API Reference, GrantConstraints (rule 4.2). Where the guide is silent the lab takes a
side: a grant needs no IAM policy in any account, and no boundary or session policy limits it.
"""

from __future__ import annotations

from dataclasses import dataclass

from logkeep.lab.conditions import Context
from logkeep.lab.language import Naming, Request, strongest, whom


@dataclass(frozen=True)
class LabGrant:
    """One grant on a key."""

    grantee: str
    operations: tuple[str, ...]
    equals: dict[str, str] | None = None
    """The whole encryption context that a request must bring."""
    subset: dict[str, str] | None = None
    """A part of it that a request must bring."""
    source_arn: str = ""
    """The resource that the request must be made for."""
    retiring: str = ""
    issuer: str = ""
    """The account in which it was made."""


_GRANTABLE = {
    "CreateGrant", "Decrypt", "DeriveSharedSecret", "DescribeKey", "Encrypt", "GenerateDataKey",
    "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext", "GenerateMac", "GetPublicKey", "ReEncryptFrom",
    "ReEncryptTo", "RetireGrant", "Sign", "Verify", "VerifyMac",
}  # fmt: skip
_NO_CONTEXT = {"CreateGrant", "DescribeKey"}
"""Operations that carry no encryption context."""


def named_by(grants: list[LabGrant], request: Request) -> Naming:
    """The strongest way in which a key's grants name the caller for what is asked."""
    operation = request.action.partition(":")[2]
    if operation not in _GRANTABLE:
        return ""
    found: list[Naming] = [_covers(grant, operation, request) for grant in grants]
    if operation == "RetireGrant":
        found.extend(_may_retire(grant, request) for grant in grants)
    return strongest(found)


def _covers(grant: LabGrant, operation: str, request: Request) -> Naming:
    if operation not in grant.operations or not _fits(grant, operation, request.context):
        return ""
    return whom(grant.grantee, request.caller)


def _may_retire(grant: LabGrant, request: Request) -> Naming:
    """The retiring principal may, and the root user of the account that made the grant."""
    caller = request.caller
    if caller.kind == "root" and caller.account == grant.issuer:
        return "direct"
    return whom(grant.retiring, caller) if grant.retiring else ""


def _fits(grant: LabGrant, operation: str, context: Context) -> bool:
    if operation == "RetireGrant":
        return True
    if grant.source_arn and context.get("aws:sourcearn") != [grant.source_arn]:
        return False
    return operation in _NO_CONTEXT or _pairs_fit(grant, _encryption_context(context))


def _encryption_context(context: Context) -> dict[str, str]:
    prefix = "kms:encryptioncontext:"
    return {k.removeprefix(prefix): v[0] for k, v in context.items() if k.startswith(prefix)}


def _pairs_fit(grant: LabGrant, sent: dict[str, str]) -> bool:
    """Names of pairs ignore case, their values do not."""
    if grant.equals is not None and _lowered(grant.equals) != sent:
        return False
    return _lowered(grant.subset or {}).items() <= sent.items()


def _lowered(pairs: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in pairs.items()}
