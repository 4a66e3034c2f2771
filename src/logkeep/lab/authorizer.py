"""May this caller do this? The lab's own engine, as plain as the documentation it follows.

Source: IAM User Guide, "Policy evaluation logic" (rules 5.1 and 4.2). It shares no code with the
product's policy engine, so that each can be held against the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from logkeep.lab import acls, grants
from logkeep.lab.acls import Acls
from logkeep.lab.call import Ruling
from logkeep.lab.grants import LabGrant
from logkeep.lab.language import (
    Document,
    Naming,
    Request,
    naming,
    speaks_of,
    statements,
    version_of,
)

Level = list[Document]
"""The policies attached at one level of the organization: root, an OU or the account."""


@dataclass(frozen=True)
class Policies:
    """Everything that has a say in one request."""

    identity: list[Document] = field(default_factory=list[Document])
    boundary: Document | None = None
    session: list[Document] | None = None
    resource: Document | None = None
    scps: list[Level] | None = None
    """None where no service control policy binds the caller (rule 5.1.6)."""
    rcps: list[Level] | None = None
    """None where no resource control policy binds the resource (rule 5.1.7)."""
    endpoints: list[Document] = field(default_factory=list[Document])
    must_be_named: bool = False
    """The resource policy must allow: KMS keys and role trust (rule 5.1.3)."""
    grants: list[LabGrant] = field(default_factory=list[LabGrant])
    """The grants on the KMS key that is asked for (rule 4.2b)."""
    acls: Acls | None = None
    """The ACLs of the bucket and object; None where none is considered."""
    unbound: bool = False
    """The caller is a root user: its own account's identity side always allows."""


def decide(request: Request, policies: Policies) -> Ruling:
    """Deny first, then every layer that must allow, in AWS's order (rule 5.1.1)."""
    for layer, documents in _layers(policies):
        if _denied(request, documents, layer == "resource-based", policies.boundary):
            return _refusal(request, f"with an explicit deny in {_WORDS[layer]}", explicit=True)
    for level in policies.scps or []:
        if not _allows(request, level):
            return _silent(request, "service control")
    for document in policies.endpoints:
        if not _allows(request, [document]):
            return _silent(request, "VPC endpoint")
    return _by_the_account(request, policies)


_WORDS = {
    "service control": "a service control policy",
    "resource control": "a resource control policy",
    "resource-based": "a resource-based policy",
    "identity-based": "an identity-based policy",
    "permissions boundary": "a permissions boundary",
    "session": "a session policy",
    "VPC endpoint": "a VPC endpoint policy",
}
"""How AWS's messages call each layer (IAM User Guide, "Troubleshoot access denied errors")."""


def _layers(policies: Policies) -> Iterable[tuple[str, list[Document]]]:
    yield "service control", [d for level in policies.scps or [] for d in level]
    yield "resource control", [d for level in policies.rcps or [] for d in level]
    yield "resource-based", [policies.resource] if policies.resource else []
    yield "identity-based", policies.identity
    yield "permissions boundary", [policies.boundary] if policies.boundary else []
    yield "session", policies.session or []
    yield "VPC endpoint", policies.endpoints


def _denied(
    request: Request, documents: list[Document], by_name: bool, boundary: Document | None
) -> bool:
    def covers(statement: dict[str, object]) -> bool:
        if not by_name and "Principal" not in statement and "NotPrincipal" not in statement:
            return True
        # A Deny with NotPrincipal always hits a principal that has a boundary (IAM User Guide,
        # "AWS JSON policy elements: NotPrincipal").
        if "NotPrincipal" in statement and boundary is not None:
            return True
        return naming(statement, request.caller) != ""

    return any(_matching(request, documents, "Deny", covers))


def _matching(
    request: Request,
    documents: list[Document],
    effect: str,
    covers: Callable[[dict[str, object]], bool],
) -> Iterable[dict[str, object]]:
    for document in documents:
        version = version_of(document)
        for statement in statements(document):
            if statement.get("Effect") != effect or not covers(statement):
                continue
            if speaks_of(statement, request, version):
                yield statement


def _allows(request: Request, documents: list[Document]) -> bool:
    """Whether an identity-like policy (no Principal, or one that covers the caller) allows."""

    def covers(statement: dict[str, object]) -> bool:
        return "Principal" not in statement or naming(statement, request.caller) != ""

    return any(_matching(request, documents, "Allow", covers))


def _by_resource(request: Request, document: Document | None) -> Naming:
    """The strongest way in which the resource policy's Allows name the caller."""
    if document is None:
        return ""
    found = {
        naming(statement, request.caller)
        for statement in _matching(request, [document], "Allow", lambda s: "NotPrincipal" not in s)
    }
    for how in ("service", "direct", "role", "account"):
        if how in found:
            return how
    return ""


def _by_the_account(request: Request, policies: Policies) -> Ruling:
    """By the policies, or besides them by a grant on the key or an ACL of the bucket."""
    by_policies = _by_policies(request, policies)
    if by_policies.allowed or _by_grants(request, policies) or _by_acls(request, policies):
        return _passed()
    return by_policies


def _by_policies(request: Request, policies: Policies) -> Ruling:
    if acls.is_foreign(policies.acls, request):
        return _of_foreign_object(request, policies)
    named = "" if _stays_at_home(request) else _by_resource(request, policies.resource)
    if not request.caller.account:
        return _passed() if named else _silent(request, "resource-based")
    if request.caller.account == request.owner:
        return _in_one_account(request, policies, named)
    return _between_accounts(request, policies, named)


_ABROAD = {
    "CreateGrant", "Decrypt", "DeriveSharedSecret", "DescribeKey", "Encrypt", "GenerateDataKey",
    "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext", "GenerateMac", "GetKeyRotationStatus", "GetPublicKey",
    "ListGrants", "ReEncryptFrom", "ReEncryptTo", "RetireGrant", "RevokeGrant", "Sign", "Verify",
    "VerifyMac",
}  # fmt: skip
"""What of a KMS key works across accounts (rule 4.3)."""


def _stays_at_home(request: Request) -> bool:
    service, _, operation = request.action.partition(":")
    abroad = request.caller.account not in ("", request.owner)
    return service == "kms" and abroad and operation not in _ABROAD


def _of_foreign_object(request: Request, policies: Policies) -> Ruling:
    """Of an object that is not the bucket owner's only its own account's policies may grant.

    S3 User Guide, "How Amazon S3 authorizes a request for an object operation" (rule 2.1.2).
    """
    if policies.acls and request.caller.account == policies.acls.object_owner:
        return _by_identity(request, policies)
    return _silent(request, "resource-based")


def _in_one_account(request: Request, policies: Policies, named: Naming) -> Ruling:
    """Either side suffices, but keys and trust must name or delegate (rules 5.1.2, 5.1.3)."""
    if named == "direct":
        return _passed()
    if named == "role":
        return _within_limits(request, policies) or _passed()
    if policies.must_be_named and not named:
        return _silent(request, "resource-based")
    return _by_identity(request, policies)


def _between_accounts(request: Request, policies: Policies, named: Naming) -> Ruling:
    """Both accounts must allow (rule 5.1.4)."""
    if not named:
        return _silent(request, "resource-based")
    return _by_identity(request, policies)


def _by_grants(request: Request, policies: Policies) -> bool:
    """A grant suffices for whom it names, but an account only delegates."""
    how = grants.named_by(policies.grants, request)
    if how == "account":
        return _by_identity(request, policies).allowed
    return how != ""


def _by_acls(request: Request, policies: Policies) -> bool:
    """Outside the owner's account one's own account must allow too (rule 2.1.1)."""
    how = acls.named_by(policies.acls, request) if policies.acls else ""
    if policies.acls is None or not how or not request.caller.account:
        return how != ""
    at_home = request.caller.account == acls.owner_of_subject(policies.acls, request)
    if at_home and how == "direct":
        return True
    return _by_identity(request, policies).allowed


def _by_identity(request: Request, policies: Policies) -> Ruling:
    if not policies.unbound and not _allows(request, policies.identity):
        return _silent(request, "identity-based")
    return _within_limits(request, policies) or _passed()


def _within_limits(request: Request, policies: Policies) -> Ruling | None:
    """The refusal of a boundary or session policy that stays silent, if there is one."""
    if policies.boundary is not None and not _allows(request, [policies.boundary]):
        return _silent(request, "permissions boundary")
    if policies.session is not None and not _allows(request, policies.session):
        return _silent(request, "session")
    return None


def _passed() -> Ruling:
    return Ruling(True, "")


def _silent(request: Request, layer: str) -> Ruling:
    word = _WORDS[layer].partition(" ")[2]
    return _refusal(request, f"because no {word} allows the {request.action} action")


def _refusal(request: Request, because: str, explicit: bool = False) -> Ruling:
    """AWS's wording: IAM User Guide, "Troubleshoot access denied error messages"."""
    on = f" on resource: {request.resource}" if request.resource != "*" else ""
    said = (
        f"User: {request.caller.arn} is not authorized to perform: {request.action}{on} {because}"
    )
    return Ruling(False, said, explicit)
