"""How many calls may a collect make? The formula, filled in with what there turned out to be.

It counts accounts, Regions, trails, units and policies, and not the questions that were asked: so
`wants` can be held to it. Every first page of an answer is a call, and so is entering an account.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from logkeep.access import accounts, bucket, endpoints, key, organization
from logkeep.access.access_points import points_of
from logkeep.archive.lately import watched
from logkeep.fleet import Fleet
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.wants import policy_accounts
from logkeep.value import AccountId
from logkeep.words.plain import joined
from support.budget import Budget
from support.own import modules

OF_CALLER = 2
"""Whose credentials they are, and who that is in the archive's account."""
OF_BUCKET = 17
"""The account's buckets, its Block Public Access and Multi-Region access points, and of the
archive's bucket its access points and thirteen settings."""
OF_KEY = 4
"""The account's keys, and of the archive's key what it is, its policy and its grants."""


def call_budget(fleet: Fleet, snapshot: Snapshot) -> tuple[Budget, ...]:
    """The terms of the formula, one for each kind of thing that there is."""
    facts = Facts(fleet, snapshot)
    terms = [*_of_archive(facts), *_of_accounts(facts), *_of_organizations(facts)]
    for own in modules("call_budget").values():
        terms += own.call_budget(facts)
    return gathered(terms)


def gathered(terms: Iterable[Budget]) -> tuple[Budget, ...]:
    """At most one term for each kind of thing; never fewer calls than before."""
    found: dict[str, Budget] = {}
    for term in (each for each in terms if each.most):
        before = found.get(term.each, Budget(0, term.each, 0))
        times = max(before.times, term.times)
        found[term.each] = Budget(before.calls + term.calls, term.each, times)
    return tuple(found.values())


def most(terms: Iterable[Budget]) -> int:
    """How many calls the formula allows."""
    return sum(term.most for term in terms)


def formula(terms: Iterable[Budget]) -> str:
    """The terms one after the other, each with how many things there are of its kind."""
    return joined(f"{term.calls:,} x {term.times:,} ({term.each})" for term in terms)


def _of_archive(facts: Facts) -> Iterator[Budget]:
    """The caller, the bucket and the key, each asked about once."""
    yield Budget(OF_CALLER + OF_BUCKET + OF_KEY, "once")
    points = points_of(facts, bucket.archives(facts)).there
    several = sum(each.arn.split(":")[3] == "" for each in points)
    yield Budget(2, "access-point", len(points) - several)
    yield Budget(1, "multi-region-access-point", several)
    yield Budget(2, "untagged-key", len(key.orphan_candidates(facts)))
    yield Budget(1, "event", sum(len(of.events) for of in watched(facts)))
    further = [seen(facts.look(q, Page)) for q in facts.snapshot.answers if q.call == HISTORY]
    yield Budget(1, "further-page", sum(page is not None and page.more for page in further))


def _of_accounts(facts: Facts) -> Iterator[Budget]:
    """Each is entered, says which organization it is in, and who there is; some its endpoints."""
    asked = policy_accounts(facts)
    yield Budget(3, "account", len(asked))
    if endpoints.are_spoken_of(facts):
        yield Budget(1, "account", len(asked))


HISTORY = "cloudtrail:LookupEvents"


class Page(msgspec.Struct, frozen=True):
    """Whether the event history had more to show."""

    more: bool = False


class Named(msgspec.Struct, frozen=True, rename="pascal"):
    """A unit or a control policy by its id."""

    id: str


class Listed(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of organizations:ListParents or of organizations:ListPoliciesForTarget."""

    parents: tuple[Named, ...] = ()
    policies: tuple[Named, ...] = ()


def _of_organizations(facts: Facts) -> Iterator[Budget]:
    """The path from each account to the root, and the control policies of two kinds on it."""
    members = [a for a in policy_accounts(facts) if seen(organization.membership(facts, a))]
    if not members:
        return
    yield Budget(1, "organization", len(accounts.askers(facts)))
    yield Budget(3, "account", len(members))
    units: set[tuple[AccountId, str]] = set()
    policies: set[tuple[AccountId, str]] = set()
    for question in facts.snapshot.answers:
        if question.call in ("organizations:ListParents", "organizations:ListPoliciesForTarget"):
            listed = seen(facts.look(question, Listed)) or Listed()
            units |= {(question.account, parent.id) for parent in listed.parents}
            policies |= {(question.account, policy.id) for policy in listed.policies}
    yield Budget(3, "unit", len(units))
    yield Budget(1, "control-policy", len(policies))
