"""Facts of a fleet at one time: the snapshot's answers in AWS's own shapes, each read once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from logkeep.fleet import Fleet
from logkeep.policy import Kind, Malformed, Policy, Unread, read_policy
from logkeep.snapshot import NO_CODES, Ask, Snapshot
from logkeep.value import Absent, Look, Seen, Unseen

Shape = TypeVar("Shape")
Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")


_NOTHING: Final = object()
_NAMED: Final = object()
"""Stands in a key before arguments that were given by name."""


class Facts:
    """A fleet and a snapshot of it, with what was already read of the two remembered.

    INVARIANT: remembering never changes an answer; two Facts of equal values answer alike.
    """

    def __init__(self, fleet: Fleet, snapshot: Snapshot, *, began: Facts | None = None) -> None:
        self.fleet = fleet
        self.snapshot = snapshot
        self._began = began
        self.memory: dict[Hashable, Any] = {}
        """What functions that are `remembered` have answered."""

    @property
    def began(self) -> Facts:
        """What a plan began with: the facts as AWS described them."""
        return self._began or self

    @property
    def foreseen(self) -> bool:
        """Whether the snapshot is not as AWS described it, but as a plan would have it."""
        return self._began is not None

    def once(self, key: Hashable, compute: Callable[[], Result]) -> Result:
        """What `compute` gives, computed at most once for this key."""
        found = self.memory.get(key, _NOTHING)  # one hash where it is known, which it mostly is
        if found is _NOTHING:
            found = self.memory[key] = compute()
        return found

    def look(
        self, question: Ask, shape: type[Shape], absent: frozenset[str] = NO_CODES
    ) -> Look[Shape]:
        """The answer to a question in the shape wanted.

        `absent` are the error codes by which the call says besides that a thing is not there.
        """
        place = (Snapshot.look, question, shape, absent)
        found = self.memory.get(place, _NOTHING)
        if found is _NOTHING:
            found = self.memory[place] = self.snapshot.look(question, shape, absent)
        return found

    def policy(self, document: str, kind: Kind, name: str) -> Policy | Malformed:
        """A policy document, compiled."""
        place = (read_policy, document, kind, name)
        found = self.memory.get(place, _NOTHING)
        if found is _NOTHING:
            found = self.memory[place] = read_policy(document, kind, name, held=True)
        return found


def remembered(
    compute: Callable[Concatenate[Facts, Arguments], Result],
) -> Callable[Concatenate[Facts, Arguments], Result]:
    """The function, whose answer is computed at most once for the same facts and arguments."""

    @functools.wraps(compute)
    def known(facts: Facts, *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
        # Flat where it can be: a tuple less for tens of thousands of answers.
        key: Hashable = compute
        if named:
            key = (compute, _NAMED, arguments, *named.items())
        elif arguments:
            key = (compute, *arguments)
        found = facts.memory.get(key, _NOTHING)  # one hash where it is known, which it mostly is
        if found is _NOTHING:
            found = facts.memory[key] = compute(facts, *arguments, **named)
        return found

    return known


def remembered_by(
    key: Callable[Concatenate[Facts, Arguments], Hashable],
) -> Callable[
    [Callable[Concatenate[Facts, Arguments], Result]],
    Callable[Concatenate[Facts, Arguments], Result],
]:
    """The function, whose answer is computed once for all arguments that the key tells as one."""

    def of(
        compute: Callable[Concatenate[Facts, Arguments], Result],
    ) -> Callable[Concatenate[Facts, Arguments], Result]:
        @functools.wraps(compute)
        def known(facts: Facts, *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
            place = (compute, key(facts, *arguments, **named))
            found = facts.memory.get(place, _NOTHING)
            if found is _NOTHING:
                found = facts.memory[place] = compute(facts, *arguments, **named)
            return found

        return known

    return of


def seen(look: Look[Shape]) -> Shape | None:
    """The value where one was seen."""
    return look.value if isinstance(look, Seen) else None


def map_look(look: Look[Shape], change: Callable[[Shape], Result]) -> Look[Result]:
    """The look with its value changed."""
    return Seen(change(look.value)) if isinstance(look, Seen) else look


def together(looks: list[Look[Shape]]) -> Look[list[Shape]]:
    """All values where all were seen; else the first look that saw none."""
    missing = next((look for look in looks if not isinstance(look, Seen)), None)
    if missing is not None:
        return missing
    return Seen([look.value for look in looks if isinstance(look, Seen)])


def unread(look: Absent | Unseen) -> Unread:
    """A look that saw nothing, as a layer of an authorization that could not be read."""
    return Unread(look.call, look.error if isinstance(look, Unseen) else "is not there")


def unseen(look: Look[Shape]) -> Unseen | None:
    """The failed look where it failed."""
    return look if isinstance(look, Unseen) else None
