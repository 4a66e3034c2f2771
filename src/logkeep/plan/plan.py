"""A plan as a value: exactly the calls apply makes, and what every verdict will be after them."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from typing import TypeAlias

import msgspec

from logkeep.diagnose.diagnosis import Diagnosed, Diagnosis, diagnosis
from logkeep.fleet import Fleet
from logkeep.plan.blocked import Blocked, blocked, unmended
from logkeep.plan.refused import CallDoubt, doubts
from logkeep.plan.shut_out import HistoryRead, ShutOut, closes, history_read, shut_out
from logkeep.plan.step import blocked_routes, step
from logkeep.plan.wish import Obstacle, Round, Wish
from logkeep.snapshot import Ask, Snapshot
from logkeep.snapshot.change import Change, Symbol
from logkeep.snapshot.entries import WHOLE, Answers, OwnAnswers
from logkeep.snapshot.facts import Facts
from logkeep.sources import all_parts, registry
from logkeep.sources.silenced import Services, services
from logkeep.value import Aspect, Standing, Time
from logkeep.words.cost import Cost

VERSION = 5
MOST_ROUNDS = 10


@functools.cache
def order() -> dict[str, int]:
    """The place of every call in a round: what lets logs through comes first (rule 1.4.5)."""
    calls = (call for part in all_parts() for call in part.writes)
    return {call: place for place, call in enumerate(calls)}


class Flip(msgspec.Struct, frozen=True):
    """An aspect of a route that the plan turns."""

    route: str
    aspect: Aspect
    before: Standing
    after: Standing


def account_of_route(route: str) -> str:
    """The account that a route's name tells, where it tells one."""
    return route.split("/")[1] if "/" in route else route


class Plan(msgspec.Struct, frozen=True):
    """What would change, in order, and what it would bring about."""

    plan: int
    fleet: str
    taken_at: Time
    changes: tuple[Change, ...]
    blocked: tuple[Blocked, ...]
    flips: tuple[Flip, ...]
    routes: int
    """How many routes were looked at."""
    short: tuple[str, ...] = ()
    """The policies that list accounts, for want of room, instead of sources."""
    costs: tuple[Cost, ...] = ()
    """What it may cost, where that was asked (plan/costs.py); kept in the plan's file."""
    unmended: tuple[Blocked, ...] = ()
    """What else stays broken: it waits for what is blocked, or no call mends it."""
    doubts: tuple[CallDoubt, ...] = ()
    """The calls of which nobody can tell whether AWS lets the role that Logkeep uses make them."""

    silenced: tuple[Services, ...] = ()
    """What the policies that ask for encryption, as they will be, do to the AWS services that write
    logs: in the archive, and in every other bucket of the snapshot."""

    shut_out: tuple[ShutOut, ...] = ()
    """Who may change the archive's settings or key today, and would not any more."""
    history: HistoryRead | None = None
    """How far the event history tells of that, where the plan closes what it was asked about."""

    stays: tuple[Flip, ...] = ()
    """Where an aspect of an account turns: its routes of which the same aspect does not, and does
    not hold either; before and after are the same."""

    @property
    def broken(self) -> frozenset[str]:
        """The routes of which something stays broken when all of the plan is made."""
        stays = (*self.blocked, *self.unmended)
        return frozenset(name for each in stays if each.verdict == "fails" for name in each.routes)


PlanOutcome: TypeAlias = tuple[Facts, list[Change], Round, tuple[str, ...]]
"""The facts as they would be, the changes, what the last round found, and the short policies."""


def plan(fleet: Fleet, snapshot: Snapshot) -> Plan:
    """The changes that bring every route as near to the fleet file as is ours to bring it."""
    return planned(Facts(fleet, snapshot))


def planned(facts: Facts, tell: Callable[[int], None] | None = None) -> Plan:
    """The same, of facts that others may have read already.

    `tell` is told the number of each round that begins: in a big fleet one takes seconds.
    """
    fleet, snapshot = facts.fleet, facts.snapshot
    facts = Facts(fleet, snapshot, notes=True, verdicts_only=True)
    after, changes, last, short = _until_blocked_is_known(facts, tell or _to_nobody)
    before = diagnosis(facts.at_last())
    then = diagnosis(after) if changes else before
    stood = [(route.name, route.aspects) for route in before.routes] if changes else []
    flips = _flips(stood, then)
    return Plan(
        plan=VERSION,
        fleet=fleet.name,
        taken_at=snapshot.taken_at,
        changes=tuple(changes),
        blocked=blocked(last.obstacles, before),
        flips=flips,
        stays=_stays(stood, flips),
        routes=len(before.routes),
        short=short,
        unmended=unmended(before, then, last.obstacles),
        doubts=doubts(facts, changes),
        shut_out=shut_out(facts, after, changes) if changes else (),
        history=history_read(facts) if closes(facts, changes) else None,
        silenced=services(after),
    )


def _to_nobody(_number: int) -> None:
    """Who asked for no progress is told none."""


def _until_blocked_is_known(facts: Facts, tell: Callable[[int], None]) -> PlanOutcome:
    """What the rounds come to, with nothing done for a route that is blocked in the end."""
    given_up: frozenset[str] = frozenset()
    known: tuple[Obstacle, ...] = ()
    numbers = itertools.count(1)
    while True:
        after, changes, last, short = _rounds(facts, given_up, lambda: tell(next(numbers)))
        # What stands in the way of a route is no longer met once the route is given up.
        known += last.obstacles
        stopped = blocked_routes(last.obstacles)
        if stopped <= given_up:
            return after, changes, Round((), known), short
        given_up |= stopped


def _rounds(facts: Facts, given_up: frozenset[str], begin: Callable[[], None]) -> PlanOutcome:
    """Round after round on the snapshot as it would be, until there is nothing left to do."""
    snapshot = facts.snapshot
    # One copy that grows with the plan: a fresh one a change would grow with the square.
    answers = dict(snapshot.answers)
    current = Snapshot(snapshot.fleet, snapshot.taken_at, answers)
    going = Answers(registry.calls(), answers)
    touched: set[tuple[Ask, str]] = set()
    changes: list[Change] = []
    short: set[str] = set()
    begin()
    found = step(facts, given_up)
    then = facts
    for _ in range(MOST_ROUNDS):
        wishes = sorted(found.wishes, key=lambda wish: order()[wish.write.call])
        if not wishes:
            break
        short |= set(found.short)
        calls: set[str] = set()
        for wish in wishes:
            changes.append(_change(facts, going, wish, touched))
            calls.update(question.call for question, _ in changes[-1].after)
        going.settle()
        begin()
        # Only what rests on one of these is read anew: a call changes little of what is there.
        then = then.after(current, calls, began=facts.began)
        found = step(then, given_up)
    return then.after(current, ()).at_last(), changes, found, tuple(sorted(short))


def _change(began: Facts, going: Answers, wish: Wish, touched: set[tuple[Ask, str]]) -> Change:
    """A wish as a change, with what it was planned on and what will be there after it.

    Only what the snapshot itself showed counts as seen before: what an earlier change of the
    same plan brings about is that change's to answer for. Of a listing it is told, and holds, its
    own thing's entries alone.
    """
    write = wish.write
    own = OwnAnswers(going, write.address)
    facts = Facts(began.fleet, Snapshot(began.fleet.name, began.taken_at, own))
    told = registry.effects()[write.call](facts, write)
    things = {question: (question, going.thing(question, write.address)) for question in told}
    seen = [q for q in sorted(told) if not {(q, WHOLE), things[q]} & touched]
    before = tuple((question, own.get(question)) for question in seen)
    touched.update(things.values())
    after = tuple(sorted(told.items(), key=lambda pair: pair[0]))
    going.change(write.address, after)
    return Change(
        address=write.address,
        symbol=_symbol(write.call),
        account=write.account,
        region=write.region,
        call=write.call,
        arguments=write.arguments,
        because=wish.because,
        accounts=wish.accounts,
        before=before,
        after=after,
        makes=write.makes,
    )


def _symbol(call: str) -> Symbol:
    """Whether a call makes, removes or changes."""
    return "+" if ":Create" in call else "-" if ":Delete" in call else "~"


_Stood: TypeAlias = list[tuple[str, dict[Aspect, Standing]]]
"""How each aspect of every route stood before the plan, by the route's name."""


def _flips(before: _Stood, after: Diagnosis) -> tuple[Flip, ...]:
    known = {route.name: route for route in after.routes}
    return tuple(flip for name, stood in before for flip in _turned(name, stood, known.get(name)))


def _stays(before: _Stood, flips: tuple[Flip, ...]) -> tuple[Flip, ...]:
    """What does not turn, and does not hold, where others of the same account turn."""
    if not flips:
        return ()
    turned = {(flip.route, flip.aspect) for flip in flips}
    accounts = {(account_of_route(route), aspect) for route, aspect in turned}
    return tuple(
        Flip(name, aspect, standing, standing)
        for name, stood in before
        for aspect, standing in stood.items()
        if standing in ("fails", "unknown")
        and (name, aspect) not in turned
        and (account_of_route(name), aspect) in accounts
    )


def _turned(name: str, before: dict[Aspect, Standing], after: Diagnosed | None) -> Iterator[Flip]:
    """The aspects of a route that stand otherwise; of one that is gone nobody knows."""
    now = after.aspects if after is not None else dict[Aspect, Standing]()
    for aspect, verdict in before.items():
        turned = now.get(aspect, "unknown")
        if turned != verdict:
            yield Flip(name, aspect, verdict, turned)
