"""KMS grants: they allow operations on a key besides its policy, and never deny.

KMS Developer Guide, "Grants in AWS KMS" and "Creating grants"; KMS API Reference,
GrantConstraints (rule 4.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from logkeep.policy.caller import Caller
from logkeep.policy.facts import Facts
from logkeep.policy.layer_answer import NO, SILENT, Claim, LayerAnswer, Source, strongest
from logkeep.policy.principals import NOBODY, Named, Principals
from logkeep.policy.relation import owner_of
from logkeep.policy.truth import Truth, either, every
from logkeep.policy.values import ContextValue, StatementRef, Unread


class KeyGrant(msgspec.Struct, frozen=True):
    """One grant on a KMS key, as kms:ListGrants shows it."""

    grantee: str
    """The ARN of an account, user, role, session or federated user, or a service's name."""
    operations: tuple[str, ...]
    """Such as `Decrypt`."""
    context_subset: Mapping[str, str] = {}
    """Pairs that the request's encryption context must hold."""
    context_equals: Mapping[str, str] | None = None
    """Pairs that the request's encryption context must be, no more and no less."""
    source_arn: str = ""
    """The resource on whose behalf the request must be made."""
    retiring_principal: str = ""
    issuing_account: str = ""
    """The account that made it; its root user may retire it."""
    id: str = ""


OPERATIONS: Final = frozenset(
    {
        "kms:creategrant", "kms:decrypt", "kms:derivesharedsecret", "kms:describekey",
        "kms:encrypt", "kms:generatedatakey", "kms:generatedatakeypair",
        "kms:generatedatakeypairwithoutplaintext", "kms:generatedatakeywithoutplaintext",
        "kms:generatemac", "kms:getpublickey", "kms:reencryptfrom", "kms:reencryptto",
        "kms:retiregrant", "kms:sign", "kms:verify", "kms:verifymac",
    }
)  # fmt: skip
"""All that a grant can allow (KMS API Reference, CreateGrant, Operations)."""
ABROAD: Final = "whether a grant to another account needs an IAM policy there"
"""KMS guide, "Grants in AWS KMS": the grant allows the grantee principal, who may be in another
account; "Allowing users in other accounts": an IAM policy is needed too. Both do with one."""
BOUNDED: Final = "whether a boundary or session policy limits a grant to the role"
"""KMS guide, "Grants in AWS KMS", and IAM guide, "Permissions boundaries", do not say."""
CHILD: Final = "the constraints of the grant to be made"
"""A constrained grant allows to make only grants as strict (KMS guide, "Creating grants")."""
_PREFIX: Final = "kms:encryptioncontext:"
_KEYS: Final = "kms:encryptioncontextkeys"


def grant_answer(grants: Sequence[KeyGrant] | Unread, facts: Facts) -> LayerAnswer:
    """Return what the key's grants say: what a key policy that names the grantee would."""
    if facts.action not in OPERATIONS:
        return SILENT
    if isinstance(grants, Unread):
        doubt = Claim(frozenset((grants.call,)), None)
        return LayerAnswer(NO, doubt, doubt, doubt)
    said = [_one_answer(grant, index, facts) for index, grant in enumerate(grants)]
    return LayerAnswer(
        NO,
        strongest(answer.allow for answer in said),
        strongest(answer.direct for answer in said),
        strongest(answer.limited for answer in said),
    )


def _one_answer(grant: KeyGrant, index: int, facts: Facts) -> LayerAnswer:
    named = _named(grant, facts)
    if named == NOBODY:
        return SILENT
    holds = _holds(grant, facts)
    by = Source(StatementRef("grants", index, grant.id))
    alone = every((holds, _suffices_alone(facts)))
    # Beside what is in doubt anyway it is not asked.
    bounded: Truth = frozenset((BOUNDED,)) if alone is True else True
    unlimited = every((named.limited, bounded))
    return LayerAnswer(
        NO,
        Claim(every((holds, either(named))), by),
        Claim(every((alone, either((named.direct, unlimited)))), by),
        Claim(every((alone, named.limited)), by),
    )


def _suffices_alone(facts: Facts) -> Truth:
    """Return whether the grantee needs no policy of its own account."""
    is_abroad = facts.caller.is_customer and facts.caller.account != owner_of(facts)
    return frozenset((ABROAD,)) if is_abroad else True


def _named(grant: KeyGrant, facts: Facts) -> Named:
    """Return how a grant names the caller for the action asked."""
    operation = facts.action.partition(":")[2]
    names: list[Named] = []
    if any(operation == each.lower() for each in grant.operations):
        names.append(_names(grant.grantee, facts.caller))
    if operation == "retiregrant":
        # KMS guide, "Retiring and revoking grants": the account's root, the retiring principal.
        names.append(_names(grant.retiring_principal, facts.caller))
        is_issuer = facts.caller.account == _account(grant.issuing_account)
        names.append(Named(direct=facts.caller.kind == "root" and is_issuer))
    return Named(*(either(truths) for truths in zip(*names, strict=True))) if names else NOBODY


def _names(principal: str, caller: Caller) -> Named:
    is_service = not principal.startswith("arn:") and not principal.isdigit()
    return Principals({"Service" if is_service else "AWS": (principal,)}).named(caller)


def _account(named: str) -> str:
    """Return the account of its id or of its root user's ARN."""
    parts = named.split(":", 5)
    return parts[4] if len(parts) == 6 else named


def _holds(grant: KeyGrant, facts: Facts) -> Truth:
    """Return whether a grant's constraints are met."""
    # GrantConstraints: none applies to RetireGrant, a context's not to DescribeKey either.
    if facts.action == "kms:retiregrant":
        return True
    by_source = _for_source(grant, facts) if grant.source_arn else True
    has_context = bool(grant.context_subset) or grant.context_equals is not None
    if not has_context or facts.action == "kms:describekey":
        return by_source
    if facts.action == "kms:creategrant":
        return every((by_source, frozenset((CHILD,))))
    return every((by_source, _for_context(grant, facts)))


def _for_source(grant: KeyGrant, facts: Facts) -> Truth:
    """Return whether the request comes for the resource; with wildcards AWS does not say."""
    got = facts.look("aws:sourcearn")
    if isinstance(got, frozenset):
        return got
    if got == grant.source_arn:
        return True
    is_wild = "*" in grant.source_arn or "?" in grant.source_arn
    return frozenset(("aws:sourcearn",)) if is_wild and got is not None else False


def _for_context(grant: KeyGrant, facts: Facts) -> Truth:
    """Return whether the encryption context fits: values heed case, names do not (API)."""
    wanted = {**grant.context_subset, **(grant.context_equals or {})}
    pairs = [_is(facts.look(_PREFIX + name.lower()), value) for name, value in wanted.items()]
    if grant.context_equals is not None:
        pairs.append(_nothing_but(facts, {name.lower() for name in grant.context_equals}))
    return every(pairs)


def _is(got: ContextValue | frozenset[str] | None, value: str) -> Truth:
    return got if isinstance(got, frozenset) else got in (value, (value,))


def _nothing_but(facts: Facts, names: set[str]) -> Truth:
    """Return whether the encryption context holds no other pair than these."""
    keys = facts.look(_KEYS)
    if isinstance(keys, tuple):
        return {name.lower() for name in keys} <= names
    others = (key for key in facts.request.context if key.startswith(_PREFIX))
    found = [facts.look(key) for key in others if key.removeprefix(_PREFIX) not in names]
    if any(got is not None and not isinstance(got, frozenset) for got in found):
        return False
    return every([each for each in (keys, *found) if isinstance(each, frozenset)])
