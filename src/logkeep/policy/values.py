"""What is asked of the policies, and what they answer."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal, NoReturn, TypeAlias

import msgspec

Kind: TypeAlias = Literal[
    "identity", "resource", "trust", "key", "scp", "rcp", "boundary", "session", "endpoint"
]
"""What a policy is attached to; AWS refuses different things in each."""
PolicyLayer: TypeAlias = Literal[
    "rcp", "scp", "resource", "identity", "boundary", "session", "endpoint"
]
"""A layer made of policies."""
Layer: TypeAlias = (
    PolicyLayer | Literal["grant", "acl", "object owner", "key state", "public access"]
)
"""A layer that has a say: policies, or what only keys and buckets have besides."""
Outcome: TypeAlias = Literal["Allowed", "ExplicitlyDenied", "ImplicitlyDenied", "Unknown"]
ContextValue: TypeAlias = str | tuple[str, ...]
Moment: TypeAlias = Annotated[datetime.datetime, msgspec.Meta(tz=True)]
"""A time that says its zone."""
Possible: TypeAlias = tuple[tuple[str, tuple[ContextValue | None, ...]], ...]
"""Keys whose value is one of these, None being absent, though nobody says which."""


class Malformed(msgspec.Struct, frozen=True):
    """A document that AWS refuses as a policy, with every mistake and its place."""

    mistakes: tuple[str, ...]


class Unread(msgspec.Struct, frozen=True):
    """A layer of policies that could not be read."""

    call: str
    """The API call that would have told: what a cannot-tell names."""
    error: str


class Context(dict[str, ContextValue]):
    """A request's context keys, lower case as AWS ignores their case; it cannot be changed."""

    __slots__ = ("_hash",)

    def __init__(self, given: Mapping[str, str | Iterable[str]] | None = None) -> None:
        items = given.items() if given else ()
        super().__init__({k.lower(): v if isinstance(v, str) else tuple(v) for k, v in items})

    def with_lowered(self, given: Mapping[str, ContextValue]) -> Context:
        """This context and more keys, which are in lower case already and hold texts or tuples."""
        made = Context()
        dict[str, ContextValue].update(made, self, **given)
        return made

    def __hash__(self) -> int:  # type: ignore[override] # a frozen dict has a hash, unlike dict
        try:
            return self._hash
        except AttributeError:
            self._hash = hash(frozenset(self.items()))
            return self._hash

    def __reduce__(self) -> tuple[type[Context], tuple[dict[str, ContextValue]]]:
        return Context, (dict(self),)

    def _refuse(self, *_args: object, **_named: object) -> NoReturn:
        raise TypeError("a request's context cannot be changed")

    # A frozen dict refuses what a dict allows, which its type cannot say.
    __setitem__ = __delitem__ = __ior__ = _refuse  # pyright: ignore[reportAssignmentType]
    update = pop = popitem = clear = setdefault = _refuse  # pyright: ignore[reportAssignmentType]


@lru_cache(maxsize=1024)
def _lowered(keys: frozenset[str]) -> frozenset[str]:
    """Return keys in lower case; requests of one kind share the set."""
    return frozenset(key.lower() for key in keys)


class Request(msgspec.Struct, frozen=True, gc=False):
    """One request as AWS authorizes it; `request()` makes one from plain values."""

    principal: str
    """A role ARN (any session of it), session, user, root or federated ARN, an account id (its
    root), a service's name, or `anonymous`."""
    action: str
    """In any case."""
    resource: str
    """An ARN, or `*` where the action takes none."""
    resource_account: str = ""
    """Who owns the resource; empty is not known, unless the ARN says it."""
    context: Mapping[str, ContextValue] = Context()
    """The keys that are present; an empty tuple is a key known to be absent."""
    unknown: frozenset[str] = frozenset()
    """Keys that may be absent or hold anything; `*` is every key not in the context."""
    possible: Possible = ()
    """Keys, in lower case, that are open between few values: a condition that gives the same for
    each of them is sure."""
    wildcard_only_action: bool = False
    """The action knows no resources: only a Resource of `*` matches."""
    in_management_account: bool = False
    """SCPs do not restrict this principal."""
    service_linked_role: bool = False
    resource_in_management_account: bool = False
    """RCPs do not restrict this resource."""

    def __post_init__(self) -> None:
        if type(self.context) is not Context:
            msgspec.structs.force_setattr(self, "context", Context(self.context))
        if self.unknown:
            msgspec.structs.force_setattr(self, "unknown", _lowered(self.unknown))


def request(
    principal: str,
    action: str,
    resource: str,
    resource_account: str = "",
    context: Mapping[str, str | Iterable[str]] | None = None,
    *,
    unknown: Iterable[str] = (),
    possible: Possible = (),
    **flags: bool,
) -> Request:
    """Return a request from plain values; lists of context values become tuples."""
    return Request(
        principal,
        action,
        resource,
        resource_account,
        Context(context),
        frozenset(unknown),
        possible,
        **flags,
    )


class StatementRef(msgspec.Struct, frozen=True, gc=False):
    """A statement by its policy's name, its place in it, and its Sid."""

    policy: str
    index: int
    sid: str


class Decision(msgspec.Struct, frozen=True, gc=False):
    """The answer, the layer and statement that gave it, or what would settle it."""

    outcome: Outcome
    layer: Layer | Literal[""] = ""
    """For an implicit denial, the layer that stayed silent."""
    statement: StatementRef | None = None
    unknown: tuple[str, ...] = ()
    """The context keys, calls and facts that would settle an unknown."""


class Nearest(msgspec.Struct, frozen=True):
    """Of a layer that stayed silent, the Allow nearest to speaking and the element that failed."""

    layer: Layer
    statement: StatementRef
    element: str
    """`Principal`, `Action`, `NotResource`, `Condition`…"""
    key: str
    """For a condition `Operator/key`, as written."""
    wanted: tuple[str, ...]
    """The statement's values."""
    got: str | tuple[str, ...] | None
    """The request's value; None is absent."""


class Explanation(msgspec.Struct, frozen=True):
    """A decision, and why the layers that had to speak stayed silent."""

    decision: Decision
    nearest: tuple[Nearest, ...] = ()


Json: TypeAlias = Any
"""Anything JSON can say."""
JsonObject: TypeAlias = dict[str, Any]
