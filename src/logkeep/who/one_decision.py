"""Which logs no policy tells apart, so that one of them is asked about for all of them.

What is asked about one log differs from what is asked about another in two things only: the
object's name, and the encryption context that its key is asked in (rules 4.4, 4.8). A statement
sees these by its Resource, by conditions on the context, and by variables of it; a grant by its
constraints. Logs for which each of these says the same are decided alike, by the same statement.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

import msgspec

from logkeep.archive.sample import Sample
from logkeep.policy import Context, KeyGrant, Layers, Policy, Request
from logkeep.policy.authorize import facts_of
from logkeep.policy.conditions import Filled, fill_all
from logkeep.policy.facts import Facts as Asked
from logkeep.policy.pattern import ANY_ONE, ANY_RUN, Template, read_template
from logkeep.policy.statement import Element
from logkeep.policy.truth import Truth
from logkeep.policy.varying import CONTEXT, has_context, has_variables, speaking, varying
from logkeep.snapshot.facts import Facts, remembered, remembered_by
from logkeep.sources.samples import samples

LAST: Final = "\U0010ffff"
"""Comes after every character of a name."""
_WILD: Final = re.compile(f"[*?{ANY_RUN}{ANY_ONE}]")

Some: TypeAlias = int
"""A set of logs, one bit for each in the order of `samples`."""


class Logs(NamedTuple):
    """All the logs that are asked about, ready to be told apart."""

    logs: tuple[Sample, ...]
    every: Some
    names: tuple[str, ...]
    """The objects' ARNs in their order."""
    places: tuple[int, ...]
    """Where the log of each of these names stands."""
    contexts: tuple[tuple[Sample, Some], ...]
    """A log of each encryption context, and all that share it."""


@remembered
def logs_of(facts: Facts) -> Logs:
    """The logs of the archive, made ready once."""
    logs = samples(facts)
    places = tuple(sorted(range(len(logs)), key=lambda place: logs[place].object_arn))
    names = tuple(logs[place].object_arn for place in places)
    shared: dict[Hashable, list[int]] = {}
    for place, log in enumerate(logs):
        shared.setdefault(log.context, []).append(place)
    contexts = tuple((logs[found[0]], _some(found)) for found in shared.values())
    return Logs(logs, (1 << len(logs)) - 1, names, places, contexts)


def _some(places: Iterable[int]) -> Some:
    return sum(1 << place for place in places)


def one_of_each(facts: Facts, asked: Iterable[tuple[Request, Layers]]) -> tuple[Sample, ...]:
    """One log of each kind that the policies tell apart, for requests about the first log."""
    known = logs_of(facts)
    if len(known.logs) == 1:
        return known.logs
    marks = {mark for each, layers in asked for mark in _marks(facts, known, each, layers)}
    return representatives(facts, marks)


def apart_for_anyone(facts: Facts, policy: Policy) -> tuple[Sample, ...]:
    """One log of each kind that a policy's fixed Resources tell apart, whoever asks."""
    known = logs_of(facts)
    fixed = (
        each
        for statement in policy.statements
        for each in statement.elements
        if each.name.endswith("Resource") and not has_variables(each)
    )
    anyone = Asked(Request("anonymous", "s3:GetObject", known.names[0]))
    marks = {mark for each in fixed for mark in _by_name(facts, known, each, anyone)}
    return representatives(facts, marks)


def representatives(facts: Facts, marks: Iterable[Some]) -> tuple[Sample, ...]:
    """The first log of each kind, in the order of all."""
    return _representatives(facts, frozenset(marks))


@remembered
def _representatives(facts: Facts, marks: frozenset[Some]) -> tuple[Sample, ...]:
    known = logs_of(facts)
    kinds = [known.every]
    for mark in marks:
        kinds = [part for kind in kinds for part in (kind & mask for mask in (mark, ~mark)) if part]
    return tuple(known.logs[place] for place in sorted(map(_first, kinds)))


def _first(some: Some) -> int:
    return (some & -some).bit_length() - 1


def _marks(facts: Facts, known: Logs, asked: Request, layers: Layers) -> Iterator[Some]:
    """What tells the logs apart: sets of those of which some element says the same."""
    by_context = asked.action.startswith("kms:")
    if by_context and len(known.contexts) == 1:
        return
    seen_as = facts_of(asked, layers)
    marks = _by_context if by_context else _by_name
    for policy in speaking(layers):
        for element in varying(policy, seen_as):
            yield from marks(facts, known, element, seen_as)
    if by_context and isinstance(layers.grants, tuple):
        yield from _by_grants(known, layers.grants)


def _of_resource(_facts: Facts, known: Logs, element: Element, asked: Asked) -> Hashable:
    """What is the same of Resources that say the same of every log."""
    del known
    return element.name, _starts(element, asked)[1]


@remembered_by(_of_resource)
def _by_name(_facts: Facts, known: Logs, element: Element, asked: Asked) -> tuple[Some, ...]:
    """The logs by what a Resource says of their names; only near names can match."""
    starts, _ = _starts(element, asked)
    near = sorted({place for start in starts for place in _places(known, start)})
    rest = known.every & ~_some(near)
    logs = [(known.logs[place], 1 << place) for place in near]
    if rest:
        logs.append((known.logs[_first(rest)], rest))
    return _by_truth(element, logs, asked)


def _starts(element: Element, asked: Asked) -> tuple[list[str], Hashable]:
    """How all that a Resource can match begins, and what stands for all that it says."""
    starts = [_WILD.split(value, maxsplit=1)[0] for value in element.wanted]
    if not has_variables(element):
        return starts, element.wanted
    texts = tuple(filled(value, asked) for value in element.wanted)
    for value, found in zip(element.wanted, texts, strict=True):
        text = found[0] if isinstance(found, tuple) and found else value.partition("${")[0]
        starts.append(_WILD.split(text, maxsplit=1)[0])
    # Whether its policy knows variables at all hangs on the version, so the element goes along.
    return starts, (element, texts)


def filled(value: str, asked: Asked) -> tuple[str, ...] | frozenset[str]:
    """A value with its variables filled in; empty where one has no value."""
    found = fill_all([_template(value)], asked)
    return tuple(found.texts) if isinstance(found, Filled) else found


@lru_cache(maxsize=1024)
def _template(value: str) -> Template:
    return read_template(value, wild=True, variables=True)


def _places(known: Logs, start: str) -> tuple[int, ...]:
    """Where the logs stand whose names begin so."""
    first, end = (bisect_left(known.names, text) for text in (start, start + LAST))
    return known.places[first:end]


def _of_condition(_facts: Facts, known: Logs, element: Element, asked: Asked) -> Hashable:
    """What is the same of conditions that say the same of every encryption context."""
    del known
    same: Hashable = element.wanted
    if has_context(element):
        same = (element, asked.request.principal)
    elif has_variables(element):
        same = (element, tuple(filled(value, asked) for value in element.wanted))
    return element.name, element.key, same


@remembered_by(_of_condition)
def _by_context(_facts: Facts, known: Logs, element: Element, asked: Asked) -> tuple[Some, ...]:
    """The logs by what a condition says of their encryption contexts."""
    return _by_truth(element, known.contexts, asked)


def _by_truth(
    element: Element, logs: Iterable[tuple[Sample, Some]], asked: Asked
) -> tuple[Some, ...]:
    """The logs by what an element says of each: yes, no, or which doubt."""
    found: dict[Truth, Some] = {}
    for log, alike in logs:
        truth = element.check(_about(log, asked))
        found[truth] = found.get(truth, 0) | alike
    return tuple(found.values()) if len(found) > 1 else ()


def _about(log: Sample, asked: Asked) -> Asked:
    """The same request about another log."""
    request = asked.request
    if not request.action.startswith("kms:"):
        return Asked(msgspec.structs.replace(request, resource=log.object_arn), asked.bounded)
    besides = {k: v for k, v in request.context.items() if not k.startswith(CONTEXT)}
    context = Context({**besides, **dict(log.context)})
    return Asked(msgspec.structs.replace(request, context=context), asked.bounded)


def _by_grants(known: Logs, grants: Sequence[KeyGrant]) -> Iterator[Some]:
    """The logs by which pairs of the grants' constraints their encryption contexts hold."""
    bound = [(g.context_subset, g.context_equals or {}) for g in grants]
    wanted = {pair for both in bound for pairs in both for pair in pairs.items()}
    for name, value in wanted:
        pair = (f"{CONTEXT}:{name.lower()}", value)
        yield sum(alike for log, alike in known.contexts if pair in log.context)
    if any(g.context_equals is not None for g in grants):
        names: dict[frozenset[str], Some] = {}
        for log, alike in known.contexts:
            context = frozenset(name for name, _ in log.context)
            names[context] = names.get(context, 0) | alike
        yield from names.values()
