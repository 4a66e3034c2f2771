"""The three laws of the design and their sister, over any fleet and what was found of it.

A kind of log has them hold over a world of its own (DESIGN.md, section 1):

    WORLD = World(fleet, well)

    def test_law_3(subtests: pytest.Subtests) -> None:
        every_fault_is_found(WORLD, subtests)
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import NamedTuple

import pytest
from hypothesis import strategies as st

from logkeep.diagnose.diagnosis import Diagnosed, Diagnosis, diagnose, diagnosis
from logkeep.fleet import Fleet
from logkeep.lab.spoil import faults
from logkeep.plan import plan
from logkeep.route import Route
from logkeep.snapshot import Ask, Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Fault
from logkeep.sources import registry, samples
from logkeep.sources.routes import all_routes
from logkeep.value import Arn, Standing
from support.worlds import applied

Aspects = dict[tuple[str, str], Standing]


class Spoilt(NamedTuple):
    """A way of spoiling a need, with the route and the hop that have it."""

    route: str
    arn: Arn
    fault: Fault

    @property
    def name(self) -> str:
        """What a test says of it."""
        return f"{self.fault.code}: {self.fault.says}"


class World:
    """A fleet all well, each need of which can be spoilt; nothing is built before it is asked."""

    def __init__(
        self, fleet: Fleet, well: Callable[[Fleet], Snapshot], routes: str | tuple[str, ...] = ""
    ) -> None:
        self.fleet = fleet
        self.routes = routes
        """How the names of the routes begin whose needs are spoilt."""
        self._well = well
        self._broken: dict[str, tuple[Snapshot, Aspects]] = {}

    @functools.cached_property
    def healthy(self) -> Snapshot:
        return self._well(self.fleet)

    @functools.cached_property
    def before(self) -> Diagnosis:
        return diagnose(self.fleet, self.healthy)

    @functools.cached_property
    def faults(self) -> list[Spoilt]:
        """Every way of spoiling every need, once."""
        facts = Facts(self.fleet, self.healthy)
        found: dict[str, Spoilt] = {}
        for route in all_routes(facts):
            for hop in route.hops if route.name.startswith(self.routes) else ():
                for need in hop.needs:
                    for fault in faults(facts, hop, need):
                        key = repr((fault.code, fault.writes))
                        found.setdefault(key, Spoilt(route.name, hop.arn, fault))
        return list(found.values())

    def spoilt(self, *broken: Fault) -> Snapshot:
        """What would be found after the calls that spoil it."""
        snapshot = self.healthy
        for fault in broken:
            for write in fault.writes:
                effect = registry.effects()[write.call]
                snapshot = snapshot.with_answers(effect(Facts(self.fleet, snapshot), write))
        return snapshot

    def broken(self, each: Spoilt) -> tuple[Snapshot, Aspects]:
        """The same for one fault, and what is said of it; worked out once."""
        key = repr(each.fault)
        if key not in self._broken:
            snapshot = self.spoilt(each.fault)
            self._broken[key] = (snapshot, aspects_of(diagnose(self.fleet, snapshot)))
        return self._broken[key]


def any_fault(*worlds: World) -> st.SearchStrategy[tuple[World, Spoilt]]:
    """Some fault of some world; the worlds are built when the first is drawn."""
    return st.deferred(
        lambda: st.sampled_from([(world, each) for world in worlds for each in world.faults])
    )


def mended_or_blocked(fleet: Fleet, snapshot: Snapshot) -> Snapshot:
    """Law 1: after a plan every route is configured and permitted, or blocked; gives the after."""
    made = plan(fleet, snapshot)
    after = applied(snapshot, made)
    blocked = {name for entry in made.blocked for name in entry.routes}
    for route in diagnose(fleet, after).routes:
        fine = route.aspects["configured"] == route.aspects["permitted"] == "holds"
        assert fine or route.name in blocked, (route.name, route.first)
    return after


def short_cuts_change_no_plan(fleet: Fleet, snapshot: Snapshot) -> None:
    """A plan comes out as if each round read all anew, of every Region and whole routes."""

    def forget(
        facts: Facts, after: Snapshot, _changed: object, *, began: Facts | None = None
    ) -> Facts:
        return Facts(facts.fleet, after, began=began)

    def whole_routes(facts: Facts) -> Iterable[Route]:
        return all_routes(facts, intended=True)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Facts, "after", forget)
        patched.setattr(Facts, "verdicts_only", property(lambda _: False, lambda *_: None), False)
        patched.setattr("logkeep.plan.step.passing_routes", whole_routes)
        anew = plan(fleet, snapshot)
    assert plan(fleet, snapshot) == anew
    verdicts = diagnosis(Facts(fleet, snapshot, verdicts_only=True))
    assert aspects_of(verdicts) == aspects_of(diagnose(fleet, snapshot))


def short_cuts_change_no_diagnosis(fleet: Fleet, snapshot: Snapshot) -> None:
    """A diagnosis comes out as if each Region's logs were asked about by themselves."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("logkeep.archive.way._stands_for_all", lambda *_: False)
        patched.setattr("logkeep.archive.way.policies_distinguish", lambda *_: True)
        patched.setattr("logkeep.access.policies.distinguish.are_distinguished", lambda *_: True)
        patched.setattr("logkeep.access.policies.distinguish._are_distinguished", lambda *_: True)
        apart = diagnose(fleet, snapshot)
    assert _said(diagnose(fleet, snapshot)) == _said(apart)


def short_cuts_change_no_delivery(fleet: Fleet, snapshot: Snapshot) -> None:
    """What services send comes out as from whole routes, of all accounts and of each alone."""

    def whole_routes(facts: Facts, _of: object = None) -> Iterable[Route]:
        return all_routes(facts)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(samples, "sending_routes", whole_routes)
        whole = samples.deliveries(Facts(fleet, snapshot))
    assert samples.deliveries(Facts(fleet, snapshot)) == whole
    alone = Facts(fleet, snapshot)
    for account in (*whole, *fleet.accounts.values(), "999999999999"):
        assert samples.deliveries_of(alone, account) == whole.get(account, ())
    assert not alone.remembers(samples.deliveries)


def _said(found: Diagnosis) -> list[tuple[object, ...]]:
    """What is said of every need of every route, once a hop: one may be asked about two logs."""
    return [
        (route.name, hop.arn, hop.role, *dict.fromkeys((f.code, f.verdict) for f in hop.findings))
        for route in found.routes
        for hop in route.hops
    ]


def nothing_is_promised_in_vain(fleet: Fleet, snapshot: Snapshot) -> None:
    """What fails is mended by the plan, or named by it with what it waits for; nothing else stays.

    What follows from the rest, logs that do not come, is told by its cause.
    """
    made = plan(fleet, snapshot)
    after = diagnose(fleet, applied(snapshot, made))
    told = {(name, each.code) for each in (*made.blocked, *made.unmended) for name in each.routes}
    stays = {r.name for r in after.routes if _failing(r)}
    for route in (*diagnose(fleet, snapshot).routes, *after.routes):
        left = _failing(next(r for r in after.routes if r.name == route.name))
        for code in _failing(route) & left:
            assert (route.name, code) in told, (route.name, code)
    assert stays <= made.broken
    failing = {r.name for r in after.routes if r.verdict == "fails"}
    assert made.broken <= failing | {n for b in made.blocked for n in b.routes}
    promised = {flip.route for flip in made.flips if flip.after == "fails"}
    assert promised <= {name for name, _ in told}


def _failing(route: Diagnosed) -> set[str]:
    """The codes that fail of a route, but for logs that do not come."""
    found = (f for hop in route.hops for f in hop.amiss if f.verdict == "fails")
    return {f.code for f in found if f.aspect != "arriving"}


def every_fault_is_mended(world: World, subtests: pytest.Subtests) -> None:
    """Laws 1 and 2: a plan mends every fault or says whose it is, and the next one is empty."""
    for each in world.faults:
        with subtests.test(each.name, route=each.route):
            after = mended_or_blocked(world.fleet, world.spoilt(each.fault))
            assert plan(world.fleet, after).changes == ()


def every_fault_is_found(world: World, subtests: pytest.Subtests) -> None:
    """Law 3: by its own code, as the first failure of each route that passes through it."""
    assert {route.verdict for route in world.before.routes} == {"holds"}
    for each in world.faults:
        with subtests.test(each.name, route=each.route):
            found_by_its_code(world, each, diagnose(world.fleet, world.spoilt(each.fault)))


def found_by_its_code(world: World, each: Spoilt, after: Diagnosis) -> None:
    """No route through the fault has another first failure, and no other is touched."""
    touched = [route for route in after.routes if route.verdict != "holds"]
    assert each.route in {route.name for route in touched}, each.name
    for route in touched:
        assert (first_code(route), route.verdict) == (each.fault.code, "fails"), each.name
    through = {r.name for r in world.before.routes if each.arn in {hop.arn for hop in r.hops}}
    assert {route.name for route in touched} <= through


def first_code(route: Diagnosed) -> str | None:
    """The code of a route's first failure."""
    return route.first[1].code if route.first else None


def aspects_of(found: Diagnosis) -> Aspects:
    """Every aspect of every route."""
    return {(r.name, aspect): v for r in found.routes for aspect, v in r.aspects.items()}


def hiding_breaks_nothing(
    world: World, questions: Iterable[Ask], subtests: pytest.Subtests
) -> None:
    """What could not be seen of a fleet all well is unknown, never broken."""
    for question in questions:
        with subtests.test(question.says()):
            hidden = diagnose(world.fleet, world.healthy.without([question]))
            assert "fails" not in aspects_of(hidden).values()


def hiding_heals_nothing(world: World, each: Spoilt, question: Ask) -> None:
    """The sister of law 3: hide any fact of a broken fleet, and no verdict improves."""
    snapshot, before = world.broken(each)
    after = aspects_of(diagnose(world.fleet, snapshot.without([question])))
    for place, verdict in after.items():
        assert verdict != "holds" or before[place] == "holds", (each.name, place)
