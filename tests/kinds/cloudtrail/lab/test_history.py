"""The event history: what LookupEvents finds, in which order, and how often it may be asked."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from kinds.cloudtrail.lab.small_world import PRODUCTION, STAGING, Player, SmallWorld, user


def test_event_history_is_newest_first_and_paged(world: SmallWorld, play: Player) -> None:
    """Rules 1.1.1, 1.1.2."""
    for n in range(5):
        world.advance(minutes=1)
        play.happens("ec2", "DescribeVpcs" if n % 2 else "RunInstances", MaxResults=5)
    first = play.call("LookupEvents", MaxResults=3).output
    assert [e["EventName"] for e in first["Events"]] == [
        "RunInstances",
        "DescribeVpcs",
        "RunInstances",
    ]
    rest = play.call("LookupEvents", MaxResults=50, NextToken=first["NextToken"]).output
    assert "NextToken" not in rest
    attribute = {"AttributeKey": "EventName", "AttributeValue": "RunInstances"}
    found = play.call("LookupEvents", LookupAttributes=[attribute]).output["Events"]
    assert len(found) == 3
    assert {e["Username"] for e in found} == {"ann"}
    assert play.call("LookupEvents", region="eu-west-1").output["Events"] == []
    two = play.call("LookupEvents", LookupAttributes=[attribute, attribute])
    assert two.error_code == "InvalidLookupAttributesException"
    world.advance(days=91)
    assert play.call("LookupEvents", LookupAttributes=[attribute]).output["Events"] == []


def test_history_is_the_accounts_own_with_whole_records(play: Player) -> None:
    """Rules 1.1.1, 1.1.2: an organization's trail changes nothing of it."""
    happened = play.happens("ec2", "RunInstances", user(STAGING))
    assert play.call("LookupEvents", user(PRODUCTION)).output["Events"] == []
    [event] = play.call("LookupEvents", user(STAGING)).output["Events"]
    record = json.loads(event["CloudTrailEvent"])
    assert (record["userAgent"], record["recipientAccountId"]) == (happened.user_agent, STAGING)
    assert (record["eventID"], record["eventName"]) == (event["EventId"], event["EventName"])


def test_both_ends_of_the_time_count(world: SmallWorld, play: Player) -> None:
    """Rule 1.1.2: times are of whole seconds, as EventTime tells them."""
    world.time = world.time.replace(microsecond=700_000)
    play.happens("ec2", "RunInstances")
    [event] = play.call("LookupEvents").output["Events"]
    at, second = event["EventTime"], timedelta(seconds=1)
    world.advance(minutes=1)

    def found(start: timedelta, end: timedelta) -> list[str]:
        asked = {"StartTime": at + start, "EndTime": at + end}
        return [e["EventName"] for e in play.call("LookupEvents", **asked).output["Events"]]

    assert "RunInstances" in found(0 * second, 0 * second)
    assert "RunInstances" not in found(second, 2 * second)
    assert found(-2 * second, -second) == []
    backwards = {"StartTime": at, "EndTime": at - second}
    assert play.call("LookupEvents", **backwards).error_code == "InvalidTimeRangeException"


def test_two_a_second_by_account_and_region(
    world: SmallWorld, play: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 1.1.2, where the lab is asked to be as strict; refused calls do not count."""
    times = iter([10.0, 10.1, 10.2, 10.3, 10.4, 11.05, 11.06])
    monkeypatch.setattr("logkeep.lab.kinds.cloudtrail.lookup.monotonic", lambda: next(times))
    assert {play.call("LookupEvents").error_code for _ in range(9)} == {""}
    world.paced = True
    codes = [play.call("LookupEvents").error_code for _ in range(3)]
    assert codes == ["", "", "ThrottlingException"]
    assert play.call("LookupEvents", user(STAGING)).error_code == ""
    assert play.call("LookupEvents", region="eu-west-1").error_code == ""
    codes = [play.call("LookupEvents").error_code for _ in range(2)]
    assert codes == ["", "ThrottlingException"]
