"""EC2's list of Regions, answered without waking moto's slow backend."""

from __future__ import annotations

from logkeep.lab.call import Answer, Call, Forward, Overlay, World
from logkeep.lab.wire import reply


def describe_regions(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """The Regions enabled in the lab's accounts."""
    wanted = call.arguments.get("RegionNames") or world.regions
    shown = [name for name in world.regions if name in wanted]
    regions = [
        {
            "RegionName": name,
            "Endpoint": f"ec2.{name}.amazonaws.com",
            "OptInStatus": "opt-in-not-required",
        }
        for name in shown
    ]
    return reply(call, {"Regions": regions})


OVERLAYS: dict[tuple[str, str], Overlay] = {("ec2", "DescribeRegions"): describe_regions}
"""EC2 operations the lab answers itself."""
