"""Could a request pass by an access point that would not by the bucket's name?

The bucket has to permit it as well (S3 User Guide, "Configuring IAM policies for using access
points"), so it can where a policy asks for the access point, or where the caller's own policies
name the bucket alone: whether these are held to one of the two ARNs or to both AWS does not say.
So a Deny that an access point's ARN escapes may not stop the caller, and an Allow of an access
point may suffice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from logkeep.access import bucket
from logkeep.access.access_points import ANYBODYS, KEYS, Points, Possible, points_of
from logkeep.access.own_side import is_strangers, nobodys_account
from logkeep.access.policies.every_object import lists_of
from logkeep.access.policies.speaking import public_access
from logkeep.policy import (
    AccessPoint,
    Context,
    Decision,
    Layers,
    Leg,
    Policy,
    Request,
    decide,
    decide_through,
    legs,
    may_pass_through,
    read_policy,
)
from logkeep.policy.every_name import Patterns
from logkeep.policy.pattern import ANY_ONE, ANY_RUN
from logkeep.policy.varying import speaking
from logkeep.policy.write import Document, statements, text_of, texts
from logkeep.snapshot.facts import Facts, remembered
from logkeep.value import AccountId, account_of

UNNAMED: Final = "any-name"
"""An access point of which no policy speaks."""
DOUBT: Final = "whether an access point leads past a policy that names the bucket's ARN alone"


def decide_any_way(facts: Facts, asked: Request, layers: Layers) -> Decision:
    """Whether a request to a bucket or object passes by its name, or by any access point.

    A service's own deliveries take none.
    """
    direct = decide(asked, layers)
    # What is certain with these keys open is so by the name and by every access point.
    if direct.outcome == "Allowed" or _is_refused_by_bucket(asked, direct):
        return direct
    speak = speak_of_points(facts, layers)
    if speak and direct.outcome == "Unknown":
        direct = decide(by_name(asked), layers)
    if direct.outcome == "Allowed" or not _takes_points(asked):
        return direct
    through = _through_any(facts, asked, layers, speak=speak)
    if through is None or (direct.outcome == "Unknown" and through.outcome != "Allowed"):
        return direct
    return through


def _is_refused_by_bucket(asked: Request, direct: Decision) -> bool:
    """Whether the bucket's policy refuses it, which no access point changes.

    Within its account the caller's own policies may let it pass where the bucket's stays silent.
    """
    is_at_home = account_of(asked.principal) == asked.resource_account
    refused = direct.outcome == "ExplicitlyDenied" or (
        direct.outcome == "ImplicitlyDenied" and not is_at_home
    )
    return refused and direct.layer == "resource"


def by_name(asked: Request) -> Request:
    """The request as it goes to the bucket itself, by no access point."""
    context = Context({**asked.context, **dict.fromkeys(KEYS, ())})
    return msgspec.structs.replace(asked, context=context)


LISTS: Final = frozenset({"s3:listbucket", "s3:listbucketversions"})
"""About the bucket, and answered by an access point too ("Access point compatibility")."""


def _takes_points(asked: Request) -> bool:
    if asked.principal.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return False
    about_objects = "/" in asked.resource or asked.action.lower() in LISTS
    return asked.action.lower().startswith("s3:") and about_objects


def speak_of_points(facts: Facts, layers: Layers) -> bool:
    """Whether any policy asks by which access point a request comes."""
    return any(_speaks_of_points(facts, policy) for policy in speaking(layers))


@remembered
def _speaks_of_points(_facts: Facts, policy: Policy) -> bool:
    text = text_of(policy.document).lower()
    return any(key in text for key in KEYS)


def _through_any(facts: Facts, asked: Request, layers: Layers, *, speak: bool) -> Decision | None:
    """What comes of it by any access point; None where none leads anywhere that the name does not.

    Where no policy asks for access points, the bucket's own Deny is the same by each of them.
    """
    at = bucket.known(facts, asked.resource)
    points = points_of(facts, at) if at else Points((), (Possible("", ANYBODYS),))
    if at is not None:
        layers = msgspec.structs.replace(layers, public_access=public_access(facts, at))
    doubts: list[str] = []
    for point in points.there:
        found = decide_through(asked, layers, point)
        if found.outcome == "Allowed":
            return found
        if found.outcome == "Unknown":
            doubts += found.unknown
        elif may_pass_through(asked, layers, point):
            doubts.append(DOUBT)
    if speak and (theirs := _by_strangers_own(facts, asked, layers)):
        return theirs
    for each in points.possible:
        might = _any_points(facts, each.account, _named_by(facts, layers), of_vpc=speak)
        if any(may_pass_through(asked, layers, point) for point in might):
            doubts.append(each.doubt)
    return Decision("Unknown", unknown=tuple(sorted(set(doubts)))) if doubts else None


def _by_strangers_own(facts: Facts, asked: Request, layers: Layers) -> Decision | None:
    """The bucket's leave for a stranger who comes by an access point that it makes for itself."""
    account = account_of(asked.principal)
    if not is_strangers(facts, account):
        return None
    for point in _any_points(facts, account, frozenset({UNNAMED}), of_vpc=True):
        if decide_through(asked, layers, point).outcome == "Allowed":
            return decide(*legs(asked, layers, point)[1])
    return None


@remembered
def _any_points(
    facts: Facts, account: AccountId, names: frozenset[str], *, of_vpc: bool
) -> tuple[AccessPoint, ...]:
    """Access points that an account might have: they let everybody pass; of a VPC and not."""
    found = [any_point(facts, account, name) for name in sorted(names)]
    return (*found, *(msgspec.structs.replace(each, is_of_vpc=True) for each in found if of_vpc))


def any_point(facts: Facts, account: AccountId, name: str = UNNAMED) -> AccessPoint:
    """An access point of an account that lets everybody pass."""
    owner = account or nobodys_account(facts)
    region = facts.fleet.archive_region
    arn = f"arn:{facts.fleet.partition}:s3:{region}:{owner}:accesspoint/{name}"
    return AccessPoint(arn, OPEN)


def _named_by(facts: Facts, layers: Layers) -> frozenset[str]:
    """A name that no policy speaks of, and each that one does."""
    named = (_names(facts, policy) for policy in speaking(layers))
    return frozenset({UNNAMED}).union(*named)


@remembered
def _names(_facts: Facts, policy: Policy) -> frozenset[str]:
    listed = _resources(policy.document)
    found = (
        text.partition(":accesspoint/")[2].partition("/")[0] for each in listed for text in each
    )
    return frozenset(name.replace("*", "x").replace("?", "x") for name in found if name)


def _resources(document: Document) -> Iterator[list[str]]:
    """Each list of resources in a document."""
    for statement in statements(document):
        for name in ("Resource", "NotResource"):
            yield texts(statement.get(name))


def _open() -> Policy:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    policy = read_policy({"Version": "2012-10-17", "Statement": statement}, "resource", "its own")
    assert isinstance(policy, Policy)
    return policy


OPEN: Final = _open()


def points_legs(facts: Facts, asked: Request, layers: Layers) -> Iterator[Leg]:
    """The request as it goes to each access point of its bucket, and what speaks there."""
    at = bucket.known(facts, asked.resource) if _takes_points(asked) else None
    for point in points_of(facts, at).there if at else ():
        yield legs(asked, layers, point)[0]


def lists_by_points(facts: Facts, asked: Request, layers: Layers) -> Iterator[Patterns]:
    """The lists by which what speaks at access points sees names, as names in the bucket."""
    start = f"{asked.resource.partition('/')[0]}/"
    for to_point, own in points_legs(facts, asked, layers):
        at_point = f"{to_point.resource.partition('/object/')[0]}/object/"
        for found in lists_of(to_point, own):
            yield tuple(f"{start}{rest}" for each in found for rest in _after(each, at_point))


def _after(pattern: str, start: str) -> tuple[str, ...]:
    """What of a pattern is left, in each way in which it can begin so."""
    left = {pattern}
    for letter in start:
        left = {rest for each in left for rest in _without(each, letter)}
    return tuple(sorted(left))


def _without(pattern: str, letter: str) -> Iterator[str]:
    """What of a pattern is left once it has taken a letter."""
    for place, sign in enumerate(pattern):
        if sign == ANY_RUN:
            yield pattern[place:]
            continue
        if sign in (ANY_ONE, letter):
            yield pattern[place + 1 :]
        return


def wherever(policy: Policy) -> Policy:
    """A policy as if each statement spoke of everything."""
    body = [
        {**{k: v for k, v in each.items() if k != "NotResource"}, "Resource": "*"}
        for each in statements(policy.document)
    ]
    found = read_policy({**policy.document, "Statement": body}, policy.kind, policy.name)
    return found if isinstance(found, Policy) else policy
