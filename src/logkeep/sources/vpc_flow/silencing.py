"""By which calls could somebody end the flow logs of a network, and why are others left out?"""

from __future__ import annotations

from typing import Final

from logkeep.route import Hop
from logkeep.snapshot.facts import Facts
from logkeep.sources import On
from logkeep.sources.vpc_flow.chosen import point_of
from logkeep.sources.vpc_flow.described import flow_logs
from logkeep.value import Arn, Seen

SILENCES: Final[dict[str, On]] = {"ec2:DeleteFlowLogs": "capture"}
"""EC2 API Reference, DeleteFlowLogs: a flow log cannot be changed, so only deleting ends it."""
LEFT_OUT: Final = {
    "ec2:CreateFlowLogs": "makes another flow log",
    "ec2:CreateTags": "changes no record",
    "ec2:DeleteTags": "changes no record",
}
"""All else that writes to a flow log."""
UNLISTED: Final = "fl-unlisted"
"""Stands for a flow log where nobody could list them."""


def captures(facts: Facts, hop: Hop) -> tuple[Arn, ...]:
    """The flow logs that take what a hop captures; where none could be listed, one for all."""
    start = f"arn:{facts.fleet.partition}:ec2:{hop.region}:{hop.account}:vpc-flow-log"
    look = flow_logs(facts, hop.account, hop.region)
    if not isinstance(look, Seen):
        return (f"{start}/{UNLISTED}",)
    point = None if hop.arn.endswith("*") else point_of(facts, hop.arn)
    taken = point.captured_by if point else ()
    return tuple(f"{start}/{log.flow_log_id}" for log in look.value if log.resource_id in taken)
