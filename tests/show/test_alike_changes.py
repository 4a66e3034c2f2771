"""Changes that do the same to many things are told together, and each thing stays named."""

from __future__ import annotations

import msgspec

from kinds.vpc_flow.large import with_flow_logs
from logkeep.plan.plan import plan
from logkeep.show.paint import Paint
from logkeep.show.plan import plan_text
from logkeep.snapshot import reply
from support.large import large


def test_flow_logs_of_many_networks_are_one_paragraph_that_names_each() -> None:
    fleet, snapshot = large(30, 1, with_flow_logs)
    none = {
        each: reply({"FlowLogs": []})
        for each in snapshot.answers
        if each.call == "ec2:DescribeFlowLogs"
    }
    made = plan(fleet, snapshot.with_answers(none))
    text = plan_text(fleet, made, Paint())
    creates = [each for each in made.changes if each.call == "ec2:CreateFlowLogs"]
    assert len(creates) > 20
    assert text.count("ec2:CreateFlowLogs in") == 1
    assert "ResourceIds: as each address names it" in text
    for each in creates:
        (network,) = each.arguments["ResourceIds"]
        assert text.count(f"-{network}-") == 1


def test_what_differs_and_no_address_names_keeps_changes_apart() -> None:
    fleet, snapshot = large(30, 1, with_flow_logs)
    none = {
        each: reply({"FlowLogs": []})
        for each in snapshot.answers
        if each.call == "ec2:DescribeFlowLogs"
    }
    made = plan(fleet, snapshot.with_answers(none))
    other = [
        msgspec.structs.replace(change, arguments={**change.arguments, "TrafficType": f"T{number}"})
        for number, change in enumerate(made.changes)
    ]
    text = plan_text(fleet, msgspec.structs.replace(made, changes=tuple(other)), Paint())
    assert text.count("ec2:CreateFlowLogs in") == len(other)
