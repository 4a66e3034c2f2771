"""Which events of a kind would no selector take? Decided exactly, with an event that is left out.

A selector is a conjunction over fields, and a field asks only that a text equals, begins or ends
so. Whatever a text can do to such questions, one of finitely many texts does too: each one named,
and each named beginning, then a sign that nobody names, then each named end. So it is enough to
try those.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias, TypeVar

import msgspec

from logkeep.sources.cloudtrail.trails import FieldSelector

EventFields: TypeAlias = dict[str, str]
"""An event by its fields; one that an event does not have is left out."""

STATES_MAX = 20_000
"""How many ways of missing selectors are tried; beyond, what is left out is not named."""
SIGNS = "xzqwjkvy0123456789XZQWJKVY-_"
"""Signs that a text nobody named may begin and end with, the first free one is taken."""


class Domain(msgspec.Struct, frozen=True):
    """What a field of an event of some kind can hold."""

    values: tuple[str | None, ...] = ()
    """All that it can hold, None where an event may lack it; none listed is any text."""
    begins: str = ""
    """How every text of it begins."""
    examples: tuple[str, ...] = ()
    """Texts that a person would recognise, tried before made-up ones."""
    form: str = ""
    """The form that every text of it has, as a pattern; none is any form."""
    middle: str = ""
    """What a made-up text of that form holds after its beginning, `?` being its own sign."""
    may_lack: bool = False
    """Whether an event of the kind need not have the field that can hold any text."""


ANYTHING = Domain(may_lack=True)
Scope: TypeAlias = Mapping[str, Domain]
"""A kind of event: what each field can hold. A field not named here can hold anything."""
FieldSelectors: TypeAlias = tuple[FieldSelector, ...]
SelectorRule: TypeAlias = Mapping[str, FieldSelectors]
"""A selector: all that it asks of each field."""
Chosen = TypeVar("Chosen")


class Unnamed(msgspec.Struct, frozen=True):
    """Something may be left out, and no event can be named for it."""


def passes(asked: FieldSelector, value: str | None) -> bool:
    """Whether a field's value is taken: any of what selects, and none of what deselects.

    "How CloudTrail evaluates multiple conditions for a field" (User Guide, Filtering data events).
    A field that an event lacks equals nothing, begins with nothing and ends with nothing.
    """
    if value is None:
        return not _selects(asked)
    if value in asked.not_equals or value.startswith(asked.not_starts_with):
        return False
    if value.endswith(asked.not_ends_with):
        return False
    if not _selects(asked):
        return True
    begins = value.startswith(asked.starts_with)
    return value in asked.equals or begins or value.endswith(asked.ends_with)


def _selects(asked: FieldSelector) -> bool:
    return bool(asked.equals or asked.starts_with or asked.ends_with)


def passes_all(asked: FieldSelectors, value: str | None) -> bool:
    """Whether a field's value is taken by all that a selector asks of the field."""
    return all(passes(each, value) for each in asked)


def left_out(rules: Sequence[SelectorRule], scope: Scope) -> EventFields | Unnamed | None:
    """An event of the kind that none of the rules takes; None where every event is taken."""
    found: dict[int, tuple[tuple[str, str | None], ...]] = {(1 << len(rules)) - 1: ()}
    for field in sorted({*scope, *(name for rule in rules for name in rule)}):
        ways = _ways(rules, field, scope.get(field, ANYTHING))
        met = {
            already & mask: (*chosen, (field, value))
            for already, chosen in reversed(found.items())
            for mask, value in reversed(ways.items())
        }
        found = _fewest(dict(reversed(met.items())))
        if len(found) > STATES_MAX:
            return Unnamed()
    missed = found.get(0)
    return None if missed is None else {name: value for name, value in missed if value is not None}


def takes_any(rules: Sequence[SelectorRule], scope: Scope) -> bool:
    """Whether any event of the kind is taken."""
    return any(touches(rule, scope) for rule in rules)


def touches(rule: SelectorRule, scope: Scope) -> bool:
    """Whether a rule takes any event of the kind."""
    return all(
        any(passes_all(asked, value) for value in _tries([asked], scope.get(field, ANYTHING)))
        for field, asked in rule.items()
    )


def _ways(rules: Sequence[SelectorRule], field: str, domain: Domain) -> dict[int, str | None]:
    """Which of the rules a value of the field can pass, as bits, each with the first such value."""
    asked = [rule.get(field) for rule in rules]
    known = list(dict.fromkeys(each for each in asked if each is not None))
    free = sum(1 << index for index, each in enumerate(asked) if each is None)
    bits = {e: sum(1 << i for i, other in enumerate(asked) if other == e) for e in known}
    ways: dict[int, str | None] = {}
    for value in _tries(known, domain):
        ways.setdefault(free | sum(bits[each] for each in known if passes_all(each, value)), value)
    return _fewest(ways)


def _fewest(found: dict[int, Chosen]) -> dict[int, Chosen]:
    """The ways that pass the fewest rules: one that passes more never misses more."""
    kept: dict[int, Chosen] = {}
    for mask in sorted(found, key=int.bit_count):
        if not any(less & mask == less for less in kept):
            kept[mask] = found[mask]
    return kept


def _tries(asked: Iterable[FieldSelectors], domain: Domain) -> Iterator[str | None]:
    """Values that tell apart all that a field can hold, by what is asked of it."""
    if domain.values:
        yield from domain.values
        return
    yield from domain.examples
    made = _texts([each for group in asked for each in group], domain)
    form = re.compile(domain.form, re.DOTALL) if domain.form else None
    yield from (text for text in made if form is None or form.fullmatch(text))
    if domain.may_lack:
        yield None


def _texts(asked: list[FieldSelector], domain: Domain) -> Iterator[str]:
    base = domain.begins
    begins = {text for each in asked for text in (*each.starts_with, *each.not_starts_with)}
    ends = {text for each in asked for text in (*each.ends_with, *each.not_ends_with)}
    exact = {text for each in asked for text in (*each.equals, *each.not_equals)}
    sign = _free_sign("".join((*begins, *ends, *exact)))
    for begin in sorted({base, *(text for text in begins if text.startswith(base))}):
        for end in sorted({"", *ends}):
            yield f"{begin}{sign}{end}"
            if domain.middle:
                yield f"{begin}{domain.middle.replace('?', sign)}{end}"
    yield from sorted(text for text in exact if text.startswith(base))


def _free_sign(named: str) -> str:
    used = set(named)
    beyond = (chr(point) for point in range(0x100, 0x110000))
    return next(sign for signs in (SIGNS, beyond) for sign in signs if sign not in used)
