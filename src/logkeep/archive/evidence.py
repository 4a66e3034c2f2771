"""Evidence of any form, read: what came last, and which questions tell."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from logkeep.archive import objects, streams
from logkeep.route import Events, Evidence, Objects
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts
from logkeep.value import Absent, Look, Seen, Unseen

Came: TypeAlias = objects.Object | streams.NewestEvent
"""The newest of what was looked for, and when it came."""
Found: TypeAlias = Look[objects.Object] | Look[streams.NewestEvent]


def newest(facts: Facts, where: Evidence) -> Found:
    """The newest there is, as far as was looked."""
    match where:
        case Objects():
            return objects.newest(facts, where)
        case Events():
            return streams.newest_event(facts, where)
        case _:
            assert_never(where)


def last(facts: Facts, where: Evidence) -> Came | Unseen | None:
    """The newest there is; None too where only what is older could not be looked for.

    That nothing came of late is known then, and no verdict hangs on more.
    """
    return looked_for(facts, where)[1]


def looked_for(facts: Facts, where: Evidence) -> tuple[Found, Came | Unseen | None]:
    """What the look for the newest came to, and what that says of the last."""
    late: Found
    look: Found
    match where:
        case Objects():
            late = lately = objects.lately(facts, where)
            look = objects.whenever(facts, where, lately)
        case Events():
            late = look = streams.newest_event(facts, where)
        case _:
            assert_never(where)
    if isinstance(look, Seen):
        return look, look.value
    if isinstance(look, Absent) or isinstance(late, Absent):
        return look, None
    return look, look


def is_silent(facts: Facts, where: Evidence) -> bool:
    """Whether it was seen that nothing came in the time on which freshness hangs."""
    match where:
        case Objects():
            return isinstance(objects.lately(facts, where), Absent)
        case Events():
            return isinstance(streams.newest_event(facts, where), Absent)
        case _:
            assert_never(where)


def asks(facts: Facts, where: Evidence, *, look_back: bool) -> list[Ask]:
    """Every question worth asking for it, given what is known."""
    match where:
        case Objects():
            return objects.asks(facts, where, look_back=look_back)
        case Events():
            return [streams.streams_ask(where)]
        case _:
            assert_never(where)


def is_fresh(facts: Facts, where: Evidence, came: Came) -> bool:
    """Whether the newest came so lately that nothing is silent."""
    return facts.taken_at - came.at <= where.rhythm.patience
