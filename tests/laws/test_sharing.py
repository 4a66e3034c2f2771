"""Trails that share the work are one way, whatever else is amiss: diagnosed and planned alike."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laws.test_recorder import ARCHIVE, MANAGEMENT, MIXES, REGIONS, Made, world
from logkeep.diagnose.diagnosis import Diagnosis, diagnose
from logkeep.fleet import Fleet
from logkeep.plan import plan
from logkeep.snapshot import Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.notices import notices
from support.examples import examples
from support.laws import aspects_of
from support.worlds import ACCOUNTS, applied, fleet_of, known_more

STAGING = ACCOUNTS["staging"]
SELECTION = {"management-events-off", "data-events-off", "global-events-off"}


def trail(name: str, owner: str, takes: str, *, organization: bool = False, **more: bool) -> Made:
    given = {"everywhere": True, "on": True, "global_events": True, "allowed": True, **more}
    return Made(
        name, owner, "us-east-1", ARCHIVE, organization=organization,
        takes=frozenset(takes.split()), **given,
    )  # fmt: skip


def own_pairs() -> list[Made]:
    """Each account's own two trails, one with management events and one with data events."""
    first = [trail("audit", account, "management") for account in ACCOUNTS.values()]
    return [*first, *(trail("data", account, "s3 lambda") for account in ACCOUNTS.values())]


def baseline() -> list[Made]:
    """The organization's trail as Control Tower makes it, and the account factory's own trails."""
    made = [trail("baseline", MANAGEMENT, "management", organization=True)]
    return [*made, *(trail("factory", account, "s3 lambda") for account in ACCOUNTS.values())]


def two_of_organization() -> list[Made]:
    return [
        trail("baseline", MANAGEMENT, "management", organization=True),
        trail("events", MANAGEMENT, "s3 lambda", organization=True),
    ]


SHARING = {
    ("own pairs", None): own_pairs,
    ("own pairs", False): own_pairs,
    ("baseline", None): baseline,
    ("baseline", True): baseline,
    ("two of the organization", None): two_of_organization,
    ("two of the organization", True): two_of_organization,
}


@pytest.fixture(params=SHARING, ids=lambda each: f"{each[0]}, organization {each[1]}")
def shared(request: pytest.FixtureRequest) -> tuple[Fleet, list[Made]]:
    return fleet_of(regions=REGIONS, organization=request.param[1]), SHARING[request.param]()


def codes(found: Diagnosis) -> set[str]:
    return {
        f.code for r in found.routes for h in r.hops for f in h.findings if f.verdict == "fails"
    }


def test_it_holds_and_the_plan_is_empty(shared: tuple[Fleet, list[Made]]) -> None:
    fleet, made = shared
    snapshot = world(fleet, made)
    assert {route.verdict for route in diagnose(fleet, snapshot).routes} == {"holds"}
    found = plan(fleet, snapshot)
    assert (found.changes, found.blocked, found.unmended) == ((), (), ())


def test_none_of_them_is_disowned(shared: tuple[Fleet, list[Made]]) -> None:
    fleet, made = shared
    told = notices(Facts(fleet, world(fleet, made)))
    assert not [each for each in told if each.code == "trail-unasked"]


def loosened(snapshot: Snapshot) -> Snapshot:
    questions = [q for q in snapshot.answers if q.call == "s3:GetBucketVersioning"]
    return snapshot.with_answers(dict.fromkeys(questions, reply({"Status": "Suspended"})))


def key_off(snapshot: Snapshot) -> Snapshot:
    answers = {}
    for question, found in snapshot.answers.items():
        if question.call == "kms:DescribeKey" and not found.error:
            body = msgspec.json.decode(found.body)
            body["KeyMetadata"]["KeyState"] = "Disabled"
            answers[question] = reply(body)
    assert answers
    return snapshot.with_answers(answers)


def bucket_unseen(snapshot: Snapshot) -> Snapshot:
    return snapshot.without([q for q in snapshot.answers if q.call == "s3:GetBucketPolicy"])


def silent(snapshot: Snapshot) -> Snapshot:
    return snapshot.without([q for q in snapshot.answers if q.call == "s3:ListObjectsV2"])


def no_digests(snapshot: Snapshot) -> Snapshot:
    """One of each account's trails makes none."""
    answers = {}
    for question, found in snapshot.answers.items():
        if question.call == "cloudtrail:DescribeTrails":
            body = msgspec.json.decode(found.body)
            for each in body["trailList"][-1:]:
                each["LogFileValidationEnabled"] = False
            answers[question] = reply(body)
    return snapshot.with_answers(answers)


@pytest.mark.parametrize("spoilt", [loosened, key_off, bucket_unseen, silent, no_digests])
def test_whatever_else_is_amiss_no_trail_is_told_to_take_what_another_takes(
    shared: tuple[Fleet, list[Made]], spoilt: object
) -> None:
    fleet, made = shared
    assert callable(spoilt)
    snapshot = spoilt(world(fleet, made))
    found = diagnose(fleet, snapshot)
    assert {route.verdict for route in found.routes} <= {"fails", "unknown"}
    assert not codes(found) & SELECTION
    calls = {change.call for change in plan(fleet, snapshot).changes}
    assert not calls & {"cloudtrail:CreateTrail", "cloudtrail:PutEventSelectors"}


def test_a_policy_that_refuses_one_of_them_is_mended_for_that_one(
    shared: tuple[Fleet, list[Made]],
) -> None:
    fleet, made = shared
    refused = [replace(t, allowed=False) if "management" in t.takes else t for t in made]
    snapshot = world(fleet, refused)
    assert not codes(diagnose(fleet, snapshot)) & SELECTION
    found = plan(fleet, snapshot)
    assert {c.call for c in found.changes} == {"s3:PutBucketPolicy", "kms:PutKeyPolicy"}
    after = known_more(fleet, applied(snapshot, found))
    assert plan(fleet, after).changes == ()
    for route in diagnose(fleet, after).routes:
        assert route.aspects["configured"] == route.aspects["permitted"] == "holds", route.first


@pytest.mark.parametrize("organization", [None, True, False])
@given(made=MIXES)
@examples(15)
def test_a_plan_after_a_plan_is_empty_and_so_is_one_of_a_healthy_fleet(
    organization: bool | None, made: list[Made]
) -> None:
    fleet = fleet_of(regions=REGIONS, organization=organization)
    snapshot = world(fleet, made)
    found = plan(fleet, snapshot)
    holds = {route.verdict for route in diagnose(fleet, snapshot).routes} == {"holds"}
    if organization is None and holds:
        assert found.changes == ()
    assert plan(fleet, known_more(fleet, applied(snapshot, found))).changes == ()


@given(st.data(), st.sampled_from(sorted(SHARING, key=str)))
@examples(40)
def test_hiding_any_fact_heals_no_trail_of_them(
    data: st.DataObject, which: tuple[str, bool | None]
) -> None:
    fleet = fleet_of(regions=REGIONS, organization=which[1])
    made = SHARING[which]()
    at = data.draw(st.integers(0, len(made) - 1))
    fault = data.draw(st.sampled_from(["allowed", "on", "everywhere"]))
    made[at] = replace(made[at], **{fault: False})
    snapshot = world(fleet, made)
    hidden = data.draw(st.sampled_from(sorted(snapshot.answers)))
    before = aspects_of(diagnose(fleet, snapshot))
    after = aspects_of(diagnose(fleet, snapshot.without([hidden])))
    for place, verdict in after.items():
        assert verdict != "holds" or before[place] == "holds", (place, hidden, fault, at)
