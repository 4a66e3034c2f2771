"""A request through an S3 access point: both the access point and its bucket must let it pass.

S3 User Guide, "Configuring IAM policies for using access points" (rule 2.1.1).
"""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from logkeep.policy.authorize import decide, facts_of
from logkeep.policy.document import Policy
from logkeep.policy.layer_answers import ROOT_RIGHTS, answers_of
from logkeep.policy.layers import Layers
from logkeep.policy.public import PublicAccess, most_restrictive
from logkeep.policy.values import Context, Decision, Malformed, Request, Unread

ONE_ARN: Final = "whether an IAM policy must name both the access point and the bucket"
"""The guide shows policies of the bucket and the access point, of the caller none."""
TWO_OWNERS: Final = "what Block Public Access allows where bucket and access point have two owners"


Leg: TypeAlias = tuple[Request, Layers]
"""What is asked of the access point or of the bucket, and what speaks there."""


class AccessPoint(msgspec.Struct, frozen=True):
    """An access point of a bucket."""

    arn: str
    policy: Policy | Malformed | Unread | None = None
    is_of_vpc: bool = False
    """Its network origin is a VPC: then it is never public."""
    public_access: PublicAccess | Unread | None = None
    """Its own Block Public Access."""

    @property
    def account(self) -> str:
        """Whose access point it is."""
        return self.arn.split(":", 5)[4]


def decide_through(asked: Request, layers: Layers, point: AccessPoint) -> Decision:
    """Return whether a request to a bucket or object passes by an access point.

    The layers are the bucket's and the caller's, as for a request to the bucket itself.
    """
    return _joined(*legs(asked, layers, point))


def may_pass_through(asked: Request, layers: Layers, point: AccessPoint) -> bool:
    """Return whether it might, were the caller's own policies held to one of the two ARNs."""
    to_point, to_bucket = legs(asked, layers, point)
    own = (ROOT_RIGHTS,) if _own_allow(to_point) or _own_allow(to_bucket) else ()
    readings = ((to_point, _freed(to_bucket, own)), (_freed(to_point, own), to_bucket))
    return not all(
        any(decision.outcome in _DENIED for decision in _of_both(*both)) for both in readings
    )


def is_kept_out(asked: Request, layers: Layers, point: AccessPoint) -> bool:
    """Return whether the bucket refuses it by an access point, whatever else its caller may.

    Then neither `decide_through` nor `may_pass_through` lets it pass; it is one decision of theirs.
    """
    asked, layers = _freed(legs(asked, layers, point)[1], (ROOT_RIGHTS,))
    return decide(asked, msgspec.structs.replace(layers, public_access=None)).outcome in _DENIED


_DENIED: Final = ("ImplicitlyDenied", "ExplicitlyDenied")


def _own_allow(leg: Leg) -> bool:
    """Return whether the caller's own policies allow it by this ARN, or may."""
    said = answers_of(facts_of(*leg), leg[1]).get("identity")
    return said is not None and said.allow.truth is not False


def _freed(leg: Leg, own: tuple[Policy, ...]) -> Leg:
    """Return the leg with nothing but what is attached to the resource, and what its caller may."""
    asked, layers = leg
    return asked, msgspec.structs.replace(
        layers, identity=own, boundary=None, session=None, scps=None, rcps=None
    )


def legs(asked: Request, layers: Layers, point: AccessPoint) -> tuple[Leg, Leg]:
    """Return what is asked of the access point and of the bucket, and what speaks at each."""
    known = {
        "s3:dataaccesspointarn": point.arn,
        "s3:dataaccesspointaccount": point.account,
        "s3:accesspointnetworkorigin": "VPC" if point.is_of_vpc else "Internet",
    }
    context = Context({**asked.context, **known})
    at_bucket = msgspec.structs.replace(asked, context=context)
    at_point = msgspec.structs.replace(
        at_bucket, resource=_at(point, asked.resource), resource_account=point.account
    )
    both = _together(layers.public_access, point.public_access)
    own = msgspec.structs.replace(
        layers, resource=point.policy, acl=None, public_access=None if point.is_of_vpc else both
    )
    of_bucket = msgspec.structs.replace(layers, public_access=both)
    return (at_point, own), (at_bucket, of_bucket)


def _at(point: AccessPoint, resource: str) -> str:
    """Return what an object or the bucket is called by the access point."""
    _, slash, name = resource.partition("/")
    return f"{point.arn}/object/{name}" if slash else point.arn


def _together(
    bucket: PublicAccess | Unread | None, point: PublicAccess | Unread | None
) -> PublicAccess | None:
    """Return the most restrictive settings of both; None where neither has any."""
    given = [each for each in (bucket, point) if each is not None]
    return most_restrictive(*given) if given else None


def _joined(point: Leg, bucket: Leg) -> Decision:
    """Return the answer that both legs give: a Deny before all, then silence, then doubt."""
    decisions = _of_both(point, bucket)
    by_outcome = {each.outcome: each for each in reversed(decisions)}
    denied = by_outcome.get("ExplicitlyDenied")
    if denied:
        return denied
    silent = by_outcome.get("ImplicitlyDenied")
    if silent:
        legs = (point, bucket) if silent is decisions[0] else (bucket, point)
        return _unless_named_by_the_other(silent, *legs)
    doubts = {name for each in decisions for name in each.unknown}
    if doubts:
        first = by_outcome["Unknown"]
        return Decision("Unknown", first.layer, first.statement, tuple(sorted(doubts)))
    return decisions[0]


def _of_both(point: Leg, bucket: Leg) -> tuple[Decision, Decision]:
    """Return the answers of the access point and of the bucket."""
    apart = point[0].resource_account != bucket[0].resource_account
    if not apart:
        return decide(*point), decide(*bucket)
    return _between_owners(point), _let_by_policy(bucket, _between_owners(bucket))


def _let_by_policy(bucket: Leg, found: Decision) -> Decision:
    """Return the bucket's answer, whose policy has to let an access point of another account pass.

    S3 User Guide, "Creating access points": its owner has to be given access by the bucket policy.
    """
    if found.outcome != "Allowed":
        return found
    let = answers_of(facts_of(*bucket), bucket[1])["resource"].allow.truth
    if let is True:
        return found
    if let is False:
        return Decision("ImplicitlyDenied", "resource")
    return Decision("Unknown", "resource", None, tuple(sorted(let)))


def _between_owners(leg: Leg) -> Decision:
    """Return the answer, in doubt where only Block Public Access stops somebody who is known."""
    asked, layers = leg
    found = decide(asked, layers)
    if found.layer != "public access" or asked.principal == "anonymous":
        return found
    besides = decide(asked, msgspec.structs.replace(layers, public_access=None))
    if besides.outcome in _DENIED:
        return besides
    return Decision("Unknown", "public access", None, (TWO_OWNERS,))


def _unless_named_by_the_other(silent: Decision, leg: Leg, other: Leg) -> Decision:
    """Return the silent denial, or doubt where the caller's policy allows by the other's ARN."""
    asked, layers = leg
    able = msgspec.structs.replace(layers, identity=(ROOT_RIGHTS,))
    if _own_allow(other) and decide(asked, able).outcome != "ImplicitlyDenied":
        return Decision("Unknown", "identity", None, (ONE_ARN,))
    return silent
