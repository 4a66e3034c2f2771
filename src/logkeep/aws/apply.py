"""Make it so: the calls of a plan, in order, each only where nothing has moved since."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

import msgspec

from logkeep.aws.answer import answer
from logkeep.aws.applied import (
    NO_ANSWER,
    Applied,
    ApplyProgress,
    ApplyStopped,
    CallMade,
    ChangeFailed,
    Interrupted,
    Moved,
    NotKept,
    OnApplyProgress,
    State,
)
from logkeep.aws.calls import UnknownCall
from logkeep.aws.disk import FileProblem
from logkeep.aws.errors import (
    THROTTLED_CODES,
    CredentialsProblem,
    Unassumable,
    is_there_already,
)
from logkeep.aws.filled import (
    Place,
    fill_reply,
    filled,
    is_askable,
    is_fresh,
    is_from_birth,
    is_unnamed,
    place,
)
from logkeep.aws.leftover import CannotLook, left_over
from logkeep.aws.same import MADE, AssignedValues, is_absent, reached, same, whose
from logkeep.aws.sending import Refused, assigned, sent
from logkeep.aws.session import Session
from logkeep.aws.writes import WRITES, passes_by_itself
from logkeep.snapshot import Ask, Reply
from logkeep.snapshot.change import Change, fill
from logkeep.value import Arn

LOOKS_AFTER_SILENCE = 3
WAITS_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0, 15.0)
"""How long each further try waits for AWS to see what we made just before."""

Sleep: TypeAlias = Callable[[float], None]
NO_VALUES: Mapping[str, str] = MappingProxyType({})
KeepAssigned: TypeAlias = Callable[[Mapping[str, str]], None]
"""Is given what AWS assigned, to keep it."""
Answers: TypeAlias = Mapping[Ask, Reply]


def nowhere(_: Mapping[str, str]) -> None:
    """Keep nothing."""


def in_silence(_: ApplyProgress) -> None:
    """Tell nobody."""


def apply(
    changes: Sequence[Change],
    session: Session,
    *,
    taken_at: datetime.datetime,
    progress: OnApplyProgress = in_silence,
    sleep: Sleep = time.sleep,
    values: Mapping[str, str] = NO_VALUES,
    keep: KeepAssigned = nowhere,
) -> Applied:
    """Make the changes in order; raises ApplyStopped where it comes to no end, with what is left.

    The values that an interrupted run was assigned keep it from making the same thing twice:
    `keep` is given them before the next call.
    """
    check_calls(changes)
    changes = tuple(map(asked_where_it_is_made, changes))
    run = ApplyRun(changes, session, taken_at, progress, sleep, keep)
    run.values.update(values)
    try:
        for change in changes:
            run.step(change)
    except KeyboardInterrupt:
        raise run.stopped(Interrupted(run.done(), run.left())) from None
    except FileProblem as error:
        raise run.stopped(NotKept(str(error), run.done(), run.left())) from error
    except Refused as error:
        failed = ChangeFailed(run.left()[0], error.code, error.message, run.done(), run.left())
        raise run.stopped(failed) from error
    except (CredentialsProblem, Unassumable) as error:
        code = error.code if isinstance(error, Unassumable) else "CredentialsProblem"
        failed = ChangeFailed(run.left()[0], code, str(error), run.done(), run.left())
        raise run.stopped(failed) from error
    return Applied(tuple(run.made), tuple(run.there), tuple(run.calls), run.values)


def asked_where_it_is_made(change: Change) -> Change:
    """A change that is looked at in its own account alone, where it shows there at all.

    An organization trail shows in every member and Region, and is one trail: what is seen of it
    where it is made settles the rest (rule 1.2.1).
    """
    before = tuple(pair for pair in change.before if pair[0].account == change.account)
    after = tuple(pair for pair in change.after if pair[0].account == change.account)
    if not after or bool(before) != bool(change.before):
        return change
    return msgspec.structs.replace(change, before=before, after=after)


def check_calls(changes: Sequence[Change]) -> None:
    """Every call is one that apply may make; raises UnknownCall before anything is touched."""
    for change in changes:
        if change.call not in WRITES:
            raise UnknownCall(f"`{change.call}` is not in the table of writes (aws/writes.py)")
        if change.makes and not WRITES[change.call].assigns:
            raise UnknownCall(f"`{change.call}` assigns no value that is known (its `assigns`)")


class ApplyRun:
    """One run through a plan: what is done, what AWS assigned, and what it should answer now."""

    def __init__(
        self,
        changes: Sequence[Change],
        session: Session,
        taken_at: datetime.datetime,
        progress: OnApplyProgress,
        sleep: Sleep,
        keep: KeepAssigned,
    ) -> None:
        self.keep = keep
        self.changes = tuple(changes)
        self.session = session
        self.taken_at = taken_at
        self.progress = progress
        self.sleep = sleep
        self.made: list[Change] = []
        self.there: list[Change] = []
        self.calls: list[CallMade] = []
        self.values: AssignedValues = {}
        self.looked: dict[Ask, list[Reply]] = {}
        self.left_by_us: dict[tuple[Ask, Arn], list[Reply]] = {}
        self.touched: set[Arn] = set()
        self.planned: dict[tuple[Ask, Arn], list[tuple[int, Reply]]] = {}
        """What is wanted by which change; of a listing, of the thing there alone."""
        self.last_seen: dict[Place, int] = {}
        """The last change that was planned on an answer to such a question."""
        for number, change in enumerate(self.changes):
            for question, wanted in change.after:
                of = question, whose(question, change.address)
                self.planned.setdefault(of, []).append((number, wanted))
            self.last_seen |= {place(question): number for question, _ in change.before}

    def done(self) -> tuple[Change, ...]:
        """The changes that are made or were there."""
        return self.changes[: len(self.made) + len(self.there)]

    def left(self) -> tuple[Change, ...]:
        """The changes that are not, the present one first."""
        return self.changes[len(self.made) + len(self.there) :]

    def stopped(self, stop: ApplyStopped) -> ApplyStopped:
        """An early end, with the calls made until then."""
        stop.calls = tuple(self.calls)
        stop.values = self.values
        return stop

    def tell(self, change: Change, state: State) -> None:
        """Say what is going on with a change."""
        number = len(self.made) + len(self.there) + (state not in ("made", "there"))
        self.progress(ApplyProgress(change, number, len(self.changes), state))

    def step(self, change: Change) -> None:
        """Look, and make one change unless it is there; raises Moved where it was not foreseen."""
        self.tell(change, "looking")
        now = self.look(change)
        found = self.found_there(change, now)
        if found is None:
            self.refuse_if_moved(change, now)
            found = self.make(change)
        if found is None:
            self.made.append(change)
        else:
            self.values |= found
            self.there.append(change)
        self.expect(change, now)
        self.tell(change, "made" if found is None else "there")

    def expect(self, change: Change, now: Answers) -> None:
        """Later looks may find what this change left, or for a while still what was before it."""
        self.touched.add(change.address)
        here = len(self.made) + len(self.there)
        for question, found in now.items():
            if self.last_seen.get(place(question), -1) >= here:  # else nobody asks what it was
                self.looked.setdefault(question, []).append(found)
        for question, wanted in change.after:
            of = filled(question, self.values), whose(question, change.address)
            self.left_by_us.setdefault(of, []).append(fill_reply(wanted, self.values))

    def look(self, change: Change) -> dict[Ask, Reply]:
        """What AWS answers now to a change's questions, as far as they can be asked yet."""
        named = [question for question, _ in change.before]
        named += [q for q, _ in change.after if not is_unnamed(q, change.address)]
        questions = {filled(question, self.values): None for question in named}
        return {each: answer(self.session, each) for each in questions if is_askable(each)}

    def is_as_planned(self, change: Change, now: Answers) -> bool:
        """Whether everything that the plan saw is still just so."""
        return bool(change.before) and all(
            planned is not None
            and filled(question, self.values) in now
            and same(question, change.address, planned, now[filled(question, self.values)])
            for question, planned in change.before
        )

    def found_there(self, change: Change, now: Answers) -> AssignedValues | None:
        """The values by which the change is there already, or None where it is to be made."""
        if change.makes in self.values:
            return self.values
        found = None if self.is_as_planned(change, now) else self.reached_by(change, now)
        return self.left_behind(change) if found is None else found

    def left_behind(self, change: Change) -> AssignedValues | None:
        """The name of what an earlier run made that never came to know it."""
        try:
            found = left_over(self.session, change) if change.makes else None
        except CannotLook as error:
            raise Refused(error.code, error.message) from error
        return None if found is None else self.assign(change, found)

    def assign(self, change: Change, value: str) -> AssignedValues:
        """Take a value that AWS assigned, and keep it before anything else is done."""
        self.values[change.makes] = value
        self.keep(self.values)
        return self.values

    def reached_by(self, change: Change, now: Answers) -> AssignedValues | None:
        """The values by which AWS answers what the plan wanted, or None where it does not."""
        known: AssignedValues | None = self.values if change.after else None
        for question, _ in change.after:
            if known is None or is_unnamed(question, change.address):
                return None
            found = self.found(filled(question, known), now)
            if found is None:
                return None
            known = self.reached_or_passed(change, question, found, known)
        return known

    def reached_or_passed(
        self, change: Change, question: Ask, found: Reply, known: AssignedValues
    ) -> AssignedValues | None:
        """The values by which one answer is what this change wanted, or one after it."""
        if ":Create" in change.call and is_from_birth(question) and not found.error:
            return known
        here = len(self.made) + len(self.there)
        for number, wanted in self.planned.get((question, whose(question, change.address)), []):
            if number >= here:
                filled_in = fill_reply(wanted, known)
                values = reached(question, change.address, filled_in, found, known)
                if values is not None:
                    return values
        return None

    def found(self, question: Ask, now: Answers) -> Reply | None:
        """An answer, asked for where only an answer before it named what it is about."""
        if question in now or not is_askable(question):
            return now.get(question)
        return answer(self.session, question)

    def refuse_if_moved(self, change: Change, now: Answers) -> None:
        """Raise Moved where an answer is neither what was planned on nor of our own doing."""
        for question, planned in change.before:
            found = now.get(filled(question, self.values))
            if planned is None or found is None or self.foreseen(change, question, planned, found):
                continue
            if found.error and not is_absent(question, found):
                raise Refused(found.error, f"{question.says()}: {found.message}")
            done, left = self.done(), self.left()
            moved = Moved(change, question, planned, found, self.taken_at, done, left)
            raise self.stopped(moved)

    def foreseen(self, change: Change, question: Ask, planned: Reply, found: Reply) -> bool:
        """Whether an answer is as planned on, as wanted, or as earlier changes left it."""
        if same(question, change.address, planned, found):
            return True
        if self.reached_or_passed(change, question, found, self.values) is not None:
            return True
        if change.address in self.touched and is_fresh(question, planned, found):
            return True
        here = filled(question, self.values)
        return any(
            same(question, change.address, each, found) for each in self.looked.get(here, [])
        ) or any(
            reached(question, change.address, each, found, self.values) is not None
            for each in self.left_by_us.get((here, whose(question, change.address)), [])
        )

    def make(self, change: Change) -> AssignedValues | None:
        """Make the call, again and again while AWS does not yet see what we made before.

        The values by which it is there where somebody else made it just now, else None.
        """
        self.tell(change, "making")
        for wait in (*WAITS_SECONDS, None):
            try:
                return self.call(change)
            except Refused as error:
                if is_there_already(error.code):
                    return self.made_meanwhile(change, error)
                if wait is None or not self.passes(change, error.code):
                    raise
            self.tell(change, "waiting")
            self.sleep(wait)
        raise AssertionError("the last try ends in an answer or a refusal")

    def passes(self, change: Change, error: str) -> bool:
        """Whether a refusal passes by itself; the SDK waits for AWS where it may try again."""
        made_before = frozenset(call.call for call in self.calls if not call.error)
        is_throttled = bool(change.makes) and error in THROTTLED_CODES
        return is_throttled or passes_by_itself(change.call, error, made_before)

    def made_meanwhile(self, change: Change, error: Refused) -> AssignedValues:
        """The values by which it is there, for AWS says so; raises the refusal where it is not."""
        found = self.reached_by(change, self.look(change))
        if found is None:
            raise error
        return found

    def found_after_silence(self, change: Change, error: Refused) -> AssignedValues:
        """What a call made whose answer was lost; raises the refusal where nothing is found."""
        for wait in WAITS_SECONDS[:LOOKS_AFTER_SILENCE]:
            self.sleep(wait)
            found = self.left_behind(change)
            if found is not None:
                return found
        raise error

    def call(self, change: Change) -> AssignedValues | None:
        """Make the call once, write it down, and take the value that AWS assigned."""
        arguments = fill(change.arguments, self.values)
        unassigned = MADE.search(msgspec.json.encode(arguments).decode())
        if unassigned:
            raise Refused("Unassigned", f"nothing assigned {unassigned[0]}")
        try:
            body = sent(self.session, change, arguments)
        except Refused as error:
            self.note(change, error.code)
            if change.makes and error.code in NO_ANSWER:
                return self.found_after_silence(change, error)
            raise
        except KeyboardInterrupt:  # AWS may have made it all the same
            self.note(change, "Interrupted")
            raise
        self.note(change)
        if change.makes:
            self.assign(change, assigned(change.call, body))
        return None

    def note(self, change: Change, error: str = "") -> None:
        """Write a call down for the report."""
        address: Arn = fill(change.address, self.values)
        made = CallMade(change.account, change.region, change.call, address, error)
        self.calls.append(made)
