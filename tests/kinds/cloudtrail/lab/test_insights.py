"""Insights of a trail: kept as asked, told as set."""

from __future__ import annotations

from typing import Any

import pytest

from kinds.cloudtrail.lab.small_world import SECURITY, STAGING, Player, user

RATE, ERRORS = {"InsightType": "ApiCallRateInsight"}, {"InsightType": "ApiErrorRateInsight"}
MANAGEMENT = {"EventCategories": ["Management"]}


def put(play: Player, *selectors: dict[str, Any]) -> str:
    """The error code of setting these; empty if they are taken."""
    asked = {"TrailName": "logkeep", "InsightSelectors": list(selectors)}
    return play.call("PutInsightSelectors", **asked).error_code


def test_none_until_set_and_none_again(play: Player) -> None:
    """Rule 1.12.5; CloudTrail API Reference, GetInsightSelectors."""
    play.trail()
    none = play.call("GetInsightSelectors", TrailName="logkeep")
    assert none.error_code == "InsightNotEnabledException"
    assert put(play, RATE, ERRORS) == ""
    told = play.call("GetInsightSelectors", TrailName="logkeep").output["InsightSelectors"]
    assert told == [RATE | MANAGEMENT, ERRORS | MANAGEMENT]
    [shown] = play.call("DescribeTrails").output["trailList"]
    assert shown["HasInsightSelectors"] is True
    assert put(play) == ""
    none = play.call("GetInsightSelectors", TrailName="logkeep")
    assert none.error_code == "InsightNotEnabledException"


@pytest.mark.parametrize(
    "selectors",
    [
        [{"InsightType": "ApiCallRate"}],
        [RATE, RATE],
        [RATE | {"EventCategories": ["NetworkActivity"]}],
    ],
)
def test_what_is_no_insight_is_refused(play: Player, selectors: list[dict[str, Any]]) -> None:
    """Rule 1.12.5; CloudTrail API Reference, InsightSelector."""
    play.trail()
    assert put(play, *selectors) == "InvalidInsightSelectorsException"


def test_members_cannot_set_them(play: Player) -> None:
    """Rule 1.2.2."""
    arn = play.trail(user(SECURITY), IsOrganizationTrail=True)
    asked = {"TrailName": arn, "InsightSelectors": [RATE]}
    refused = play.call("PutInsightSelectors", user(STAGING), **asked)
    assert refused.error_code == "NotOrganizationMasterAccountException"
    assert play.call("PutInsightSelectors", user(SECURITY), **asked).status == 200
    assert play.call("GetInsightSelectors", user(STAGING), TrailName=arn).status == 200
