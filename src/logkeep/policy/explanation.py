"""Why a layer stayed silent: its Allow nearest to speaking, and the one element that failed.

The same layer answers and the same element tests as a decision uses, asked one by one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from logkeep.policy.authorize import conclude, facts_of, missing_layers
from logkeep.policy.document import Policy
from logkeep.policy.facts import Facts
from logkeep.policy.layer_answers import answers_of, levels_of
from logkeep.policy.layers import Layers
from logkeep.policy.pattern import literal_length
from logkeep.policy.statement import Element, Statement
from logkeep.policy.values import ContextValue, Explanation, Layer, Nearest, Request
from logkeep.policy.varying import speaking


def explain(request: Request, layers: Layers) -> Explanation:
    """Return the decision, and for each silent layer that had to speak its nearest statement."""
    facts = facts_of(request, layers)
    answers = answers_of(facts, layers)
    decision = conclude(facts, answers)
    if decision.outcome in ("Allowed", "ExplicitlyDenied"):
        return Explanation(decision)
    silent = missing_layers(facts, answers)
    found = (_nearest(layer, _asked(layer, layers, facts), facts) for layer in silent)
    return Explanation(decision, tuple(near for near in found if near))


def nearest_allows(request: Request, layers: Layers) -> tuple[Nearest, ...]:
    """Return the same statements alone; none at once where no policy that speaks has any."""
    if not any(policy.statements for policy in speaking(layers)):
        return ()
    return explain(request, layers).nearest


def _asked(layer: Layer, layers: Layers, facts: Facts) -> list[Policy]:
    """Return the policies of a layer, or of those of its levels where nothing allows."""
    return [
        policy
        for level in levels_of(layer, layers, facts)
        if not any(_allows(policy, facts) for policy in level)
        for policy in level
    ]


def _allows(policy: Policy, facts: Facts) -> bool:
    return any(not _failing(s, facts) for s in policy.statements if s.allows)


_FAR: Final = {"Action": 3, "NotAction": 3, "Principal": 3, "NotPrincipal": 3}
"""How much more than one other element these count: they say what a statement is about."""


class _Distance(NamedTuple):
    """How far a statement is from matching: least failing, then most specific."""

    failing: int
    generality: int


def _nearest(layer: Layer, policies: Iterable[Policy], facts: Facts) -> Nearest | None:
    candidates = [
        (_distance(statement, failing), statement, failing)
        for policy in policies
        for statement in policy.statements
        if statement.allows and (failing := _failing(statement, facts))
    ]
    if not candidates:
        return None
    _, statement, failing = min(candidates, key=lambda each: each[0])
    return _because(layer, statement, failing[0], facts)


def _distance(statement: Statement, failing: list[Element]) -> _Distance:
    wrong = sum(_FAR.get(element.name, 1) for element in failing)
    return _Distance(wrong, -_specificity(statement, failing))


def _failing(statement: Statement, facts: Facts) -> list[Element]:
    """Return the elements that do not match; of the unknown ones none is blamed for failing."""
    checked = [(element, element.check(facts)) for element in statement.elements]
    failed = [element for element, truth in checked if truth is False]
    return failed or [element for element, truth in checked if truth is not True]


def _specificity(statement: Statement, failing: list[Element]) -> int:
    """Return how narrowly the matching elements are written; `*` counts nothing."""
    matching = (element for element in statement.elements if element not in failing)
    return sum(
        max(map(literal_length, element.wanted), default=0)
        for element in matching
        if element.name in ("Action", "Resource", "Principal")
    )


def _because(layer: Layer, statement: Statement, element: Element, facts: Facts) -> Nearest:
    got = element.got(facts)
    value: ContextValue | None = None if isinstance(got, frozenset) else got
    return Nearest(layer, statement.ref, element.name, element.key, element.wanted, value)
