"""What is there of a kind, a line each: in which account, its name, and what matters most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import TypeAlias

from logkeep.fleet import Fleet
from logkeep.show.paint import Paint, padded, parted, seen_length
from logkeep.sources.inventory import Section
from logkeep.words.listed import Item, Unlisted
from logkeep.words.plain import clean, few

TableRow: TypeAlias = tuple[str, ...]

ANOTHERS = " *"
"""Behind the name of what does not serve the fleet."""
CELL_LEAST = 8
NAMED_MAX = 3
ALIKE_LEAST = 2
"""Of how many rows, the head among them, nothing is said once for all."""


def columns_of(section: Section) -> tuple[str, ...]:
    """What a table of the kind has columns for; nothing where it is told in full instead."""
    named = (said.name for item in section.items for said in item.said if said.brief)
    return tuple(dict.fromkeys(named))


def table_lines(
    fleet: Fleet, section: Section, columns: tuple[str, ...], paint: Paint
) -> list[str]:
    """A kind's table, and below it what else there may be and where there is nothing."""
    head = ("account", "name", *(name.replace("_", " ") for name in columns))
    items = sorted(section.items, key=lambda item: fleet.place(item.account))
    rows = [_cells(fleet, item, columns) for item in items]
    (head, *rows), shared = _narrowed([head, *rows], paint.width)
    wide = _widths([head, *rows], paint.width)
    lines = [paint.dye(section.kind, "cyan")]
    lines += [line for row in (head, *rows) for line in _lines(row, wide)]
    for name, value in shared.items():
        lines += paint.wrap("all", f"{name} {value}", column=10)
    if any(item.whose == "another" for item in section.items):
        lines.append("  * not used by this fleet")
    return [*lines, *besides(fleet, section, paint), ""]


def besides(fleet: Fleet, section: Section, paint: Paint) -> Iterator[str]:
    """What else there may be and could not be listed, and where there is nothing."""
    for where, why in _unlisted(fleet, section.unlisted):
        yield from paint.wrap("unknown", f"what else is in {where}: {clean(why)}", column=10)
    if section.empty:
        names = few(
            [clean(fleet.account_name(id_)) for id_ in fleet.in_order(section.empty)], NAMED_MAX
        )
        yield from paint.wrap("none", f"in {names}", column=10)


def _cells(fleet: Fleet, item: Item, columns: Iterable[str]) -> tuple[str, ...]:
    briefs = {said.name: clean(said.brief) for said in item.said if said.brief}
    name = clean(item.name) + (ANOTHERS if item.whose == "another" else "")
    account = clean(fleet.account_name(item.account))
    return account, name, *(briefs.get(column, "?") for column in columns)


def _narrowed(rows: list[TableRow], room: int) -> tuple[list[TableRow], dict[str, str]]:
    """The rows without the columns that say the same of all, as far as there is no room for them.

    Those are told once, by their names; the first two columns say which thing is meant.
    """
    shared: dict[str, str] = {}
    while len(rows) > ALIKE_LEAST and _size(_widths(rows, 0)) > room:
        same = [at for at in range(2, len(rows[0])) if len({row[at] for row in rows[1:]}) == 1]
        if not same:
            break
        at = max(same, key=lambda at: seen_length(rows[1][at]))
        shared[rows[0][at]] = rows[1][at]
        rows = [row[:at] + row[at + 1 :] for row in rows]
    return rows, shared


def _size(wide: list[int]) -> int:
    return sum(wide) + 2 * len(wide)


def _widths(rows: list[TableRow], room: int) -> list[int]:
    """How wide each column is; the widest are narrowed until a row fits, if there is a limit."""
    wide = [max(map(seen_length, column)) for column in zip(*rows, strict=True)]
    while room and _size(wide) > room and max(wide) > CELL_LEAST:
        wide[wide.index(max(wide))] -= 1
    return wide


def _lines(cells: Iterable[str], wide: list[int]) -> list[str]:
    """A row on a line, and what does not fit into its column below that; nothing is left out."""
    columns = [parted(cell, width) for cell, width in zip(cells, wide, strict=True)]
    rows = zip_longest(*columns, fillvalue="")
    shown = (map(padded, row, wide) for row in rows)
    return [f"  {'  '.join(cells)}".rstrip() for cells in shown]


def _placed(fleet: Fleet, group: Iterable[Unlisted]) -> list[Unlisted]:
    return sorted(group, key=lambda each: fleet.place(each.account))


def _unlisted(fleet: Fleet, places: Iterable[Unlisted]) -> Iterable[tuple[str, str]]:
    """Where there may be more and why that is not known, alike reasons together."""
    alike: dict[str, list[Unlisted]] = {}
    for each in places:
        why = each.unread.replace(each.region, "").replace(each.account, "")
        alike.setdefault(why, []).append(each)
    for group in alike.values():
        names = [
            f"{clean(fleet.account_name(p.account))} {p.region}" for p in _placed(fleet, group)
        ]
        yield few(names, NAMED_MAX), group[0].unread
