"""Which names stand for all that some patterns match, as lists of patterns tell them apart?

A decision sees an object's name only by whether each list of patterns matches it. Names that the
same lists match are decided alike, so one of each kind is enough to ask about, and every kind that
there can be is found: the patterns are run side by side over all names at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from logkeep.policy.pattern import ANY_ONE, ANY_RUN

MOST_STATES: Final = 10_000
"""Beyond so many states of the patterns side by side it is not told."""
FRESH: Final = "x0yzqvwjk~!"
"""What a name goes on with where no pattern asks for anything."""
ANY_IN_FOLDER: Final = "\ufdd2"
"""A run of characters but `/`, which no policy can say, but a name that is asked about can."""
COLONS: Final = 5
"""As many as an object's ARN has; where a pattern has others, S3 may read it otherwise."""

Patterns: TypeAlias = tuple[str, ...]


class Undecided(NamedTuple):
    """The kinds of names could not be told, and which pattern is to blame."""

    pattern: str


_RUNS: Final = frozenset({ANY_RUN, ANY_IN_FOLDER})


class _Run(NamedTuple):
    """All patterns as one row of positions."""

    tokens: tuple[str, ...]
    """What is wanted at each position; nothing where a pattern ends."""
    whose: tuple[int, ...]
    """Which list a position is of."""
    start: frozenset[int]


@lru_cache(maxsize=4096)
def every_kind(
    within: Patterns, lists: frozenset[Patterns], without: Patterns = ()
) -> Patterns | Undecided:
    """Return a name of each kind among those that `within` matches and `without` does not."""
    apart = [within, without, *sorted(_split(lists))]
    run = _read(apart)
    found: dict[frozenset[int], str] = {}
    seen = {run.start}
    row = [(run.start, "")]
    for state, name in row:
        matched = _matched(run, state)
        if 0 in matched and 1 not in matched:
            found.setdefault(matched, name)
        for char in _ways(run, state):
            after = _step(run, state, char)
            if after not in seen and _is_open(run, after):
                seen.add(after)
                row.append((after, name + char))
        if len(seen) > MOST_STATES:
            return Undecided(_most_wild(apart[2:]))
    return tuple(found.values())


def _split(lists: Iterable[Patterns]) -> set[Patterns]:
    """The lists, but each pattern by itself whose wildcards may have to cross a colon."""
    found: set[Patterns] = set()
    for patterns in lists:
        plain = tuple(p for p in patterns if p.count(":") == COLONS or not p.strip(ANY_RUN))
        found.add(plain)
        found.update((p,) for p in patterns if p not in plain)
    return found - {()}


def _read(lists: Sequence[Patterns]) -> _Run:
    tokens: list[str] = []
    whose: list[int] = []
    first: set[int] = set()
    for number, patterns in enumerate(lists):
        for pattern in dict.fromkeys(patterns):
            first.add(len(tokens))
            while ANY_RUN * 2 in pattern:
                pattern = pattern.replace(ANY_RUN * 2, ANY_RUN)
            tokens += [*pattern, ""]
            whose += [number] * (len(pattern) + 1)
    run = _Run(tuple(tokens), tuple(whose), frozenset())
    return run._replace(start=_settled(run, first))


def _settled(run: _Run, reached: Iterable[int]) -> frozenset[int]:
    """A state: with what may follow an empty `*`, and less what no longer matters.

    Once a list matches however the name goes on, its other patterns say nothing more.
    """
    every = set(reached)
    runs = [at for at in every if run.tokens[at] in _RUNS]
    if not runs:  # as in nearly every state, where plain letters are compared
        return frozenset(every)
    every.update([at + 1 for at in runs])
    always: dict[int, int] = {}
    for at in sorted(every):
        if run.tokens[at] == ANY_RUN and not run.tokens[at + 1]:
            always.setdefault(run.whose[at], at)
    kept = {at for at in every if run.whose[at] not in always}
    return frozenset(kept.union(_ALWAYS - number for number in always))


_ALWAYS: Final = -1
"""Less a list's number: the list matches whatever follows."""


def _matched(run: _Run, state: frozenset[int]) -> frozenset[int]:
    """The lists that match a name which ends here."""
    ended = (run.whose[at] for at in state if at >= 0 and not run.tokens[at])
    return frozenset((*ended, *(_ALWAYS - at for at in state if at < 0)))


def _ways(run: _Run, state: frozenset[int]) -> Iterator[str]:
    """The characters after which the state may differ: one that none wants, and each wanted."""
    if all(at < 0 for at in state):
        return
    wanted = {run.tokens[at] for at in state if at >= 0}
    if ANY_IN_FOLDER in wanted:
        wanted.add("/")
    wanted -= {"", ANY_ONE, *_RUNS}
    yield next(char for char in FRESH if char not in wanted)
    yield from sorted(wanted)


def _step(run: _Run, state: frozenset[int], char: str) -> frozenset[int]:
    after: set[int] = set()
    always: list[int] = []
    for at in state:
        if at < 0:
            always.append(at)
            continue
        token = run.tokens[at]
        if token == ANY_RUN or (token == ANY_IN_FOLDER and char != "/"):
            after.add(at)
        elif token in (ANY_ONE, char):
            after.add(at + 1)
    return _settled(run, after).union(always)


def _is_open(run: _Run, state: frozenset[int]) -> bool:
    """Whether a name that goes on from here can be one of those asked about."""
    lists = {run.whose[at] if at >= 0 else _ALWAYS - at for at in state}
    return 0 in lists and _ALWAYS - 1 not in state


def _most_wild(lists: Sequence[Patterns]) -> str:
    return as_written(max((p for patterns in lists for p in patterns), key=_wildness))


def _wildness(pattern: str) -> tuple[int, str]:
    return pattern.count(ANY_RUN) + pattern.count(ANY_ONE), pattern


_WRITTEN: Final = str.maketrans({ANY_RUN: "*", ANY_ONE: "?", ANY_IN_FOLDER: "*"})


def as_written(pattern: str) -> str:
    """Return a compiled pattern as a policy has it."""
    return pattern.translate(_WRITTEN)
