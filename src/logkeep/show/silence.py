"""Who could end what captures the logs, as a person reads it."""

from __future__ import annotations

import datetime
from collections.abc import Hashable, Iterator

from logkeep.fleet import Fleet
from logkeep.show.paint import Paint
from logkeep.show.who import holder_rows
from logkeep.value import arn_name
from logkeep.who import Holder, Silence, Silenced
from logkeep.words.plain import clean, count, few, joined, lasting, moment

NAMES_MAX = 6


def silence_text(
    fleet: Fleet, found: Silence, paint: Paint, age: datetime.timedelta | None = None
) -> str:
    """The whole answer of `logkeep who --silence`."""
    lines: list[str] = []
    for group in _alike(found):
        lines += [*_group_lines(fleet, group, paint), ""]
    if not found.captures:
        lines += ["nothing captures logs yet", ""]
    if found.not_asked:
        kinds = joined([clean(name) for name in found.not_asked])
        says = f"of {kinds} it is not known by which calls their capture ends"
        lines += [*paint.wrap(paint.mark("unknown"), says, indent=0, column=2), ""]
    every = [h for each in found.captures for h in (*each.holders, *each.behind)]
    doubted = {h.principal for h in every if not h.certain}
    able = {h.principal for h in every if h.certain}
    said = (
        f"{count(len(able), 'principal')} could stop logs of {count(_accounts(found), 'account')}"
    )
    said += f", of {len(doubted - able)} it cannot be told" if doubted - able else ""
    how_old = "just taken" if age is None else f"{lasting(age)} old"
    when = f"(snapshot {moment(found.taken_at)}, {how_old})"
    return paint.page([*lines, paint.beside(paint.dye(said, "bold"), when)])


def _accounts(found: Silence) -> int:
    return len({account for each in found.captures for account in each.accounts})


def _alike(found: Silence) -> list[list[Silenced]]:
    """What the same people could end, though each account has its own of them."""
    groups: dict[Hashable, list[Silenced]] = {}
    for each in found.captures:
        who = tuple(_elsewhere(h, each) for h in (*each.holders, *each.behind))
        groups.setdefault((each.kind, arn_name(each.capture), who), []).append(each)
    return list(groups.values())


def _elsewhere(who: Holder, of: Silenced) -> Hashable:
    """Somebody as in any account that has people of the same names."""
    names = (who.principal, *who.by)
    return (*(name.replace(of.account, "") for name in names), who.certain, who.unknown)


def _group_lines(fleet: Fleet, group: list[Silenced], paint: Paint) -> Iterator[str]:
    """What is captured, of which accounts, and who could end it; names are the first account's."""
    accounts = dict.fromkeys(account for each in group for account in each.accounts)
    named = few([clean(fleet.account_name(each)) for each in fleet.in_order(accounts)], NAMES_MAX)
    first = group[0]
    head = f"{clean(first.kind)}: {clean(arn_name(first.capture))}"
    yield f"{paint.dye(head, 'bold')} of {named}"
    yield from holder_rows(fleet, first.holders, first.behind, paint)
    if len(group) > 1:
        yield f"    (shown for {clean(fleet.account_name(first.account))}; the same in each)"
