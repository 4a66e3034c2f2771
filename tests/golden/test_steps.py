"""What `logkeep diagnose --steps` prints of one route."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
import pytest
from syrupy.assertion import SnapshotAssertion

from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet
from logkeep.plan import plan
from logkeep.route import Arrived
from logkeep.show.diagnosis import Around, diagnosis_text
from logkeep.show.diagnosis_json import diagnosis_json
from logkeep.show.paint import Paint
from logkeep.show.steps import beside, steps_text
from logkeep.snapshot import Ask, Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.routes import all_routes
from logkeep.sources.wants import wants
from support import scenes
from support.worlds import ACCOUNTS, NOW, applied, fleet_of, known_more, well, with_arrivals

FLEET = scenes.FLEET
STAGING = ACCOUNTS["staging"]
ROUTE = f"cloudtrail/{STAGING}/eu-west-1"
Scene = tuple[Fleet, Snapshot]


def silent() -> Snapshot:
    """Staging's trail makes no digests, and its newest log in one Region is five hours old."""
    snapshot = scenes.trail_of("staging", LogFileValidationEnabled=False)
    facts = Facts(FLEET, snapshot)
    (route,) = (r for r in all_routes(facts) if r.name == ROUTE)
    (need,) = (n for hop in route.hops for n in hop.needs if isinstance(n, Arrived))
    return snapshot.with_answers(scenes.stopped(facts, need.logs, hours=5))


def history(*events: dict[str, Any]) -> Scene:
    """What the event history tells of the silence."""
    snapshot = silent()
    (question,) = (
        q
        for q in wants(FLEET)(known_more(FLEET, snapshot))
        if q.call == "cloudtrail:LookupEvents" and q.region == "eu-west-1"
    )
    return FLEET, snapshot.with_answers({question: reply({"Events": list(events), "more": False})})


def active() -> Scene:
    at = NOW - datetime.timedelta(minutes=90)
    return history(
        {
            "EventName": "RunInstances",
            "EventSource": "ec2.amazonaws.com",
            "EventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "ReadOnly": "false",
            "Username": "developer",
        }
    )


def both_trails(**status: Any) -> Scene:
    """Own trails that deliver, and beside them the organization's, which the fleet wants."""
    own, shared = fleet_of(), fleet_of(organization=True)
    before = known_more(shared, well(own))
    after = applied(before, plan(shared, before))
    snapshot = with_arrivals(shared, known_more(shared, after))
    changed: dict[Ask, Reply] = {}
    for question, found in snapshot.answers.items():
        named = dict(question.arguments).get("Name", "")
        if question.call == "cloudtrail:GetTrailStatus" and named.endswith("/logkeep-acme"):
            changed[question] = reply({**msgspec.json.decode(found.body), **status})
    return shared, snapshot.with_answers(changed)


def hidden_own() -> Scene:
    """The organization's trail is off, and whether the own one is on could not be seen."""
    fleet, snapshot = both_trails(IsLogging=False)
    own = f"arn:aws:cloudtrail:us-east-1:{STAGING}:trail/logkeep"
    refused = Reply(error="AccessDenied", message="not authorized")
    changed = {
        question: refused
        for question in snapshot.answers
        if question.call == "cloudtrail:GetTrailStatus" and dict(question.arguments)["Name"] == own
    }
    return fleet, snapshot.with_answers(changed)


SCENES = {
    "idle": history,
    "active-while-nothing-came": active,
    "log-group-missing": scenes.without_log_groups,
    "by-another-way": lambda: both_trails(IsLogging=False),
    "organization": both_trails,
    "another-way-unseen": hidden_own,
    "unassumable": lambda: (FLEET, scenes.staging_unassumable()),
}


@pytest.mark.parametrize("name", SCENES)
def test_the_steps_of_a_route(name: str, golden: SnapshotAssertion) -> None:
    fleet, snapshot = SCENES[name]()
    whole = diagnose(fleet, snapshot)
    one = msgspec.structs.replace(whole, routes=tuple(r for r in whole.routes if r.name == ROUTE))
    between = beside(Facts(fleet, snapshot), one.routes, whole.routes)
    assert steps_text(fleet, one, Paint(), between) == golden


@pytest.mark.parametrize("name", ["active-while-nothing-came", "another-way-unseen"])
def test_the_text(name: str, golden: SnapshotAssertion) -> None:
    fleet, snapshot = SCENES[name]()
    assert diagnosis_text(fleet, diagnose(fleet, snapshot), Paint(), Around()) == golden


def test_an_idle_region_is_said_to_be_idle() -> None:
    fleet, snapshot = history()
    told = diagnosis_json(fleet, diagnose(fleet, snapshot), everything=True)
    (route,) = (r for r in told["routes"] if r["name"] == ROUTE)
    found = [f for hop in route["hops"] for f in hop["findings"] if f["code"] == "delivery-stale"]
    assert [(f["verdict"], f["evidence"]["idle"]) for f in found] == [("holds", True)]
    assert found[0]["says"].startswith("idle: the event history tells of nothing since the newest")
