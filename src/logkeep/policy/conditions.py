"""One condition: an operator with its prefix and suffix, a key, and values, as a test of facts.

IAM User Guide, "Condition operators" and "Multivalued context keys" (rules 5.2.1 to 5.2.4).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

from logkeep.policy.facts import Facts
from logkeep.policy.operators import (
    NULL,
    OPERATORS,
    Comparison,
    Operator,
    Reading,
    is_plain,
    not_as_documented,
    read_bool,
)
from logkeep.policy.pattern import ANY_ONE, ANY_RUN, GlobSet, Template, Variable, read_template
from logkeep.policy.truth import Truth, either, every, opposite
from logkeep.policy.values import ContextValue

_OF_ANYBODY: Final[dict[str, tuple[ContextValue | None, ...]]] = {
    # AWS answers no older TLS (Security Blog, "TLS 1.2 to become the minimum TLS protocol level").
    "s3:tlsversion": (None, "1.2", "1.3"),
}
"""The few values that an open key may have in anybody's request."""
Check: TypeAlias = Callable[[Facts], Truth]
Quantifier: TypeAlias = Literal["", "ForAllValues", "ForAnyValue"]


class OperatorName(NamedTuple):
    """An operator as written, taken apart."""

    base: str
    quantifier: Quantifier
    if_exists: bool


_PREFIXES: Final[tuple[tuple[str, Quantifier], ...]] = (
    ("ForAllValues:", "ForAllValues"),
    ("ForAnyValue:", "ForAnyValue"),
)


def read_operator(text: str) -> OperatorName | None:
    """Return the parts of an operator's name, or None where AWS knows no such operator."""
    if text == NULL:
        return OperatorName(NULL, "", if_exists=False)
    quantifier: Quantifier = ""
    for prefix, named in _PREFIXES:
        if text.startswith(prefix):
            quantifier, text = named, text.removeprefix(prefix)
    base = text.removesuffix("IfExists")
    return OperatorName(base, quantifier, base != text) if base in OPERATORS else None


def compile_condition(
    name: OperatorName, key: str, values: Sequence[str], *, variables: bool
) -> Check:
    """Return the test of one key under one operator."""
    lowered = key.lower()
    if name.base == NULL:
        return _null(lowered, values)
    kind = OPERATORS[name.base]
    templates = [
        read_template(v, wild=kind.wild, variables=variables and kind.variables) for v in values
    ]
    if any(isinstance(part, Variable) for template in templates for part in template):
        return _with_variables(name, kind, lowered, templates)
    texts = [str(template[0]) for template in templates]
    return _test(name, kind, lowered, texts)


def _null(key: str, values: Sequence[str]) -> Check:
    wanted = {read_bool(value) for value in values}
    odd = not_as_documented(values, read_bool)

    def of(got: ContextValue | None) -> Truth:
        return (got is None) in wanted or odd

    def check(facts: Facts) -> Truth:
        got = facts.look(key)
        return _of_each(facts, key, got, of) if isinstance(got, frozenset) else of(got)

    return check


def _of_each(
    facts: Facts, key: str, doubt: frozenset[str], of: Callable[[ContextValue | None], Truth]
) -> Truth:
    """Return what an open key gives: the same for each of its few values, or the doubt."""
    values = facts.possible.get(key) or _OF_ANYBODY.get(key)
    if not values:
        return doubt
    truths = {of(value) for value in values}
    return truths.pop() if len(truths) == 1 else doubt


def _test(name: OperatorName, kind: Operator, key: str, values: Sequence[str]) -> Check:
    """Return the test against fixed values; the single-valued string is the quick way."""
    compare = _unsure(kind, key, values) or kind.compile(values)
    negated = kind.negated
    plain = not name.quantifier and not negated
    absent = _when_absent(name, negated=negated)

    def of(got: ContextValue | None) -> Truth:
        if got is None:
            return absent
        found = _of_values(name.quantifier, got, lambda value: _one(compare, value, key, negated))
        if name.quantifier and found is not absent and not any(got):
            return frozenset((EMPTY_TEXT,))
        return found

    def check(facts: Facts) -> Truth:
        got = facts.look(key)
        return _of_each(facts, key, got, of) if isinstance(got, frozenset) else of(got)

    def check_text(facts: Facts) -> Truth:
        given = facts.given(key)
        if type(given) is str:
            found = compare(given)
            return False if found is None else found
        return check(facts)

    return check_text if plain else check


def _unsure(kind: Operator, key: str, values: Sequence[str]) -> Comparison | None:
    """Doubt an ARN operator's pattern of too few parts that as a text would match.

    AWS's page compares the six parts of an ARN, and does not say what a lone `*` or `arn:*` does.
    """
    if kind.compile is not OPERATORS["ArnLike"].compile:
        return None
    short = [value for value in values if value.count(":") < 5 and not is_plain(value)]
    if not short:
        return None
    sure = kind.compile([value for value in values if value not in short])
    as_text = GlobSet(short).accepts
    shown = short[0].replace(ANY_RUN, "*").replace(ANY_ONE, "?")[:80]
    doubt = frozenset((f"how AWS compares `{shown}` with the ARN in {key}",))

    def compare(got: str) -> Reading:
        found = sure(got)
        return doubt if found is not True and as_text(got) else found

    return compare


def _one(compare: Comparison, value: str, key: str, negated: bool) -> Truth:
    """Compare one value; what cannot be read is no match, and under a negation unknown."""
    found: Truth | None = compare(value)
    if found is None:
        return frozenset((key,)) if negated else False
    return opposite(found) if negated else found


def _when_absent(name: OperatorName, *, negated: bool) -> bool:
    """Return what an absent key gives: rules 5.2.1 and 5.2.2."""
    if name.if_exists or name.quantifier == "ForAllValues":
        return True
    return negated and name.quantifier != "ForAnyValue"


def _of_values(quantifier: Quantifier, got: ContextValue, one: Callable[[str], Truth]) -> Truth:
    """Quantify over the request's values; without a set operator mixed values are unknown."""
    if isinstance(got, str):
        return one(got)
    truths = [one(value) for value in got]
    if quantifier == "ForAllValues":
        return every(truths)
    if quantifier == "ForAnyValue" or every(truths) is True:
        return either(truths)
    some = either(truths)
    return some if some is not True else frozenset((MIXED_VALUES,))


EMPTY_TEXT: Final = "whether AWS takes an empty text for no value at all"
"""IAM's page has ForAllValues and ForAnyValue take a null data set for none, such as an empty
string; it does not say whether every key's empty text is one."""
MIXED_VALUES: Final = "how AWS reads several values without ForAllValues or ForAnyValue"


NO_VALUE: Final = "how AWS reads a list in which a variable has no value"
"""Its page says both that the variable equals nothing and that the statement may be invalid."""


def _with_variables(
    name: OperatorName, kind: Operator, key: str, templates: Sequence[Template]
) -> Check:
    """Return the test against values with variables.

    One without value equals nothing, so that a negated operator matches against it (IAM User
    Guide, "Variables and tags", "Policy variables with no value").
    """

    def check(facts: Facts) -> Truth:
        filled = fill_all(templates, facts)
        if not isinstance(filled, Filled):
            return filled
        truth = _test(name, kind, key, filled.texts)(facts)
        if not filled.missing or kind.negated or truth is False or facts.look(key) is None:
            return truth
        return either((frozenset((NO_VALUE,)), *_only_doubt(truth)))

    return check


def _only_doubt(truth: Truth) -> tuple[Truth, ...]:
    return (truth,) if isinstance(truth, frozenset) else ()


class Filled(NamedTuple):
    """A policy's values with their variables filled in, and whether one has no value."""

    texts: list[str]
    missing: bool


def fill_all(templates: Sequence[Template], facts: Facts) -> Filled | frozenset[str]:
    """Return the values with their variables filled in, or what would tell the variables."""
    texts: list[str] = []
    missing = False
    for template in templates:
        text = _fill(template, facts)
        if isinstance(text, frozenset):
            return text
        if text is None:
            missing = True
        else:
            texts.append(text)
    return Filled(texts, missing)


def _fill(template: Template, facts: Facts) -> str | frozenset[str] | None:
    """Return one value filled in; None where a variable is absent and has no default.

    AWS's page gives no variable for a key of several values: then nothing is known.
    """
    texts: list[str] = []
    for part in template:
        if isinstance(part, Variable) and part.odd:
            return frozenset((f"how AWS reads the variable `{part.key[:80]}`",))
        got = part if isinstance(part, str) else facts.look(part.key)
        if got is None and isinstance(part, Variable):
            got = part.default
        if isinstance(got, tuple):
            got = got[0] if len(got) == 1 else frozenset((NO_VALUE,))
        if not isinstance(got, str):
            return got
        texts.append(got)
    return "".join(texts)
