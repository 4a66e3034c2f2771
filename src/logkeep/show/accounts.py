"""Account by account: the five aspects of each, and what is there at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from logkeep.diagnose.diagnosis import Diagnosed, Diagnosis
from logkeep.fleet import Fleet
from logkeep.show.causes import causes
from logkeep.show.paint import VERDICT_COLOURS, Paint
from logkeep.show.words import nobody_speaks, wording_of
from logkeep.value import ASPECTS, AccountId, Standing, all_of
from logkeep.words.plain import clean, few, joined

ACCOUNTS_MAX = 40
"""Beyond so many accounts those that do alike share a line."""


class Row(NamedTuple):
    """What is said of an account."""

    verdicts: tuple[Standing, ...]
    short: str


def account_lines(fleet: Fleet, diagnosis: Diagnosis, paint: Paint) -> Iterator[str]:
    """A table with a line for each account; in a big fleet one for all that do alike."""
    by_account = grouped(diagnosis.routes)
    if not by_account:
        return
    rows = {name: _row(routes) for name, routes in by_account.items()}
    lines = _named(fleet, rows)
    wide = max(7, *(len(name) for name, _ in lines))
    cells = 10 if paint.unicode else 12
    yield " ".join(["account".ljust(wide), *(aspect.ljust(cells) for aspect in ASPECTS)]).rstrip()
    for name, row in lines:
        shown = " ".join(_cell(verdict, paint, cells) for verdict in row.verdicts)
        yield f"{name.ljust(wide)} {shown} {row.short}".rstrip()


def _row(routes: list[Diagnosed]) -> Row:
    aspects = [route.aspects for route in routes]
    told: list[Standing] = [all_of(each[aspect] for each in aspects) for aspect in ASPECTS]
    return Row(tuple(told), in_short(routes))


def _named(fleet: Fleet, rows: dict[AccountId, Row]) -> list[tuple[str, Row]]:
    """Each row with the name of its account, or of the accounts that share it."""
    names = {account: clean(fleet.account_name(account), 24) for account in rows}
    if len(rows) <= ACCOUNTS_MAX:
        return [(names[account], row) for account, row in rows.items()]
    sharing: dict[Row, list[str]] = {}
    for account, row in rows.items():
        sharing.setdefault(row, []).append(names[account])
    return [(few(who, 1), row) for row, who in sharing.items()]


def grouped(routes: Iterable[Diagnosed]) -> dict[AccountId, list[Diagnosed]]:
    """The routes of each account."""
    by_account: dict[AccountId, list[Diagnosed]] = {}
    for route in routes:
        by_account.setdefault(route.account, []).append(route)
    return by_account


def _cell(verdict: Standing, paint: Paint, width: int) -> str:
    """A verdict's symbol and word; a dash where nobody asked."""
    text = paint.symbol(verdict) if verdict == "none" else f"{paint.symbol(verdict)} {verdict}"
    return paint.dye(text, VERDICT_COLOURS[verdict]) + " " * (width - len(text))


def in_short(routes: list[Diagnosed]) -> str:
    """What is wrong with an account's logs in a few words."""
    codes = dict.fromkeys(
        cause.first.finding.code for cause in causes(routes) if cause.verdict == "fails"
    )
    kinds = dict.fromkeys(route.source for route in routes)
    silent = [wording_of(kind).speaker for kind in kinds if nobody_speaks(kind) in codes]
    if silent:
        there = _anything_arrived(routes)
        rest = "" if there else ", nothing in the archive"
        return f"no {joined(silent, 'or')}{rest}"
    return few(codes, 2) if codes else few(dict.fromkeys(_accepted(routes)), 2)


def _accepted(routes: list[Diagnosed]) -> Iterator[str]:
    """The findings that are lived with, and until when."""
    for finding in (f for route in routes for hop in route.hops for f in hop.findings):
        if finding.accepted is not None:
            yield f"{finding.code} until {finding.accepted.until:%Y-%m-%d}"


def _anything_arrived(routes: list[Diagnosed]) -> bool:
    evidence = [f.evidence for r in routes for hop in r.hops for f in hop.findings]
    return any(e.get("newest_log") or e.get("newest_digest") for e in evidence)
