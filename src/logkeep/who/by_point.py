"""What comes of a request that names an S3 access point by its ARN?

The access point and its bucket both have to permit it (S3 User Guide, "Configuring IAM policies for
using access points"), so it is asked of both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from logkeep.access.access_points import point_named
from logkeep.access.policies.speaking import public_access
from logkeep.policy import (
    AccessPoint,
    Explanation,
    Layers,
    Request,
    decide_through,
    explain,
    legs,
)
from logkeep.snapshot.facts import Facts
from logkeep.value import Arn

DENIED = ("ExplicitlyDenied", "ImplicitlyDenied")


class Behind(NamedTuple):
    """The request as it goes to the bucket behind an access point."""

    request: Request
    point: AccessPoint
    public: Callable[[Layers], Layers]
    """The layers with the bucket's own Block Public Access."""


def bucket_behind(facts: Facts, request: Request) -> Behind | None:
    """What a request asks of the bucket behind the access point that it names, if it names one.

    An object is `ACCESS-POINT/object/KEY` there; AWS's services deliver by none.
    """
    name, _, object_key = request.resource.partition("/object/")
    found = point_named(facts, name) if ":accesspoint/" in name else None
    if found is None or not request.principal.startswith("arn:"):
        return None
    point, at = found
    arn: Arn = f"arn:{facts.fleet.partition}:s3:::{at.name}"
    resource = f"{arn}/{object_key}" if object_key else arn
    asked = msgspec.structs.replace(request, resource=resource, resource_account=at.account)

    def with_public_access(layers: Layers) -> Layers:
        return msgspec.structs.replace(layers, public_access=public_access(facts, at))

    return Behind(asked, point, with_public_access)


def explained(behind: Behind, layers: Layers) -> tuple[tuple[Request, Explanation], ...]:
    """What the access point says and what the bucket, or both as one where they hang together."""
    whole = behind.public(layers)
    both = decide_through(behind.request, whole, behind.point)
    found = [(leg[0], explain(*leg)) for leg in legs(behind.request, whole, behind.point)]
    outcomes = {each.decision.outcome for _, each in found}
    is_their_sum = both.outcome in outcomes and (
        both.outcome in DENIED or outcomes.isdisjoint(DENIED)
    )
    return tuple(found) if is_their_sum else ((found[0][0], Explanation(both)),)
