"""A request through an S3 access point: both the access point and its bucket must let it pass.

S3 User Guide, "Configuring IAM policies for using access points" (rule 2.1.1).
"""

from __future__ import annotations

from typing import Final

import msgspec

from logkeep.policy.authorize import decide, facts_of
from logkeep.policy.document import Policy
from logkeep.policy.layer_answers import ROOT_RIGHTS, answers_of
from logkeep.policy.layers import Layers
from logkeep.policy.public import PublicAccess, most_restrictive
from logkeep.policy.values import Context, Decision, Malformed, Request, Unread

ONE_ARN: Final = "whether an IAM policy must name both the access point and the bucket"
"""The guide shows policies of the bucket and the access point, of the caller none."""
TWO_OWNERS: Final = "whom Block Public Access leaves where bucket and access point have two owners"


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
    return _joined((at_point, own), (at_bucket, of_bucket))


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


_Leg = tuple[Request, Layers]


def _joined(point: _Leg, bucket: _Leg) -> Decision:
    """Return the answer that both legs give: a Deny before all, then silence, then doubt."""
    decisions = [decide(*point), decide(*bucket)]
    by_outcome = {each.outcome: each for each in reversed(decisions)}
    denied = by_outcome.get("ExplicitlyDenied")
    if denied:
        return _between_owners(denied, point, bucket)
    silent = by_outcome.get("ImplicitlyDenied")
    if silent:
        legs = (point, bucket) if silent is decisions[0] else (bucket, point)
        return _unless_named_by_the_other(silent, *legs)
    doubts = {name for each in decisions for name in each.unknown}
    if doubts:
        first = by_outcome["Unknown"]
        return Decision("Unknown", first.layer, first.statement, tuple(sorted(doubts)))
    return decisions[0]


def _between_owners(denied: Decision, point: _Leg, bucket: _Leg) -> Decision:
    apart = point[0].resource_account != bucket[0].resource_account
    if denied.layer == "public access" and apart and point[0].principal != "anonymous":
        return Decision("Unknown", denied.layer, None, (TWO_OWNERS,))
    return denied


def _unless_named_by_the_other(silent: Decision, leg: _Leg, other: _Leg) -> Decision:
    """Return the silent denial, or doubt where the caller's policy allows by the other's ARN."""
    asked, layers = leg
    said = answers_of(facts_of(*other), other[1]).get("identity")
    names_other = said is not None and said.allow.truth is not False
    able = msgspec.structs.replace(layers, identity=(ROOT_RIGHTS,))
    if names_other and decide(asked, able).outcome != "ImplicitlyDenied":
        return Decision("Unknown", "identity", None, (ONE_ARN,))
    return silent
