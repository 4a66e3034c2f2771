"""Which trails take an event, at the moment it happens."""

from __future__ import annotations

from logkeep.lab.call import World
from logkeep.lab.kinds.cloudtrail.selectors import selects
from logkeep.lab.kinds.cloudtrail.state import (
    Course,
    Event,
    Stream,
    TrailState,
    accounts_of,
    regions_of,
)


def route(world: World, state: TrailState, event: Event) -> None:
    """Queue an event with every trail that takes it, and keep it for the event history.

    The selectors are those of this moment; AWS applies changes some minutes late (rule 1.1.10).
    """
    if event.category == "Management":  # rule 1.1.1
        state.history.setdefault((event.account, event.region), []).append(event)
    for course in state.courses.values():
        stream = open_stream(world, course, event)
        if stream is not None and selects(course.trail, event):
            stream.queue.append(event)


def open_stream(world: World, course: Course, event: Event) -> Stream | None:
    """The stream of a trail that logs in the event's account and Region."""
    trail = course.trail
    if not trail.logging or event.region not in regions_of(world, trail):
        return None
    if event.account not in accounts_of(world, trail):
        return None
    if trail.organization and not world.is_enabled(event.account, trail.home):  # rule 1.2.3
        return None
    return course.streams.get((event.account, event.region))
