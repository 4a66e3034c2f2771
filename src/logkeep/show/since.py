"""What changed since an earlier snapshot, as a person reads it and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from logkeep.diagnose.since import Failure, Since
from logkeep.fleet import Fleet
from logkeep.plan import Flip
from logkeep.show.paint import Paint
from logkeep.show.plan import address, flip_lines
from logkeep.value import Json
from logkeep.words.plain import clean, count, few, moment, people

COLUMN = 12
ROUTES_MAX = 4


def since_text(fleet: Fleet, changed: Since, paint: Paint) -> str:
    """What `logkeep diagnose --since` says besides the diagnosis."""
    head = f"Since {moment(changed.taken_at)}:"
    if changed.nothing:
        return paint.page([f"{head} nothing changed"])
    return paint.page([paint.dye(head, "bold"), *_lines(fleet, changed, paint)])


def _lines(fleet: Fleet, changed: Since, paint: Paint) -> Iterator[str]:
    yield from _routes("new", changed.new, paint)
    yield from _routes("gone", changed.gone, paint)
    flips = tuple(Flip(t.route, t.aspect, t.before, t.after) for t in changed.turned)
    for line in flip_lines(fleet, flips, paint):
        yield from paint.wrap("changed", line.strip(), column=COLUMN)
    labelled = (
        ("appeared", changed.appeared),
        ("mended", changed.mended),
        ("unclear", changed.unclear),
    )
    for label, failures in labelled:
        yield from _failures(fleet, label, failures, paint)
    for each in changed.expired:
        whose = clean(fleet.account_name(each.account))
        said = f"{each.code} of {whose}, accepted until {each.until:%Y-%m-%d}: {clean(each.why)}"
        yield from paint.wrap("expired", said, column=COLUMN)


def _routes(label: str, names: tuple[str, ...], paint: Paint) -> list[str]:
    if not names:
        return []
    shown = few([clean(name) for name in names], ROUTES_MAX)
    return paint.wrap(label, f"{count(len(names), 'route')}: {shown}", column=COLUMN)


def _failures(fleet: Fleet, label: str, failures: Iterable[Failure], paint: Paint) -> Iterator[str]:
    """A line a code and hop: for whom, and on how many routes."""
    for each in failures:
        where = f"{each.role} {address(each.arn)}".strip()
        routes = count(len(each.routes), "route")
        said = f"{each.code}: {people(fleet, each.accounts)}, {routes} ({where})"
        yield from paint.wrap(label, said, column=COLUMN)


def since_json(changed: Since) -> dict[str, Json]:
    """What stands under `since` in the answer of `logkeep diagnose --since --json`."""
    document: dict[str, Json] = msgspec.to_builtins(changed)
    new, gone = document.pop("new"), document.pop("gone")
    document["taken_at"] = f"{changed.taken_at:%Y-%m-%dT%H:%M:%SZ}"
    return {**document, "routes": {"new": new, "gone": gone}}
