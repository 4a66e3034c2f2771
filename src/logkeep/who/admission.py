"""Whom can the policies of a bucket, of its access points, or of a key admit?"""

from __future__ import annotations

import msgspec

from logkeep.access import bucket
from logkeep.access.access_points import points_of
from logkeep.access.policies.by_access_point import wherever
from logkeep.policy import Policy, admits
from logkeep.snapshot.facts import Facts
from logkeep.value import AccountId, Arn


class Admission(msgspec.Struct, frozen=True):
    """Whom policies can admit."""

    anyone: bool = False
    accounts: frozenset[AccountId] = frozenset()
    principals: frozenset[Arn] = frozenset()
    services: frozenset[str] = frozenset()
    unnamed: bool = False
    """Somebody more, of whom the policy does not say who: a canonical user, a provider's users."""


def admitted_by_points(facts: Facts, action: str, resource: Arn) -> Admission:
    """Whom the policies of a bucket's access points can admit for an action on anything."""
    at = bucket.known(facts, resource) if action.startswith("s3:") else None
    merged = Admission()
    for point in points_of(facts, at).there if at else ():
        if isinstance(point.policy, Policy):
            merged = with_more(merged, wherever(point.policy), action, point.arn)
    return merged


def admitted_by(policy: Policy, action: str, resource: Arn) -> Admission:
    """Whom one policy can admit for one action on one resource."""
    return with_more(Admission(), policy, action, resource)


def with_more(known: Admission, policy: Policy, action: str, resource: Arn) -> Admission:
    """What is known, and whom one policy more can admit."""
    more = admits(policy, action, resource)
    unnamed = more.canonical_users or bool(more.federated)
    found = Admission(more.anyone, more.accounts, more.principals, more.services, unnamed)
    return found if known == Admission() else both(known, found)


def both(one: Admission, other: Admission) -> Admission:
    """Whom either admits."""
    return Admission(
        one.anyone or other.anyone,
        one.accounts | other.accounts,
        one.principals | other.principals,
        one.services | other.services,
        one.unnamed or other.unnamed,
    )
