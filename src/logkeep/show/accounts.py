"""Account by account: the five aspects of each, and what is there at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from logkeep.diagnose.diagnosis import Diagnosed, Diagnosis
from logkeep.fleet import Fleet
from logkeep.show.causes import causes
from logkeep.show.paint import VERDICT_COLOURS, Paint, padded, seen_length
from logkeep.show.sharing import shared_name, sharing
from logkeep.show.words import nobody_speaks, wording_of
from logkeep.value import ASPECTS, AccountId, Standing, all_of
from logkeep.words.plain import few, joined

NAME_LEAST = 16
"""How much room the names have where the columns are not as narrow as can be."""


class AccountRow(NamedTuple):
    """What is said of an account."""

    verdicts: tuple[Standing, ...]
    short: str


def account_lines(fleet: Fleet, diagnosis: Diagnosis, paint: Paint) -> Iterator[str]:
    """A table with a line for each account; in a big fleet one for all that do alike."""
    grouped_routes = grouped(diagnosis.routes)
    by_account = {account: grouped_routes[account] for account in fleet.in_order(grouped_routes)}
    if not by_account:
        return
    rows = {name: _row(routes) for name, routes in by_account.items()}
    lines = _named(fleet, rows)
    cells = _widths([row.verdicts for _, row in lines], paint)
    room = paint.width - sum(cells) - len(cells)
    wide = max(7, *(seen_length(name) for name, _ in lines))
    heads = [padded(aspect, width) for aspect, width in zip(ASPECTS, cells, strict=True)]
    stacks = wide > room
    first = padded("account", max(7, min(wide, room)))
    yield " ".join([first, *heads]).rstrip()
    for name, row in lines:
        shown = [_cell(v, paint, width) for v, width in zip(row.verdicts, cells, strict=True)]
        if stacks:
            yield from paint.wrap(f"{name}: ", row.short, indent=0, column=4) or [name]
            yield " ".join([" " * len(first), *shown]).rstrip()
        else:
            yield from _row_lines(" ".join([padded(name, wide), *shown]), row, paint)


def _row_lines(line: str, row: AccountRow, paint: Paint) -> Iterator[str]:
    """A row, and what is wrong behind it, or under it where there is no room."""
    if seen_length(line) + 1 + seen_length(row.short) <= paint.width:
        yield f"{line} {row.short}".rstrip()
    else:
        yield line.rstrip()
        yield from paint.wrap("", row.short, indent=4, column=4)


def _widths(rows: list[tuple[Standing, ...]], paint: Paint) -> list[int]:
    """How wide each aspect's column is: alike where there is room, else as narrow as can be."""
    alike = 10 if paint.unicode else 12
    if len(ASPECTS) * (alike + 1) + NAME_LEAST <= paint.width:
        return [alike] * len(ASPECTS)
    cells_of = [[_mark(row[at], paint) for row in rows] for at in range(len(ASPECTS))]
    return [
        max(map(seen_length, [aspect, *cells]))
        for aspect, cells in zip(ASPECTS, cells_of, strict=True)
    ]


def _row(routes: list[Diagnosed]) -> AccountRow:
    aspects = [route.aspects for route in routes]
    verdicts: list[Standing] = [all_of(each[aspect] for each in aspects) for aspect in ASPECTS]
    return AccountRow(tuple(verdicts), in_short(routes))


def _named(fleet: Fleet, rows: dict[AccountId, AccountRow]) -> list[tuple[str, AccountRow]]:
    """Each row with the name of its account, or of the accounts that share it."""
    return [(shared_name(fleet, each), rows[each[0]]) for each in sharing(rows)]


def grouped(routes: Iterable[Diagnosed]) -> dict[AccountId, list[Diagnosed]]:
    """The routes of each account."""
    by_account: dict[AccountId, list[Diagnosed]] = {}
    for route in routes:
        by_account.setdefault(route.account, []).append(route)
    return by_account


def _cell(verdict: Standing, paint: Paint, width: int) -> str:
    """A verdict's symbol and word; a dash where nobody asked."""
    return padded(paint.dye(_mark(verdict, paint), VERDICT_COLOURS[verdict]), width)


def _mark(verdict: Standing, paint: Paint) -> str:
    return paint.symbol(verdict) if verdict == "none" else f"{paint.symbol(verdict)} {verdict}"


def in_short(routes: list[Diagnosed]) -> str:
    """What is wrong with an account's logs in a few words."""
    codes = dict.fromkeys(
        cause.first.finding.code for cause in causes(routes) if cause.verdict == "fails"
    )
    kinds = dict.fromkeys(route.source for route in routes)
    silent = [wording_of(kind).speaker for kind in kinds if nobody_speaks(kind) in codes]
    if silent:
        rest = ", nothing in the archive" if _is_bare(routes) else ""
        return f"no {joined(silent, 'or')}{rest}"
    return few(codes, 2) if codes else few(dict.fromkeys(_accepted(routes)), 2)


def _accepted(routes: list[Diagnosed]) -> Iterator[str]:
    """The findings that are lived with, and until when."""
    for finding in (f for route in routes for hop in route.hops for f in hop.findings):
        if finding.accepted is not None:
            yield f"{finding.code} until {finding.accepted.until:%Y-%m-%d}"


def _is_bare(routes: list[Diagnosed]) -> bool:
    """Whether nothing lies in the archive for sure: where no trail is, nobody looks for logs."""
    found = (f for route in routes for hop in route.hops for f in hop.findings)
    return any(f.code == "bucket-missing" and f.verdict == "fails" for f in found)
