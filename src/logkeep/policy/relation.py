"""What a caller is to the resource's owner: who has to allow a request hangs on it.

IAM User Guide, "Cross-account policy evaluation logic" (rules 2.1.2, 4.1, 5.1.3, 5.1.4).
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from logkeep.policy.facts import Facts

Relation: TypeAlias = Literal["not a customer", "same account", "must be named", "cross account"]
"""What the caller is to the resource's owner."""
OWNER: Final = "resource account"
"""The fact that decides whether one side suffices."""


def owner_of(facts: Facts) -> str:
    """Return whose resource it is; a request for no resource is to the caller's own account."""
    if facts.request.resource_account or facts.resource == "*":
        return facts.request.resource_account or facts.caller.account
    parts = facts.resource.split(":", 5)
    return parts[4] if len(parts) == 6 else ""


def relation_to(facts: Facts, owner: str) -> Relation:
    """Return what a customer's principal is to the resource's owner."""
    if facts.caller.account != owner:
        return "cross account"
    return "must be named" if _must_be_named(facts) else "same account"


def _must_be_named(facts: Facts) -> bool:
    service, _, _ = facts.action.partition(":")
    return is_about_key(facts) or (service == "sts" and ":role/" in facts.resource)


def is_about_key(facts: Facts) -> bool:
    """Return whether the resource is a KMS key, by its ARN or by an alias that stands for it."""
    service, _, name = facts.action.partition(":")
    of_alias = ":alias/" in facts.resource and name not in _ALIAS_ACTIONS
    return service == "kms" and (":key/" in facts.resource or of_alias)


def stays_at_home(facts: Facts) -> bool:
    """Return whether a customer asks of another account's key what only its own account may do.

    KMS Developer Guide, "Allowing users in other accounts to use a KMS key" (rule 4.3).
    """
    service, _, name = facts.action.partition(":")
    if service != "kms" or ":key/" not in facts.resource or name in _ABROAD:
        return False
    return owner_of(facts) not in ("", facts.caller.account)


_ABROAD: Final = frozenset(
    {
        "creategrant", "decrypt", "derivesharedsecret", "describekey", "encrypt",
        "generatedatakey", "generatedatakeypair", "generatedatakeypairwithoutplaintext",
        "generatedatakeywithoutplaintext", "generatemac", "getkeyrotationstatus", "getpublickey",
        "listgrants", "reencryptfrom", "reencryptto", "retiregrant", "revokegrant", "sign",
        "verify", "verifymac",
    }
)  # fmt: skip
"""Actions on a key that work across accounts."""
_ALIAS_ACTIONS: Final = frozenset({"createalias", "updatealias", "deletealias"})
"""Actions on the alias itself, which has no policy (KMS Developer Guide, "Aliases")."""
