"""The three laws of the design over the way into CloudWatch Logs (DESIGN.md, section 1)."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinds.cloudtrail.cloudwatch.streams import GROUP, asking, key_policy, keyed, set_up
from logkeep.diagnose.diagnosis import Diagnosis, diagnose
from logkeep.fleet import Fleet
from logkeep.lab.spoil import faults
from logkeep.plan import plan
from logkeep.show.paint import Paint
from logkeep.show.plan import plan_text
from logkeep.snapshot import Ask, Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Fault
from logkeep.sources import registry
from logkeep.sources.routes import all_routes
from logkeep.value import Standing
from support.aspects import unexplained
from support.examples import examples
from support.worlds import applied, empty, fleet_of

ASKING = asking()
FOUND = fleet_of()
"""The same world, seen by a fleet file that asks for no log group."""
FLEETS = {"asked for": ASKING, "as found": FOUND}


@functools.cache
def healthy() -> Snapshot:
    """All well, and one of the groups under a key of its own."""
    return keyed(set_up(ASKING), key_policy())


def spoilt(name: str, fault: Fault) -> Snapshot:
    fleet, snapshot = FLEETS[name], healthy()
    for write in fault.writes:
        effect = registry.effects()[write.call]
        snapshot = snapshot.with_answers(effect(Facts(fleet, snapshot), write))
    return snapshot


@functools.cache
def all_faults(name: str) -> list[tuple[str, str, Fault]]:
    """Every way of spoiling what the new routes need, once, with its hop's ARN and route."""
    facts = Facts(FLEETS[name], healthy())
    found: dict[str, tuple[str, str, Fault]] = {}
    for route in all_routes(facts):
        if not route.name.startswith("cloudwatch/"):
            continue
        for hop in route.hops:
            for need in hop.needs:
                for fault in faults(facts, hop, need):
                    found.setdefault(repr(fault.writes), (route.name, hop.arn, fault))
    return list(found.values())


CASES = [(name, *each) for name in FLEETS for each in all_faults(name)]
Case = tuple[str, str, str, Fault]
by_case = pytest.mark.parametrize(
    "case", CASES, ids=[f"{case[0]}-{case[3].code}-{case[3].says[:60]}" for case in CASES]
)


def test_every_new_fault_has_a_way_of_being_made() -> None:
    codes = {case[3].code for case in CASES}
    assert {
        "trail-no-loggroup",
        "loggroup-missing",
        "loggroup-key-disabled",
        "loggroup-key-refuses",
        "role-missing",
        "role-trust",
        "role-refuses",
    } <= codes


@pytest.mark.parametrize("name", FLEETS)
def test_a_fleet_all_well_holds_in_every_aspect(name: str) -> None:
    found = diagnose(FLEETS[name], healthy())
    assert found.summary == {"holds": 9, "fails": 0, "unknown": 0, "accepted": 0}
    ours = [route.aspects for route in found.routes if route.name.startswith("cloudwatch/")]
    assert {a["intact"] for a in ours} == {a["protected"] for a in ours} == {"none"}
    assert unexplained(Facts(FLEETS[name], healthy())) == {}


def test_where_nothing_is_there_the_trail_is_what_is_missing() -> None:
    found = diagnose(ASKING, empty(ASKING))
    ours = [route for route in found.routes if route.name.startswith("cloudwatch/")]
    assert len(ours) == 3
    assert {route.first[1].code for route in ours if route.first} == {"trail-missing"}


def mended_or_blocked(fleet: Fleet, snapshot: Snapshot) -> Snapshot:
    made = plan(fleet, snapshot)
    mended = applied(snapshot, made)
    blocked = {name for entry in made.blocked for name in entry.routes}
    for route in diagnose(fleet, mended).routes:
        fine = route.aspects["configured"] == route.aspects["permitted"] == "holds"
        assert fine or route.name in blocked, (route.name, route.first)
    return mended


@by_case
def test_laws_1_and_2_after_every_fault(case: Case) -> None:
    name, _, _, fault = case
    fleet = FLEETS[name]
    mended = mended_or_blocked(fleet, spoilt(name, fault))
    assert plan(fleet, mended).changes == ()


@by_case
def test_law_3_every_fault_is_found_by_its_own_code(case: Case) -> None:
    name, route, arn, fault = case
    fleet = FLEETS[name]
    before = diagnose(fleet, healthy())
    touched = [r for r in diagnose(fleet, spoilt(name, fault)).routes if r.verdict != "holds"]
    assert route in {r.name for r in touched}, fault.says
    for found in touched:
        assert found.first is not None
        assert found.first[1].code == fault.code, (fault.says, found.first)
        assert found.verdict == "fails"
    through = {r.name for r in before.routes if arn in {hop.arn for hop in r.hops}}
    assert {r.name for r in touched} <= through


def aspects_of(found: Diagnosis) -> dict[tuple[str, str], Standing]:
    return {(r.name, aspect): v for r in found.routes for aspect, v in r.aspects.items()}


MATTERS = ("logs:", "iam:", "cloudtrail:", "kms:", "organizations:")


def hideable() -> list[Ask]:
    return sorted(q for q in healthy().answers if q.call.startswith(MATTERS))


@pytest.mark.parametrize("name", FLEETS)
@pytest.mark.parametrize("question", hideable(), ids=Ask.says)
def test_hiding_any_fact_of_a_healthy_fleet_breaks_nothing(name: str, question: Ask) -> None:
    hidden = healthy().without([question])
    assert "fails" not in aspects_of(diagnose(FLEETS[name], hidden)).values()


@given(st.sampled_from(CASES), st.sampled_from(sorted(healthy().answers)))
@examples(200)
def test_hiding_any_fact_of_a_broken_fleet_heals_nothing(case: Case, question: Ask) -> None:
    name, _, _, fault = case
    snapshot = spoilt(name, fault)
    before = aspects_of(diagnose(FLEETS[name], snapshot))
    after = aspects_of(diagnose(FLEETS[name], snapshot.without([question])))
    for place, verdict in after.items():
        assert verdict != "holds" or before[place] == "holds", (fault.says, place)


def test_a_foreign_statement_is_kept_when_a_role_is_mended() -> None:
    for name, _, arn, fault in CASES:
        if fault.code != "role-trust" or "Deny" in fault.says:
            continue
        made = plan(FLEETS[name], spoilt(name, fault))
        changed = [c for c in made.changes if c.call == "iam:UpdateAssumeRolePolicy"]
        assert "ec2.amazonaws.com" in changed[0].arguments["PolicyDocument"], arn


def test_what_is_denied_is_its_owners_to_open() -> None:
    denied = [case for case in CASES if "Deny" in case[3].says]
    assert len(denied) >= 3
    for name, route, arn, fault in denied:
        made = plan(FLEETS[name], spoilt(name, fault))
        assert made.changes == ()
        assert {(b.code, b.arn) for b in made.blocked} == {(fault.code, arn)}
        assert made.blocked[0].routes == (route,), GROUP
        assert f"blocked[{fault.code}]: " in plan_text(FLEETS[name], made, Paint())
