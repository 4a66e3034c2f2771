"""How many steps does it take? Counted, not timed: the same on every machine.

A pattern is run by a plain backtracking matcher, which counts every character that it looks at and
knows none of the short cuts that `re` takes. Other code is counted by the lines that are run.

The parsed pattern is read from `re._parser`, which is private: Python gives no public tree of a
pattern, and a parser of our own could read it otherwise than the one whose matching is judged.
"""

from __future__ import annotations

import functools
import re
import re._constants as op  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
import sys
from collections.abc import Callable, Iterator
from typing import Any

Then = Callable[[int], bool]
ONCE = ("match", "fullmatch")
"""What is asked at the beginning of a text alone; all else goes on from there."""
DEPTH = 100_000


def lines_run(call: Callable[[], object]) -> int:
    """How many lines of code a call runs, whatever it calls."""
    count, before = 0, sys.gettrace()

    def trace(_frame: Any, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def looked_at(pattern: re.Pattern[str], text: str, how: str = "search") -> int:
    """How many characters it takes at most to ask a pattern about a text: once, or all through."""
    matcher = _Matcher(pattern, text)
    before, at = sys.getrecursionlimit(), 0
    sys.setrecursionlimit(DEPTH)
    try:
        while at <= (0 if how in ONCE else len(text)):
            end = matcher.match(at, whole=how == "fullmatch")
            at = max(at + 1, end)
    finally:
        sys.setrecursionlimit(before)
    return matcher.count


def samples(pattern: re.Pattern[str]) -> Iterator[str]:
    """Texts that bring a pattern to work: what its parts take, alone and together."""
    parts = list(_letters(_parsed(pattern)))
    yield from parts
    for first in range(len(parts)):
        for size in (2, 3, len(parts) - first):
            yield "".join(parts[first : first + size])


@functools.cache
def _parsed(pattern: re.Pattern[str]) -> list[Any]:
    """A pattern as plain lists: `re`'s own are slow to go through, and slower to make anew."""
    return _plain(parser.parse(pattern.pattern, pattern.flags))


def _plain(items: Any) -> list[Any]:
    return [(kind, _inside(kind, value)) for kind, value in items]


def _inside(kind: Any, value: Any) -> Any:
    if kind is op.SUBPATTERN:
        return (*value[:3], _plain(value[3]))
    if kind is op.BRANCH:
        return (value[0], [_plain(branch) for branch in value[1]])
    if kind in (op.ASSERT, op.ASSERT_NOT):
        return (value[0], _plain(value[1]), value[1].getwidth()[0])
    if kind is op.ATOMIC_GROUP:
        return _plain(value)
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        return (*value[:2], _plain(value[2]))
    return tuple(value) if kind is op.IN else value


def _letters(items: Any) -> Iterator[str]:
    """A text for each letter that a pattern asks for, in their order."""
    for kind, value in items:
        if kind is op.LITERAL:
            yield chr(value)
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            least, _, inner = value
            one = list(_letters(inner))
            yield from ["".join(one) * least] if least > 1 else one
        elif kind is op.SUBPATTERN:
            yield from _letters(value[3])
        elif kind is op.ATOMIC_GROUP:
            yield from _letters(value)
        elif kind is op.BRANCH:
            for branch in value[1]:
                yield "".join(_letters(branch))
        elif kind in SINGLE:
            yield next(c for c in LETTERS if _takes(kind, value, c, dotall=False))


LETTERS = "a0Z-_./:* ,'\"$}é\n\\\x1b" + "".join(map(chr, range(33, 127)))
SINGLE = (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN)


@functools.cache
def _takes(kind: Any, value: Any, char: str, *, dotall: bool) -> bool:
    """Whether one letter of a pattern takes a character."""
    if kind is op.LITERAL:
        return chr(value) == char
    if kind is op.NOT_LITERAL:
        return chr(value) != char
    if kind is op.ANY:
        return dotall or char != "\n"
    negated = value[0][0] is op.NEGATE
    return negated != any(_in_set(each, char) for each in value)


def _in_set(item: Any, char: str) -> bool:
    kind, value = item
    if kind is op.LITERAL:
        return chr(value) == char
    if kind is op.RANGE:
        return value[0] <= ord(char) <= value[1]
    if kind is op.CATEGORY:
        return re.match(CATEGORIES[value], char) is not None
    return False


CATEGORIES = {
    op.CATEGORY_DIGIT: r"\d", op.CATEGORY_NOT_DIGIT: r"\D", op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S", op.CATEGORY_WORD: r"\w", op.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip


class _Matcher:
    """A pattern against a text, by trying all there is to try."""

    def __init__(self, pattern: re.Pattern[str], text: str) -> None:
        self.text, self.count = text, 0
        self._dotall = bool(pattern.flags & re.DOTALL)
        self._items = _parsed(pattern)

    def match(self, at: int, *, whole: bool) -> int:
        """Where a match that begins here ends; -1 where none does."""
        end = [-1]

        def done(reached: int) -> bool:
            end[0] = reached
            return not whole or reached == len(self.text)

        self._all(self._items, 0, at, done)
        return end[0]

    def _all(self, items: list[Any], index: int, at: int, then: Then) -> bool:
        """Match the items from one on, and what comes then."""
        while index < len(items) and items[index][0] in SINGLE:
            if not self._one(items[index], at):
                return False
            index, at = index + 1, at + 1
        if index == len(items):
            return then(at)
        return self._item(items[index], at, lambda end: self._all(items, index + 1, end, then))

    def _one(self, item: Any, at: int) -> bool:
        self.count += 1
        return at < len(self.text) and _takes(*item, self.text[at], dotall=self._dotall)

    def _item(self, item: Any, at: int, then: Then) -> bool:
        kind, value = item
        if kind is op.SUBPATTERN:
            return self._all(value[3], 0, at, then)
        if kind is op.BRANCH:
            return any(self._all(branch, 0, at, then) for branch in value[1])
        if kind is op.AT:
            self.count += 1
            return self._stands(value, at) and then(at)
        if kind in (op.ASSERT, op.ASSERT_NOT):
            way, inner, width = value
            begin = at if way > 0 else at - width
            holds = begin >= 0 and self._all(inner, 0, begin, lambda _: True)
            return holds == (kind is op.ASSERT) and then(at)
        if kind is op.ATOMIC_GROUP:
            return self._alone(value, at, then)
        if kind is op.POSSESSIVE_REPEAT:
            return self._alone([(op.MAX_REPEAT, value)], at, then)
        least, most, inner = value
        return self._repeat(inner, (least, most), at, then, lazy=kind is op.MIN_REPEAT)

    def _stands(self, where: Any, at: int) -> bool:
        if where in (op.AT_BEGINNING, op.AT_BEGINNING_STRING):
            return at == 0
        return at == len(self.text) or (where is op.AT_END and self.text[at:] == "\n")

    def _alone(self, items: list[Any], at: int, then: Then) -> bool:
        """Match without going back into it once it has matched."""
        ends: list[int] = []
        if not self._all(items, 0, at, lambda end: not ends.append(end)):  # type: ignore[func-returns-value]
            return False
        return then(ends[0])

    def _repeat(
        self, inner: list[Any], times: tuple[int, int], at: int, then: Then, *, lazy: bool
    ) -> bool:
        if len(inner) == 1 and inner[0][0] in SINGLE:
            return self._run(inner[0], times, at, then, lazy=lazy)
        least, most = times

        def more(done: int, here: int) -> bool:
            def again(end: int) -> bool:
                return end > here and more(done + 1, end)

            if lazy and done >= least and then(here):
                return True
            if done < most and self._all(inner, 0, here, again):
                return True
            return not lazy and done >= least and then(here)

        return more(0, at)

    def _run(self, item: Any, times: tuple[int, int], at: int, then: Then, *, lazy: bool) -> bool:
        """A run of one letter: as long as can be and then shorter, or the other way."""
        least, most = times
        if lazy:
            size = 0
            while size < least or not then(at + size):
                if size >= most or not self._one(item, at + size):
                    return False
                size += 1
            return True
        size = 0
        while size < most and self._one(item, at + size):
            size += 1
        return any(then(at + shorter) for shorter in range(size, least - 1, -1))
