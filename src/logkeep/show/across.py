"""Who may enter which account by which role, as a person reads it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

from logkeep.fleet import Fleet
from logkeep.show.paint import Paint
from logkeep.value import Arn, account_of
from logkeep.who import Across, Entrant
from logkeep.words.doubts import doubts_words
from logkeep.words.plain import clean, count, few, lasting, moment

ROWS_MAX = 60
"""How many rows are shown; --json has them all."""
NAMES_MAX = 6
"""How many of those who enter alike are named in a row."""


def across_text(
    fleet: Fleet, found: Across, paint: Paint, age: datetime.timedelta | None = None
) -> str:
    """The whole answer of `logkeep who --across`."""
    rows = list(_rows(fleet, found.entrants, paint))
    lines = [line for row in rows[:ROWS_MAX] for line in row]
    if len(rows) > ROWS_MAX:
        lines += ["", f"{count(len(rows) - ROWS_MAX, 'more row')}; --json has them all"]
    if not rows:
        lines.append("nobody may enter an account of the fleet from another")
    for account, why in found.unread:
        says = f"the roles of {clean(fleet.account_name(account))} could not be read: {clean(why)}"
        lines += paint.wrap(paint.mark("unknown"), says, indent=0, column=2)
    return paint.page([*lines, "", _count_line(found, paint, age)])


def _rows(fleet: Fleet, entrants: Iterable[Entrant], paint: Paint) -> Iterator[list[str]]:
    """A row for all accounts that the same people enter by a role of the same name."""
    by_role: dict[Arn, list[Entrant]] = {}
    for entrant in entrants:
        by_role.setdefault(entrant.role, []).append(entrant)
    alike: dict[tuple[str, tuple[tuple[str, str], ...]], list[Arn]] = {}
    for role, mine in by_role.items():
        who = tuple((who_words(fleet, each), _doubt(each)) for each in mine)
        alike.setdefault((role.partition(":role/")[2], who), []).append(role)
    for (name, who), roles in alike.items():
        yield list(_row(fleet, name, who, roles, paint))


def _row(
    fleet: Fleet, name: str, who: Iterable[tuple[str, str]], roles: list[Arn], paint: Paint
) -> Iterator[str]:
    accounts = fleet.in_order(account_of(role) for role in roles)
    into = few([clean(fleet.account_name(account)) for account in accounts], NAMES_MAX)
    yield f"{paint.dye(into, 'bold')} by role {clean(name)}"
    by_doubt: dict[str, list[str]] = {}
    for words, doubt in who:
        by_doubt.setdefault(doubt, []).append(words)
    for doubt, names in by_doubt.items():
        mark = paint.mark("unknown") if doubt else " "
        doubted = f", cannot tell: {doubt}" if doubt else ""
        says = f"{few(names, NAMES_MAX)}{doubted}"
        yield from paint.wrap(mark, says, indent=2, column=4)


def _doubt(entrant: Entrant) -> str:
    return "" if entrant.certain else doubts_words(entrant.unknown)


def who_words(fleet: Fleet, entrant: Entrant) -> str:
    """Somebody by kind, name and account."""
    account = clean(fleet.account_name(entrant.account))
    match entrant.kind:
        case "everyone":
            return "any principal of any account"
        case "account":
            return f"somebody of {account}, whose IAM is unread"
        case "federated":
            return f"identities that {clean(entrant.principal)} lets in"
        case "user" | "role":
            return f"{clean(entrant.principal.split(':', 5)[-1])} of {account}"


def _count_line(found: Across, paint: Paint, age: datetime.timedelta | None) -> str:
    sure = sum(each.certain for each in found.entrants)
    doubted = len(found.entrants) - sure
    said = f"{count(sure, 'way')} into other accounts by {count(found.roles, 'role')}"
    said += f", of {doubted} it cannot be told" if doubted else ""
    how_old = "just taken" if age is None else f"{lasting(age)} old"
    return paint.beside(paint.dye(said, "bold"), f"(snapshot {moment(found.taken_at)}, {how_old})")
