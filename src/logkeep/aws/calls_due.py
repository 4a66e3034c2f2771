"""How many calls may a collect make? The formula, filled in with what there turned out to be.

It counts accounts, Regions, trails, units and policies, and not the questions that were asked: so
`wants` can be held to it. Every first page of an answer is a call, and so is entering an account.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from logkeep.access import accounts, endpoints, key, organization
from logkeep.fleet import Fleet
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources import gathered as of_kinds
from logkeep.sources import sources
from logkeep.sources.wants import policy_accounts
from logkeep.value import AccountId
from logkeep.words.due import BESIDES, SHARED, Due

OF_CALLER = 2
"""Whose credentials they are, and who that is in the archive's account."""
OF_BUCKET = 12
"""The account's buckets, its Block Public Access, and ten settings of the archive's bucket."""
OF_KEY = 4
"""The account's keys, and of the archive's key what it is, its policy and its grants."""


def calls_due(fleet: Fleet, snapshot: Snapshot) -> tuple[Due, ...]:
    """The terms of the formula, one for each kind of thing that there is."""
    facts = Facts(fleet, snapshot)
    terms = [*_of_archive(facts), *_of_accounts(facts), *_of_organizations(facts)]
    for source in sources().values():
        terms += source.due(facts, facts.fleet.logs_of(source.name))
    return gathered(terms)


def gathered(terms: Iterable[Due]) -> tuple[Due, ...]:
    """At most one term for each kind of thing, in a fixed order; never fewer calls than before."""
    found: dict[str, Due] = {}
    for term in (each for each in terms if each.most):
        before = found.get(term.each, Due(0, term.each, 0))
        times = max(before.times, term.times)
        found[term.each] = Due(before.calls + term.calls, term.each, times)
    order = list(things())
    return tuple(sorted(found.values(), key=lambda term: order.index(term.each)))


def things() -> Mapping[str, str]:
    """Everything that calls may be due for and what it is called, in the order it is told."""
    return {
        **of_kinds(
            "the thing that calls are due for", SHARED, lambda source: source.wording.things
        ),
        **BESIDES,
    }


def most(terms: Iterable[Due]) -> int:
    """How many calls the formula allows."""
    return sum(term.most for term in terms)


def _of_archive(facts: Facts) -> Iterator[Due]:
    """The caller, the bucket and the key, each asked about once."""
    yield Due(OF_CALLER + OF_BUCKET + OF_KEY, "once")
    yield Due(2, "untagged-key", len(key.orphan_candidates(facts)))


def _of_accounts(facts: Facts) -> Iterator[Due]:
    """Each is entered, says which organization it is in, and who there is; some its endpoints."""
    asked = policy_accounts(facts)
    yield Due(3, "account", len(asked))
    if endpoints.are_spoken_of(facts):
        yield Due(1, "account", len(asked))


class Named(msgspec.Struct, frozen=True, rename="pascal"):
    """A unit or a control policy by its id."""

    id: str


class Listed(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of organizations:ListParents or of organizations:ListPoliciesForTarget."""

    parents: tuple[Named, ...] = ()
    policies: tuple[Named, ...] = ()


def _of_organizations(facts: Facts) -> Iterator[Due]:
    """The path from each account to the root, and the control policies of two kinds on it."""
    members = [a for a in policy_accounts(facts) if seen(organization.membership(facts, a))]
    if not members:
        return
    yield Due(1, "organization", len(accounts.askers(facts)))
    yield Due(3, "account", len(members))
    units: set[tuple[AccountId, str]] = set()
    policies: set[tuple[AccountId, str]] = set()
    for question in facts.snapshot.answers:
        if question.call in ("organizations:ListParents", "organizations:ListPoliciesForTarget"):
            listed = seen(facts.look(question, Listed)) or Listed()
            units |= {(question.account, parent.id) for parent in listed.parents}
            policies |= {(question.account, policy.id) for policy in listed.policies}
    yield Due(3, "unit", len(units))
    yield Due(1, "control-policy", len(policies))
