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

from logkeep.policy import KeyGrant, Layers, Policy, Request, Unread
from logkeep.policy.authorize import facts_of
from logkeep.policy.facts import Facts as Asked
from logkeep.policy.principals import NOBODY, Principals
from logkeep.policy.statement import Element, Statement
from logkeep.policy.varying import SELECTING, has_context, has_variables, may_vary, speaking
from logkeep.snapshot.facts import Facts, remembered, remembered_by
from logkeep.value import AccountId, Arn
from logkeep.who.grants import named_accounts
from logkeep.who.one_decision import filled

SERVICE_LINKED: Final = ":role/aws-service-role/"


class Watch(NamedTuple):
    """What a statement sees of a caller: whether it is named, and what these elements say."""

    principals: Principals | None
    elements: tuple[Element, ...]


def sight_of(facts: Facts, asked: Request, layers: Layers) -> Hashable:
    """All that the policies see of who asks; equal sights are decided alike for any log."""
    seen_as = facts_of(asked, layers)
    caller, action = seen_as.caller, seen_as.action
    own = _own(facts, caller.arn, asked.resource_account, layers)
    sight = (
        action,
        asked.resource_account,
        caller.kind == "root",
        caller.account == asked.resource_account,
        asked.in_management_account,
        SERVICE_LINKED in caller.arn,
        own,
        tuple(_see(watch, seen_as) for watch in _watched_by_own(facts, own, action)),
        tuple(_see(watch, seen_as) for watch in _watched_by_resource(facts, layers, action)),
        _seen_by_grants(facts, layers.grants, seen_as),
    )
    return _kept(facts, sight)


@remembered
def _kept(_facts: Facts, sight: Hashable) -> Hashable:
    """The sight, kept once for all that share it: there are few, and many who ask."""
    return sight


def _of_caller(_facts: Facts, caller: Arn, owner: AccountId, layers: Layers) -> Hashable:
    del layers
    return caller, owner


@remembered_by(_of_caller)
def _own(facts: Facts, caller: Arn, owner: AccountId, layers: Layers) -> Layers:
    """The caller's policies and those of its organization; equal ones are one."""
    del caller, owner
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
    return _first_of_equals(facts, own)


@remembered
def _first_of_equals(_facts: Facts, own: Layers) -> Layers:
    return own


def _by_text(_facts: Facts, policy: Policy) -> Hashable:
    return policy.kind, policy.name, msgspec.json.encode(policy.document)


@remembered_by(_by_text)
def _same(_facts: Facts, policy: Policy) -> Policy:
    """The first policy of the same kind, name and text."""
    return policy


@remembered
def _watched_by_own(_facts: Facts, own: Layers, action: str) -> tuple[Watch, ...]:
    return _watched_by(speaking(own), action)


def _of_resource(_facts: Facts, layers: Layers, action: str) -> Hashable:
    return layers.resource, action


@remembered_by(_of_resource)
def _watched_by_resource(_facts: Facts, layers: Layers, action: str) -> tuple[Watch, ...]:
    return _watched_by([layers.resource] if isinstance(layers.resource, Policy) else [], action)


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
    sees_log_only = element.name.endswith("Resource") or may_vary(element, action)
    return has_variables(element) or not sees_log_only


def _look(element: Element, asked: Asked) -> Hashable:
    """What an element says of the caller; where it hangs on the log too, what fills it in."""
    if not may_vary(element, asked.action):
        return element.check(asked)
    if has_context(element):
        return asked.request.principal
    return tuple(filled(value, asked) for value in element.wanted)


def _seen_by_grants(
    facts: Facts, grants: Sequence[KeyGrant] | Unread | None, asked: Asked
) -> Hashable:
    """What the grants see of the caller: nothing, where none names anybody of its account."""
    if not isinstance(grants, tuple):
        return grants
    return asked.caller.arn if asked.caller.account in named_accounts(facts) else None
