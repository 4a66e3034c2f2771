"""Two versions of a policy compared statement by statement, as people discuss them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, cast

import msgspec

from logkeep.policy import write
from logkeep.value import Json

VALUES_MAX = 8
"""How many values of an element have a line each; more are told several to a line, but all."""
LINE_LENGTH_MAX = 72
WIDTH = 92
"""How wide what is said of a statement may be, where nothing else is known."""


Sort = Literal["added", "changed", "removed", "kept"]


class StatementEdit(msgspec.Struct, frozen=True):
    """What became of one statement."""

    sort: Sort
    name: str
    lines: tuple[str, ...] = ()
    """For an added statement what it says, for a changed one what comes and goes."""


def statements(text: str | None) -> list[dict[str, Json]]:
    """The statements of a policy's text; none where it cannot be read."""
    if not text:
        return []
    try:
        document = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return []
    return write.statements(document)


def compared(
    before: str | None, after: str | None, *, width: int = WIDTH
) -> tuple[StatementEdit, ...]:
    """What became of every statement: those of one Sid are the same one, changed or not.

    Of an element with several values all begin in one column, as far left as the width asks.
    """
    old, new = _named(statements(before)), _named(statements(after))
    edits: list[StatementEdit] = []
    for name, statement in new.items():
        known = old.get(name)
        if known is None:
            edits.append(StatementEdit("added", name, tuple(_statement_lines(statement, width))))
        elif _plain(known) == _plain(statement):
            edits.append(StatementEdit("kept", name))
        else:
            edits.append(StatementEdit("changed", name, tuple(_differences(known, statement))))
    gone = {name: statement for name, statement in old.items() if name not in new}
    edits += [
        StatementEdit("removed", name, tuple(_statement_lines(each, width)))
        for name, each in gone.items()
    ]
    return tuple(edits)


def _named(found: Sequence[dict[str, Json]]) -> dict[str, dict[str, Json]]:
    """Statements by Sid; those without one by what they say, since their place may change."""
    named: dict[str, dict[str, Json]] = {}
    for number, statement in enumerate(found, 1):
        sid = statement.get("Sid")
        name = str(sid) if sid else f"(no Sid) {_gist(statement)}"
        named[name if name not in named else f"{name} #{number}"] = statement
    return named


def _gist(statement: Mapping[str, Json]) -> str:
    return f"{statement.get('Effect', '')} {_listed(statement.get('Action'))}".strip()


def _listed(value: Json) -> str:
    return ", ".join(_values(value))


def _values(value: Json) -> list[str]:
    """A value's texts in order; one alone is a list of one."""
    if isinstance(value, list):
        return sorted(str(each) for each in cast("list[Json]", value))
    return [] if value is None else [str(value)]


def _plain(statement: Mapping[str, Json]) -> dict[str, list[str]]:
    return dict(_flat(statement))


def _flat(statement: Mapping[str, Json], path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every element of a statement with its values: `Condition StringEquals aws:SourceArn`."""
    for name, value in statement.items():
        if name == "Sid" and not path:
            continue
        place = f"{path} {name}".strip()
        if isinstance(value, dict):
            yield from _flat(cast("dict[str, Json]", value), place)
        else:
            yield place, _values(value)


LABELS = (
    ("Allow", "Principal"),
    ("Allow", "NotPrincipal"),
    ("to", "Action"),
    ("to", "NotAction"),
    ("on", "Resource"),
    ("on", "NotResource"),
    ("if", "Condition"),
)


def _statement_lines(statement: Mapping[str, Json], width: int) -> Iterator[str]:
    """A statement as it would be said: Allow whom, to do what, on which, if what."""
    plain = _plain(statement)
    for label, element in LABELS:
        first = str(statement.get("Effect", label)) if label == "Allow" else label
        places = [name for name in plain if name.split(" ")[0] == element]
        for place in places:
            yield from _column(first.ljust(6), _said(element, place), plain[place], width)
            first = ""


def _said(element: str, place: str) -> str:
    """What stands before an element's values."""
    rest = place.removeprefix(element).strip()
    if element == "Condition":
        operator, _, key = rest.partition(" ")
        return f"{key} {operator} "
    return "all but " if element.startswith("Not") else ""


def _column(label: str, before: str, values: Sequence[str], width: int) -> Iterator[str]:
    """An element's values under each other, in one column; those of a condition under its key."""
    start = f"{label.ljust(6)} {before}"
    longest = max(map(len, values), default=0) + len(",")
    below, further = len(start), " " * min(9, max(0, width - longest))
    if before and len(values) > 1:
        yield from _head(f"{start}one of", width)
        start = further
    elif len(values) > 1 and below + longest > width:
        yield start.rstrip()
        start = further
    room = min(width, LINE_LENGTH_MAX) - len(start) - len(",")
    shown = values if len(values) <= VALUES_MAX else list(_together(values, room))
    for number, value in enumerate(shown):
        yield f"{start if number == 0 else ' ' * len(start)}{value}"


def _head(line: str, width: int) -> Iterator[str]:
    """What stands above an element's values: a condition's key, and how it is compared."""
    if len(line) <= width:
        yield line
        return
    key, operator = line.rsplit(" ", 3)[0], line.rsplit(" ", 3)[1:]
    yield key
    yield f"{' ' * 11}{' '.join(operator)}"


def _together(values: Sequence[str], room: int) -> Iterator[str]:
    """Many values, as many to a line as there is room for."""
    line = ""
    for value in values:
        if line and len(line) + 2 + len(value) > room:
            yield f"{line},"
            line = value
        else:
            line = f"{line}, {value}" if line else value
    yield line


def _differences(old: Mapping[str, Json], new: Mapping[str, Json]) -> Iterator[str]:
    """The values that come and those that go, element by element."""
    before, after = _plain(old), _plain(new)
    for place in dict.fromkeys((*after, *before)):
        gone = [v for v in before.get(place, []) if v not in after.get(place, [])]
        come = [v for v in after.get(place, []) if v not in before.get(place, [])]
        element = place.split(" ")[0]
        label = f"{element} {_said(element, place)}" if element == "Condition" else f"{place} "
        yield from (f"+ {label}{value}" for value in come)
        yield from (f"- {label}{value}" for value in gone)
