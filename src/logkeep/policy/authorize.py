"""The authorizer: no Deny anywhere, and one way in which everybody allows who has to.

IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic" (rules
2.1.2, 4.1, 4.2, 5.1.1 to 5.1.5). Who has to allow is data: `WAYS`.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

from logkeep.policy.facts import Facts
from logkeep.policy.hearing import CONSENT, NO, Claim, Voice, hear
from logkeep.policy.truth import Truth, either, every
from logkeep.policy.values import Decision, Layer, Layers, Request, StatementRef, Unread

Relation: TypeAlias = Literal["not a customer", "same account", "must be named", "cross account"]
"""What the caller is to the resource's owner."""
Strength: TypeAlias = Literal["allow", "direct", "limited"]


class Need(NamedTuple):
    """A layer that has to allow, and how strongly it must name the caller."""

    layer: Layer
    strength: Strength = "allow"


Way: TypeAlias = tuple[Need, ...]
"""Everybody who has to allow; the first is the one that grants."""

_GATES: Final[Way] = (Need("rcp"), Need("scp"), Need("endpoint"))
_LIMITS: Final[Way] = (Need("boundary"), Need("session"))
_NAMED: Final[tuple[Way, ...]] = (
    (Need("resource", "direct"), *_GATES),
    (Need("resource", "limited"), *_LIMITS, *_GATES),
)
WAYS: Final[dict[Relation, tuple[Way, ...]]] = {
    "not a customer": ((Need("resource"), *_GATES),),
    "same account": (*_NAMED, (Need("identity"), *_LIMITS, *_GATES)),
    # Keys and trust policies: the owner's account may only delegate (rules 4.1, 5.1.3).
    "must be named": (*_NAMED, (Need("resource"), Need("identity"), *_LIMITS, *_GATES)),
    "cross account": ((Need("resource"), Need("identity"), *_LIMITS, *_GATES),),
}
OWNER: Final = "resource account"
"""The fact that decides whether one side suffices."""


def decide(request: Request, layers: Layers) -> Decision:
    """Return whether a request is allowed, and by which statement."""
    facts, voices = hearing_of(request, layers)
    return conclude(facts, voices)


def hearing_of(request: Request, layers: Layers) -> tuple[Facts, dict[Layer, Voice]]:
    """Return the request's facts, and what every layer says about it."""
    bounded: Truth = layers.boundary is not None
    if isinstance(layers.boundary, Unread):
        bounded = frozenset((layers.boundary.call,))
    facts = Facts(request, bounded)
    return facts, hear(facts, layers)


def conclude(facts: Facts, voices: dict[Layer, Voice]) -> Decision:
    """Return the answer: a Deny before all, then the first way that is open."""
    doubts: frozenset[str] = frozenset()
    doubted: tuple[Layer, Claim] | None = None
    for layer, voice in voices.items():
        denied = voice.deny
        if denied.truth is True:
            return Decision("ExplicitlyDenied", layer, _ref(denied))
        if denied.truth is not False:
            doubted = doubted or (layer, denied)
            doubts |= denied.truth
    granted, layer, claim = _grant(facts, voices)
    if granted is True and not doubts:
        return Decision("Allowed", layer, _ref(claim))
    if granted is False:
        return Decision("ImplicitlyDenied", layer)
    if granted is not True:
        doubts |= granted
    layer, claim = doubted or (layer, claim)
    return Decision("Unknown", layer, _ref(claim), tuple(sorted(doubts)))


def _ref(claim: Claim) -> StatementRef | None:
    return claim.by.ref if claim.by else None


def _grant(facts: Facts, voices: dict[Layer, Voice]) -> tuple[Truth, Layer, Claim]:
    """Return whether a way is open, with the layer and claim that grant or are missing."""
    owner = owner_of(facts)
    if owner:
        return _open_way(voices, WAYS[relation_to(facts, owner)])
    # Who allows across accounts allows within one too, so the stricter answer settles a yes.
    apart = _open_way(voices, WAYS[relation_to(facts, "")])
    if apart[0] is True or not facts.caller.is_customer:
        return apart
    within = _open_way(voices, WAYS[relation_to(facts, facts.caller.account)])
    if within[0] is False:
        return within
    return either((frozenset((OWNER,)), apart[0], within[0] is not True and within[0])), *within[1:]


def owner_of(facts: Facts) -> str:
    """Return whose resource it is; a request for no resource is to the caller's own account."""
    if facts.owner or facts.resource == "*":
        return facts.owner or facts.caller.account
    parts = facts.resource.split(":", 5)
    return parts[4] if len(parts) == 6 else ""


def relation_to(facts: Facts, owner: str) -> Relation:
    """Return what the caller is to the resource's owner."""
    if not facts.caller.is_customer:
        return "not a customer"
    if facts.caller.account != owner:
        return "cross account"
    return "must be named" if _must_be_named(facts) else "same account"


def _must_be_named(facts: Facts) -> bool:
    service, _, name = facts.action.partition(":")
    if service == "kms":
        of_alias = ":alias/" in facts.resource and name not in _ALIAS_ACTIONS
        return ":key/" in facts.resource or of_alias
    return service == "sts" and ":role/" in facts.resource


_ALIAS_ACTIONS: Final = frozenset({"createalias", "updatealias", "deletealias"})
"""Actions on the alias itself, which has no policy (KMS Developer Guide, "Aliases")."""


def _open_way(voices: dict[Layer, Voice], ways: tuple[Way, ...]) -> tuple[Truth, Layer, Claim]:
    doubts: frozenset[str] = frozenset()
    doubted: Need | None = None
    for way in ways:
        truth = every(claim_of(voices, need).truth for need in way)
        if truth is True:
            return True, way[0].layer, claim_of(voices, way[0])
        if truth is not False:
            doubts |= truth
            doubted = doubted or next(n for n in way if claim_of(voices, n).truth is not True)
    if doubted:
        return doubts, doubted.layer, claim_of(voices, doubted)
    return False, silent_needs(voices, ways)[0].layer, NO


def claim_of(voices: dict[Layer, Voice], need: Need) -> Claim:
    """Return what a layer says to a need; one that is not there consents."""
    voice = voices.get(need.layer, CONSENT)
    match need.strength:
        case "allow":
            return voice.allow
        case "direct":
            return voice.direct
        case "limited":
            return voice.limited


_ORDER: Final[tuple[Layer, ...]] = (
    "rcp", "scp", "resource", "identity", "boundary", "session", "endpoint"
)  # fmt: skip


def silent_needs(voices: dict[Layer, Voice], ways: tuple[Way, ...]) -> list[Need]:
    """Return who stayed silent in the ways that are nearest to open; the last way's first."""
    silent = [
        sorted(
            (need for need in way if claim_of(voices, need).truth is False),
            key=lambda need: _ORDER.index(need.layer),
        )
        for way in ways
    ]
    fewest = min(map(len, silent))
    return [need for needs in reversed(silent) if len(needs) == fewest for need in needs]
