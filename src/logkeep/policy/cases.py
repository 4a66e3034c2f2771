"""Policy tests as data: one case is a request, the policies that speak about it, and the answer.

The format is that of `policy-vectors.jsonl`: a key not listed in the context is absent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, TypeAlias

import msgspec

from logkeep.policy.document import Policy, read_policy
from logkeep.policy.layers import Layers
from logkeep.policy.values import Context, ContextValue, Kind, Malformed, Outcome, Request

Expected: TypeAlias = Literal["Allowed", "ExplicitlyDenied", "ImplicitlyDenied", "Denied"]
"""`Denied` is either denial."""


class Case(msgspec.Struct, frozen=True):
    """One request with its policies, and the answer expected."""

    id: str
    request: Request
    layers: Layers
    expected: Expected


class _RequestRow(msgspec.Struct):
    principal: str
    action: str
    resource: str
    resource_account: str = ""
    context: dict[str, str | list[str]] = {}
    wildcard_only_action: bool = False
    principal_in_management_account: bool = False
    service_linked_role: bool = False


class _Row(msgspec.Struct):
    id: str
    request: _RequestRow
    expected: Expected
    identity_policies: list[Any] = []
    resource_policy: Any = None
    scps: list[list[Any]] | None = None
    rcps: list[list[Any]] | None = None
    boundary: Any = None
    session_policy: Any = None
    vpce_policies: list[Any] | None = None


_ABSENT_UNLESS_LISTED: Final = (
    "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:principaltype",
    "aws:principalservicenameslist", "aws:userid", "aws:resourceorgid", "aws:resourceorgpaths",
)  # fmt: skip
"""Keys that a caller or resource may carry untold, and which a case that is silent denies."""


def read_case(row: object) -> Case | Malformed:
    """Return a case from its parsed JSON, or every mistake in it."""
    try:
        read = msgspec.convert(row, _Row)
    except msgspec.ValidationError as error:
        return Malformed((f"case: {error}",))
    mistakes: list[str] = []
    layers = _layers(read, mistakes)
    if mistakes:
        return Malformed(tuple(mistakes))
    return Case(read.id, _request(read.request), layers, read.expected)


def agrees(outcome: Outcome, expected: Expected) -> bool:
    """Return whether an outcome is the one expected."""
    if expected == "Denied":
        return outcome in ("ExplicitlyDenied", "ImplicitlyDenied")
    return outcome == expected


def _request(row: _RequestRow) -> Request:
    context = Context(row.context)
    derivable = () if row.principal.startswith("arn:aws:sts") else ("aws:principalarn",)
    absent: dict[str, ContextValue] = {
        key: () for key in _ABSENT_UNLESS_LISTED if key not in context and key not in derivable
    }
    return Request(
        row.principal,
        row.action,
        row.resource,
        row.resource_account,
        Context({**absent, **context}),
        wildcard_only_action=row.wildcard_only_action,
        in_management_account=row.principal_in_management_account,
        service_linked_role=row.service_linked_role,
    )


def _layers(row: _Row, mistakes: list[str]) -> Layers:
    def read(document: object, kind: Kind, name: str) -> tuple[Policy, ...]:
        policy = read_policy(document, kind, name)
        if isinstance(policy, Policy):
            return (policy,)
        mistakes.extend(f"{name}: {mistake}" for mistake in policy.mistakes)
        return ()

    def listed(documents: Sequence[object], kind: Kind, name: str) -> tuple[Policy, ...]:
        every = [read(document, kind, f"{name}[{i}]") for i, document in enumerate(documents)]
        return tuple(policy for one in every for policy in one)

    def one(document: object, kind: Kind, name: str) -> Policy | None:
        return next(iter(read(document, kind, name)), None) if document is not None else None

    def levels(rows: list[list[Any]] | None, kind: Kind) -> tuple[tuple[Policy, ...], ...] | None:
        if rows is None:
            return None
        return tuple(listed(level, kind, f"{kind}s[{i}]") for i, level in enumerate(rows))

    ends = row.vpce_policies
    return Layers(
        identity=listed(row.identity_policies, "identity", "identity_policies"),
        resource=one(row.resource_policy, resource_kind(row.request.action), "resource_policy"),
        scps=levels(row.scps, "scp"),
        rcps=levels(row.rcps, "rcp"),
        boundary=one(row.boundary, "boundary", "boundary"),
        session=one(row.session_policy, "session", "session_policy"),
        endpoints=None if ends is None else listed(ends, "endpoint", "vpce_policies"),
    )


def resource_kind(action: str) -> Kind:
    """Return the kind of policy that an action's resource carries."""
    match action.lower().partition(":")[0]:
        case "sts":
            return "trust"
        case "kms":
            return "key"
        case _:
            return "resource"
