"""Which value of a policy is closest to the request's, and in what do the two differ?"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from logkeep.policy.pattern import glob, with_wildcards
from logkeep.words.plain import clean, few, joined

NEIGHBOURS = 4
"""How many values are compared in full on either side of where the request's would stand."""
SENT_MAX = 8
CHARS_MAX = 300
DIFFERENCES_MAX = 2
"""Two values that differ in more parts are not said to be alike."""
PARTS_SEEN = 2
"""A value of so few parts is seen at a glance."""
ALIKE = 0.6
ARN_PARTS = ("", "partition", "service", "Region", "account")


class Difference(NamedTuple):
    """One part in which a value of a policy differs from the request's."""

    what: str
    """Which part it is, if it has a name."""
    wanted: str
    got: str
    how: str
    """What alone tells them apart, if that is easily overlooked."""


def closest(wanted: Iterable[str], got: Iterable[str]) -> tuple[str, str]:
    """The policy's value and the request's that are closest to each other; else empty."""
    index = _Index.of(tuple(wanted))
    pairs = [(near, sent) for sent in list(got)[:SENT_MAX] for near in index.near(sent)]
    kind = [pair for pair in pairs if pair[0].startswith("arn:") == pair[1].startswith("arn:")]
    return max(kind, key=_closeness, default=("", ""))


def differences(wanted: str, got: str) -> tuple[Difference, ...]:
    """In which parts two values differ; none where they have little in common."""
    ours, theirs = _parts(wanted), _parts(got)
    if len(ours) != len(theirs):
        return ()
    every = range(0, len(ours), 2)
    found = [_difference(ours, theirs, at) for at in every if not _fits(ours[at], theirs[at])]
    alike = all(each.how or _ratio(each.wanted, each.got) >= ALIKE for each in found)
    if len(found) > DIFFERENCES_MAX or not (alike or len(found) < len(every)):
        return ()
    return tuple(found)


def values_told(wanted: Sequence[str], got: Sequence[str], most: int = 2) -> str:
    """A policy's values for a person: the one alone that is like the request's, else the first."""
    near, sent = closest(wanted, got) if len(wanted) > most else ("", "")
    if near and (differences(near, sent) or _ratio(near, sent) >= ALIKE):
        return f"`{clean(near)}` and {len(wanted) - 1} more"
    return few([f"`{clean(text)}`" for text in wanted], most)


def what_differs(wanted: Sequence[str], got: Sequence[str]) -> str:
    """What tells the closest value from the request's, where that is easily overlooked."""
    near, sent = closest(wanted, got)
    found = differences(near, sent)
    is_long = len(_parts(sent)[::2]) > PARTS_SEEN
    shown = [each for each in found if each.how or is_long]
    if not shown:
        return ""
    wants = joined(f"{each.what} `{clean(each.wanted)}`".strip() for each in shown)
    has = joined(f"`{clean(each.got)}`" for each in shown)
    how = "".join(f": {each.how}" for each in shown if each.how)
    return f" (the policy has {wants}, the request {has}{how})"


def is_negated(operator: str) -> bool:
    """Whether a condition's operator asks for another value than those it names."""
    return "not" in operator.casefold()


class _Index:
    """Values in the order of their letters, forwards and backwards, whatever their case."""

    def __init__(self, values: tuple[str, ...]) -> None:
        folded = [(value[:CHARS_MAX].casefold().strip(), value) for value in values]
        self.forwards = sorted(folded)
        self.backwards = sorted((key[::-1], value) for key, value in folded)

    @staticmethod
    @lru_cache(maxsize=64)
    def of(values: tuple[str, ...]) -> _Index:
        """The index of a list, made once: a thousand findings may name the same."""
        return _Index(values)

    def near(self, sent: str) -> list[str]:
        """The values that begin or end most as the text does."""
        key = sent[:CHARS_MAX].casefold().strip()
        return sorted(_around(self.forwards, key) | _around(self.backwards, key[::-1]))


def _around(ordered: list[tuple[str, str]], key: str) -> set[str]:
    at = bisect(ordered, (key,))
    return {value for _, value in ordered[max(0, at - NEIGHBOURS) : at + NEIGHBOURS]}


def _parts(text: str) -> list[str]:
    """The parts of a value with what separates them in between."""
    return re.split(r"([:/])", text[:CHARS_MAX])


def _closeness(pair: tuple[str, str]) -> tuple[bool, int, float]:
    near, sent = pair
    return near.casefold() == sent.casefold(), _shared(near, sent), _ratio(near, sent)


def _fits(wanted: str, got: str) -> bool:
    """Whether a part is the same, a wildcard taken for whatever it may stand for."""
    return wanted == got or glob(with_wildcards(wanted))(got)


def _shared(wanted: str, got: str) -> int:
    """How many parts two values have in common, those that differ by their case for half."""
    ours, theirs = _parts(wanted)[::2], _parts(got)[::2]
    common = sum(_likeness(a, b) for a, b in zip(ours, theirs, strict=False))
    return common - abs(len(ours) - len(theirs))


def _likeness(wanted: str, got: str) -> int:
    if wanted.casefold().strip() == got.casefold().strip():
        return 2 if wanted == got else 1
    return 2 if _fits(wanted, got) else 0


def _ratio(wanted: str, got: str) -> float:
    import difflib  # takes 5 ms, and is wanted only where a request is refused

    return difflib.SequenceMatcher(None, wanted[:CHARS_MAX], got[:CHARS_MAX]).ratio()


def _difference(ours: Sequence[str], theirs: Sequence[str], at: int) -> Difference:
    wanted, got = ours[at], theirs[at]
    is_named = ours[0] == theirs[0] == "arn" and at // 2 < len(ARN_PARTS)
    how = ""
    if wanted.strip() == got.strip():
        how = "a space"
    elif wanted.casefold() == got.casefold():
        how = "upper and lower case"
    if at and ours[at - 1] == theirs[at - 1] == "/" and _fits(ours[at - 2], theirs[at - 2]):
        wanted, got = f"{ours[at - 2]}/{wanted}", f"{theirs[at - 2]}/{got}"
    return Difference(ARN_PARTS[at // 2] if is_named else "", wanted, got, how)
