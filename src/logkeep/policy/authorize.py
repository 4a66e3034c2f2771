"""The authorizer: no Deny anywhere, and one way in which everybody allows who has to.

IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic" (rules
2.1.2, 4.1, 4.2, 5.1.1 to 5.1.5). Who has to allow is data: `WAYS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

from logkeep.policy.facts import Facts
from logkeep.policy.hearing import hear
from logkeep.policy.layers import Layers
from logkeep.policy.truth import Truth, either, every
from logkeep.policy.values import Decision, Layer, Request, StatementRef, Unread
from logkeep.policy.voice import ALLOW, DIRECT, LIMITED, NO, Claim, Strength, Voices

Relation: TypeAlias = Literal["not a customer", "same account", "must be named", "cross account"]
"""What the caller is to the resource's owner."""


Way: TypeAlias = Mapping[Layer, Strength]
"""Everybody who has to allow, if there, and how strongly each must name the caller; the first
is the one that grants."""

_GATES: Final[Way] = {"rcp": ALLOW, "scp": ALLOW, "endpoint": ALLOW}
_LIMITS: Final[Way] = {"boundary": ALLOW, "session": ALLOW, **_GATES}
_DIRECT: Final[Way] = {"resource": DIRECT, **_GATES}
_LIMITED: Final[Way] = {"resource": LIMITED, **_LIMITS}
_IDENTITY: Final[Way] = {"identity": ALLOW, **_LIMITS}
_BOTH: Final[Way] = {"resource": ALLOW, **_IDENTITY}
WAYS: Final[dict[Relation, tuple[Way, ...]]] = {
    "not a customer": ({"resource": ALLOW, **_GATES},),
    "same account": (_DIRECT, _LIMITED, _IDENTITY),
    # Keys and trust policies: the owner's account may only delegate (rules 4.1, 5.1.3).
    "must be named": (_DIRECT, _LIMITED, _BOTH),
    "cross account": (_BOTH,),
}
OWNER: Final = "resource account"
"""The fact that decides whether one side suffices."""


class Grant(NamedTuple):
    """Whether somebody grants the request, and who, or who is missing for it."""

    truth: Truth
    layer: Layer
    claim: Claim


def decide(request: Request, layers: Layers) -> Decision:
    """Return whether a request is allowed, and by which statement."""
    facts = facts_of(request, layers)
    return conclude(facts, hear(facts, layers))


def facts_of(request: Request, layers: Layers) -> Facts:
    """Return the request's facts, among them whether its principal has a boundary."""
    boundary = layers.boundary
    if isinstance(boundary, Unread):
        return Facts(request, frozenset((boundary.call,)))
    return Facts(request, boundary is not None)


def conclude(facts: Facts, voices: Voices) -> Decision:
    """Return the answer: a Deny before all, then the first way that is open."""
    doubts: frozenset[str] = frozenset()
    doubted: Grant | None = None
    for layer, voice in voices.items():
        denied = voice.deny
        if denied is NO:
            continue
        if denied.truth is True:
            return Decision("ExplicitlyDenied", layer, _ref(denied))
        if denied.truth is not False:
            doubted = doubted or Grant(denied.truth, layer, denied)
            doubts |= denied.truth
    grant = _grant(facts, voices)
    if grant.truth is True and not doubts:
        return Decision("Allowed", grant.layer, _ref(grant.claim))
    if grant.truth is False:
        return Decision("ImplicitlyDenied", grant.layer)
    if grant.truth is not True:
        doubts |= grant.truth
    first = doubted or grant
    return Decision("Unknown", first.layer, _ref(first.claim), tuple(sorted(doubts)))


def _ref(claim: Claim) -> StatementRef | None:
    return claim.by.ref if claim.by else None


def _grant(facts: Facts, voices: Voices) -> Grant:
    """Return whether a way is open."""
    if not facts.caller.is_customer:
        return _open_way(voices, WAYS["not a customer"])
    owner = owner_of(facts)
    if owner:
        return _open_way(voices, WAYS[relation_to(facts, owner)])
    # Who allows across accounts allows within one too, so the stricter answer settles a yes.
    apart = _open_way(voices, WAYS["cross account"])
    if apart.truth is True:
        return apart
    within = _open_way(voices, WAYS[relation_to(facts, facts.caller.account)])
    if within.truth is False:
        return within
    told = [grant.truth for grant in (apart, within) if grant.truth is not True]
    return within._replace(truth=either((frozenset((OWNER,)), *told)))


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
    service, _, name = facts.action.partition(":")
    if service == "kms":
        of_alias = ":alias/" in facts.resource and name not in _ALIAS_ACTIONS
        return ":key/" in facts.resource or of_alias
    return service == "sts" and ":role/" in facts.resource


_ALIAS_ACTIONS: Final = frozenset({"createalias", "updatealias", "deletealias"})
"""Actions on the alias itself, which has no policy (KMS Developer Guide, "Aliases")."""


def _open_way(voices: Voices, ways: tuple[Way, ...]) -> Grant:
    """Return the first open way, else what is in doubt, else who stayed silent."""
    doubtful = False
    for way in ways:
        for layer, voice in voices.items():
            if layer in way:
                truth = voice[way[layer]][0]
                if truth is not True:
                    doubtful = doubtful or truth is not False
                    break
        else:
            grantor = next(iter(way))
            return Grant(True, grantor, voices[grantor][way[grantor]])
    found = _doubtful_way(voices, ways) if doubtful else None
    return found or Grant(False, silent_layers(voices, ways)[0], NO)


def _doubtful_way(voices: Voices, ways: tuple[Way, ...]) -> Grant | None:
    """Return all that is in doubt about the ways that may be open, if any may."""
    doubts: frozenset[str] = frozenset()
    first: Grant | None = None
    for way in ways:
        claims: list[tuple[Layer, Claim]] = [
            (layer, voice[way[layer]]) for layer, voice in voices.items() if layer in way
        ]
        truth = every([claim.truth for _, claim in claims])
        if isinstance(truth, frozenset):
            doubts |= truth
            layer, claim = next(each for each in claims if each[1].truth is not True)
            first = first or Grant(truth, layer, claim)
    return Grant(doubts, first.layer, first.claim) if first else None


def missing_layers(facts: Facts, voices: Voices) -> list[Layer]:
    """Return the layers that had to speak and stayed silent, in AWS's order within a way."""
    if not facts.caller.is_customer:
        return silent_layers(voices, WAYS["not a customer"])
    return silent_layers(voices, WAYS[relation_to(facts, owner_of(facts))])


def silent_layers(voices: Voices, ways: tuple[Way, ...]) -> list[Layer]:
    """Return who stayed silent in the ways that are nearest to open; the last way's first."""
    if len(ways) == 1:
        return _silent(voices, ways[0])
    silent = [_silent(voices, way) for way in reversed(ways)]
    fewest = min(map(len, silent))
    nearest: dict[Layer, None] = {}
    for layers in silent:
        if len(layers) == fewest:
            nearest |= dict.fromkeys(layers)
    return list(nearest)


def _silent(voices: Voices, way: Way) -> list[Layer]:
    return [layer for layer in voices if layer in way and voices[layer][way[layer]].truth is False]
