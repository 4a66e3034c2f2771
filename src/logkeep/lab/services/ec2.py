"""The lists of Regions, of EC2 and of Account Management, without waking moto's slow backend."""

from __future__ import annotations

from typing import Any

from logkeep.lab.call import Answer, Call, Forward, Overlay, World
from logkeep.lab.wire import reply

OPT_IN = frozenset(
    {
        "af-south-1",
        "ap-east-1",
        "ap-east-2",
        "ap-south-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "ap-southeast-5",
        "ap-southeast-6",
        "ap-southeast-7",
        "ca-west-1",
        "eu-central-2",
        "eu-south-1",
        "eu-south-2",
        "il-central-1",
        "me-central-1",
        "me-south-1",
        "mx-central-1",
    }
)
"""Regions that an account has to opt into (Account Management Reference Guide, "Regions")."""


def describe_regions(world: World, call: Call, forward: Forward) -> Answer:  # noqa: ARG001
    """The Regions enabled in the caller's account."""
    wanted = call.arguments.get("RegionNames") or world.regions
    enabled = [name for name in world.regions if world.is_enabled(call.caller.account, name)]
    regions = [
        {
            "RegionName": name,
            "Endpoint": f"ec2.{name}.amazonaws.com",
            "OptInStatus": "opted-in" if name in OPT_IN else "opt-in-not-required",
        }
        for name in enabled
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
