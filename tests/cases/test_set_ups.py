"""Archives as landing zones and modules set them up: healthy as they are, broken by one mistake.

`data/set-ups.jsonl` cites for each the page or the repository whose facts it carries: `open` says
whether it takes the logs of strangers, `faults` exchange a text of one of its policies for what
somebody might have written instead.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cases.reports import fleet_of_report, world_of_report
from logkeep.diagnose.diagnosis import Diagnosis, diagnose
from logkeep.plan import plan

DATA = Path(__file__).with_name("data") / "set-ups.jsonl"
ROWS: list[dict[str, Any]] = [json.loads(line) for line in DATA.read_text().splitlines()]
STRANGERS = "archive-open-to-strangers"
FAULTS = [(row, fault) for row in ROWS for fault in row["faults"]]


def delivers(found: Diagnosis) -> dict[str, str]:
    return {route.account: route.aspects["permitted"] for route in found.routes}


def failing(found: Diagnosis, aspect: str) -> set[str]:
    hops = (hop for route in found.routes for hop in route.hops)
    told = (each for hop in hops for each in hop.findings)
    return {each.code for each in told if (each.aspect, each.verdict) == (aspect, "fails")}


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_it_delivers_as_it_is_published(row: dict[str, Any]) -> None:
    """Logs come, so nothing of the delivery fails or is doubted; what is open is told."""
    snapshot = world_of_report(row["config"], arrives=True)
    found = diagnose(fleet_of_report(row["config"]), snapshot)
    assert delivers(found) == row["permitted"]
    assert failing(found, "arriving") == set()
    assert failing(found, "protected") & {STRANGERS} == set(row["open"])


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_before_a_log_came_nothing_is_called_broken(row: dict[str, Any]) -> None:
    snapshot = world_of_report(row["config"], arrives=False)
    found = diagnose(fleet_of_report(row["config"]), snapshot)
    assert "fails" not in delivers(found).values()


@pytest.mark.parametrize(
    ("row", "fault"), FAULTS, ids=[f"{row['id']}: {fault['name']}" for row, fault in FAULTS]
)
def test_one_mistake_is_found_and_mended_or_blocked(
    row: dict[str, Any], fault: dict[str, str]
) -> None:
    text = json.dumps(row["config"][fault["in"]])
    assert fault["old"] in text
    config = {**row["config"], fault["in"]: json.loads(text.replace(fault["old"], fault["new"]))}
    fleet, snapshot = fleet_of_report(config), world_of_report(config, arrives=False)
    found = diagnose(fleet, snapshot)
    assert set(delivers(found).values()) == {"fails"}
    made = plan(fleet, snapshot)
    part = "s3:PutBucketPolicy" if fault["in"] == "bucket_policy" else "kms:PutKeyPolicy"
    blocked = {each.code for each in made.blocked if each.aspect == "permitted"}
    assert part in {change.call for change in made.changes} or blocked
