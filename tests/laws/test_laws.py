"""The three laws of the design, on snapshots (DESIGN.md, section 1)."""

from __future__ import annotations

import functools

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logkeep import registry
from logkeep.diagnose import Diagnosis, all_routes, diagnose
from logkeep.facts import Facts
from logkeep.plan import plan
from logkeep.snapshot import Ask, Snapshot, decode, encode
from logkeep.spoil import Fault, faults
from logkeep.value import Verdict
from worlds import applied, empty, fleet_of, well

FLEET = fleet_of()


@functools.cache
def healthy() -> Snapshot:
    return well(FLEET)


def spoilt(fault: Fault) -> Snapshot:
    snapshot = healthy()
    for write in fault.writes:
        effect = registry.effects()[write.call]
        snapshot = snapshot.with_answers(effect(Facts(FLEET, snapshot), write))
    return snapshot


@functools.cache
def all_faults() -> list[tuple[str, str, Fault]]:
    """Every way of spoiling every need of the fleet, once, with its hop's ARN and route."""
    facts = Facts(FLEET, healthy())
    found: dict[bytes, tuple[str, str, Fault]] = {}
    for route in all_routes(facts):
        for hop in route.hops:
            for need in hop.needs:
                for fault in faults(facts, hop, need):
                    key = repr((fault.code, fault.writes)).encode()
                    found.setdefault(key, (route.name, hop.arn, fault))
    return list(found.values())


def test_a_fleet_all_well_holds_in_every_aspect() -> None:
    found = diagnose(FLEET, healthy())
    assert found.summary == {"holds": 6, "fails": 0, "unknown": 0}
    assert {v for route in found.routes for v in route.aspects.values()} == {"holds"}


def test_nothing_is_fine_before_anything_is_there() -> None:
    found = diagnose(FLEET, empty(FLEET))
    assert found.summary == {"holds": 0, "fails": 6, "unknown": 0}
    assert {route.first[1].code for route in found.routes if route.first} == {"trail-missing"}


def mended_or_blocked(snapshot: Snapshot) -> None:
    made = plan(FLEET, snapshot)
    after = diagnose(FLEET, applied(snapshot, made))
    blocked = {name for entry in made.blocked for name in entry.routes}
    for route in after.routes:
        fine = route.aspects["configured"] == route.aspects["permitted"] == "holds"
        assert fine or route.name in blocked, (route.name, route.first)


def test_law_1_after_a_plan_all_is_configured_and_permitted() -> None:
    mended_or_blocked(empty(FLEET))


def test_law_2_a_plan_after_apply_is_empty() -> None:
    before = empty(FLEET)
    after = applied(before, plan(FLEET, before))
    again = plan(FLEET, after)
    assert again.changes == ()
    assert again.blocked == ()


@pytest.mark.parametrize(
    ("route", "arn", "fault"), all_faults(), ids=lambda value: getattr(value, "code", None)
)
def test_law_3_every_fault_is_found_by_its_own_code(route: str, arn: str, fault: Fault) -> None:
    before = diagnose(FLEET, healthy())
    after = diagnose(FLEET, spoilt(fault))
    touched = [r for r in after.routes if r.verdict != "holds"]
    assert route in {r.name for r in touched}, fault.says
    for found in touched:
        assert found.first is not None
        assert found.first[1].code == fault.code, (fault.says, found.first)
        assert found.verdict == "fails"
    through = {r.name for r in before.routes if arn in {hop.arn for hop in r.hops}}
    assert {r.name for r in touched} <= through


@pytest.mark.parametrize(
    "fault", [fault for _, _, fault in all_faults()], ids=lambda fault: fault.code
)
def test_laws_1_and_2_after_every_fault(fault: Fault) -> None:
    snapshot = spoilt(fault)
    mended_or_blocked(snapshot)
    again = plan(FLEET, applied(snapshot, plan(FLEET, snapshot)))
    assert again.changes == ()


def aspects_of(found: Diagnosis) -> dict[tuple[str, str], Verdict]:
    return {(r.name, aspect): v for r in found.routes for aspect, v in r.aspects.items()}


@pytest.mark.parametrize("question", sorted(healthy().answers), ids=Ask.says)
def test_hiding_any_fact_of_a_healthy_fleet_breaks_nothing(question: Ask) -> None:
    """What could not be seen is unknown, never broken."""
    hidden = healthy().without([question])
    assert "fails" not in aspects_of(diagnose(FLEET, hidden)).values()


@given(st.sampled_from(all_faults()), st.sampled_from(sorted(healthy().answers)))
@settings(max_examples=400, deadline=None)
def test_hiding_any_fact_of_a_broken_fleet_heals_nothing(
    broken: tuple[str, str, Fault], question: Ask
) -> None:
    """The sister of law 3: hide any fact, and no verdict improves."""
    snapshot = spoilt(broken[2])
    before = aspects_of(diagnose(FLEET, snapshot))
    after = aspects_of(diagnose(FLEET, snapshot.without([question])))
    for place, verdict in after.items():
        assert verdict != "holds" or before[place] == "holds", (broken[2].says, place)


def test_the_same_snapshot_gives_the_same_diagnosis_byte_for_byte() -> None:
    again = decode(list(encode(healthy())))
    first, second = diagnose(FLEET, healthy()), diagnose(FLEET, again)
    assert msgspec.json.encode(first) == msgspec.json.encode(second)
