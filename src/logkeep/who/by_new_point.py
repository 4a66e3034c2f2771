"""Who could pass the bucket by making an access point, or by opening one that is there?

Whoever has `s3:CreateAccessPoint` makes one in its own account, with a policy of its own. The
bucket has to permit what comes by it, which it does where its policy leaves it to access points
(S3 User Guide, "Configuring IAM policies for using access points").
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import Final, TypeAlias

import msgspec

from logkeep.access import bucket, organization
from logkeep.access.access_points import points_of
from logkeep.access.policies.by_access_point import (
    DOUBT,
    OPEN,
    any_point,
    speak_of_points,
)
from logkeep.access.policies.speaking import layer, of_archive, own_layers, public_access
from logkeep.policy import (
    AccessPoint,
    Layers,
    Policy,
    Request,
    Unread,
    decide,
    decide_through,
    is_kept_out,
    may_pass_through,
)
from logkeep.snapshot.facts import Facts, remembered, remembered_by
from logkeep.value import Arn
from logkeep.who.asking import layers_of, reason_of, requests, sights_of, worth_asking
from logkeep.who.candidates import Candidate
from logkeep.who.shortcuts import is_unnamed
from logkeep.who.values import Step

MAKES: Final = ("s3:CreateAccessPoint", "s3:CreateMultiRegionAccessPoint")
OPENS: Final = ("s3:PutAccessPointPolicy", "s3:PutMultiRegionAccessPointPolicy")
"""Of an access point of one Region, and of one of several."""
Unsure: TypeAlias = tuple[str, ...]
"""What is in doubt; nothing where it passes for certain."""
PEOPLE: Final = ("user", "role", "root", "account")


def by_new_point(facts: Facts, who: Candidate, action: str) -> Iterator[Step]:
    """The steps after which an action passes by an access point; there is one of each kind."""
    if who.kind not in PEOPLE or is_unnamed(facts, who, action):
        return
    if not _is_let_by_points(facts, who) or not _may_any(facts, who):
        return
    for by, points in _leading(facts, who, action).items():
        for arn, doubt in points:
            step = _step(facts, who, by, arn, doubt)
            if step:
                yield step
                break


def _seen_alike(facts: Facts, who: Candidate, action: str) -> Hashable:
    """What is the same of all of an account whom no policy tells apart."""
    return who.account, sights_of(facts, who, (action,))


@remembered_by(_seen_alike)
def _leading(facts: Facts, who: Candidate, action: str) -> dict[str, list[tuple[Arn, Unsure]]]:
    """By what is changed, the access points by which the action then passes, or may."""
    asked = tuple(requests(facts, who, action, worth_asking(facts, who, (action,))[0]))
    found: dict[str, list[tuple[Arn, Unsure]]] = {}
    for by, points in _changed(facts, who).items():
        for point in points:
            doubt = _doubt(facts, who, asked, point)
            if doubt is not None:
                found.setdefault(by, []).append((point.arn, doubt))
    return found


def _changed(facts: Facts, who: Candidate) -> dict[str, list[AccessPoint]]:
    """The access points that would be new, and those that are there with an open policy."""
    new = any_point(facts, who.account)
    of_vpc = msgspec.structs.replace(new, is_of_vpc=True)
    multi = msgspec.structs.replace(new, arn=_of_several(new.arn))
    found = {MAKES[0]: [new, of_vpc], MAKES[1]: [multi]}
    for each in points_of(facts, bucket.archives(facts)).there:
        opened = msgspec.structs.replace(each, policy=OPEN)
        found.setdefault(OPENS[each.arn == _of_several(each.arn)], []).append(opened)
    return found


def _of_several(arn: Arn) -> Arn:
    """The ARN without its Region, as that of a Multi-Region access point is."""
    parts = arn.split(":", 5)
    return ":".join((*parts[:3], "", *parts[4:]))


def _doubt(
    facts: Facts, who: Candidate, asked: Iterable[Request], point: AccessPoint
) -> Unsure | None:
    """What is in doubt of any request that passes by an access point; None where none does."""
    public = public_access(facts, bucket.archives(facts))
    found: Unsure | None = None
    for each in asked:
        layers = msgspec.structs.replace(layers_of(facts, who, each), public_access=public)
        if is_kept_out(each, layers, point):
            continue
        if decide_through(each, layers, point).outcome == "Allowed":
            return ()
        if may_pass_through(each, layers, point):
            found = (DOUBT,)
    return found


def _is_let_by_points(facts: Facts, who: Candidate) -> bool:
    """Whether the bucket may let somebody pass by an access point and not by its name.

    To another account's its policy has to say so (S3 User Guide, "Creating access points").
    """
    at = bucket.archives(facts)
    policy = layer(facts, of_archive(facts, "bucket"))
    return who.account == at.account or speak_of_points(facts, Layers(resource=policy))


def _may_any(facts: Facts, who: Candidate) -> bool:
    own = own_layers(facts, who.principal).identity
    return isinstance(own, Unread) or _speaks(facts, own)


@remembered
def _speaks(_facts: Facts, own: tuple[Policy, ...]) -> bool:
    actions = [each.lower() for each in (*MAKES, *OPENS)]
    speaking = (each for policy in own for each in policy.statements if each.allows)
    return any(any(map(each.accepts_action, actions)) for each in speaking)


def _step(
    facts: Facts, who: Candidate, action: str, on: Arn, doubt: tuple[str, ...]
) -> Step | None:
    """The step, if its own policies let it, or may; an access point's policy says nothing of it."""
    asked = Request(
        who.principal,
        action,
        on,
        who.account,
        dict(who.context),
        frozenset({"*"}),
        in_management_account=organization.is_management(facts, who.account),
    )
    decision = decide(asked, own_layers(facts, who.principal))
    if decision.outcome not in ("Allowed", "Unknown"):
        return None
    unknown = tuple(sorted({*decision.unknown, *doubt}))
    reason = None if unknown else reason_of(asked, decision)
    return Step(who.principal, action, on, not unknown, reason, unknown, who.kind)
