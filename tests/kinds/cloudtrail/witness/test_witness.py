"""The event history tells an idle Region from a silent one, where no digest does."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.diagnose.diagnosis import diagnose
from logkeep.route import Arrived
from logkeep.snapshot import Ask, Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.trails import described_ask, selectors_ask, trails
from logkeep.sources.wants import wants
from logkeep.value import Seen
from support.examples import examples
from support.worlds import NOW, fleet_of, known_more, well

FLEET = fleet_of()
STAGING = FLEET.accounts["staging"]
ROUTE = f"cloudtrail/{STAGING}/eu-west-1"
CALL = "cloudtrail:LookupEvents"


def history(*events: dict[str, Any], more: bool = False) -> Reply:
    return reply({"Events": list(events), "more": more})


def event(minutes_ago: float, **more: Any) -> dict[str, Any]:
    at = NOW - datetime.timedelta(minutes=minutes_ago)
    return {
        "EventId": "1",
        "EventName": "RunInstances",
        "EventSource": "ec2.amazonaws.com",
        "EventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "ReadOnly": "false",
        "Username": "developer",
        "userAgent": "aws-cli/2.0",
        **more,
    }


def unvalidated() -> Snapshot:
    """A fleet all well, but that staging's trail makes no digests and brought no log of late."""
    snapshot = well(FLEET)
    answers: dict[Ask, Reply] = {}
    facts = Facts(FLEET, snapshot)
    found = trails(facts, STAGING)
    assert isinstance(found, Seen)
    (trail,) = found.value
    for region in FLEET.regions or ():
        answers[described_ask(STAGING, region)] = reply(
            {
                "trailList": [
                    {
                        "Name": trail.name,
                        "HomeRegion": trail.home_region,
                        "TrailARN": trail.arn,
                        "S3BucketName": trail.s3_bucket_name,
                        "KmsKeyId": trail.kms_key_id,
                        "IsMultiRegionTrail": True,
                        "IncludeGlobalServiceEvents": True,
                        "LogFileValidationEnabled": False,
                    }
                ]
            }
        )
    for question, found_ in snapshot.answers.items():
        about = dict(question.arguments).get("Prefix", "")
        if question.call == "s3:ListObjectsV2" and f"/{STAGING}/CloudTrail/" in about:
            answers[question] = reply({})
        elif question == selectors_ask(trail, STAGING):
            answers[question] = found_
    return snapshot.with_answers(answers)


QUIET = unvalidated()
ASKED = sorted(
    {q for q in wants(FLEET)(known_more(FLEET, QUIET)) if q.call == CALL and q.account == STAGING}
)
(HERE,) = (q for q in ASKED if q.region == "eu-west-1")


def arrival(*events: dict[str, Any], more: bool = False) -> tuple[str, dict[str, Any]]:
    """The verdict on arrival of one Region, and its evidence."""
    snapshot = known_more(FLEET, QUIET).with_answers({HERE: history(*events, more=more)})
    (route,) = (r for r in diagnose(FLEET, snapshot).routes if r.name == ROUTE)
    (found,) = (f for h in route.hops for f in h.findings if isinstance(f.need, Arrived))
    return found.verdict, found.evidence


def test_the_witness_is_asked_only_where_a_verdict_hangs_on_it() -> None:
    assert [q for q in wants(FLEET)(well(FLEET)) if q.call == CALL] == []
    assert {
        (q.account, q.region) for q in wants(FLEET)(known_more(FLEET, QUIET)) if q.call == CALL
    } == {(STAGING, region) for region in FLEET.regions or ()}


def test_an_account_that_did_nothing_is_idle_and_not_broken() -> None:
    verdict, evidence = arrival()
    assert (verdict, evidence["idle"]) == ("holds", True)


def test_an_account_that_was_active_while_nothing_arrived_is_broken() -> None:
    verdict, evidence = arrival(event(90))
    assert verdict == "fails"
    assert evidence["done"] == "ec2.amazonaws.com RunInstances"


@pytest.mark.parametrize(
    "made",
    [
        {"userAgent": "Boto3/1.40 logkeep"},
        {"Username": "logkeep", "userAgent": "Boto3/1.40"},
    ],
)
def test_what_logkeep_did_itself_does_not_count(made: dict[str, str]) -> None:
    assert arrival(event(90, **made))[0] == "holds"
    assert arrival(event(90, **made), more=True)[0] == "unknown"
    assert arrival(event(80, **made), event(90))[0] == "fails"


def test_what_the_trail_does_not_select_does_not_count() -> None:
    facts = Facts(FLEET, QUIET)
    found = trails(facts, STAGING)
    assert isinstance(found, Seen)
    question = selectors_ask(found.value[0], STAGING)
    writes = {"EventSelectors": [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]}
    base = known_more(FLEET, QUIET).with_answers({question: reply(writes)})
    for read_only, verdict in (("true", "holds"), ("false", "fails")):
        snapshot = base.with_answers({HERE: history(event(90, ReadOnly=read_only))})
        (route,) = (r for r in diagnose(FLEET, snapshot).routes if r.name == ROUTE)
        assert route.aspects["arriving"] == verdict


def test_a_history_that_could_not_be_read_is_unknown() -> None:
    snapshot = known_more(FLEET, QUIET).with_answers(
        {HERE: Reply(error="AccessDenied", message="no")}
    )
    (route,) = (r for r in diagnose(FLEET, snapshot).routes if r.name == ROUTE)
    assert route.aspects["arriving"] == "unknown"


def test_only_what_is_older_than_logs_take_is_asked_about() -> None:
    end = datetime.datetime.fromisoformat(dict(HERE.arguments)["EndTime"])
    assert datetime.timedelta(hours=1) <= NOW - end < datetime.timedelta(hours=2)


AGENTS = st.sampled_from(["aws-cli/2.0", "Boto3/1.40 logkeep", "console.amazonaws.com"])
EVENTS = st.lists(
    st.builds(
        lambda ago, agent, name: event(ago, userAgent=agent, Username=name),
        st.floats(61, 1400),
        AGENTS,
        st.sampled_from(["developer", "logkeep"]),
    ),
    max_size=5,
)


@given(EVENTS, st.booleans())
@examples(60)
def test_the_verdict_is_that_of_whoever_else_did_something(
    events: list[dict[str, Any]], more: bool
) -> None:
    others = [e for e in events if "logkeep" not in e["userAgent"] and e["Username"] != "logkeep"]
    expected = "fails" if others else "unknown" if more else "holds"
    assert arrival(*events, more=more)[0] == expected
