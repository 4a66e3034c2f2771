"""Costs are named with their unit and the counts that are known, and only where they are new."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.access.bucket import of_bucket
from logkeep.plan import plan
from logkeep.plan.costs import costs
from logkeep.show.costs import all_words, cost_lines
from logkeep.show.paint import Paint
from logkeep.snapshot import Snapshot, ask, reply
from logkeep.snapshot.change import Change
from logkeep.snapshot.facts import Facts
from logkeep.value import Json
from logkeep.words.cost import Cost
from support import grown, scenes
from support.examples import examples
from support.worlds import ACCOUNTS, applied

FLEET = scenes.FLEET
REGIONS = FLEET.regions or ()
CODES = {
    *("key", "key-requests", "storage"),
    *("data-events", "management-copies", "insights", "log-ingestion"),
}


def planned(snapshot: Snapshot) -> dict[str, Cost]:
    changes = plan(FLEET, snapshot).changes
    return {cost.code: cost for cost in costs(Facts(FLEET, snapshot), changes)}


def test_the_first_plan_names_all_that_is_new() -> None:
    found = planned(scenes.before())
    assert set(found) == {"key", "storage", "key-requests", "data-events"}
    assert found["key"].count == 1
    routes = len(ACCOUNTS) * len(REGIONS)
    assert (found["key-requests"].count, found["key-requests"].per) == (routes * (12 + 1), "hour")
    assert found["storage"].places == routes
    assert found["data-events"].count is None
    assert found["data-events"].kinds == ("lambda", "s3")
    assert found["data-events"].places == len(ACCOUNTS)


@pytest.mark.parametrize(
    "scene", [scenes.healthy, scenes.key_drops_production, scenes.bucket_drops_two]
)
def test_what_changes_no_trail_costs_nothing(scene: Callable[[], Snapshot]) -> None:
    assert planned(scene()) == {}


def test_no_change_costs_nothing() -> None:
    assert costs(Facts(FLEET, scenes.before()), ()) == ()


def test_what_is_done_already_is_not_named_again() -> None:
    before = scenes.before()
    made = plan(FLEET, before)
    after = applied(before, made)
    assert costs(Facts(FLEET, after), plan(FLEET, after).changes) == ()


OTHERS = st.fixed_dictionaries(
    {
        "home": st.sampled_from(REGIONS),
        "whole": st.booleans(),
        "on": st.sampled_from([True, False, None]),
        "management": st.sampled_from([True, False, None]),
    }
)


def with_others(others: list[dict[str, Json]]) -> Snapshot:
    """Nothing of ours yet, and in staging trails of others."""
    snapshot = scenes.before()
    for number, other in enumerate(others):
        found = grown.trail(
            ACCOUNTS["staging"],
            f"other{number}",
            other["home"],
            IsMultiRegionTrail=other["whole"],
        )
        snapshot = grown.shown(snapshot, ACCOUNTS["staging"], found)
        arn, home = found["TrailARN"], found["HomeRegion"]
        management = {"IncludeManagementEvents": other["management"]}
        answers = {"EventSelectors": [management]}, {"IsLogging": other["on"]}
        if other["management"] is not None:
            selected = ask(ACCOUNTS["staging"], home, "cloudtrail:GetEventSelectors", TrailName=arn)
            snapshot = snapshot.with_answers({selected: reply(answers[0])})
        if other["on"] is not None:
            doing = ask(ACCOUNTS["staging"], home, "cloudtrail:GetTrailStatus", Name=arn)
            snapshot = snapshot.with_answers({doing: reply(answers[1])})
    return snapshot


def naive(others: Iterable[dict[str, Json]]) -> tuple[int, int]:
    """Region by Region: is there surely, or only perhaps, a trail that records already?"""
    sure = maybe = 0
    for region in REGIONS:
        there = [o for o in others if o["whole"] or o["home"] == region]
        records = [
            False if False in (o["on"], o["management"]) else None
            if None in (o["on"], o["management"]) else True
            for o in there
        ]  # fmt: skip
        sure += True in records
        maybe += True not in records and None in records
    return sure, maybe


@examples(30)
@given(st.lists(OTHERS, max_size=3))
def test_a_copy_is_billed_where_another_trail_records_already(
    others: list[dict[str, Json]],
) -> None:
    cost = planned(with_others(others)).get("management-copies")
    sure, maybe = naive(others)
    if cost is None:
        assert (sure, maybe) == (0, 0)
    else:
        assert (cost.places, cost.places_unknown) == (sure, maybe)
        assert cost.accounts == (ACCOUNTS["staging"],)


def test_with_a_bucket_key_the_requests_are_not_counted() -> None:
    trailless = scenes.trail_of("staging", KmsKeyId="")
    assert planned(trailless)["key-requests"].count == len(REGIONS) * 13
    rule = {"BucketKeyEnabled": True}
    question = of_bucket(Facts(FLEET, trailless), "s3:GetBucketEncryption")
    body = {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}
    shared = planned(trailless.with_answers({question: reply(body)}))["key-requests"]
    assert shared.count is None
    assert shared.kinds == ("bucket-key",)


def test_a_log_group_and_insights_are_named_by_their_trails() -> None:
    arn = f"arn:aws:cloudtrail:us-east-1:{ACCOUNTS['staging']}:trail/logkeep"
    group: Json = {"CloudWatchLogsLogGroupArn": "arn:aws:logs:us-east-1:333333333333:log-group:g:*"}
    looks: Json = {"InsightSelectors": [{"InsightType": "ApiCallRateInsight"}]}
    changes = [
        Change(arn, "~", ACCOUNTS["staging"], "us-east-1", call, arguments)
        for call, arguments in (
            ("cloudtrail:UpdateTrail", group),
            ("cloudtrail:PutInsightSelectors", looks),
        )
    ]
    found = {c.code: c for c in costs(Facts(FLEET, scenes.healthy()), changes)}
    assert set(found) == {"log-ingestion", "insights"}
    assert found["log-ingestion"].resources == found["insights"].resources == (arn,)


def test_every_code_has_words_without_a_price() -> None:
    assert all_words().keys() >= CODES
    for code in all_words():
        for number in (None, 1, 40):
            cost = Cost(code, "unit", "AWS's page", number, "hour", 2, 1, ("s3",), (), (), True)
            text = "\n".join(cost_lines(FLEET, [cost], Paint()))
            assert "AWS's page" in " ".join(text.split())
            assert "$" not in text
            assert msgspec.json.decode(msgspec.json.encode(cost), type=Cost) == cost
