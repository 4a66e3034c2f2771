"""Silent or idle: the newest event held against what the account is known to have done."""

from __future__ import annotations

import datetime

import msgspec
import pytest

from kinds.cloudtrail.cloudwatch.streams import (
    ACCOUNT,
    GROUP_ARN,
    ROUTE,
    asking,
    set_up,
    stream,
)
from logkeep.access.log_group import group_ask
from logkeep.archive.streams import streams_ask
from logkeep.diagnose.check.finding import Finding
from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet
from logkeep.snapshot import Ask, Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.cloudwatch.feed import feeds
from logkeep.sources.cloudtrail.evidence import evidence
from logkeep.sources.cloudtrail.trails import status_ask
from logkeep.sources.wants import wants
from support.arrivals import of_late
from support.worlds import NOW

FLEET = asking()
HEALTHY = set_up(FLEET)
STREAM = stream(FLEET)
REGIONS = ("us-east-1", "eu-west-1")


def ago(minutes: float) -> datetime.datetime:
    return NOW - datetime.timedelta(minutes=minutes)


def found(snapshot: Snapshot, fleet: Fleet = FLEET, code: str = "loggroup-stale") -> Finding:
    route = next(r for r in diagnose(fleet, snapshot).routes if r.name == ROUTE)
    return next(f for f in route.hops[-1].findings if f.code == code)


def speaking(snapshot: Snapshot, newest: float | None, log: float | None) -> Snapshot:
    """The newest event and the newest log in the archive so many minutes old; None is none."""
    who = feeds(Facts(FLEET, snapshot), FLEET.logs[0], ACCOUNT)[0].speaker
    found = of_late(FLEET, snapshot, STREAM, None if newest is None else ago(newest))
    for region in REGIONS:
        where = evidence(Facts(FLEET, found), who, "log", region)
        found = of_late(FLEET, found, where, None if log is None else ago(log))
    return found


def made(snapshot: Snapshot, minutes: float) -> Snapshot:
    """The log group was made so many minutes ago."""
    at = int(ago(minutes).timestamp() * 1000)
    shown = {"logGroupName": "SecurityTrail", "arn": f"{GROUP_ARN}:*", "creationTime": at}
    return snapshot.with_answers({group_ask(GROUP_ARN): reply({"logGroups": [shown]})})


CASES = [
    ("an event of late", 10, 10, "holds"),
    ("an event of late, and no log", 10, None, "holds"),
    ("an hour to the minute", 60, 10, "holds"),
    ("silent while active", 61, 10, "fails"),
    ("silent for long, active in between", 170, 100, "fails"),
    ("idle: the newest log tells of nothing newer", 61, 50, "unknown"),
    ("idle since before", 170, 170, "unknown"),
    ("idle, and nothing in the archive", 170, None, "unknown"),
    ("never an event, and active", None, 10, "fails"),
    ("never an event, never a log", None, None, "unknown"),
]


@pytest.mark.parametrize(("says", "newest", "log", "verdict"), CASES, ids=[c[0] for c in CASES])
def test_silence_is_a_fault_only_where_the_account_was_active(
    says: str, newest: float | None, log: float | None, verdict: str
) -> None:
    finding = found(speaking(made(HEALTHY, 9999), newest, log))
    assert finding.verdict == verdict, says
    if verdict == "unknown":
        assert "LookupEvents" in finding.settle


def test_the_evidence_is_the_newest_event_and_the_newest_log() -> None:
    assert found(speaking(HEALTHY, 90, 10)).evidence == {
        "newest_event": "2026-11-23T01:40:00Z",
        "done": "a log",
        "done_at": "2026-11-23T03:00:00Z",
        "told_by": "archive",
    }


def test_how_long_a_silence_may_last_is_settable() -> None:
    patient = asking(minutes=120)
    assert found(speaking(HEALTHY, 110, 10)).verdict == "fails"
    assert found(speaking(HEALTHY, 110, 10), patient).verdict == "holds"
    assert found(speaking(HEALTHY, 121, 10), patient).verdict == "fails"


def test_a_group_made_just_now_may_be_empty() -> None:
    assert found(speaking(made(HEALTHY, 50), None, 10)).verdict == "unknown"
    assert found(speaking(made(HEALTHY, 70), None, 10)).verdict == "fails"


def test_another_accounts_stream_and_another_regions_do_not_count() -> None:
    at = int(ago(5).timestamp() * 1000)
    others = [
        {"logStreamName": f"{ACCOUNT}_CloudTrail_us-east-1_x", "lastEventTimestamp": at},
        {"logStreamName": f"{ACCOUNT}_CloudTrail_us-east-15", "lastEventTimestamp": at},
    ]
    snapshot = speaking(HEALTHY, None, 10)
    silent = snapshot.with_answers({streams_ask(STREAM): reply({"logStreams": others})})
    assert found(silent).verdict == "fails"
    numbered = {"logStreamName": f"{ACCOUNT}_CloudTrail_us-east-1_2", "lastEventTimestamp": at}
    high = snapshot.with_answers({streams_ask(STREAM): reply({"logStreams": [*others, numbered]})})
    assert found(high).verdict == "holds"  # rule 1.10.3: `_<n>` appended under high volume


def told(snapshot: Snapshot, **fields: object) -> Snapshot:
    """The same with these in the trail's status at home."""
    arn = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/logkeep"
    question = status_ask(arn, ACCOUNT, "us-east-1")
    body = msgspec.json.decode(snapshot.answers[question].body)
    return snapshot.with_answers({question: reply({**body, **fields})})


def test_streams_are_shown_late_so_a_delivery_of_late_leaves_it_open() -> None:
    late = told(speaking(HEALTHY, 90, 10), LatestCloudWatchLogsDeliveryTime=ago(5).isoformat())
    assert found(late).verdict == "unknown"
    old = told(speaking(HEALTHY, 90, 10), LatestCloudWatchLogsDeliveryTime=ago(80).isoformat())
    assert found(old).verdict == "fails"


def test_a_status_alone_does_not_say_that_events_arrive() -> None:
    silent = told(speaking(HEALTHY, None, 10), LatestCloudWatchLogsDeliveryTime=ago(1).isoformat())
    assert found(silent).verdict != "holds"


def test_an_error_of_the_last_delivery_is_told() -> None:
    broken = told(HEALTHY, LatestCloudWatchLogsDeliveryError="Access denied.")
    finding = found(broken, code="loggroup-delivery-error")
    assert finding.verdict == "fails"
    assert finding.evidence["is"] == "Access denied."


def remembered(snapshot: Snapshot, *events: dict[str, str]) -> Snapshot:
    """The same with these events in the history of the home Region, and none elsewhere."""
    answers: dict[Ask, Reply] = {}
    for question in wants(FLEET)(snapshot):
        if question.call == "cloudtrail:LookupEvents":
            told = list(events) if question.region == "us-east-1" else []
            answers[question] = reply({"Events": told, "more": False})
    assert answers
    return snapshot.with_answers(answers)


def event(minutes: float, **more: str) -> dict[str, str]:
    at = ago(minutes).isoformat()
    done = {"EventName": "RunInstances", "EventSource": "ec2.amazonaws.com", "EventTime": at}
    return {**done, "ReadOnly": "false", "Username": "ada", **more}


IDLE = speaking(HEALTHY, 170, 170)


def test_the_history_tells_silence_from_idleness() -> None:
    active = found(remembered(IDLE, event(90)))
    assert active.verdict == "fails"
    assert active.evidence["done"] == "ec2.amazonaws.com RunInstances"
    assert found(remembered(IDLE)).verdict == "holds"


def test_what_logkeep_itself_did_does_not_count() -> None:
    assert found(remembered(IDLE, event(90, Username="logkeep"))).verdict == "holds"


def test_the_history_is_asked_only_where_the_verdict_hangs_on_it() -> None:
    for snapshot in (HEALTHY, speaking(HEALTHY, 90, 10), speaking(made(HEALTHY, 50), None, 10)):
        asked = {q.call for q in wants(FLEET)(snapshot) if q.account == ACCOUNT}
        assert "cloudtrail:LookupEvents" not in asked


def test_a_trail_that_is_off_sends_nothing_and_its_silence_is_no_fault_of_the_group() -> None:
    off = told(IDLE, IsLogging=False)
    assert found(off).verdict == "unknown"
    assert "the trail is off" in found(off).settle
