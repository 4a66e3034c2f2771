"""One log's whole way as an SVG picture: each hop, what is asked of it, and how it stands.

The five aspects stand below with their questions. Colour only repeats what a mark says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape

from logkeep.diagnose.diagnosis import Checked, Diagnosed
from logkeep.fleet import Fleet
from logkeep.show.paint import SYMBOLS
from logkeep.value import ASPECTS, Aspect, Standing, parse_arn
from logkeep.words.plain import clean

WIDE, HIGH, GAP = 168, 112, 44
"""A hop's box, and the room for the arrow to the next one, in the picture's own units."""
MARGIN, TOP, LINE = 24, 72, 20
ROW: Final = 5
"""How many hops stand side by side."""
COLOURS: dict[Standing, str] = {
    "holds": "#1a7f37",
    "fails": "#cf222e",
    "unknown": "#9a6700",
    "accepted": "#8250df",
    "none": "#6e7781",
}
QUESTIONS: dict[Aspect, str] = {
    "configured": "is everything there and switched on?",
    "permitted": "would every request of the delivery be allowed?",
    "arriving": "did logs really come, lately?",
    "intact": "is what came complete and untouched?",
    "protected": "can only the readers read it, and nobody change or delete it?",
}
NAME_MAX = 20


def route_svg(fleet: Fleet, route: Diagnosed) -> str:
    """The picture of one route."""
    hops = _hops(route)
    rows = -(-len(hops) // ROW)
    width = 2 * MARGIN + ROW * WIDE + (ROW - 1) * GAP
    below = TOP + rows * (HIGH + GAP)
    height = below + (len(ASPECTS) + 1) * LINE + MARGIN
    title = f"{clean(route.name)} ({clean(fleet.account_name(route.account))})"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'font-family="sans-serif" font-size="13" role="img">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            _text(MARGIN, 40, title, size=18, weight="bold"),
            *(line for place, hop in enumerate(hops) for line in _box(place, hop)),
            *(_arrow(place) for place in range(len(hops) - 1)),
            *_aspects(route, below),
            "</svg>",
            "",
        ]
    )


def _hops(route: Diagnosed) -> list[Checked]:
    """The hops of which something is asked, in the order in which a log meets them."""
    return [hop for hop in route.hops if hop.aspects]


def _place(number: int) -> tuple[int, int]:
    """The upper left corner of a hop's box."""
    row, column = divmod(number, ROW)
    return MARGIN + column * (WIDE + GAP), TOP + row * (HIGH + GAP)


def _box(number: int, hop: Checked) -> Iterator[str]:
    """A hop with its role, its name, and a line for each aspect that is asked about it."""
    x, y = _place(number)
    yield (
        f'<rect x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" rx="8" fill="#f6f8fa" '
        f'stroke="{COLOURS[hop.verdict]}" stroke-width="2"/>'
    )
    yield _text(x + 12, y + 24, clean(hop.role), weight="bold")
    yield _text(x + 12, y + 42, _name(hop), size=11, colour="#57606a")
    asked: list[Aspect] = [aspect for aspect in ASPECTS if aspect in hop.aspects]
    for line, aspect in enumerate(asked):
        yield _standing(x + 12, y + 66 + line * 18, hop.aspects[aspect], aspect)


def _name(hop: Checked) -> str:
    """The end of a hop's ARN, as much as has room."""
    parsed = parse_arn(hop.arn)
    name = clean((parsed.resource if parsed else hop.arn).rstrip("/"))
    return name if len(name) <= NAME_MAX else f"…{name[1 - NAME_MAX :]}"


def _arrow(number: int) -> str:
    """From one hop to the next: to the right, or down to the first of the next row."""
    (x, y), (to_x, to_y) = _place(number), _place(number + 1)
    if y == to_y:
        middle, start, end = y + HIGH // 2, x + WIDE + 6, to_x - 8
        path, head = f"M{start} {middle}H{end}", f"M{end} {middle}l-8 -5v10z"
    else:
        turn, down = y + HIGH + GAP // 2, to_x + WIDE // 2
        path = f"M{x + WIDE // 2} {y + HIGH + 6}V{turn}H{down}V{to_y - 8}"
        head = f"M{down} {to_y - 6}l-5 -8h10z"
    return (
        f'<path d="{path}" fill="none" stroke="#57606a" stroke-width="2"/>'
        f'<path d="{head}" fill="#57606a"/>'
    )


def _aspects(route: Diagnosed, top: int) -> Iterator[str]:
    """The five aspects of the whole route, each with its question."""
    for line, aspect in enumerate(ASPECTS):
        y = top + line * LINE
        yield _standing(MARGIN, y, route.aspects.get(aspect, "none"), aspect)
        yield _text(MARGIN + 130, y, QUESTIONS[aspect], colour="#57606a")


def _standing(x: int, y: int, verdict: Standing, aspect: Aspect) -> str:
    said = "not asked" if verdict == "none" else verdict
    mark = SYMBOLS[verdict][0]
    title = f"<title>{escape(f'{aspect}: {said}')}</title>"
    return (
        f"<g>{title}{_text(x, y, mark, colour=COLOURS[verdict], weight='bold')}"
        f"{_text(x + 20, y, aspect)}</g>"
    )


def _text(
    x: int, y: int, said: str, *, size: int = 13, weight: str = "normal", colour: str = "#24292f"
) -> str:
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" '
        f'fill="{colour}">{escape(said)}</text>'
    )
