"""Which side refuses a request that the role's own policies and the resource's both have to let?

A request into another account has to be allowed by both (rule 5.1.4); within one either may do,
but for keys (rule 4.2). A need asks one side, another the other: blame falls on one.
"""

from __future__ import annotations

import functools

import msgspec

from logkeep.policy import Layers, Policy, decide, read_policy
from logkeep.policy.values import Kind
from logkeep.route import Allows
from logkeep.value import Verdict


def by_side(need: Allows, layers: Layers) -> tuple[Verdict, tuple[str, ...]]:
    """Whether a need's own side lets a request pass that is refused by one of the two.

    For an unknown, what would tell comes with it.
    """
    freed = msgspec.structs.replace(
        layers, identity=(_open("identity"),), scps=None, boundary=None, session=None,
        endpoints=None,
    )  # fmt: skip
    of_resource = decide(need.request, freed)
    if not need.policy_of:
        if of_resource.outcome == "Unknown":
            return "unknown", of_resource.unknown
        return ("holds" if of_resource.outcome == "Allowed" else "fails"), ()
    if of_resource.outcome in ("Allowed", "Unknown"):
        return "fails", ()
    alone = msgspec.structs.replace(
        layers, resource=_open("resource"), rcps=None, grants=None, acl=None, public_access=None
    )
    return ("holds" if decide(need.request, alone).outcome == "Allowed" else "fails"), ()


@functools.cache
def _open(kind: Kind) -> Policy:
    """A policy that allows everything to everybody it speaks for."""
    everybody = {"Principal": "*"} if kind == "resource" else {}
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", **everybody}
    found = read_policy({"Version": "2012-10-17", "Statement": statement}, kind, "all")
    assert isinstance(found, Policy)
    return found
