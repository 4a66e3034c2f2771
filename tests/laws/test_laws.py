"""The three laws of the design, on snapshots (DESIGN.md, section 1)."""

from __future__ import annotations

import functools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.diagnose.diagnosis import Diagnosis, diagnose
from logkeep.fleet import Fleet
from logkeep.lab.spoil import faults
from logkeep.plan import plan
from logkeep.snapshot import Ask, Snapshot, decode, encode
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Fault
from logkeep.sources import registry
from logkeep.sources.routes import all_routes
from logkeep.value import Standing
from support.examples import examples
from support.worlds import ACCOUNTS, applied, empty, fleet_of, well

FLEETS = {
    "own trails": fleet_of(),
    "organization": fleet_of(dict(list(ACCOUNTS.items())[:2]), organization=True),
}
"""A fleet in which every account has its own trail, and one in which the organization has one."""


@functools.cache
def healthy(name: str) -> Snapshot:
    return well(FLEETS[name])


def spoilt(name: str, fault: Fault) -> Snapshot:
    snapshot = healthy(name)
    for write in fault.writes:
        effect = registry.effects()[write.call]
        snapshot = snapshot.with_answers(effect(Facts(FLEETS[name], snapshot), write))
    return snapshot


@functools.cache
def faults_of(name: str) -> list[tuple[str, str, Fault]]:
    """Every way of spoiling every need of a fleet, once, with its hop's ARN and route."""
    facts = Facts(FLEETS[name], healthy(name))
    found: dict[bytes, tuple[str, str, Fault]] = {}
    for route in all_routes(facts):
        for hop in route.hops:
            for need in hop.needs:
                for fault in faults(facts, hop, need):
                    key = repr((fault.code, fault.writes)).encode()
                    found.setdefault(key, (route.name, hop.arn, fault))
    return list(found.values())


ALL_FAULTS = [(name, *found) for name in FLEETS for found in faults_of(name)]


def words(value: object) -> str | None:
    return getattr(value, "code", None)


@pytest.mark.parametrize("name", FLEETS)
def test_a_fleet_all_well_holds_in_every_aspect(name: str) -> None:
    found = diagnose(FLEETS[name], healthy(name))
    assert found.summary == {"holds": len(found.routes), "fails": 0, "unknown": 0, "accepted": 0}
    assert {v for route in found.routes for v in route.aspects.values()} == {"holds"}


@pytest.mark.parametrize(
    ("name", "code"),
    [("own trails", "trail-missing"), ("organization", "organization-access-off")],
)
def test_nothing_is_fine_before_anything_is_there(name: str, code: str) -> None:
    found = diagnose(FLEETS[name], empty(FLEETS[name]))
    assert found.summary == {"holds": 0, "fails": len(found.routes), "unknown": 0, "accepted": 0}
    assert {route.first[1].code for route in found.routes if route.first} == {code}


def mended_or_blocked(fleet: Fleet, snapshot: Snapshot) -> None:
    made = plan(fleet, snapshot)
    after = diagnose(fleet, applied(snapshot, made))
    blocked = {name for entry in made.blocked for name in entry.routes}
    for route in after.routes:
        fine = route.aspects["configured"] == route.aspects["permitted"] == "holds"
        assert fine or route.name in blocked, (route.name, route.first)


@pytest.mark.parametrize("name", FLEETS)
def test_law_1_after_a_plan_all_is_configured_and_permitted(name: str) -> None:
    mended_or_blocked(FLEETS[name], empty(FLEETS[name]))


@pytest.mark.parametrize("name", FLEETS)
def test_law_2_a_plan_after_apply_is_empty(name: str) -> None:
    before = empty(FLEETS[name])
    after = applied(before, plan(FLEETS[name], before))
    again = plan(FLEETS[name], after)
    assert again.changes == ()
    assert again.blocked == ()


@pytest.mark.parametrize(("name", "route", "arn", "fault"), ALL_FAULTS, ids=words)
def test_law_3_every_fault_is_found_by_its_own_code(
    name: str, route: str, arn: str, fault: Fault
) -> None:
    before = diagnose(FLEETS[name], healthy(name))
    after = diagnose(FLEETS[name], spoilt(name, fault))
    touched = [r for r in after.routes if r.verdict != "holds"]
    assert route in {r.name for r in touched}, fault.says
    for found in touched:
        assert found.first is not None
        assert found.first[1].code == fault.code, (fault.says, found.first)
        assert found.verdict == "fails"
    through = {r.name for r in before.routes if arn in {hop.arn for hop in r.hops}}
    assert {r.name for r in touched} <= through


@pytest.mark.parametrize(("name", "route", "arn", "fault"), ALL_FAULTS, ids=words)
def test_laws_1_and_2_after_every_fault(name: str, route: str, arn: str, fault: Fault) -> None:
    assert route
    assert arn
    snapshot = spoilt(name, fault)
    mended_or_blocked(FLEETS[name], snapshot)
    again = plan(FLEETS[name], applied(snapshot, plan(FLEETS[name], snapshot)))
    assert again.changes == ()


def aspects_of(found: Diagnosis) -> dict[tuple[str, str], Standing]:
    return {(r.name, aspect): v for r in found.routes for aspect, v in r.aspects.items()}


ALL_QUESTIONS = [(name, question) for name in FLEETS for question in sorted(healthy(name).answers)]


@pytest.mark.parametrize(
    ("name", "question"), ALL_QUESTIONS, ids=lambda v: v.says() if isinstance(v, Ask) else None
)
def test_hiding_any_fact_of_a_healthy_fleet_breaks_nothing(name: str, question: Ask) -> None:
    """What could not be seen is unknown, never broken."""
    hidden = healthy(name).without([question])
    assert "fails" not in aspects_of(diagnose(FLEETS[name], hidden)).values()


@given(st.data(), st.sampled_from(ALL_FAULTS))
@examples(400)
def test_hiding_any_fact_of_a_broken_fleet_heals_nothing(
    data: st.DataObject, broken: tuple[str, str, str, Fault]
) -> None:
    """The sister of law 3: hide any fact, and no verdict improves."""
    name, _, _, fault = broken
    snapshot = spoilt(name, fault)
    question = data.draw(st.sampled_from(sorted(snapshot.answers)))
    before = aspects_of(diagnose(FLEETS[name], snapshot))
    after = aspects_of(diagnose(FLEETS[name], snapshot.without([question])))
    for place, verdict in after.items():
        assert verdict != "holds" or before[place] == "holds", (fault.says, place)


def test_the_same_snapshot_gives_the_same_diagnosis_byte_for_byte() -> None:
    fleet, snapshot = FLEETS["own trails"], healthy("own trails")
    again = decode(list(encode(snapshot)))
    first, second = diagnose(fleet, snapshot), diagnose(fleet, again)
    assert msgspec.json.encode(first) == msgspec.json.encode(second)
