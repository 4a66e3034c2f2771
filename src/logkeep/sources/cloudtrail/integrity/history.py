"""What was done to a trail: when did it make no digests, who saw to that, and where did they go?

The event history has it for 90 days, whoever deletes the logs (rule 1.1.1). It is asked only where
hours without a digest have no other reason (rule 1.1.2).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from logkeep.archive.spans import Span
from logkeep.sources.cloudtrail.integrity.course import Course, Silence
from logkeep.value import Json, Time, arn_name

KEPT: Final = datetime.timedelta(days=90)
_TIME: Final = "%Y-%m-%d %H:%M:%S UTC"


class TrailChange(msgspec.Struct, frozen=True, order=True):
    """One call that changed a trail."""

    at: Time
    call: str
    trail: str
    """Its name."""
    by: str = ""
    bucket: str = ""
    """Where its files go from now on, if that was said."""
    validated: bool | None = None
    """Whether it makes digests from now on, if that was said."""


class History(NamedTuple):
    """The changes of an account's trails at home in one Region, the oldest first."""

    changes: tuple[TrailChange, ...]
    since: Time
    """From when on there are no others."""


class _Event(msgspec.Struct, frozen=True, rename="pascal"):
    event_name: str = ""
    event_time: Time | None = None
    username: str = ""
    error_code: str | None = msgspec.field(name="errorCode", default=None)
    parameters: dict[str, Json] | None = msgspec.field(name="requestParameters", default=None)


class Page(msgspec.Struct, frozen=True):
    """One page of the event history, the newest first."""

    events: tuple[_Event, ...] = msgspec.field(name="Events", default=())
    more: bool = False


def history(pages: Iterable[Page], now: datetime.datetime) -> History:
    """What the pages of all names tell; of a longer history no page tells what lies before it."""
    since = now - KEPT
    found: list[TrailChange] = []
    for page in pages:
        found += _changes(page)
        times = [event.event_time for event in page.events if event.event_time]
        if page.more and times:
            since = max(since, min(times))
    return History(tuple(sorted(found)), since)


def _changes(page: Page) -> Iterator[TrailChange]:
    for event in page.events:
        said = event.parameters or {}
        name = said.get("name")
        if event.event_time is None or event.error_code or not isinstance(name, str):
            continue
        bucket, validated = said.get("s3BucketName"), said.get("enableLogFileValidation")
        if event.event_name == "CreateTrail" and validated is None:
            validated = False  # rule 1.1.5
        yield TrailChange(
            event.event_time,
            event.event_name,
            arn_name(name),
            event.username,
            bucket if isinstance(bucket, str) else "",
            validated if isinstance(validated, bool) else None,
        )


def refined(
    course: Course | None, found: History, trail: str, bucket: str, now: datetime.datetime
) -> Course:
    """What is known of a trail's digests with its history."""
    own = [change for change in found.changes if change.trail == trail]
    silent = tuple(_silences(own, bucket, now))
    known = course or Course()
    return msgspec.structs.replace(
        known,
        # The history says who, so it goes before what the trail says itself.
        silences=(*silent, *known.silences),
        came_here=known.came_here or _came_here(known, found, own, bucket),
    )


class _State(NamedTuple):
    """Why a trail makes no digests here, thing by thing; nothing where it does."""

    absent: str = ""
    stopped: str = ""
    unvalidated: str = ""
    elsewhere: str = ""

    @property
    def says(self) -> str:
        return next((why for why in self if why), "")


def _silences(
    changes: Sequence[TrailChange], bucket: str, now: datetime.datetime
) -> Iterator[Silence]:
    """The times in which the trail made no digests here, each until the change that ended it."""
    state, since = _State(), datetime.datetime.min.replace(tzinfo=datetime.UTC)
    for change in changes:
        then = _after(state, change, bucket)
        if change.call == "CreateTrail" and not state.says:
            made = f"the trail was made{_by(change)}"
            yield Silence(Span(since, change.at), made)
        elif state.says and since < change.at:
            yield Silence(Span(since, change.at), state.says)
        state, since = then, change.at
    if state.says and since < now:
        yield Silence(Span(since, now), state.says)


def _after(state: _State, change: TrailChange, bucket: str) -> _State:
    """How a trail stands after a change."""
    match change.call:
        case "CreateTrail":  # it does not log until it is started (rule 1.1.5)
            state = _State(stopped=f"the trail was made{_by(change)} and not started")
        case "DeleteTrail":
            return _State(absent=f"the trail was deleted{_by(change)}")
        case "StartLogging":
            state = state._replace(stopped="", absent="")
        case "StopLogging":
            state = state._replace(stopped=f"the trail was stopped{_by(change)}")
        case _:
            pass
    if change.validated is not None:
        off = f"log file validation was switched off{_by(change)}"
        state = state._replace(unvalidated="" if change.validated else off)
    if change.bucket:
        away = f"the trail was pointed at the bucket `{change.bucket}`{_by(change)}"
        state = state._replace(elsewhere="" if change.bucket == bucket else away)
    return state


def _by(change: TrailChange) -> str:
    who = f" by {change.by}" if change.by else ""
    return f"{who} at {change.at:{_TIME}}"


def _came_here(course: Course, found: History, own: list[TrailChange], bucket: str) -> bool:
    """Whether the last digest was delivered into the archive: no change since leads here."""
    at = course.latest_digest
    if at is None or at < found.since:
        return False
    turned = [change for change in own if change.bucket]
    before = [change for change in turned if change.at <= at]
    if before:
        return before[-1].bucket == bucket
    # Nobody turned it within the history, so it has pointed here all the while.
    return not turned
