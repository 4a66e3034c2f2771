"""The event history as it is asked for: paced, one page, and only what a verdict needs of it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.aws.answer import answer
from logkeep.aws.calls import call_named
from logkeep.aws.pace import UNPACED, Pace
from logkeep.aws.session import Session
from logkeep.snapshot import Ask, ask
from logkeep.sources.cloudtrail.events import compact
from support.labs import START, Bench, bench
from support.worlds import ACCOUNTS

PRODUCTION = ACCOUNTS["production"]
LOOKUP = "cloudtrail:LookupEvents"


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    with bench(ACCOUNTS) as made:
        yield made


def history(account: str, region: str = "us-east-1", start: str = f"{START:%Y-%m-%d}") -> Ask:
    return ask(account, region, LOOKUP, StartTime=f"{start}T00:00:00Z", EndTime=f"{END}Z")


END = f"{START:%Y-%m-%d}T23:00:00"


def test_an_event_is_known_by_name_time_and_program(lab: Bench) -> None:
    lab.client(PRODUCTION, "kms").create_key(Description="seen")
    found = answer(lab.session, history(PRODUCTION))
    body = json.loads(bytes(found.body))
    made = next(each for each in body["Events"] if each["EventName"] == "CreateKey")
    assert made["EventSource"] == "kms.amazonaws.com"
    assert made["EventTime"].endswith("Z")
    assert made["ReadOnly"] == "false"
    assert made["Username"] == "logkeep"
    assert "logkeep" in made["userAgent"]
    assert made["eventCategory"] == "Management"
    assert made["managementEvent"] is True
    assert not {"CloudTrailEvent", "Resources", "AccessKeyId", "sourceIPAddress"} & set(made)
    assert body["more"] is False
    assert "accessKeyId" not in bytes(found.body).decode()


def test_one_page_says_whether_there_was_more(lab: Bench) -> None:
    trails = lab.client(ACCOUNTS["staging"], "cloudtrail", "eu-west-1")
    for _ in range(51):
        trails.describe_trails()
    before = lab.session.calls.counts[LOOKUP]
    body = json.loads(bytes(answer(lab.session, history(ACCOUNTS["staging"], "eu-west-1")).body))
    assert len(body["Events"]) == 50
    assert body["more"] is True
    assert lab.session.calls.counts[LOOKUP] == before + 1
    times = [each["EventTime"] for each in body["Events"]]
    assert times == sorted(times, reverse=True)


def test_nothing_done_is_an_empty_list(lab: Bench) -> None:
    question = ask(
        PRODUCTION, "eu-west-1", LOOKUP, StartTime="2026-10-01T00:00:00Z",
        EndTime="2026-10-02T00:00:00Z",
    )  # fmt: skip
    assert json.loads(bytes(answer(lab.session, question).body)) == {"Events": [], "more": False}


class Clock:
    """A time that goes by only where somebody sleeps."""

    def __init__(self) -> None:
        self.at = 100.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 3, allow_nan=False)), max_size=40),
    st.sampled_from((0.5, 0.1)),
)
def test_turns_are_never_closer_than_the_pause(
    asked: list[tuple[str, float]], pause: float
) -> None:
    clock = Clock()
    pace = Pace(clock.now, clock.sleep)
    made: dict[str, list[float]] = {}
    for of, idle in asked:
        clock.at += idle
        pace.wait(of, pause)
        made.setdefault(of, []).append(clock.at)
    for times in made.values():
        assert all(b - a >= pause - 1e-9 for a, b in itertools.pairwise(times))
    assert all(0 < each <= pause + 1e-9 for each in clock.slept)


def asked_thrice(session: Session) -> list[float]:
    """How long it slept between three questions in each of two Regions, and one of another kind."""
    clock = Clock()
    session.pace = Pace(clock.now, clock.sleep)
    for region in ("us-east-1", "eu-west-1"):
        for day in ("01", "02", "03"):
            answer(session, history(PRODUCTION, region, f"2026-11-{day}"))
    answer(session, ask(PRODUCTION, "us-east-1", "cloudtrail:DescribeTrails"))
    return clock.slept


@pytest.mark.parametrize("named", [None, "", "http://127.0.0.1:1", "none"])
def test_the_history_is_asked_twice_a_second_of_an_account_and_region(
    lab: Bench, monkeypatch: pytest.MonkeyPatch, named: str | None
) -> None:
    """Two requests a second for an account and Region (rule 1.1.2), whatever another lab takes."""
    if named is None:
        monkeypatch.delenv(UNPACED)
    else:
        monkeypatch.setenv(UNPACED, named)
    assert call_named(LOOKUP).pause_s == 0.5
    assert asked_thrice(Session(lab.fleet)) == [0.5, 0.5, 0.5, 0.5]


def test_a_lab_that_takes_any_pace_is_not_waited_for(lab: Bench) -> None:
    assert asked_thrice(Session(lab.fleet)) == []


@pytest.mark.parametrize("text", ["", "null", "[]", "not JSON", "{"])
def test_an_event_without_its_text_keeps_what_was_said_of_it(text: str) -> None:
    found = compact({"Events": [{"EventName": "CreateKey", "CloudTrailEvent": text}]})
    assert found == {"Events": [{"EventName": "CreateKey"}], "more": False}
    assert msgspec.json.encode(found)


DEEP = 20_000
HOSTILE = {
    "nested deep": '{"userIdentity":' * DEEP + "1" + "}" * DEEP,
    "a name that is a list": '{"eventName": []}',
    "a name that is an object": '{"eventName": {}, "eventSource": "cloudtrail.amazonaws.com"}',
    "a number of many digits": '{"n": ' + "9" * 6000 + "}",
    "half a letter": '{"eventName": "\\ud800"}',
    "fields of other types": '{"eventName": "PutBucketPolicy", "userIdentity": '
    '{"arn": 5, "type": [], "sessionContext": {"sessionIssuer": "x"}}, "resources": [1, null], '
    '"requestParameters": {"bucketName": {}}}',
    "a name of thousands of letters": '{"eventName": "PutBucketPolicy", "userIdentity": '
    f'{{"type": "IAMUser", "arn": "{"x" * 3000}"}}}}',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_whatever_an_event_says_nobody_is_made_up_of_it(text: str) -> None:
    """The history shows requests as they were sent, by strangers and refused ones too."""
    (found,) = compact({"Events": [{"EventName": "CreateKey", "CloudTrailEvent": text}]})["Events"]
    assert found["EventName"] == "CreateKey"
    assert set(found.get("who", {})) <= {"type"}
    assert not found.get("changed")
