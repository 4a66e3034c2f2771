"""What the fleet file lives with is accepted: never fine, and never broken."""

from __future__ import annotations

import datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from logkeep.cli.diagnose import exit_code
from logkeep.diagnose.diagnosis import Diagnosed, Diagnosis, diagnose
from logkeep.fleet import Accepted, Fleet
from logkeep.plan import plan
from logkeep.show.diagnosis_json import diagnosis_json
from logkeep.value import Standing, all_of
from support import scenes
from support.examples import examples

STANDINGS: tuple[Standing, ...] = ("fails", "unknown", "accepted", "holds", "none")
SINGLE = scenes.trail_of("staging", IsMultiRegionTrail=False)
STAGING = "333333333333"


@examples(200)
@given(st.lists(st.sampled_from(STANDINGS)))
def test_the_worst_stands_for_all_and_nothing_never_holds(listed: list[Standing]) -> None:
    assert all_of(listed) == (min(listed, key=STANDINGS.index) if listed else "none")


def lived_with() -> Diagnosis:
    return diagnose(scenes.accepting("trail-single-region", "staging"), SINGLE)


def of_staging(found: Diagnosis) -> list[Diagnosed]:
    return [route for route in found.routes if route.account == STAGING]


def test_it_is_a_state_of_its_own_and_the_exit_code_is_as_if_it_held() -> None:
    found = lived_with()
    assert found.summary == {"holds": 5, "fails": 0, "unknown": 0, "accepted": 1}
    assert {route.aspects["configured"] for route in of_staging(found)} == {"holds", "accepted"}
    assert exit_code(found) == 0
    assert exit_code(diagnose(scenes.FLEET, SINGLE)) == 1


def test_json_says_until_when_and_why() -> None:
    told = diagnosis_json(scenes.FLEET, lived_with(), everything=False)
    (route,) = [each for each in told["routes"] if each["verdict"] == "accepted"]
    (finding,) = [f for hop in route["hops"] for f in hop["findings"]]
    assert finding["verdict"] == "accepted"
    assert finding["accepted"] == {"until": "2027-03-31", "why": "moving to eu-west-1"}
    assert route["aspects"]["configured"] == "accepted"


@st.composite
def acceptances(draw: st.DrawFn) -> Fleet:
    """The fleet, living with some of the findings that fail there, some of them no longer."""
    codes = {f.code for r in diagnose(scenes.FLEET, SINGLE).routes for h in r.hops for f in h.amiss}
    untils = st.sampled_from([datetime.date(2020, 1, 1), datetime.date(2099, 1, 1)])
    entries = tuple(Accepted(code, draw(untils), "so it is") for code in sorted(codes))
    return msgspec.structs.replace(scenes.FLEET, accepted=entries)


@examples(20)
@given(acceptances())
def test_acceptance_turns_fails_into_accepted_and_nothing_else(fleet: Fleet) -> None:
    plain, lived = diagnose(scenes.FLEET, SINGLE), diagnose(fleet, SINGLE)
    for before, after in zip(plain.routes, lived.routes, strict=True):
        for aspect, verdict in before.aspects.items():
            turned = after.aspects[aspect]
            assert turned == verdict or (verdict, turned) == ("fails", "accepted")
    assert plan(fleet, SINGLE).changes == plan(scenes.FLEET, SINGLE).changes
