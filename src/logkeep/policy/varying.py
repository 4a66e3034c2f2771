"""Which elements of the policies could say another thing of another log.

What is asked about one log differs from what is asked about another in two things only: the
object's name, and the encryption context that its key is asked in (rules 4.4, 4.8).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from logkeep.policy.authorize import facts_of
from logkeep.policy.document import Policy
from logkeep.policy.facts import Facts
from logkeep.policy.layers import Layers
from logkeep.policy.statement import Element, always
from logkeep.policy.values import Request

CONTEXT: Final = "kms:encryptioncontext"
SELECTING: Final = ("Action", "NotAction", "Principal")
"""Elements that a policy has selected its statements by."""


def speaking(layers: Layers) -> Iterator[Policy]:
    """Every policy that may speak."""
    for found in (layers.identity, layers.endpoints):
        yield from found if isinstance(found, tuple) else ()
    for levels in (layers.scps, layers.rcps):
        for level in levels if isinstance(levels, tuple) else ():
            yield from level
    for alone in (layers.resource, layers.boundary, layers.session):
        if isinstance(alone, Policy):
            yield alone


def varying(policy: Policy, asked: Facts) -> Iterator[Element]:
    """The elements that may say another thing of another log.

    A statement of which another element fails for this caller says nothing of any log.
    """
    by = (asked.action, asked.request.principal)
    selection = policy.selections.get(by) or policy.select(*by)
    for selected in (*selection.denies, *selection.allows):
        found: list[Element] = []
        others: list[Element] = []
        for element in selected.statement.elements:
            (found if may_vary(element, asked.action) else others).append(element)
        if found and all(e.name in SELECTING or e.check(asked) is not False for e in others):
            yield from found


def may_vary(element: Element, action: str) -> bool:
    """Whether an element may say another thing of another log, asked for this action."""
    if element.name in SELECTING or element.check is always:
        return False
    if not action.startswith("kms:"):
        return element.name.endswith("Resource")
    return CONTEXT in element.key.lower() or has_context(element)


def has_variables(element: Element) -> bool:
    """Whether an element's values may be filled in from the request."""
    return any("${" in value for value in element.wanted)


def has_context(element: Element) -> bool:
    """Whether a variable of an element stands for the encryption context."""
    return any("${" in value and CONTEXT in value.lower() for value in element.wanted)


def varies_by_context(asked: Request, layers: Layers) -> bool:
    """Whether a decision about a key may hang on the values of the encryption context.

    Whether a key is there at all is the same for every log, so Null tells none apart.
    """
    seen_as = facts_of(asked, layers)
    grants = layers.grants if isinstance(layers.grants, tuple) else ()
    bound = any(grant.context_subset or grant.context_equals is not None for grant in grants)
    return bound or any(
        not element.key.lower().startswith("null/")
        for policy in speaking(layers)
        for element in varying(policy, seen_as)
    )
