"""One compiled statement: its elements as tests of a request's facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from logkeep.policy.conditions import NO_VALUE, Check, Filled, fill_all
from logkeep.policy.facts import Facts
from logkeep.policy.pattern import GlobSet, Template, read_template
from logkeep.policy.principals import Principals
from logkeep.policy.segments import ArnPatterns
from logkeep.policy.truth import Truth, either, opposite
from logkeep.policy.values import ContextValue, StatementRef

Got: TypeAlias = Callable[[Facts], ContextValue | frozenset[str] | None]
"""What of the request an element is compared with."""


class Element(NamedTuple):
    """One element of a statement, or one key of its Condition."""

    name: str
    """As written: `NotAction`, `Condition`."""
    key: str
    """For a condition `Operator/key`."""
    wanted: tuple[str, ...]
    check: Check
    got: Got


class Statement:
    """A statement ready to be asked; the action and principal apart, as they select statements."""

    __slots__ = ("accepts_action", "allows", "elements", "holds", "principals", "ref")

    def __init__(
        self,
        ref: StatementRef,
        *,
        allows: bool,
        accepts_action: Callable[[str], bool],
        principals: Principals | None,
        elements: Sequence[Element],
    ) -> None:
        self.ref = ref
        self.allows = allows
        self.accepts_action = accepts_action
        self.principals = principals
        self.elements = tuple(elements)
        selecting = ("Action", "NotAction", "Principal")
        tested = [e for e in elements if e.name not in selecting and e.check is not always]
        # What most often fails is asked first: a Deny's condition, an Allow's resource.
        tested.sort(key=lambda e: (e.name == "Condition") == allows)
        self.holds = _together(tuple(e.check for e in tested))
        """Whether everything but action and Principal matches."""


def _together(checks: Sequence[Check]) -> Check:
    """Return the test that all of some tests make; asked for every decision, so kept plain."""
    if len(checks) == 1:
        return checks[0]

    def holds(facts: Facts) -> Truth:
        doubts: frozenset[str] | None = None
        for check in checks:
            truth = check(facts)
            if truth is True:
                continue
            if truth is False:
                return False
            doubts = truth if doubts is None else doubts | truth
        return True if doubts is None else doubts

    return holds


def always(_facts: Facts) -> Truth:
    """Match whatever is asked."""
    return True


def action_element(values: Sequence[str], *, negated: bool) -> Element:
    """Return an Action or NotAction; case is ignored (IAM User Guide, "Action")."""
    accepts = glob_of_actions(values, negated=negated)

    def check(facts: Facts) -> Truth:
        return accepts(facts.action)

    name = "NotAction" if negated else "Action"
    return Element(name, "", tuple(values), check, _asked_action)


def _asked_action(facts: Facts) -> str:
    return facts.request.action


def _asked_resource(facts: Facts) -> str:
    return facts.resource


def _asked_principal(facts: Facts) -> str:
    return facts.request.principal


def glob_of_actions(values: Sequence[str], *, negated: bool) -> Callable[[str], bool]:
    """Return whether an action in lower case is among the patterns, or is not."""
    patterns = [str(read_template(v.lower(), wild=True, variables=False)[0]) for v in values]
    accepts = GlobSet(patterns).accepts
    return (lambda action: not accepts(action)) if negated else accepts


def resource_element(values: Sequence[str], *, negated: bool, variables: bool) -> Element:
    """Return a Resource or NotResource."""
    templates = [read_template(value, wild=True, variables=variables) for value in values]
    fixed = ArnPatterns(str(t[0]) for t in templates if _is_fixed(t))
    open_ended = [t for t in templates if not _is_fixed(t)]
    check = _resource_check(fixed)
    if open_ended:
        check = _with_variables(check, open_ended, negated=negated)
    elif negated:
        check = _except(check)
    elif fixed.everything:
        check = always
    name = "NotResource" if negated else "Resource"
    return Element(name, "", tuple(values), check, _asked_resource)


def _is_fixed(template: Template) -> bool:
    return len(template) == 1 and isinstance(template[0], str)


def _resource_check(fixed: ArnPatterns) -> Check:
    name, everything = fixed.name, fixed.everything
    length, prefixes = fixed.commonest
    alone = fixed.is_one_length

    def check(facts: Facts) -> Truth:
        if facts.wildcard_only:
            return everything
        return facts.resource[:length] in prefixes or (not alone and name(facts.resource))

    return check


def _except(check: Check) -> Check:
    return lambda facts: opposite(check(facts))


def _with_variables(check: Check, open_ended: Sequence[Template], *, negated: bool) -> Check:
    """Match what is fixed or filled in; a variable without value matches no resource.

    Whether the rest of the list then still counts, AWS's page leaves open: see NO_VALUE.
    """

    def check_filled(facts: Facts) -> Truth:
        filled = fill_all(open_ended, facts)
        if not isinstance(filled, Filled):
            return filled
        named = either((check(facts), ArnPatterns(filled.texts).name(facts.resource)))
        if filled.missing and named is not negated:
            return frozenset((NO_VALUE,))
        return opposite(named) if negated else named

    return check_filled


def principal_element(principals: Principals, wanted: Sequence[str], *, negated: bool) -> Element:
    """Return a Principal or NotPrincipal."""

    def check(facts: Facts) -> Truth:
        return either(principals.named(facts.caller))

    def check_not(facts: Facts) -> Truth:
        return opposite(principals.spares(facts))

    if negated:
        return Element("NotPrincipal", "", tuple(wanted), check_not, _asked_principal)
    return Element("Principal", "", tuple(wanted), check, _asked_principal)
