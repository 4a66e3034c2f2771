"""One table of a TOML file, read strictly: every mistake is noted with its place."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias, cast

import msgspec

from logkeep.fleet.naming import Objection

_SAID_CHARS_MAX = 80
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-_."
MISTAKES_MAX = 200
MANY_NAMES = 500
"""Among more names than these only those are near that a single slip makes of the text."""

ValueRule: TypeAlias = Callable[[str], Objection | None]
"""What a string has to be; None says that nothing is wrong with it."""


class Mistake(msgspec.Struct, frozen=True):
    """One thing wrong with the fleet file: where, what, and what would help."""

    where: str
    says: str
    hint: str = ""


class TooManyMistakes(Exception):
    """The file has more mistakes than anybody reads."""


class Table:
    """One table of the file; what is asked of it and is wrong is noted, and reads as nothing."""

    def __init__(
        self,
        values: Mapping[str, object],
        keys: Iterable[str] | None,
        filename: str,
        path: str,
        mistakes: list[Mistake],
    ) -> None:
        self.values = values
        self._filename = filename
        self._path = path
        self._mistakes = mistakes
        if keys is not None:
            self._note_unknown(tuple(keys))

    def _note_unknown(self, keys: tuple[str, ...]) -> None:
        for key in self.values:
            if key not in keys:
                self.unknown(key, keys)

    def unknown(self, key: str, keys: Iterable[str]) -> None:
        """Note a key that is none of those there are."""
        self.wrong(key, Objection(f"unknown key {quoted(key)}", meant(key, keys)))

    def wrong(self, path: str, objection: Objection) -> None:
        """Note a mistake at a key of this table."""
        if len(self._mistakes) >= MISTAKES_MAX:
            raise TooManyMistakes
        full = f"{self._path}.{bare_key(path)}" if self._path else bare_key(path)
        self._mistakes.append(Mistake(f"{self._filename}: {full}", *objection))

    def missing(self, key: str, hint: str = "") -> None:
        """Note that a key is not there, unless it is and was found wrong."""
        if key not in self.values:
            self.wrong(key, Objection("missing", hint))

    def check(self, path: str, value: str, rule: ValueRule) -> str:
        """The value if the rule has nothing against it, else nothing."""
        objection = rule(value)
        if objection is None:
            return value
        named = quoted(value) in objection.says
        says = objection.says if named else f"{quoted(value)}: {objection.says}"
        self.wrong(path, Objection(says, objection.hint))
        return ""

    def text(self, key: str, rule: ValueRule) -> str:
        """A string that the rule accepts, or nothing."""
        value = self.values.get(key)
        if isinstance(value, str):
            return self.check(key, value, rule)
        if value is not None:
            self.wrong(key, kind_objection(value, "a string"))
        return ""

    def required(self, key: str, rule: ValueRule, hint: str = "") -> str:
        """A string that has to be there and that the rule accepts, or nothing."""
        self.missing(key, hint)
        return self.text(key, rule)

    def texts(self, key: str, rule: ValueRule, *, alone: bool = False) -> tuple[str, ...] | None:
        """A list of different strings that the rule accepts; None where the key is left out.

        With `alone` one string stands for a list of it.
        """
        value = self.values.get(key)
        if value is None:
            return None
        if alone and isinstance(value, str):
            return (value,) if self.check(key, value, rule) else ()
        if not isinstance(value, list):
            self.wrong(key, kind_objection(value, "a list of strings"))
            return ()
        good: dict[str, None] = {}
        for index, item in enumerate(cast("list[object]", value)):
            self._item(f"{key}[{index}]", item, rule, good)
        return tuple(good)

    def _item(self, path: str, item: object, rule: ValueRule, good: dict[str, None]) -> None:
        if not isinstance(item, str):
            self.wrong(path, kind_objection(item, "a string"))
        elif item in good:
            self.wrong(path, Objection(f"{quoted(item)} stands here twice"))
        elif self.check(path, item, rule):
            good[item] = None

    def table(self, key: str, keys: Iterable[str] | None) -> Table:
        """The table under a key; an empty one where it is left out or is none."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            hint = f"write it as `[{self._under(bare_key(key))}]`"
            self.wrong(key, Objection(kind_objection(value, "a table").says, hint))
            value = {}
        return self._inner(cast("dict[str, object]", value), keys, key)

    def tables(self, key: str, keys: Iterable[str] | None) -> tuple[Table, ...]:
        """The tables of a list, of those that are tables."""
        value = self.values.get(key, [])
        if not isinstance(value, list):
            hint = f"write it as `[[{self._under(bare_key(key))}]]`"
            self.wrong(key, Objection(kind_objection(value, "a list of tables").says, hint))
            return ()
        inner: list[Table] = []
        for index, item in enumerate(cast("list[object]", value)):
            path = f"{key}[{index}]"
            if isinstance(item, dict):
                inner.append(self._inner(cast("dict[str, object]", item), keys, path))
            else:
                self.wrong(path, kind_objection(item, "a table"))
        return tuple(inner)

    def _inner(self, values: dict[str, object], keys: Iterable[str] | None, path: str) -> Table:
        return Table(values, keys, self._filename, self._under(path), self._mistakes)

    def _under(self, path: str) -> str:
        return f"{self._path}.{path}" if self._path else path


def kind_objection(value: object, wanted: str) -> Objection:
    """That a value is of another kind than the one wanted."""
    return Objection(f"{wanted} is wanted, this is {_kind(value)}")


def _kind(value: object) -> str:
    kinds: tuple[tuple[type, str], ...] = (
        (str, "a string"),
        (bool, "true or false"),
        (int, "a number"),
        (float, "a number"),
        (datetime.datetime, "a date and time"),
        (datetime.date, "a date"),
        (datetime.time, "a time"),
        (list, "a list"),
    )
    return next((word for kind, word in kinds if isinstance(value, kind)), "a table")


def meant(text: str, known: Iterable[str]) -> str:
    """A guess at what was meant, or all there is to choose from where it is little."""
    names = sorted(known)
    near = nearest(text, names)
    if near:
        return f"did you mean `{near}`?"
    return "there is " + ", ".join(f"`{name}`" for name in names) if 0 < len(names) <= 8 else ""


def nearest(text: str, known: Iterable[str]) -> str:
    """The one of some names that a text comes near; nothing where it comes near none."""
    if not text:  # of what is left out it is asked too, in every good file
        return ""
    lowered = {name.lower(): name for name in sorted(known, reverse=True)}
    if len(lowered) > MANY_NAMES:
        return next(
            (lowered[each] for each in slips(text.lower()[:_SAID_CHARS_MAX]) if each in lowered), ""
        )
    import difflib  # takes 5 ms, and is wanted only where a word is misspelt

    near = difflib.get_close_matches(text.lower()[:_SAID_CHARS_MAX], lowered, n=1)
    return lowered[near[0]] if near else ""


def slips(text: str) -> Iterator[str]:
    """The texts that one slip makes of a text: a letter less, more or other, or two swapped."""
    for at in range(len(text) + 1):
        head, tail = text[:at], text[at:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        for letter in _LETTERS:
            yield head + letter + tail
            yield head + letter + tail[1:]


def quoted(text: str) -> str:
    """The user's words in backticks, on one line and not too long."""
    shown = text if len(text) <= _SAID_CHARS_MAX else text[:_SAID_CHARS_MAX] + "…"
    return f"`{flat(shown)}`"


def flat(text: str) -> str:
    """The text on one line, with what cannot be printed written as TOML's escapes."""
    return "".join(c if c.isprintable() else _escaped(ord(c)) for c in text)


def _escaped(point: int) -> str:
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def bare_key(path: str) -> str:
    """A key as TOML writes it, in quotes where it has to be."""
    plain = re.fullmatch(r"[A-Za-z0-9_-]+(\[\d+\])?", path)
    return path if plain else toml_text(path)


def toml_text(text: str) -> str:
    """A string as TOML writes it."""
    return flat(json.dumps(text, ensure_ascii=False))
