"""Whom a Principal or NotPrincipal element names, and how strongly.

How strongly decides what else must speak (IAM User Guide, "Policy evaluation logic", rule
5.1.2): an account only delegates, a role stays under its boundary and session policy, a user,
a session, a federated user or `*` is granted directly.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from logkeep.policy.caller import Caller
from logkeep.policy.facts import Facts
from logkeep.policy.truth import Truth, either, opposite

SESSION_NAME: Final = "role session name"
"""What decides where a session is named and any session of its role asks."""
CANONICAL_USER: Final = "canonical user id of the caller's account"
FEDERATING_USER: Final = "the IAM user that a federated user is of"
NOT_PRINCIPAL: Final = "how the service reads a NotPrincipal that names only part of the caller"


class Named(NamedTuple):
    """Whether a caller is named: directly, as a role, or by its account."""

    direct: Truth = False
    limited: Truth = False
    delegated: Truth = False


NOBODY: Final = Named()


class Principals:
    """The values of a Principal element, ready for look-up."""

    __slots__ = (
        "accounts", "arns", "canonical", "everyone", "federated", "roles", "services", "sessions"
    )  # fmt: skip

    def __init__(self, values: dict[str, tuple[str, ...]]) -> None:
        aws = values.get("AWS", ())
        self.everyone = "*" in aws
        self.arns = frozenset(value for value in aws if value.startswith("arn:"))
        self.accounts = frozenset(account_named(value) for value in aws) - {""}
        self.services = frozenset(values.get("Service", ()))
        self.federated = frozenset(values.get("Federated", ()))
        self.canonical = bool(values.get("CanonicalUser"))
        self.roles = frozenset(filter(None, map(_role_of, self.arns)))
        self.sessions = frozenset(filter(None, map(_role_of_session, self.arns)))

    def named(self, caller: Caller) -> Named:
        """Return how the element names a caller."""
        if self.everyone:
            # AWS: grants to `*` are not limited by a boundary or session policy (rule 5.1.2).
            return Named(direct=True)
        match caller.kind:
            case "service":
                return Named(direct=caller.name in self.services or "*" in self.services)
            case "provider":
                return Named(direct=caller.arn in self.federated or "*" in self.federated)
            case "anonymous":
                return NOBODY
            case _:
                return self._named_customer(caller)

    def _named_customer(self, caller: Caller) -> Named:
        delegated: Truth = caller.account in self.accounts
        if self.canonical and not delegated:
            delegated = frozenset((CANONICAL_USER,))
        match caller.kind:
            case "role":
                of_a_session = (caller.account, caller.name) in self.sessions
                doubt: Truth = frozenset((SESSION_NAME,)) if of_a_session else False
                return Named(doubt, caller.arn in self.arns, delegated)
            case "session":
                # A session's ARN has no path; a role's name is unique in its account.
                is_its_role = (caller.account, caller.name) in self.roles
                return Named(caller.arn in self.arns, is_its_role, delegated)
            case "root":
                return Named(False, False, delegated)
            case "federated":
                # Its session has the rights of the user who asked for it, within its policies.
                of_a_user = any(_account_of_user(arn) == caller.account for arn in self.arns)
                by_user: Truth = frozenset((FEDERATING_USER,)) if of_a_user else False
                return Named(caller.arn in self.arns, by_user, delegated)
            case _:
                return Named(caller.arn in self.arns, False, delegated)

    def spares(self, facts: Facts) -> Truth:
        """Return whether a NotPrincipal of these values excepts the caller from its Deny.

        IAM User Guide, "NotPrincipal": the account must be listed as well as the user, and for
        a session the role too; a principal with a permissions boundary is denied regardless.
        """
        caller, named = facts.caller, self.named(facts.caller)
        if not caller.is_customer:
            return either(named)
        if facts.bounded is True:
            return False
        if either(named) is False:
            return frozenset((NOT_PRINCIPAL,)) if self.may_be_of_provider(caller) else False
        if self.everyone:
            return opposite(facts.bounded)
        whole = self._names_whole(caller, named)
        if whole is not True:
            return frozenset((NOT_PRINCIPAL,)) if whole is False else whole
        return True if facts.bounded is False else facts.bounded

    def may_be_of_provider(self, caller: Caller) -> bool:
        """Return whether identity providers are named, and the caller may be of one of them."""
        return bool(self.federated) and caller.kind in ("role", "session")

    def _names_whole(self, caller: Caller, named: Named) -> Truth:
        if named.delegated is not True:
            return False
        match caller.kind:
            case "root":
                return True
            case "session":
                return named.direct is True and named.limited is True
            case "role":
                return named.direct if named.limited is True else False
            case _:
                return named.direct


def account_named(value: str) -> str:
    """Return the account that a principal of twelve digits or `…:root` stands for, or nothing."""
    if len(value) == 12 and value.isdigit():
        return value
    parts = value.split(":")
    is_root = len(parts) == 6 and parts[2] == "iam" and parts[5] == "root"
    return parts[4] if is_root else ""


def _role_of(arn: str) -> tuple[str, str] | None:
    parts = arn.split(":", 5)
    is_role = len(parts) == 6 and parts[2] == "iam" and parts[5].startswith("role/")
    return (parts[4], parts[5].rsplit("/", 1)[-1]) if is_role else None


def _account_of_user(arn: str) -> str:
    parts = arn.split(":", 5)
    is_user = len(parts) == 6 and parts[2] == "iam" and parts[5].startswith("user/")
    return parts[4] if is_user else ""


def _role_of_session(arn: str) -> tuple[str, str] | None:
    parts = arn.split(":", 5)
    is_session = len(parts) == 6 and parts[5].startswith("assumed-role/")
    return (parts[4], parts[5].split("/")[1]) if is_session else None
