"""Hours without a digest: were there any, was there none to be made, or can nobody tell?

The archive alone cannot say (rule 1.9.8). What is known of the trail can: when it was started and
stopped, when it last delivered a digest, and what kept it from it (rules 1.8, 1.9.7).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, TypeAlias

import msgspec

from logkeep.archive.spans import Span, without
from logkeep.archive.standing import EDGE
from logkeep.sources.cloudtrail.integrity.series import HOUR
from logkeep.value import Time

_TIME = "%Y-%m-%d %H:%M:%S UTC"

State: TypeAlias = Literal["missing", "open", "service"]
"""Digests were there; nobody can tell; CloudTrail made or delivered none."""

How: TypeAlias = Literal["skipped", "anew", "faulty"]
"""What comes after the hours: a signed digest that says that none was made between, one that
begins a chain, or one that is at fault."""


class Silence(msgspec.Struct, frozen=True):
    """A time in which a trail made no digests, and why."""

    span: Span
    says: str


class Course(msgspec.Struct, frozen=True):
    """What is known of a trail in one Region without looking into the archive."""

    silences: tuple[Silence, ...] = ()
    started: Time | None = None
    """When it was last started."""
    latest_digest: Time | None = None
    """When it last delivered a digest, by its own account."""
    digest_error: str = ""
    """What keeps it from delivering the next."""
    came_here: bool = False
    """Whether that was surely into the archive: it was not pointed here since."""


class Piece(msgspec.Struct, frozen=True):
    """A part of the hours without a digest, and what is known of it."""

    span: Span
    state: State
    says: str
    may_be: bool = False
    """Whether more could be known of it."""


class Newest(msgspec.Struct, frozen=True):
    """The newest digest that is there: the end of its hour, and when it was put there."""

    ends: Time
    modified: Time | None = None


def course(
    *,
    is_logging: bool,
    started: datetime.datetime | None,
    stopped: datetime.datetime | None,
    latest_digest: datetime.datetime | None,
    digest_error: str,
    now: datetime.datetime,
) -> Course:
    """What GetTrailStatus tells of a trail's digests."""
    until = started if is_logging else now
    off: tuple[Silence, ...] = ()
    if stopped is not None and until is not None and stopped < until:
        again = f" and started again at {until:{_TIME}}" if is_logging else ""
        says = f"the trail was stopped at {stopped:{_TIME}}{again}"
        off = (Silence(Span(stopped, until), says),)
    return Course(off, started, latest_digest, digest_error)


def between(span: Span, how: How, known: Course | None) -> Iterator[Piece]:
    """What is known of the hours between two digests."""
    if how == "skipped":
        says = "the signed digest after it says that CloudTrail made none"
        yield Piece(span, "service", says)
        return
    yield from _by_silences(span, known)


def _by_silences(span: Span, known: Course | None) -> Iterator[Piece]:
    """A trail's last digest ends up to an hour after it stopped, so nothing is open before that.

    A chain's first digest may begin up to an hour before the trail was started.
    """
    found: list[Piece] = []
    rest = [span]
    for silence in known.silences if known else ():
        left = list(without(rest, [silence.span]))
        found += [Piece(part, "service", silence.says) for part in without(rest, left)]
        rest = left
    found += [Piece(part, "open", "") for part in rest if part.lasts > EDGE]
    yield from sorted(found, key=lambda piece: piece.span)


def after(due: datetime.datetime, newest: Newest, known: Course | None) -> Iterator[Piece]:
    """What is known of the hours after the newest digest, until digests should have come."""
    at = newest.ends
    delivered = known.latest_digest if known else None
    if delivered is not None and _is_gone(newest, delivered):
        says = f"CloudTrail says that it delivered a digest at {delivered:{_TIME}}"
        until = at + (delivered - at) // HOUR * HOUR
        yield Piece(Span(at, until), "missing", says)
        at = until
    hours = (due - at) // HOUR
    if hours <= 0:  # the digest of an hour is not due before it is over
        return
    rest = Span(at, at + hours * HOUR)
    if known is not None and known.digest_error:
        says = f"CloudTrail reports that it cannot deliver digests: {known.digest_error}"
        yield Piece(rest, "service", says)
    else:
        yield from _by_silences(rest, known)


def never(span: Span, known: Course) -> Iterator[Piece]:
    """What is known of a trail of which no digest is in the archive.

    A trail that was pointed here within the hour delivered its last digest elsewhere, so what it
    says of that counts only where it is known to have come here.
    """
    newest = Newest(max(span.starts, known.started or span.starts))
    if known.came_here:
        yield from after(span.ends, newest, known)
        return
    says = "no digest of the trail has come into the archive yet, as far as can be told"
    for piece in after(span.ends, newest, msgspec.structs.replace(known, latest_digest=None)):
        yield Piece(piece.span, "service", piece.says or says, may_be=not piece.says)


def _is_gone(newest: Newest, delivered: datetime.datetime) -> bool:
    """Whether a digest was delivered that is newer than the newest that is there."""
    if delivered < newest.ends + HOUR:  # the digest of the next hour cannot have been
        return False
    # The newest may itself have come late; then it was put there when that was delivered.
    return newest.modified is None or abs(delivered - newest.modified) > EDGE


class Knowing:
    """What is known of a trail, and what more is looked for where that explains too little."""

    def __init__(self, course: Course | None, refine: Callable[[], Course | None]) -> None:
        self.course = course
        self._refine = refine
        self._is_refined = False

    def pieces(self, judge: Callable[[Course | None], Iterable[Piece]]) -> list[Piece]:
        """What is known of some hours; where it is little, with all that can be known."""
        found = list(judge(self.course))
        if self._is_refined or not any(piece.state == "open" or piece.may_be for piece in found):
            return found
        self._is_refined = True
        more = self._refine()
        if more is None:
            return found
        self.course = more
        return list(judge(more))
