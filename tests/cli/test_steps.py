"""How `logkeep diagnose ROUTE --steps` is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support import scenes
from support.command_line import Kept, Run
from support.worlds import ACCOUNTS

STAGING = ACCOUNTS["staging"]


@pytest.mark.usefixtures("fleet")
def test_every_step_of_the_routes_asked_for_is_shown(logkeep: Run, kept: Kept) -> None:
    said = logkeep("diagnose", "staging", "--steps", "--snapshot", kept(scenes.healthy()))
    assert said.code == 0
    for region in ("us-east-1", "eu-west-1"):
        assert f"cloudtrail/{STAGING}/{region} (staging)" in said.out
        assert f"limit: 1 of 5 trails are used in {region}" in said.out
    assert "event history: 90 days" in said.out
    assert ACCOUNTS["production"] not in said.out


def test_the_log_group_is_shown_though_only_the_way_into_the_archive_was_asked_for(
    logkeep: Run, kept: Kept, fleet: Path
) -> None:
    fleet.write_text(f'{scenes.FLEET_TEXT}log-group = "SecurityTrail"\n', encoding="utf-8")
    path = kept(scenes.to_log_groups()[1])
    said = logkeep("diagnose", f"cloudtrail/{STAGING}/eu-west-1", "--steps", "--snapshot", path)
    assert said.code == 0
    json_said = logkeep("diagnose", "eu-west-1", "--steps", "--json", "--snapshot", path)
    beside = [each for r in json.loads(json_said.out)["routes"] for each in r["asides"]]
    whole = json.loads(logkeep("diagnose", "--json", "--snapshot", path).out)["routes"]
    verdicts = {r["name"]: r["verdict"] for r in whole if r["name"].startswith("cloudwatch/")}
    assert {each["route"]: each["verdict"] for each in beside if each["route"]} == verdicts
    assert len(verdicts) == len(ACCOUNTS)
    assert f"log group: cloudwatch/{STAGING}/us-east-1, a way of its own" in said.out
    assert f"role arn:aws:iam::{STAGING}:role/CloudTrail_CloudWatchLogs_Role" in said.out


@pytest.mark.usefixtures("fleet")
def test_the_steps_are_told_in_json_too(logkeep: Run, kept: Kept) -> None:
    path = kept(scenes.healthy())
    said = logkeep("diagnose", "staging", "--steps", "--json", "--snapshot", path)
    assert said.code == 0
    for route in json.loads(said.out)["routes"]:
        beside = {each["step"]: each for each in route["asides"]}
        assert beside["event history"]["verdict"] is None
        limit = beside["limit"]
        assert (limit["before"], limit["verdict"]) == ("selectors", "holds")
        assert f"1 of 5 trails are used in {route['region']}" in limit["says"]
        steps = [found["step"] for hop in route["hops"] for found in hop["findings"]]
        shown = list(dict.fromkeys(steps))
        assert shown[:2] == ["trail", "selectors"]
        assert [each for each in shown if each in {"bucket policy", "key policy", "arrival"}] == [
            *("bucket policy", "key policy", "arrival")
        ]
    plain = json.loads(logkeep("diagnose", "--json", "--all", "--snapshot", path).out)["routes"][0]
    assert "asides" not in plain
    assert "step" not in plain["hops"][0]["findings"][0]
