"""What is there of a kind, a line each: in which account, its name, and what matters most."""

from __future__ import annotations

from collections.abc import Iterable

from logkeep.fleet import Fleet
from logkeep.show.paint import Paint, padded, seen_length
from logkeep.sources.inventory import Section
from logkeep.words.listed import Item, Unlisted
from logkeep.words.plain import clean, few

ANOTHERS = " *"
"""Behind the name of what does not serve the fleet."""
CELL_LEAST = 8
NAMED_MAX = 3


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
    wide = _widths([head, *rows], paint.width)
    lines = [paint.dye(section.kind, "cyan"), _line(head, wide)]
    lines += [_line(row, wide) for row in rows]
    if any(item.whose == "another" for item in section.items):
        lines.append("  * not used by this fleet")
    for where, why in _unlisted(fleet, section.unlisted):
        lines += paint.wrap("unknown", f"what else is in {where}: {clean(why)}", column=10)
    if section.empty:
        names = few(
            [clean(fleet.account_name(id_)) for id_ in fleet.in_order(section.empty)], NAMED_MAX
        )
        lines += paint.wrap("none", f"in {names}", column=10)
    return [*lines, ""]


def _cells(fleet: Fleet, item: Item, columns: Iterable[str]) -> tuple[str, ...]:
    told = {said.name: clean(said.brief) for said in item.said if said.brief}
    name = clean(item.name) + (ANOTHERS if item.whose == "another" else "")
    account = clean(fleet.account_name(item.account))
    return account, name, *(told.get(column, "?") for column in columns)


def _widths(rows: list[tuple[str, ...]], room: int) -> list[int]:
    """How wide each column is; the widest are cut until a row fits on a line."""
    wide = [max(map(seen_length, column)) for column in zip(*rows, strict=True)]
    while sum(wide) + 2 * len(wide) > room and max(wide) > CELL_LEAST:
        wide[wide.index(max(wide))] -= 1
    return wide


def _line(cells: Iterable[str], wide: Iterable[int]) -> str:
    shown = [padded(_cut(cell, width), width) for cell, width in zip(cells, wide, strict=True)]
    return f"  {'  '.join(shown)}".rstrip()


def _cut(text: str, width: int) -> str:
    """A text that fits; what is left out is only at its end."""
    while seen_length(text) > width:
        text = text.removesuffix("…")[:-1] + "…"
    return text


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
