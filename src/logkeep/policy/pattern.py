"""How a text with `*`, `?` and policy variables matches, for one pattern or thousands at once.

IAM matches greedily-linear globs: `*` any run, `?` any one character (IAM User Guide,
"IAM JSON policy elements: Resource"). Lists are indexed when compiled, so that a list of a
thousand account numbers costs what a list of three does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

ANY_RUN = "\ufdd0"
"""A wildcard `*` inside a compiled pattern; a literal star stays `*`."""
ANY_ONE = "\ufdd1"
"""A wildcard `?` inside a compiled pattern."""

_VARIABLE = re.compile(r"\$\{([^${}]*)\}")
_WILD = str.maketrans({"*": ANY_RUN, "?": ANY_ONE})
_SCAN_LIMIT = 4


class Variable(NamedTuple):
    """A `${key}` or `${key, 'default'}` in a policy's value."""

    key: str
    """Lower case, as keys ignore case."""
    default: str | None
    odd: bool = False
    """It is not written as AWS's page has it, so that nobody knows what AWS makes of it."""


Template = tuple[str | Variable, ...]
"""A pattern as written: compiled text, and variables to be filled in."""


def read_template(text: str, *, wild: bool, variables: bool) -> Template:
    """Return the pattern of a policy's text; `wild` lets `*` and `?` be wildcards.

    `${*}`, `${?}` and `${$}` are the characters themselves (IAM User Guide, "IAM policy
    elements: Variables and tags").
    """
    if not variables or "${" not in text:
        return (text.translate(_WILD) if wild else text,)
    parts: list[str | Variable] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        parts += [*_literal(text[end : found.start()], wild=wild), _variable(found.group(1))]
        end = found.end()
    return _joined([*parts, *_literal(text[end:], wild=wild)])


def _literal(text: str, *, wild: bool) -> list[str | Variable]:
    """Text between variables; what begins one and does not end it is odd."""
    plain: list[str | Variable] = [text.translate(_WILD) if wild else text]
    return [*plain, Variable(text, None, odd=True)] if "${" in text else plain


def _variable(inside: str) -> str | Variable:
    if inside in ("*", "?", "$"):
        return inside
    key, _, rest = (part.strip() for part in inside.partition(","))
    if key and rest.count("'") == 2 and rest[0] == rest[-1] == "'":
        return Variable(key.lower(), rest[1:-1])
    return Variable(inside.strip().lower(), None, odd=not _KEY.fullmatch(inside.strip()))


_KEY = re.compile(r"[^\s:,'\"]+:[^,'\"]+")
"""The name of a condition key; of its characters a tag's key may have neither comma nor quote."""


def _joined(parts: Sequence[str | Variable]) -> Template:
    joined: list[str | Variable] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    return tuple(joined) or ("",)


def literal_length(text: str) -> int:
    """Return how many characters of a policy's text are no wildcards."""
    return sum(char not in "*?" for char in text)


def with_wildcards(text: str) -> str:
    """The pattern of a text in which `*` and `?` are wildcards and nothing else is special."""
    return text.translate(_WILD)


def glob(pattern: str) -> Callable[[str], bool]:
    """Return the matcher of one pattern; its time grows linearly with text and pattern."""
    if ANY_ONE in pattern:
        return Automaton((pattern,)).accepts
    if ANY_RUN not in pattern:
        return pattern.__eq__
    first, *middle, last = pattern.split(ANY_RUN)
    return _sequence(first, tuple(part for part in middle if part), last)


def _sequence(first: str, middle: tuple[str, ...], last: str) -> Callable[[str], bool]:
    """Match literals in order: taking each at its first place never loses a match."""
    least = len(first) + len(last)

    def accepts(text: str) -> bool:
        if len(text) < least or not text.startswith(first) or not text.endswith(last):
            return False
        at, end = len(first), len(text) - len(last)
        for part in middle:
            at = text.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True

    return accepts


class Automaton:
    """Patterns with `?`, run together: one bit a position, so no pattern can backtrack."""

    __slots__ = ("_accept", "_any", "_ending", "_loops", "_masks", "_start")

    def __init__(self, patterns: Iterable[str]) -> None:
        placed = _Placed()
        for pattern in patterns:
            placed.add(pattern)
        self._masks = _Masks(placed.letters)
        self._any, self._ending = _bits(placed.any), _bits(placed.ending)
        self._loops, self._accept = _bits(placed.loops), _bits(placed.accept)
        self._start = _bits(placed.start)

    def accepts(self, text: str) -> bool:
        """Return whether any of the patterns matches the whole text."""
        states, loops, anything, mask = self._start, self._loops, self._any, self._masks
        for char in text:
            states = ((states << 1) & (mask[char] | anything)) | (states & loops)
            if not states:
                return False
        return bool(states & self._accept)


class _Placed:
    """The positions of patterns that stand one after the other, by what they accept."""

    def __init__(self) -> None:
        self.letters: dict[str, list[int]] = {}
        self.any: list[int] = []
        self.ending: list[int] = []
        self.loops: list[int] = []
        self.accept: list[int] = []
        self.start: list[int] = []
        self._next = 0

    def add(self, pattern: str) -> None:
        """Place one more pattern."""
        here = self._next
        self.start.append(here)
        for at, char in enumerate(pattern):
            if char == ANY_RUN:
                self.loops.append(here)
                if pattern[at + 1 : at + 2] in ("", ":"):
                    self.ending.append(here)  # it ends a segment of an ARN
                continue
            here += 1
            if char == ANY_ONE:
                self.any.append(here)
            else:
                self.letters.setdefault(char, []).append(here)
        self.accept.append(here)
        self._next = here + 1


class _Masks(dict[str, int]):
    """The bits of the positions that accept a letter, made once it is met in a text."""

    def __init__(self, letters: Mapping[str, Sequence[int]]) -> None:
        super().__init__()
        self._letters = letters

    def __missing__(self, letter: str) -> int:
        found = self._letters.get(letter)
        if found is None:
            return 0
        self[letter] = _bits(found)
        return self[letter]


def _bits(positions: Sequence[int]) -> int:
    """A number with these bits set, in time that grows with the highest and not its square."""
    packed = bytearray((max(positions, default=0) >> 3) + 1)
    for position in positions:
        packed[position >> 3] |= 1 << (position & 7)
    return int.from_bytes(packed, "little")


Prefixes = tuple[int, frozenset[str]]
"""A length, and the prefixes that have it."""
_NO_PREFIXES: Prefixes = (0, frozenset())


class GlobSet:
    """Many patterns at once: exact texts, prefixes by length, and the rest by their rarest word."""

    __slots__ = (
        "_automaton",
        "_exact",
        "_few",
        "_prefixes",
        "_words",
        "commonest",
        "everything",
        "is_one_length",
    )

    def __init__(self, patterns: Iterable[str]) -> None:
        unique = dict.fromkeys(patterns)
        self.everything = any(p and not p.strip(ANY_RUN) for p in unique)
        self._exact = frozenset(p for p in unique if ANY_RUN not in p and ANY_ONE not in p)
        questions = [p for p in unique if ANY_ONE in p]
        self._automaton = Automaton(questions).accepts if questions else None
        starred = [p for p in unique if ANY_RUN in p and ANY_ONE not in p]
        self._prefixes = _by_length(p[:-1] for p in starred if p.index(ANY_RUN) == len(p) - 1)
        self.commonest: Prefixes = max(self._prefixes, key=_size, default=_NO_PREFIXES)
        """The length that most prefixes have, and those prefixes: what to try first."""
        self.is_one_length = len(unique) == len(self.commonest[1]) > 0
        others = [p for p in starred if p.index(ANY_RUN) < len(p) - 1]
        self._words, self._few = _by_word(others)

    def accepts(self, text: str) -> bool:
        """Return whether any of the patterns matches the whole text."""
        for length, prefixes in self._prefixes:
            if text[:length] in prefixes:
                return True
        if self.everything or text in self._exact:
            return True
        for matches in self._few:
            if matches(text):
                return True
        if self._words and self._accepts_by_word(text):
            return True
        return self._automaton is not None and self._automaton(text)

    def _accepts_by_word(self, text: str) -> bool:
        index = self._words
        return any(
            matches(text) for word in _words_of(text) if word in index for matches in index[word]
        )


def _size(prefixes: Prefixes) -> int:
    return len(prefixes[1])


def _by_length(prefixes: Iterable[str]) -> tuple[Prefixes, ...]:
    lengths: dict[int, set[str]] = {}
    for prefix in prefixes:
        lengths.setdefault(len(prefix), set()).add(prefix)
    return tuple((length, frozenset(lengths[length])) for length in sorted(lengths))


Globs = tuple[Callable[[str], bool], ...]


def _by_word(patterns: Sequence[str]) -> tuple[dict[str, Globs], Globs]:
    """Index patterns by a word that any matching text must hold; the few or wordless apart."""
    if len(patterns) <= _SCAN_LIMIT:
        return {}, tuple(map(glob, patterns))
    whole = {pattern: _whole_words(pattern) for pattern in patterns}
    counts = Counter(word for words in whole.values() for word in words)
    index: dict[str, list[Callable[[str], bool]]] = {}
    few: list[Callable[[str], bool]] = []
    for pattern, words in whole.items():
        if words:
            word = min(words, key=lambda w: (counts[w], -len(w)))
            index.setdefault(word, []).append(glob(pattern))
        else:
            few.append(glob(pattern))
    return {word: tuple(globs) for word, globs in index.items()}, tuple(few)


def _words_of(text: str) -> list[str]:
    return text.replace("/", ":").split(":")


def _whole_words(pattern: str) -> set[str]:
    """Return the words between `:` or `/` that no wildcard touches; they stand in every match."""
    words = _words_of(pattern)
    return {word for word in words if word and ANY_RUN not in word and ANY_ONE not in word}
