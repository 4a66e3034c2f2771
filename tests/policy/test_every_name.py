"""One name of each kind stands for all: held against every name of a small alphabet."""

from __future__ import annotations

from fnmatch import translate
from functools import cache
from itertools import product
from re import compile as regex

from hypothesis import given
from hypothesis import strategies as st

from logkeep.policy.every_name import Undecided, every_kind
from logkeep.policy.pattern import ANY_ONE, ANY_RUN
from support.examples import examples

ALPHABET = "ab/"
NAMES = ["".join(found) for length in range(6) for found in product(ALPHABET, repeat=length)]
PATTERNS = st.text(alphabet="ab/*?", min_size=1, max_size=6)
LISTS = st.lists(st.lists(PATTERNS, min_size=1, max_size=3).map(tuple), max_size=4)


@cache
def matches(pattern: str, name: str) -> bool:
    return regex(translate(pattern.replace("[", "[[]"))).match(name) is not None


def wild(*patterns: str) -> tuple[str, ...]:
    return tuple(p.replace("*", ANY_RUN).replace("?", ANY_ONE) for p in patterns)


def kind(name: str, lists: list[tuple[str, ...]]) -> tuple[bool, ...]:
    return tuple(any(matches(p, name) for p in patterns) for patterns in lists)


@given(st.lists(PATTERNS, min_size=1, max_size=2).map(tuple), LISTS, LISTS)
@examples(300)
def test_every_name_there_is_has_one_of_its_kind_among_those_found(
    within: tuple[str, ...], lists: list[tuple[str, ...]], without: list[tuple[str, ...]]
) -> None:
    never = without[0] if without else ()
    found = every_kind(wild(*within), frozenset(wild(*each) for each in lists), wild(*never))
    assert not isinstance(found, Undecided)
    for name in found:
        assert kind(name, [within, never]) == (True, False)
    kinds = {kind(name, lists) for name in found}
    for name in NAMES:
        if kind(name, [within, never]) == (True, False):
            assert kind(name, lists) in kinds, name


def test_thousands_of_folders_are_told_apart_in_one_look() -> None:
    root = "arn:aws:s3:::logs/"
    folders = tuple(f"{root}AWSLogs/{number:012d}/*" for number in range(2_000))
    lists = frozenset({wild(*folders), wild(f"{root}*AWSLogs/*")})
    found = every_kind(wild(f"{root}?*"), lists)
    assert not isinstance(found, Undecided)
    assert len(found) == 3


def test_what_grows_beyond_bounds_is_said_to_be_undecided() -> None:
    hard = f"*a{'?' * 20}"
    assert every_kind(wild("?*"), frozenset({wild(hard)})) == Undecided(hard)
