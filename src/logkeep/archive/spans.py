"""Which times are told of, and which are left out? Spans of time, put together and taken apart."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Iterable, Iterator

import msgspec

from logkeep.value import Time


class Span(msgspec.Struct, frozen=True, order=True, gc=False):
    """A time from, and a time until."""

    starts: Time
    ends: Time

    def holds(self, at: datetime.datetime, edge: datetime.timedelta) -> bool:
        """Whether a time lies inside, by more than the edge."""
        return self.starts + edge <= at <= self.ends - edge

    def within(self, other: Span) -> Span | None:
        """The part of it that lies in another."""
        if other.starts <= self.starts and self.ends <= other.ends and self.starts < self.ends:
            return self
        starts, ends = max(self.starts, other.starts), min(self.ends, other.ends)
        return Span(starts, ends) if starts < ends else None

    def from_(self, start: datetime.datetime) -> Span:
        """The part of it from a time inside it on."""
        return self if self.starts == start else Span(start, self.ends)

    @property
    def lasts(self) -> datetime.timedelta:
        """How long it is."""
        return self.ends - self.starts


def merged(spans: Iterable[Span]) -> Iterator[Span]:
    """The same time in as few spans as will do, oldest first."""
    ordered = sorted(spans)
    if len(ordered) < 2:
        yield from ordered
        return
    last: Span | None = None
    for span in ordered:
        if last is not None and span.starts <= last.ends:
            last = Span(last.starts, max(last.ends, span.ends))
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def without(spans: Iterable[Span], taken: Iterable[Span]) -> Iterator[Span]:
    """What is left of the time of some spans without that of others, oldest first."""
    away = list(merged(taken))
    number = 0
    for span in merged(spans):
        starts = span.starts
        while number < len(away) and away[number].ends <= starts:
            number += 1
        at = number
        while at < len(away) and away[at].starts < span.ends:
            if starts < away[at].starts:
                yield Span(starts, away[at].starts)
            starts = max(starts, away[at].ends)
            at += 1
        if starts < span.ends:
            yield Span(starts, span.ends)


def within(spans: Iterable[Span], bound: Span) -> Iterator[Span]:
    """The parts of spans that lie in another."""
    return (part for span in spans if (part := span.within(bound)) is not None)


class Growing:
    """Spans that are noted one after the other, each mostly next to the one before it."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def add(self, span: Span) -> None:
        """Note one; what touches the last one is put together with it."""
        last = self.spans[-1] if self.spans else None
        if last is not None and span.starts <= last.ends and last.starts <= span.ends:
            both = Span(min(last.starts, span.starts), max(last.ends, span.ends))
            self.spans[-1] = both
        else:
            self.spans.append(span)

    def __iter__(self) -> Iterator[Span]:
        return iter(self.spans)


class Spans:
    """Many spans, of which the one around a time is found at once; they do not overlap."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans = list(merged(spans))
        self._starts = [span.starts for span in self._spans]

    def holds(self, at: datetime.datetime, edge: datetime.timedelta) -> bool:
        """Whether a time lies in one of them by more than the edge; by less, where it is less."""
        number = bisect_right(self._starts, at - min(edge, datetime.timedelta(0)))
        return any(span.holds(at, edge) for span in self._spans[max(number - 2, 0) : number])

    def covers(self, span: Span) -> bool:
        """Whether all of a time lies in one of them."""
        number = bisect_right(self._starts, span.starts)
        return number > 0 and span.ends <= self._spans[number - 1].ends

    def touches(self, span: Span) -> bool:
        """Whether any of them shares a moment with a time."""
        number = bisect_right(self._starts, span.ends)
        return number > 0 and self._spans[number - 1].ends >= span.starts
