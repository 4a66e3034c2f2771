"""The authorizer: no Deny anywhere, and one way in which everybody allows who has to.

IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic" (rules
2.1.2, 4.1, 4.2, 5.1.1 to 5.1.5). Who has to allow is data: `WAYS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

import msgspec

from logkeep.policy.facts import Facts
from logkeep.policy.layer_answer import ALLOW, DIRECT, LIMITED, NO, Claim, LayerAnswers, Strength
from logkeep.policy.layer_answers import answers_of
from logkeep.policy.layers import Layers
from logkeep.policy.relation import OWNER, Relation, owner_of, relation_to
from logkeep.policy.truth import Truth, either, every
from logkeep.policy.values import Decision, Layer, Request, StatementRef, Unread

Way: TypeAlias = Mapping[Layer, Strength]
"""Everybody who has to allow, if there, and how strongly each must name the caller; the first
is the one that grants."""

_DOORS: Final[Way] = {"rcp": ALLOW, "scp": ALLOW, "endpoint": ALLOW}
_GATES: Final[Way] = {**_DOORS, "object owner": ALLOW}
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
BY_GRANT: Final[dict[Relation, tuple[Way, ...]]] = {
    "not a customer": ({"grant": ALLOW, **_GATES},),
    "same account": (),
    # As a key policy that names the grantee (rule 4.2).
    "must be named": (
        {"grant": DIRECT, **_GATES},
        {"grant": LIMITED, **_LIMITS},
        {"grant": ALLOW, **_IDENTITY},
    ),
    "cross account": (
        {"grant": ALLOW, **_IDENTITY},
        {"grant": DIRECT, **_GATES},
        {"grant": LIMITED, **_LIMITS},
    ),
}
"""What a grant on a KMS key opens besides the policies."""
_BY_OWN: Final[Way] = {"identity": ALLOW, "boundary": ALLOW, "session": ALLOW, **_DOORS}
_BY_ACL: Final[tuple[Way, ...]] = ({"acl": DIRECT, **_DOORS}, {"acl": ALLOW, **_BY_OWN})
BY_ACL: Final[dict[Relation, tuple[Way, ...]]] = {
    "not a customer": ({"acl": ALLOW, **_DOORS},),
    "same account": _BY_ACL,
    "must be named": (),
    "cross account": _BY_ACL,
}
"""What an S3 ACL opens (S3 guide, "How Amazon S3 authorizes a request")."""
OWN_OBJECT: Final[tuple[Way, ...]] = ({"identity": ALLOW, "object owner": DIRECT, **_BY_OWN},)
"""What one's own account opens of its objects in another's bucket (the same page)."""


class OpenWay(msgspec.Struct, frozen=True, gc=False):
    """Whether a way is open and who grants, or who is missing for it."""

    truth: Truth
    layer: Layer
    claim: Claim


def decide(request: Request, layers: Layers) -> Decision:
    """Return whether a request is allowed, and by which statement."""
    # The quick way for whom no boundary binds, which is every service.
    facts = Facts(request) if layers.boundary is None else facts_of(request, layers)
    return conclude(facts, answers_of(facts, layers))


def facts_of(request: Request, layers: Layers) -> Facts:
    """Return the request's facts, among them whether its principal has a boundary."""
    boundary = layers.boundary
    if isinstance(boundary, Unread):
        return Facts(request, frozenset((boundary.call,)))
    return Facts(request, boundary is not None)


def conclude(facts: Facts, answers: LayerAnswers) -> Decision:
    """Return the answer: a Deny before all, then the first way that is open."""
    if facts.caller.kind in FREE.get(facts.action, ()):
        return _free(facts, answers)
    doubts: frozenset[str] = frozenset()
    doubted: OpenWay | None = None
    for layer, answer in answers.items():
        denied = answer.deny
        if denied is NO:
            continue
        if denied.truth is True:
            return Decision("ExplicitlyDenied", layer, _ref(denied))
        if denied.truth is not False:
            doubted = doubted or OpenWay(denied.truth, layer, denied)
            doubts |= denied.truth
    grant = _grant(facts, answers)
    if grant.truth is True and not doubts:
        return Decision("Allowed", grant.layer, _ref(grant.claim))
    if grant.truth is False:
        return Decision("ImplicitlyDenied", grant.layer)
    if grant.truth is not True:
        doubts |= grant.truth
    first = doubted or grant
    return Decision("Unknown", first.layer, _ref(first.claim), tuple(sorted(doubts)))


FREE: Final[Mapping[str, frozenset[str]]] = {
    "sts:getcalleridentity": frozenset({"user", "role", "session", "root", "federated"}),
    # It takes the long-term credentials of a user or of the root user.
    "sts:getsessiontoken": frozenset({"user", "root"}),
}
"""Actions that need no permission, and of whom (AWS STS API Reference)."""
_STOPPED: Final = "whether a Deny stops sts:GetSessionToken"
"""The page of GetCallerIdentity says that no Deny does (rule 13.11); this one's does not say."""


def _free(facts: Facts, answers: LayerAnswers) -> Decision:
    """Return the answer where nobody has to allow: sure for GetCallerIdentity, whoever denies."""
    denies = [v.deny for v in answers.values() if v.deny.truth is not False]
    if facts.action == "sts:getcalleridentity" or not denies:
        return Decision("Allowed")
    return Decision("Unknown", unknown=(_STOPPED,))


def _ref(claim: Claim) -> StatementRef | None:
    return claim.by.ref if claim.by else None


def _grant(facts: Facts, answers: LayerAnswers) -> OpenWay:
    """Return whether a way is open."""
    if not facts.caller.is_customer:
        return _open_way(answers, "not a customer")
    owner = owner_of(facts)
    if owner:
        return _open_way(answers, relation_to(facts, owner))
    # Who allows across accounts allows within one too, so the stricter answer settles a yes.
    apart = _open_way(answers, "cross account")
    if apart.truth is True:
        return apart
    within = _open_way(answers, relation_to(facts, facts.caller.account))
    if within.truth is False:
        return within
    open_truths = [grant.truth for grant in (apart, within) if grant.truth is not True]
    doubt = either((frozenset((OWNER,)), *open_truths))
    return OpenWay(doubt, within.layer, within.claim)


def _open_way(answers: LayerAnswers, relation: Relation) -> OpenWay:
    """Return the first open way, else what is in doubt, else whose policies stayed silent."""
    doubtful = False
    ways = WAYS[relation]
    if "grant" in answers:
        ways += BY_GRANT[relation]
    if "acl" in answers:
        ways += BY_ACL[relation]
    if "object owner" in answers and "identity" in answers:
        ways += OWN_OBJECT
    for way in ways:
        for layer, answer in answers.items():
            if layer in way:
                truth = answer[way[layer]][0]
                if truth is not True:
                    doubtful = doubtful or truth is not False
                    break
        else:
            grantor = next(iter(way))
            return OpenWay(True, grantor, answers[grantor][way[grantor]])
    found = _doubtful_way(answers, ways) if doubtful else None
    return found or OpenWay(False, silent_layers(answers, WAYS[relation])[0], NO)


def _doubtful_way(answers: LayerAnswers, ways: tuple[Way, ...]) -> OpenWay | None:
    """Return all that is in doubt about the ways that may be open, if any may."""
    doubts: frozenset[str] = frozenset()
    first: OpenWay | None = None
    for way in ways:
        claims: list[tuple[Layer, Claim]] = [
            (layer, answer[way[layer]]) for layer, answer in answers.items() if layer in way
        ]
        truth = every([claim.truth for _, claim in claims])
        if isinstance(truth, frozenset):
            doubts |= truth
            layer, claim = next(each for each in claims if each[1].truth is not True)
            first = first or OpenWay(truth, layer, claim)
    return OpenWay(doubts, first.layer, first.claim) if first else None


def missing_layers(facts: Facts, answers: LayerAnswers) -> list[Layer]:
    """Return the layers that had to speak and stayed silent, in AWS's order within a way."""
    if not facts.caller.is_customer:
        return silent_layers(answers, WAYS["not a customer"])
    return silent_layers(answers, WAYS[relation_to(facts, owner_of(facts))])


def silent_layers(answers: LayerAnswers, ways: tuple[Way, ...]) -> list[Layer]:
    """Return who stayed silent in the ways that are nearest to open; the last way's first."""
    if len(ways) == 1:
        return _silent(answers, ways[0])
    silent = [_silent(answers, way) for way in reversed(ways)]
    fewest = min(map(len, silent))
    nearest: dict[Layer, None] = {}
    for layers in silent:
        if len(layers) == fewest:
            nearest |= dict.fromkeys(layers)
    return list(nearest)


def _silent(answers: LayerAnswers, way: Way) -> list[Layer]:
    return [
        layer for layer in answers if layer in way and answers[layer][way[layer]].truth is False
    ]
