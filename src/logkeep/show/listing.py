"""What is there as a person reads it, account by account, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.fleet import Fleet
from logkeep.show.listing_table import besides, columns_of, table_lines
from logkeep.show.paint import Paint
from logkeep.sources.inventory import FleetInventory, Section
from logkeep.value import AccountId, Json
from logkeep.words.doubts import let_answer
from logkeep.words.listed import Item, Said, Unlisted
from logkeep.words.plain import account, clean, count, moment

SCHEMA = 1
COLUMN = 30
"""Where what is said of a thing begins."""
WIDE = 80
"""On a terminal that is narrower it begins further left."""
WHOSE = {"fleet": "the fleet's", "another": "another's"}


def listing_text(fleet: Fleet, listed: FleetInventory, paint: Paint, *, wide: bool = False) -> str:
    """The whole answer of `logkeep list`; wide, with everything that is known of each thing."""
    lines: list[str] = []
    cut = False
    for section in listed.sections:
        columns = () if wide else columns_of(section)
        cut = cut or bool(columns)
        table = table_lines(fleet, section, columns, paint) if columns else ()
        lines += table or _section_lines(fleet, section, paint)
    table, when = _last_words(listed)
    lines.append(paint.beside(paint.dye(table, "bold"), when))
    if cut:
        lines.append(f"{paint.dye('hint', 'cyan')}: --wide shows all that is known of each")
    return paint.page(lines)


def _section_lines(fleet: Fleet, section: Section, paint: Paint) -> Iterator[str]:
    yield paint.dye(section.kind, "cyan")
    items: dict[AccountId, list[Item]] = {}
    for item in section.items:
        items.setdefault(item.account, []).append(item)
    for id_ in fleet.in_order(items):
        yield f"  {paint.dye(account(fleet, id_), 'bold')}"
        for item in items[id_]:
            yield from _item_lines(item, paint)
    yield from besides(fleet, section, paint)
    yield ""


def _item_lines(item: Item, paint: Paint) -> Iterator[str]:
    yield f"    {paint.dye(clean(item.name), 'bold')}, {WHOSE[item.whose]}"
    yield from paint.wrap("ARN", clean(item.arn), indent=6, column=_column(paint))
    reasons: set[str] = set()
    for said in item.said:
        label = said.name.replace("_", " ")
        for words in _unread(said, reasons) if said.unread else said.words:
            yield from paint.wrap(label, clean(words), indent=6, column=_column(paint))
            label = ""


def _column(paint: Paint) -> int:
    return COLUMN if paint.width >= WIDE else COLUMN - 10


def _unread(said: Said, reasons: set[str]) -> tuple[str, ...]:
    """What could be read all the same, and which call would tell the rest; each call once."""
    known = said.words if said.value is not None else ()
    why = "as above" if said.unread in reasons else said.unread
    reasons.add(said.unread)
    return (*known, f"unknown: {why}")


def _last_words(listed: FleetInventory) -> tuple[str, str]:
    """How much there is, how much could not be read, and of when."""
    counts = ", ".join(f"{s.kind}: {len(s.items):,}" for s in listed.sections)
    unread = sum(len(s.unlisted) for s in listed.sections)
    unread += sum(1 for s in listed.sections for i in s.items for said in i.said if said.unread)
    doubt = f"; {count(unread, 'thing')} could not be read" if unread else ""
    return f"{counts}{doubt}", f"(snapshot {moment(listed.taken_at)})"


def listing_json(listed: FleetInventory) -> dict[str, Json]:
    """The whole answer of `logkeep list --json`: a list for each kind, and what was not read."""
    return {
        "schema": SCHEMA,
        "fleet": listed.fleet,
        "taken_at": f"{listed.taken_at:%Y-%m-%dT%H:%M:%SZ}",
        "complete": listed.complete,
        **{section.kind: [_item(item) for item in section.items] for section in listed.sections},
        "unlisted": [_unlisted(s.kind, place) for s in listed.sections for place in s.unlisted],
    }


def _item(item: Item) -> dict[str, Json]:
    """A thing with what is said of it by name; null is none, or unknown with its call."""
    return {
        "account": item.account,
        "region": item.region,
        "name": item.name,
        "arn": item.arn,
        "whose": item.whose,
        **{said.name: said.value for said in item.said},
        "unknown": {said.name: said.unread for said in item.said if said.unread},
        "settle": {said.name: _settle(said.unread) for said in item.said if said.unread},
    }


def _unlisted(kind: str, place: Unlisted) -> dict[str, Json]:
    return {
        "kind": kind,
        "account": place.account,
        "region": place.region,
        "unknown": place.unread,
        "settle": _settle(place.unread),
    }


def _settle(unread: str) -> str:
    """What would tell, in a sentence."""
    return let_answer(unread, "logkeep list")
