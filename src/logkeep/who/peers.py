"""Whom no policy tells apart, so that one of them is asked about for all of them.

Of the caller a decision sees how statements and grants name it, what their conditions and
variables give for it, what kind it is, whether the resource is its own account's, and its own
policies (`policy.authorize`). Callers of whom all of these are equal get the same answer, for the
same reason: thousands of principals have the same few policies.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from logkeep.policy import Grant, Layers, Policy, Request, Unread
from logkeep.policy.authorize import facts_of
from logkeep.policy.facts import Facts as Asked
from logkeep.policy.principals import NOBODY, Principals
from logkeep.policy.statement import Element, Statement
from logkeep.policy.telling import SELECTING, has_context, has_variables, may_tell, speaking
from logkeep.snapshot.facts import Facts
from logkeep.value import AccountId
from logkeep.who.alike import filled

SERVICE_LINKED: Final = ":role/aws-service-role/"


class Watch(NamedTuple):
    """What a statement sees of a caller: whether it is named, and what these elements say."""

    principals: Principals | None
    elements: tuple[Element, ...]


def sight_of(facts: Facts, asked: Request, layers: Layers) -> Hashable:
    """All that the policies see of who asks; equal sights are decided alike for any log."""
    seen_as = facts_of(asked, layers)
    caller, action = seen_as.caller, seen_as.action
    theirs = ("own policies", caller.arn, asked.resource_account)
    own = facts.once(theirs, lambda: _own(facts, layers))
    by_own = facts.once(("watched", own, action), lambda: _watched_by(speaking(own), action))
    of_resource = [layers.resource] if isinstance(layers.resource, Policy) else []
    known_by = ("watched", layers.resource, action)
    by_resource = facts.once(known_by, lambda: _watched_by(of_resource, action))
    sight = (
        action,
        asked.resource_account,
        caller.kind == "root",
        caller.account == asked.resource_account,
        asked.in_management_account,
        SERVICE_LINKED in caller.arn,
        own,
        tuple(_see(watch, seen_as) for watch in by_own),
        tuple(_see(watch, seen_as) for watch in by_resource),
        _seen_by_grants(facts, layers.grants, seen_as),
    )
    # Kept once for all that share it: there are few sights, and many who ask.
    return facts.once(("sight", sight), lambda: sight)


def _own(facts: Facts, layers: Layers) -> Layers:
    """The caller's policies and those of its organization; equal ones are one."""
    identity, boundary = layers.identity, layers.boundary
    own = msgspec.structs.replace(
        layers,
        identity=identity if isinstance(identity, Unread) else tuple(
            _same(facts, policy) for policy in identity
        ),
        boundary=_same(facts, boundary) if isinstance(boundary, Policy) else boundary,
        resource=None,
        grants=None,
    )  # fmt: skip
    return facts.once(("own", own), lambda: own)


def _same(facts: Facts, policy: Policy) -> Policy:
    """The first policy of the same kind, name and text."""
    text = msgspec.json.encode(policy.document)
    return facts.once(("same policy", policy.kind, policy.name, text), lambda: policy)


def _watched_by(found: Iterable[Policy], action: str) -> tuple[Watch, ...]:
    """Every statement about an action that sees anything of the caller."""
    speaking = (each for policy in found for each in policy.statements)
    watches = (_watch(each, action) for each in speaking if each.accepts_action(action))
    return tuple(each for each in watches if each.principals or each.elements)


def _watch(statement: Statement, action: str) -> Watch:
    elements = tuple(each for each in statement.elements if _may_watch(each, action))
    return Watch(statement.principals, elements)


def _see(watch: Watch, asked: Asked) -> Hashable:
    """What one statement sees: nothing, where it names another."""
    named = watch.principals.named(asked.caller) if watch.principals else None
    if named == NOBODY:
        return None
    return (named, *(_look(element, asked) for element in watch.elements))


def _may_watch(element: Element, action: str) -> bool:
    if element.name in SELECTING:
        return False
    sees_log_only = element.name.endswith("Resource") or may_tell(element, action)
    return has_variables(element) or not sees_log_only


def _look(element: Element, asked: Asked) -> Hashable:
    """What an element says of the caller; where it hangs on the log too, what fills it in."""
    if not may_tell(element, asked.action):
        return element.check(asked)
    if has_context(element):
        return asked.request.principal
    return tuple(filled(value, asked) for value in element.wanted)


def _seen_by_grants(
    facts: Facts, grants: Sequence[Grant] | Unread | None, asked: Asked
) -> Hashable:
    """What the grants see of the caller: nothing, where none names anybody of its account."""
    if not isinstance(grants, tuple):
        return grants
    named = facts.once("accounts of grants", lambda: _accounts(grants))
    return asked.caller.arn if asked.caller.account in named else None


def _accounts(grants: Sequence[Grant]) -> frozenset[AccountId]:
    told = (n for g in grants for n in (g.grantee, g.retiring_principal, g.issuing_account))
    return frozenset(name.split(":")[4] if name.startswith("arn:") else name for name in told)
