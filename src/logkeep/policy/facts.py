"""What is known about one request while its policies are matched."""

from __future__ import annotations

from typing import Final

from logkeep.policy.caller import ABSENT, NOT_KNOWN, Caller, is_absent_family, read_caller
from logkeep.policy.catalogue import may_carry
from logkeep.policy.truth import Truth
from logkeep.policy.values import ContextValue, Request

NO_KEYS: Final[frozenset[str]] = frozenset()
_OWNER_TOLD: Final = frozenset(
    {"s3", "kms", "sts", "sqs", "sns", "logs", "lambda", "secretsmanager"}
)
"""Services whose requests carry aws:ResourceAccount without exception."""
_NOTHING_OPEN: Final[dict[str, tuple[ContextValue | None, ...]]] = {}
_NEVER_KNOWN: Final = frozenset(
    {"aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "s3:resourceaccount"}
)
"""Keys of the resource that most requests carry (IAM User Guide, "AWS global condition context
keys"; S3 User Guide, "Amazon S3 condition key examples"): where nobody told them they are unknown,
not absent."""

_NAMES_OF_TAGS: Final = {
    "aws:requesttag": "aws:tagkeys",
    "s3:requestobjecttag": "s3:requestobjecttagkeys",
}
"""The key that lists the names of all tags which a request brings, by the start of each's own."""


class Facts:
    """A request made ready for matching: the caller, the action in lower case, the keys."""

    __slots__ = (
        "action", "bounded", "caller", "given", "possible", "request", "resource",
        "wildcard_only",
    )  # fmt: skip

    def __init__(self, request: Request, bounded: Truth = False) -> None:
        self.request = request
        self.caller: Caller = read_caller(request.principal)
        self.action = request.action.lower()
        self.resource = request.resource
        self.wildcard_only = request.wildcard_only_action
        self.bounded = bounded
        context = request.context
        if not context.keys().isdisjoint(request.unknown):
            context = {key: context[key] for key in context if key not in request.unknown}
        self.given = context.get
        """The context's own answer to a key, for whom a text is enough."""
        self.possible = dict(request.possible) if request.possible else _NOTHING_OPEN
        """The few values that an open key may have, by key; None among them is absent."""

    def look(self, key: str) -> ContextValue | frozenset[str] | None:
        """Return a key's value, None where it is absent, or the doubt where it is unknown.

        The key is in lower case. What is told in the context goes before what follows from the
        caller; an empty list is absent (IAM User Guide, "Multivalued context keys").
        """
        got = self.given(key)
        if got is None:
            return self._not_told(key)
        return None if got == () else got

    def _not_told(self, key: str) -> ContextValue | frozenset[str] | None:
        unknown = self.request.unknown
        if key in unknown or key in self.possible:
            return frozenset((key,))
        known = self.caller.keys.get(key)
        if isinstance(known, str):
            return known
        if known is NOT_KNOWN:
            return frozenset((key,))
        if known is ABSENT:
            return None
        if key == "kms:calleraccount":
            return self._caller_account()
        if key in _NEVER_KNOWN and (key.startswith("aws:") or self.action.startswith("s3:")):
            return self._about_resource(key)
        if "*" in unknown and self._may_carry(key):
            return frozenset((key,))
        return None

    def _may_carry(self, key: str) -> bool:
        """Return whether the request may carry a key that nobody told of: in doubt it may."""
        if self._is_tag_not_sent(key) or is_absent_family(self.caller.kind, key):
            return False
        return may_carry(self.action, key)

    def _is_tag_not_sent(self, key: str) -> bool:
        """Return whether all tags of the request are told, and this is none of them."""
        start, slash, _ = key.partition("/")
        names = _NAMES_OF_TAGS.get(start) if slash else None
        return names is not None and self.given(names) is not None

    def _caller_account(self) -> str | None:
        """Return kms:CallerAccount: a service's own call carries none (trap 13)."""
        if self.caller.is_customer and self.action.startswith("kms:"):
            return self.caller.account
        return None

    def _about_resource(self, key: str) -> str | frozenset[str]:
        service = self.action.partition(":")[0]
        owner = self.request.resource_account
        if key.endswith(":resourceaccount") and owner and service in _OWNER_TOLD:
            return owner
        return frozenset((key,))
