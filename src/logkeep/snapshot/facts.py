"""Facts of a fleet at one time: the snapshot's answers in AWS's own shapes, each read once."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import msgspec

from logkeep.fleet import Fleet
from logkeep.policy import Kind, Malformed, Policy, Unread, read_policy
from logkeep.policy.longest import too_long
from logkeep.snapshot import NO_CODES, Ask, Reply, Snapshot, read_reply
from logkeep.value import Absent, Look, Seen, Unseen

Shape = TypeVar("Shape")
Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")


_NOTHING: Final = object()
_NAMED: Final = object()
"""Stands in a key before arguments that were given by name."""
_ANYTHING: Final = 1
"""What rests on answers of any call."""
_FORESEEN: Final = 2
"""What rests on whether AWS described the snapshot, or a plan would have it so."""


class _Calls(dict[str, int]):
    """A bit for each call that is asked about, given when it is first."""

    def __missing__(self, call: str) -> int:
        bit = self[call] = _FORESEEN << (len(self) + 1)
        return bit


class _Noted(msgspec.Struct, frozen=True, gc=False):
    """What is remembered, with the calls on whose answers it rests."""

    found: Any
    rests_on: int


class Facts:
    """A fleet and a snapshot of it, with what was already read of the two remembered.

    INVARIANT: remembering never changes an answer; two Facts of equal values answer alike.
    """

    def __init__(
        self,
        fleet: Fleet,
        snapshot: Snapshot,
        *,
        began: Facts | None = None,
        notes: bool = False,
        verdicts_only: bool = False,
    ) -> None:
        """With `notes` it is noted on which calls' answers each thing rests, for `after`."""
        self.fleet = fleet
        self.taken_at = snapshot.taken_at
        self.memory: defaultdict[Callable[..., Any], dict[Hashable, Any]] = defaultdict(dict)
        """What functions that are `remembered` have answered, each by its arguments."""
        self._snapshot = snapshot
        self._began = began
        self._first = began
        self.verdicts_only = verdicts_only
        """Whether nothing but verdicts is asked for: then one request may stand for many."""
        self.calls = _Calls() if notes else None
        """A bit for each call; None where nothing is noted."""
        self._rests_on = 0
        """What is being worked out rests on the answers of these calls, each a bit."""

    @property
    def snapshot(self) -> Snapshot:
        """The whole snapshot: what is read of it this way counts as resting on all of it."""
        self._rests_on |= _ANYTHING
        return self._snapshot

    @property
    def began(self) -> Facts:
        """What a plan began with: the facts as AWS described them."""
        self._rests_on |= _FORESEEN
        return self._began or self

    @property
    def first(self) -> Facts:
        """The facts as AWS described them, from which these came by `after` if they did."""
        return self._first or self

    @property
    def foreseen(self) -> bool:
        """Whether the snapshot is not as AWS described it, but as a plan would have it."""
        self._rests_on |= _FORESEEN
        return self._began is not None

    def after(
        self, snapshot: Snapshot, changed: Iterable[str], *, began: Facts | None = None
    ) -> Facts:
        """The facts of a snapshot in which answers of these calls alone are others.

        What rests on none of them stays remembered. INVARIANT: the same is answered as by new
        Facts of that snapshot.
        """
        found = Facts(self.fleet, snapshot, began=began, notes=True)
        found._first = self.first
        if self.calls is not None:
            found.calls = self.calls
            gone = 0 if began is self._began else _FORESEEN
            for call in changed:
                gone |= self.calls[call] | _ANYTHING
            for compute, known in self.memory.items():
                kept = ((key, each) for key, each in known.items() if not each.rests_on & gone)
                found.memory[compute] = dict(kept)
        return found

    def at_last(self) -> Facts:
        """The same facts and all that is remembered, after which nothing more is noted."""
        only = self.verdicts_only
        found = Facts(self.fleet, self._snapshot, began=self._began, verdicts_only=only)
        found._first, found.memory = self._first, self.memory
        return found

    def look(
        self, question: Ask, shape: type[Shape], absent: frozenset[str] = NO_CODES
    ) -> Look[Shape]:
        """The answer to a question in the shape wanted.

        `absent` are the error codes by which the call says besides that a thing is not there.
        """
        place, known = (question, shape, absent), self.memory[Facts.glance]
        found = known.get(place, _NOTHING)
        if found is _NOTHING:
            if self.calls is not None:
                return self.worked_out(place, Facts.glance, question, shape, absent)
            found = known[place] = self._snapshot.look(question, shape, absent)
            return found
        return self.result_of(found) if type(found) is _Noted else found

    def glance(
        self, question: Ask, shape: type[Shape], absent: frozenset[str] = NO_CODES
    ) -> Look[Shape]:
        """The same, not remembered: for thousands of answers that are looked at once."""
        if self.calls is not None:
            self._rests_on |= self.calls[question.call]
        return read_reply(question, self._snapshot.answers.get(question), shape, absent)

    def reply(self, question: Ask) -> Reply | None:
        """The answer as it came; None where there is none."""
        if self.calls is not None:
            self._rests_on |= self.calls[question.call]
        return self._snapshot.answers.get(question)

    def is_answered(self, question: Ask) -> bool:
        """Whether there is an answer to a question, of whatever kind."""
        return self.reply(question) is not None

    def policy(self, document: str, kind: Kind, name: str) -> Policy | Malformed:
        """A policy document, compiled."""
        return _compiled(self, document, kind, name)

    def worked_out(
        self,
        place: Hashable,
        compute: Callable[Concatenate[Facts, Arguments], Result],
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> Result:
        """What a function answers, remembered from now on with what it rests on."""
        around, self._rests_on = self._rests_on, 0
        try:
            found = compute(self, *arguments, **named)
            self.memory[compute][place] = _Noted(found, self._rests_on)
        finally:
            self._rests_on |= around
        return found

    def remembers(self, function: Callable[[Facts], Any]) -> bool:
        """Whether a `remembered` function has answered already, so that a part of it is cheap."""
        return () in self.memory.get(getattr(function, "__wrapped__", function), ())

    def result_of(self, noted: _Noted) -> Any:
        """What is remembered; what is being worked out rests on it too."""
        self._rests_on |= noted.rests_on
        return noted.found


def remembered(
    compute: Callable[Concatenate[Facts, Arguments], Result],
) -> Callable[Concatenate[Facts, Arguments], Result]:
    """The function, whose answer is computed at most once for the same facts and arguments."""

    @functools.wraps(compute)
    def answered(facts: Facts, *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
        # The arguments as they came: a tuple less for tens of thousands of answers.
        place: Hashable = (_NAMED, arguments, *named.items()) if named else arguments
        known = facts.memory[compute]
        found = known.get(place, _NOTHING)  # one hash where it is known, as it mostly is
        if found is _NOTHING:
            if facts.calls is not None:
                return facts.worked_out(place, compute, *arguments, **named)
            found = known[place] = compute(facts, *arguments, **named)
            return found
        return facts.result_of(found) if type(found) is _Noted else found

    return answered


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
        def answered(facts: Facts, *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
            place, known = key(facts, *arguments, **named), facts.memory[compute]
            found = known.get(place, _NOTHING)
            if found is _NOTHING:
                if facts.calls is not None:
                    return facts.worked_out(place, compute, *arguments, **named)
                found = known[place] = compute(facts, *arguments, **named)
                return found
            return facts.result_of(found) if type(found) is _Noted else found

        return answered

    return of


@remembered
def _compiled(_facts: Facts, document: str, kind: Kind, name: str) -> Policy | Malformed:
    problem = too_long(document, kind)
    if problem:
        return Malformed((f"policy: {problem}",))
    return _read(document, kind, name)


@functools.lru_cache(maxsize=512)
def _read(document: str, kind: Kind, name: str) -> Policy | Malformed:
    """The same text read once for the facts before and after a change, of which few differ."""
    return read_policy(document, kind, name, held=True)


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
