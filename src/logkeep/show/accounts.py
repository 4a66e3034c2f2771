"""Account by account: the five aspects of each, and what is there at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from logkeep.diagnose import Diagnosed, Diagnosis
from logkeep.fleet import Fleet
from logkeep.show.causes import causes
from logkeep.show.paint import VERDICT_COLOURS, Paint
from logkeep.show.plain import clean, few
from logkeep.value import ASPECTS, AccountId, Aspect, Verdict, all_of

ACCOUNTS_MAX = 40
"""Beyond so many accounts only those are listed that do not hold in everything."""


def account_lines(fleet: Fleet, diagnosis: Diagnosis, paint: Paint) -> Iterator[str]:
    """A table with a line for each account."""
    by_account = grouped(diagnosis.routes)
    if not by_account:
        return
    names = {a: clean(fleet.account_name(a), 24) for a in by_account}
    wide = max(7, *(len(name) for name in names.values()))
    cells = 10 if paint.unicode else 12
    yield " ".join(["account".ljust(wide), *(aspect.ljust(cells) for aspect in ASPECTS)]).rstrip()
    shown = _shown(by_account)
    for account in shown:
        verdicts: list[Verdict] = [aspect_of(by_account[account], aspect) for aspect in ASPECTS]
        row = " ".join(_cell(verdict, paint, cells) for verdict in verdicts)
        what = in_short(by_account[account])
        yield f"{names[account].ljust(wide)} {row} {what}".rstrip()
    if len(shown) < len(by_account):
        yield f"and {len(by_account) - len(shown)} more accounts that hold in everything"


def grouped(routes: Iterable[Diagnosed]) -> dict[AccountId, list[Diagnosed]]:
    """The routes of each account."""
    by_account: dict[AccountId, list[Diagnosed]] = {}
    for route in routes:
        by_account.setdefault(route.account, []).append(route)
    return by_account


def aspect_of(routes: Iterable[Diagnosed], aspect: Aspect) -> Verdict:
    """An aspect of all of an account's routes."""
    return all_of(route.aspects[aspect] for route in routes)


def _shown(by_account: dict[AccountId, list[Diagnosed]]) -> list[AccountId]:
    if len(by_account) <= ACCOUNTS_MAX:
        return list(by_account)
    return [a for a, routes in by_account.items() if any(r.verdict != "holds" for r in routes)]


def _cell(verdict: Verdict, paint: Paint, width: int) -> str:
    """A verdict's symbol and word."""
    text = f"{paint.symbol(verdict)} {verdict}"
    return paint.dye(text, VERDICT_COLOURS[verdict]) + " " * (width - len(text))


def in_short(routes: list[Diagnosed]) -> str:
    """What is wrong with an account's logs in a few words."""
    codes = dict.fromkeys(
        cause.first.finding.code for cause in causes(routes) if cause.verdict == "fails"
    )
    if "trail-missing" in codes:
        there = _anything_arrived(routes)
        rest = "" if there else ", nothing in the archive"
        return f"no trail{rest}"
    return few(codes, 2)


def _anything_arrived(routes: list[Diagnosed]) -> bool:
    evidence = [f.evidence for r in routes for hop in r.hops for f in hop.findings]
    return any(e.get("newest_log") or e.get("newest_digest") for e in evidence)
