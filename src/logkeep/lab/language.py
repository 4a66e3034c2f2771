"""Does one policy statement speak of a request? Principal, action, resource, condition, plainly.

Source: IAM User Guide, "IAM JSON policy element reference".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from logkeep.lab.call import Caller
from logkeep.lab.conditions import Context, as_list, fill, glob, holds, like

Document = dict[str, Any]
Statement = dict[str, Any]

Naming = Literal["", "account", "role", "direct", "service"]
"""How a Principal element names a caller: not at all, by its account (which only delegates), by its
role (of a federated user: its IAM user), directly (user, session or `*`), or as a service."""


@dataclass(frozen=True)
class Request:
    """One authorization question."""

    caller: Caller
    action: str
    resource: str
    owner: str
    """The account that owns the resource."""
    context: Context = field(default_factory=dict[str, list[str]])
    """Lower-case keys; an absent key is not listed."""


def context_of(values: dict[str, Any]) -> Context:
    """Condition keys as the engine reads them: lower-case names, always lists of text."""
    return {key.lower(): [str(v) for v in as_list(value)] for key, value in values.items()}


def statements(document: Document | None) -> list[Statement]:
    """A document's statements, which may be one or a list."""
    return as_list((document or {}).get("Statement"))


def version_of(document: Document | None) -> str:
    """The policy language version; without one it is the old 2008-10-17."""
    return str((document or {}).get("Version", "2008-10-17"))


def speaks_of(statement: Statement, request: Request, version: str) -> bool:
    """Whether action, resource and condition of a statement fit the request."""
    return (
        _action_fits(statement, request.action)
        and _resource_fits(statement, request, version)
        and holds(statement.get("Condition") or {}, request.context, version)
    )


def _action_fits(statement: Statement, action: str) -> bool:
    if "NotAction" in statement:
        return not any(_action_like(p, action) for p in as_list(statement["NotAction"]))
    return any(_action_like(p, action) for p in as_list(statement.get("Action")))


def _action_like(pattern: str, action: str) -> bool:
    return glob(pattern, True).fullmatch(action) is not None


def _resource_fits(statement: Statement, request: Request, version: str) -> bool:
    def among(patterns: list[str]) -> bool:
        filled = (fill(p, request.context, version) for p in patterns)
        return any(p is not None and resource_like(p, request.resource) for p in filled)

    if "NotResource" in statement:
        return not among(as_list(statement["NotResource"]))
    if "Resource" in statement:
        return among(as_list(statement["Resource"]))
    return True  # a trust policy has no Resource


def resource_like(pattern: str, resource: str) -> bool:
    """A Resource pattern against an ARN.

    A wildcard stays within its colon-separated segment, but that a `*` which ends one may match
    beyond it (IAM User Guide, "IAM JSON policy elements: Resource"); S3's guide, which lets none
    span segments, is not followed. Colons of the resource's own name end no segment here.
    """
    return _segments_like(pattern.split(":"), resource.split(":"), between=5)


def _segments_like(patterns: list[str], parts: list[str], between: int) -> bool:
    """Match segment by segment; `between` is how many colons are left that part the ARN."""
    if not patterns or not parts:
        return not patterns and not parts
    wild = "*" in patterns[0] or "?" in patterns[0]
    may_cross = patterns[0].endswith("*") or (wild and between <= 0)
    return any(
        like(patterns[0], ":".join(parts[:taken]))
        and _segments_like(patterns[1:], parts[taken:], between - taken)
        for taken in range(1, len(parts) + 1 if may_cross else 2)
    )


def naming(statement: Statement, caller: Caller) -> Naming:
    """How a statement's Principal (or NotPrincipal) element covers the caller."""
    if "NotPrincipal" in statement:
        return "" if _excepted(statement["NotPrincipal"], caller) else "direct"
    return _named(statement.get("Principal"), caller)


def strongest(found: Sequence[Naming]) -> Naming:
    """The strongest of several ways in which a caller is named."""
    for how in _BY_STRENGTH:
        if how in found:
            return how
    return ""


_BY_STRENGTH: tuple[Naming, ...] = ("service", "direct", "role", "account")


def whom(name: str, caller: Caller) -> Naming:
    """How one principal's name alone, an ARN, an account or a service, covers the caller."""
    if caller.kind == "service":
        return "service" if name == caller.name else ""
    return _name_fits(name, caller) if caller.account else ""


def _named(principal: Any, caller: Caller) -> Naming:
    if principal == "*":
        return "direct"
    if not isinstance(principal, dict):
        return ""
    listed = cast("dict[str, Any]", principal)
    names = [str(name) for name in as_list(listed.get("AWS"))]
    if "*" in names:
        return "service" if caller.kind == "service" else "direct"
    if caller.kind == "service":
        named = as_list(listed.get("Service"))
        return "service" if caller.name in named or "*" in named else ""
    providers = as_list(listed.get("Federated"))
    if caller.kind == "provider":
        return "direct" if caller.arn in providers else ""
    # A session by web identity or SAML is named by its provider too (IAM User Guide, "Principal").
    if caller.provider and caller.provider in providers:
        return "direct"
    return strongest([whom(name, caller) for name in names])


def _name_fits(name: str, caller: Caller) -> Naming:
    if name == caller.arn:
        # A root user's ARN stands for its whole account.
        return "account" if caller.kind == "root" else "direct"
    if caller.role_arn and name == caller.role_arn:
        return "role"
    if name == caller.account or _is_root_of(name, caller.account):
        return "account"
    return ""


def _is_root_of(name: str, account: str) -> bool:
    parts = name.split(":", 5)
    return len(parts) == 6 and parts[4] == account and parts[5] == "root"


def _excepted(principal: Any, caller: Caller) -> bool:
    """NotPrincipal spares whom it lists with its account, and a session's role too.

    IAM User Guide, "AWS JSON policy elements: NotPrincipal".
    """
    listed = cast("dict[str, Any]", principal) if isinstance(principal, dict) else {"AWS": "*"}
    names = as_list(listed.get("AWS"))
    if "*" in names:
        return True
    if caller.kind == "service":
        return caller.name in as_list(listed.get("Service"))
    if caller.kind in ("provider", "anonymous"):
        return caller.arn in as_list(listed.get("Federated"))
    account = any(n == caller.account or _is_root_of(str(n), caller.account) for n in names)
    if caller.kind == "root":
        return account
    role = not caller.role_arn or caller.role_arn in names
    return account and role and caller.arn in names
