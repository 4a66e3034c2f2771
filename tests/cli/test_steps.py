"""How `logkeep diagnose ROUTE --steps` is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

import scenes
from command_line import Kept, Run
from worlds import ACCOUNTS

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
    assert f"log group: cloudwatch/{STAGING}/us-east-1, a way of its own" in said.out
    assert f"role arn:aws:iam::{STAGING}:role/CloudTrail_CloudWatchLogs_Role" in said.out
