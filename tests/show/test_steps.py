"""The steps of a route: every need told once, in AWS's order, with what is told beside them."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet
from logkeep.show.paint import Paint
from logkeep.show.steps import beside, steps, steps_text
from logkeep.snapshot import Ask, Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.trails import described_ask
from logkeep.value import Verdict
from logkeep.words.step_note import StepNote
from support import scenes
from support.examples import examples
from support.worlds import ACCOUNTS, fleet_of, known_more, well

FLEET = scenes.FLEET
STAGING = ACCOUNTS["staging"]
PLACE = (STAGING, "eu-west-1")
ROUTE = "/".join(("cloudtrail", *PLACE))


def step_notes_of(fleet: Fleet, snapshot: Snapshot, name: str = ROUTE) -> tuple[StepNote, ...]:
    """The asides of one route."""
    routes = diagnose(fleet, snapshot).routes
    return beside(Facts(fleet, snapshot), routes, routes).step_notes[name]


def text_of(fleet: Fleet, snapshot: Snapshot, name: str = ROUTE) -> str:
    """The steps of one route."""
    whole = diagnose(fleet, snapshot)
    one = msgspec.structs.replace(whole, routes=tuple(r for r in whole.routes if r.name == name))
    given_ = beside(Facts(fleet, snapshot), one.routes, whole.routes)
    return steps_text(fleet, one, Paint(width=10_000), given_)


@pytest.mark.parametrize(
    "name", ["before", "healthy", "key_drops_production", "staging_unassumable"]
)
def test_every_need_of_a_route_is_in_one_step(name: str) -> None:
    for route in diagnose(FLEET, getattr(scenes, name)()).routes:
        told = [id(finding) for step in steps(route) for finding in step.findings]
        assert sorted(told) == sorted(id(f) for hop in route.hops for f in hop.findings)


def test_the_steps_come_in_the_order_aws_meets_them() -> None:
    text = text_of(*scenes.to_log_groups(), f"cloudtrail/{STAGING}/us-east-1")
    wanted = [
        *(
            "event history",
            "trail",
            "limit",
            "selectors",
            "global events",
            "bucket",
            "bucket policy",
        ),
        *("key", "key policy", "log group", "role", "arrival", "integrity"),
    ]
    found = re.findall(r"^ +\S ([a-z ]+?)(?: arn:\S+|:.*)?$", text, re.MULTILINE)
    assert [name for name in dict.fromkeys(found) if name in wanted] == wanted


def with_trails(number: int, *, own: bool) -> Snapshot:
    """The healthy fleet where staging shows so many trails in one Region, its own one or not."""
    question = described_ask(*PLACE)
    (kept,) = msgspec.json.decode(scenes.healthy().answers[question].body)["trailList"]
    home, account = "eu-west-1", "999999999999"
    others = [
        {
            "Name": f"other{n}",
            "HomeRegion": home,
            "TrailARN": f"arn:aws:cloudtrail:{home}:{account}:trail/other{n}",
            "S3BucketName": "somebody-elses-logs",
        }
        for n in range(number - own)
    ]
    listed: dict[Ask, Reply] = {question: reply({"trailList": [kept] * own + others})}
    if not own:
        listed[described_ask(STAGING, "us-east-1")] = reply({"trailList": []})
    return known_more(FLEET, scenes.healthy().with_answers(listed))


@examples(15)
@given(st.integers(1, 7), st.booleans())
def test_five_trails_leave_no_room_unless_one_is_the_fleets(number: int, own: bool) -> None:
    (limit,) = (a for a in step_notes_of(FLEET, with_trails(number, own=own)) if a.step == "limit")
    expected: Verdict = "holds" if own or number < 5 else "fails"
    assert limit.verdict == expected
    assert limit.says.startswith(f"{number} of 5 trails are used in eu-west-1")
    assert ("no room" in limit.says) == (number >= 5)


def test_what_could_not_be_listed_is_unknown_and_names_the_call() -> None:
    refused = Reply(error="AccessDenied", message="not authorized")
    snapshot = scenes.healthy().with_answers({described_ask(*PLACE): refused})
    told = {a.step: a for a in step_notes_of(FLEET, snapshot)}
    for step in ("limit", "log group"):
        assert told[step].verdict == "unknown"
        assert f"cloudtrail:DescribeTrails in {STAGING} eu-west-1: AccessDenied" in told[step].says


def test_a_trail_without_a_log_group_is_said_to_have_none() -> None:
    (none,) = (a for a in step_notes_of(FLEET, scenes.healthy()) if a.step == "log group")
    assert (none.verdict, none.other) == (None, "")
    assert none.says.startswith("none is set")


def test_a_fault_of_the_log_group_is_shown_and_breaks_no_route_into_the_archive() -> None:
    text = text_of(*scenes.without_log_groups())
    assert text.startswith(f"✓ {ROUTE} (staging)\n")
    assert f"✗ log group: cloudwatch/{STAGING}/us-east-1, a way of its own" in text
    assert "✗ configured: the log group exists" in text


def test_a_leg_that_was_not_diagnosed_is_named_all_the_same() -> None:
    fleet, snapshot = scenes.to_log_groups()
    found = diagnose(fleet, snapshot)
    text = steps_text(fleet, found, Paint(), beside(Facts(fleet, snapshot), found.routes, ()))
    assert f"log group: cloudwatch/{STAGING}/us-east-1" in text


def test_a_route_that_holds_by_another_way_says_by_which() -> None:
    two = dict(list(ACCOUNTS.items())[:2])
    own, shared = fleet_of(two), fleet_of(two, organization=True)
    name = f"cloudtrail/{two['production']}/eu-west-1"
    trail = f"arn:aws:cloudtrail:us-east-1:{two['production']}:trail/logkeep"
    text = text_of(shared, known_more(shared, well(own)), name)
    assert f"by another way than the wanted one, which does not hold: `{trail}`" in text
    assert "another way" not in text_of(own, well(own), name)


def test_what_aws_answers_cannot_speak_to_the_terminal() -> None:
    refused = Reply(error="AccessDenied", message="\x1b[2J\x9b31m\u202e\r\n")
    snapshot = scenes.healthy().with_answers({described_ask(*PLACE): refused})
    text = text_of(FLEET, snapshot)
    assert "\\x1b[2J" in text
    assert all(letter.isprintable() or letter == "\n" for letter in text)
