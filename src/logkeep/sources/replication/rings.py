"""Which replications lead in a circle in which some bucket would miss objects?

S3 replicates no replica (rule 3.1.2). Two buckets may replicate to each other, and any number where
each is replicated into every other (S3 User Guide, "Create two-way replication rules for your
Multi-Region Access Point"); in any other circle what is written into one comes only to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple


class OneWay(NamedTuple):
    """That one bucket is replicated into another, and where the fleet file says so."""

    place: int
    source: str
    to: str


class Ring(NamedTuple):
    """A circle of buckets, in which what is written into the first does not come to the third."""

    place: int
    """Of its ways the last in the fleet file."""
    buckets: tuple[str, ...]


Meet = Callable[[int, int], bool]
"""Whether an object may pass the filters of both ways, by their places."""


def rings(ways: Sequence[OneWay], meet: Meet) -> Iterator[Ring]:
    """One for each group of buckets that lead to each other and leave one out."""
    out, group = _out(ways), groups(ways)
    direct: dict[tuple[str, str], list[OneWay]] = {}
    for way in ways:
        direct.setdefault((way.source, way.to), []).append(way)
    known: set[int] = set()
    for way in ways:
        for then in out.get(way.to, ()):
            is_circle = group[way.source] == group[then.to] and then.to != way.source
            if not is_circle or group[then.to] in known or not meet(way.place, then.place):
                continue
            own = direct.get((way.source, then.to), ())
            if not any(meet(each.place, way.place) for each in own):
                known.add(group[then.to])
                yield _ring((way, then, *_path(then.to, way.source, out)))


def through(ways: Sequence[OneWay], into: str) -> Ring | None:
    """A circle that leads back into this bucket, if any does."""
    out, group = _out(ways), groups(ways)
    back = (way for way in ways if way.to == into and group[way.source] == group[into])
    last = next(back, None)
    return _ring((*_path(into, last.source, out), last)) if last else None


def _ring(found: Sequence[OneWay]) -> Ring:
    names = (found[0].source, *(way.to for way in found))
    return Ring(max(way.place for way in found), names)


def _out(ways: Sequence[OneWay]) -> dict[str, list[OneWay]]:
    out: dict[str, list[OneWay]] = {}
    for way in ways:
        out.setdefault(way.source, []).append(way)
    return out


def _path(start: str, goal: str, out: Mapping[str, Sequence[OneWay]]) -> tuple[OneWay, ...]:
    """A shortest way from a bucket to another that it leads to."""
    came: dict[str, OneWay | None] = {start: None}
    reached = [start]
    for name in reached:
        for way in out.get(name, ()):
            if way.to not in came:
                came[way.to] = way
                reached.append(way.to)
    path: list[OneWay] = []
    while (step := came[goal]) is not None:
        path.append(step)
        goal = step.source
    return tuple(reversed(path))


def groups(ways: Sequence[OneWay]) -> dict[str, int]:
    """The number of each bucket's group: those that lead to each other share one (Kosaraju)."""
    out: dict[str, list[str]] = {}
    back: dict[str, list[str]] = {}
    for way in ways:
        out.setdefault(way.source, []).append(way.to)
        back.setdefault(way.to, []).append(way.source)
    found: dict[str, int] = {}
    seen: set[str] = set()
    for number, name in enumerate(reversed(_in_depth([*out, *back], out, set()))):
        found |= dict.fromkeys(_in_depth([name], back, seen), number)
    return found


def _in_depth(
    starts: Iterable[str], out: Mapping[str, Collection[str]], seen: set[str]
) -> list[str]:
    """Every name not seen that the starts lead to, each after all that it leads to."""
    done: list[str] = []
    for start in starts:
        ways = [] if start in seen else [(start, iter(out.get(start, ())))]
        seen.add(start)
        while ways:
            name, rest = ways[-1]
            new = next((to for to in rest if to not in seen), None)
            if new is None:
                done.append(name)
                ways.pop()
            else:
                seen.add(new)
                ways.append((new, iter(out.get(new, ()))))
    return done
