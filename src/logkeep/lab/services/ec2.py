"""The lists of Regions, of EC2 and of Account Management, without waking moto's slow backend."""

from __future__ import annotations

from typing import Any

from logkeep.lab.call import Answer, Call, Forward, Overlay, World
from logkeep.lab.wire import reply


def describe_regions(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """The Regions enabled in the lab's accounts."""
    wanted = call.arguments.get("RegionNames") or world.regions
    regions = [
        {
            "RegionName": name,
            "Endpoint": f"ec2.{name}.amazonaws.com",
            "OptInStatus": "opt-in-not-required",
        }
        for name in world.regions
        if name in wanted
    ]
    return reply(call, {"Regions": regions})


def list_regions(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """The same Regions, as Account Management lists them."""
    status = "ENABLED_BY_DEFAULT"
    wanted: list[str] = call.arguments.get("RegionOptStatusContains") or [status]
    listed: list[dict[str, Any]] = [
        {"RegionName": name, "RegionOptStatus": status} for name in world.regions
    ]
    return reply(call, {"Regions": listed if status in wanted else []})


OVERLAYS: dict[tuple[str, str], Overlay] = {
    ("account", "ListRegions"): list_regions,
    ("ec2", "DescribeRegions"): describe_regions,
}
"""Operations the lab answers itself."""
