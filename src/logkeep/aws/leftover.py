"""Is there already what a call is about to make, though nobody came to know its name?

Whoever was killed before he heard the answer, and an answer that was lost on its way, leave such a
thing behind. It bears the tags that say what it was made for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from logkeep.aws.answer import answer
from logkeep.aws.session import Session
from logkeep.aws.writes import WRITES
from logkeep.snapshot import ask
from logkeep.snapshot.call import Unnamed
from logkeep.snapshot.change import Change
from logkeep.value import Json

LOOKED_AT_MAX = 1000


class CannotLook(Exception):
    """What there is could not be listed, so that nobody can say whether it is there."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def left_over(session: Session, change: Change) -> str | None:
    """The name of what an earlier try at a change made, where it may be used; raises CannotLook."""
    how = WRITES[change.call].unnamed
    wanted = change.arguments.get(how.given) if how else None
    if how is None or not wanted:
        return None
    where = (session, change)
    for name in _listed(where, how):
        tags = _described(where, how.tags, how.id, name).get(how.given, [])
        if all(tag in tags for tag in wanted) and _may_be_used(where, how, name):
            return name
    return None


def _listed(where: tuple[Session, Change], how: Unnamed) -> Iterator[str]:
    session, change = where
    found = answer(session, ask(change.account, change.region, how.listed))
    if found.error:
        raise CannotLook(found.error, f"{how.listed}: {found.message}")
    entries: list[dict[str, Any]] = msgspec.json.decode(found.body)[how.under]
    yield from (str(entry[how.id]) for entry in entries[:LOOKED_AT_MAX])


def _described(
    where: tuple[Session, Change], call: str, argument: str, name: str
) -> Mapping[str, Json]:
    """What a call tells of a thing; nothing where it does not, as of one that is not ours."""
    session, change = where
    found = answer(session, ask(change.account, change.region, call, **{argument: name}))
    return {} if found.error else msgspec.json.decode(found.body)


def _may_be_used(where: tuple[Session, Change], how: Unnamed, name: str) -> bool:
    state: Json = _described(where, how.described, how.id, name)
    for field in how.state:
        state = state.get(field, {})
    return state == how.usable
