"""Could an access point lead somebody past policies that name the bucket's ARN alone?

By an access point a request names another ARN. The bucket has to permit it as well, but whether
the caller's own policies are held to one ARN or both AWS does not say (S3 User Guide, "Configuring
IAM policies for using access points"). So a Deny that an access point's ARN escapes may not stop
the caller, and an Allow of an access point may suffice.
"""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec

from logkeep.access.own_side import nobodys_account
from logkeep.policy import Layers, Policy, read_policy
from logkeep.policy.overlap import overlap
from logkeep.policy.pattern import glob, with_wildcards
from logkeep.snapshot.facts import Facts, remembered
from logkeep.value import Arn

DOUBT: Final = "whether an access point leads past a policy that names the bucket's ARN alone"


def past_own_policies(facts: Facts, layers: Layers) -> Layers | None:
    """The layers as loose as an access point may make them; None where it changes nothing.

    The bucket's own policy stays as it is, since the bucket has to permit the request.
    """
    identity, boundary, session = layers.identity, layers.boundary, layers.session
    found = msgspec.structs.replace(
        layers,
        identity=_all_loosened(facts, identity) if isinstance(identity, tuple) else identity,
        boundary=_loosened(facts, boundary) if isinstance(boundary, Policy) else boundary,
        session=_loosened(facts, session) if isinstance(session, Policy) else session,
        scps=_levels(facts, layers.scps) if isinstance(layers.scps, tuple) else layers.scps,
        rcps=_levels(facts, layers.rcps) if isinstance(layers.rcps, tuple) else layers.rcps,
    )
    return None if found == layers else found


def _levels(facts: Facts, found: tuple[tuple[Policy, ...], ...]) -> tuple[tuple[Policy, ...], ...]:
    return tuple(_all_loosened(facts, level) for level in found)


def _all_loosened(facts: Facts, policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
    return tuple(_loosened(facts, policy) for policy in policies)


@remembered
def _loosened(facts: Facts, policy: Policy) -> Policy:
    """A policy whose Denies spare the bucket if they spare access points; its Allows as wide."""
    statements = _listed(policy.document.get("Statement"))
    changed = [_of_statement(facts, each) for each in statements]
    if changed == statements:
        return policy
    document = {**policy.document, "Statement": changed}
    found = read_policy(document, policy.kind, policy.name)
    return found if isinstance(found, Policy) else policy


def _of_statement(facts: Facts, statement: Any) -> Any:
    name = "NotResource" if "NotResource" in statement else "Resource"
    patterns = [str(each) for each in _listed(statement.get(name, "*"))]
    negated = name == "NotResource"
    rest = {key: value for key, value in statement.items() if key != name}
    covers = any(_matches(pattern, _point(facts)) for pattern in patterns) is not negated
    if statement.get("Effect") == "Deny":
        return statement if covers else {**rest, "Resource": _point(facts)}
    form = _form(facts)
    reaches = covers if negated else any(overlap(pattern, form) for pattern in patterns)
    return {**rest, "Resource": "*"} if reaches and "*" not in patterns else statement


def _listed(found: Any) -> list[Any]:
    return cast("list[Any]", found) if isinstance(found, list) else [found]


def _matches(pattern: str, arn: Arn) -> bool:
    return glob(with_wildcards(pattern))(arn)


@remembered
def _point(facts: Facts) -> Arn:
    """An object by an access point that no policy names; any account may have one of a bucket."""
    fleet = facts.fleet
    owner = f"arn:{fleet.partition}:s3:{fleet.archive_region}:{nobodys_account(facts)}"
    return f"{owner}:accesspoint/any-name/object/any-log"


def _form(facts: Facts) -> Arn:
    """Every ARN by an access point of the archive, which lies in its bucket's Region."""
    return f"arn:{facts.fleet.partition}:s3:{facts.fleet.archive_region}:*:accesspoint/*"
