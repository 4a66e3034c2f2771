"""A flow log cannot be changed: a new one first, and the old one goes once the new one delivers."""

from __future__ import annotations

from typing import Any

import pytest

from kinds.vpc_flow.test_cases import by_hand
from kinds.vpc_flow.worlds import (
    ACCOUNT,
    AWAY,
    FACE,
    HOME,
    IDLE,
    bare,
    fleet,
    flow_log,
    flow_logs,
    known_more,
)
from logkeep.fleet.file import read_fleet
from logkeep.plan import plan
from logkeep.plan.costs import with_costs
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.sources import kinds
from logkeep.sources.inventory import inventory
from logkeep.sources.notices import notices
from logkeep.sources.vpc_flow import FlowOptions
from support import scenes

OURS = {"Tags": [{"Key": "logkeep:fleet", "Value": "acme"}]}
IDLES = flow_log("fl-idle", IDLE)


def deleted(now: Snapshot, options: FlowOptions | None = None) -> list[str]:
    changes = plan(fleet(options), now).changes
    gone = [c for c in changes if c.call == "ec2:DeleteFlowLogs"]
    return [id_ for change in gone for id_ in change.arguments["FlowLogIds"]]


def test_a_changed_wish_makes_a_new_one_and_removes_nothing_yet() -> None:
    wanted = FlowOptions(format=("version", "vpc-id", "srcaddr"))
    now = by_hand(fleet(wanted), flow_log("fl-old", **OURS), IDLES)
    calls = [c.call for c in plan(fleet(wanted), now).changes]
    assert "ec2:CreateFlowLogs" in calls
    assert "ec2:DeleteFlowLogs" not in calls


def refused_ones(**more: Any) -> Snapshot:
    """An old one that takes refusals only, and the new one beside it."""
    rows = (
        flow_log("fl-old", TrafficType="REJECT", **{**OURS, **more}),
        flow_log("fl-new", **OURS),
        IDLES,
    )
    return by_hand(None, *rows)


def test_the_old_one_goes_once_the_new_one_delivers() -> None:
    assert deleted(refused_ones()) == ["fl-old"]


def test_what_somebody_else_made_stays() -> None:
    assert deleted(refused_ones(Tags=[])) == []


@pytest.mark.parametrize("status", ["", "FAILED"])
def test_while_the_new_one_does_not_say_that_it_delivers_the_old_one_stays(status: str) -> None:
    now = refused_ones()
    rows = (
        flow_log("fl-old", TrafficType="REJECT", **OURS),
        flow_log("fl-new", DeliverLogsStatus=status, **OURS),
        IDLES,
    )
    assert deleted(now.with_answers(flow_logs(*rows))) == []


def test_while_no_record_came_the_old_one_stays() -> None:
    rows = (flow_log("fl-old", TrafficType="REJECT", **OURS), flow_log("fl-nothing", **OURS), IDLES)
    now = by_hand().with_answers(flow_logs(*rows))
    assert deleted(known_more(fleet(), now)) == []


def test_a_small_one_of_ours_goes_too() -> None:
    now = by_hand(None, flow_log("fl-eni", FACE, **OURS), flow_log("fl-new", **OURS), IDLES)
    assert deleted(now) == ["fl-eni"]


def test_what_is_doubled_is_named_and_paid_for() -> None:
    now = by_hand(None, flow_log("fl-one"), flow_log("fl-two", FACE), IDLES)
    (found,) = [n for n in notices(Facts(fleet(), now)) if n.code == "flowlog-doubled"]
    assert found.evidence == {"interfaces": 1, "flow_logs": ["fl-one", "fl-two"]}
    alone = by_hand(None, flow_log("fl-one"), IDLES)
    assert not [n for n in notices(Facts(fleet(), alone)) if n.code == "flowlog-doubled"]


def test_costs_are_named() -> None:
    wanted = FlowOptions(format=("version", "vpc-id"))
    now = by_hand(fleet(wanted), flow_log("fl-old"), IDLES)
    made = with_costs(Facts(fleet(wanted), now), plan(fleet(wanted), now))
    costs = {cost.code: cost for cost in made.costs}
    assert costs["flow-records"].places == 3
    assert costs["flow-records-doubled"].places == 3


def test_they_are_listed() -> None:
    now = by_hand(None, flow_log("fl-one", FACE, TrafficType="REJECT"))
    found = inventory(Facts(fleet(), now), ["flow-logs", "interfaces"])
    logs, faces = found.sections
    said = {s.name: s.value for s in next(i for i in logs.items if i.name == "fl-one").said}
    assert (said["captures"], said["traffic"], said["delivery"]) == (FACE, "REJECT", "SUCCESS")
    for item in (*logs.items, *faces.items):
        assert all(each.words or each.unread for each in item.said), "a person is told all of it"
    by_name = {item.name: {s.name: s.value for s in item.said} for item in faces.items}
    assert by_name[FACE]["captured_by"] == ["fl-one"]
    assert by_name[FACE]["left_out"] == "ACCEPT"
    assert by_name["eni-0a2"]["captured_by"] == []
    assert {item.region for item in faces.items} == {HOME, AWAY}


def test_what_was_not_read_is_said_to_be() -> None:
    now = by_hand()
    gone = [q for q in now.answers if q.call == "ec2:DescribeFlowLogs" and q.account == ACCOUNT]
    found = inventory(Facts(fleet(), now.without(gone)), ["interfaces"])
    assert not found.complete


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('capture = "vpcs"', "did you mean `vpc`"),
        ('traffic = "DENY"', "unknown value"),
        ('to = "archives"', "did you mean `archive`"),
        ('to = ["archive", "archive"]', "twice"),
        ('format = ["srcaddr", "dstadr"]', "did you mean `dstaddr`"),
        ('format = ["default", "srcaddr"]', "stands alone"),
        ('parquet = "yes"', "true or false"),
        ('to = "cloudwatch"\nparquet = true', "Parquet"),
        ('log-group = "aws/x"', "log group"),
        ('log-group = "vpc"', "cloudwatch"),
    ],
)
def test_a_mistake_is_said_with_its_place(line: str, says: str) -> None:
    text = f'{scenes.FLEET_TEXT}\n[[logs]]\nsource = "vpc-flow"\n{line}\n'
    mistakes = read_fleet(text, kinds())
    assert isinstance(mistakes, tuple)
    assert any(says in f"{each.says} {each.hint}" for each in mistakes), mistakes


def test_one_place_may_be_named_without_a_list() -> None:
    text = (
        f'{scenes.FLEET_TEXT}\n[[logs]]\nsource = "vpc-flow"\naccounts = ["staging"]\n'
        'to = "cloudwatch"\nformat = "default"\ncapture = "subnet"\n'
    )
    found = read_fleet(text, kinds())
    assert not isinstance(found, tuple)
    (logs,) = found.logs_of("vpc-flow")
    assert logs.options == FlowOptions(capture="subnet", to=("cloudwatch",))


def crowded(now: Snapshot, options: FlowOptions | None = None) -> list[Any]:
    found = notices(Facts(fleet(options), now))
    return [each.evidence["named"] for each in found if each.code == "flowlog-crowded"]


def test_a_third_flow_log_of_one_vpc_is_warned_of() -> None:
    """AWS's page of quotas named two until 2021; none is warned of where all is as wanted."""
    away = {"LogDestination": "arn:aws:s3:::theirs"}
    two = flow_log("fl-a", **away), flow_log("fl-b", TrafficType="REJECT", **away)
    assert crowded(by_hand(None, *two, IDLES)) == [["vpc-0a"]]
    assert crowded(by_hand(None, two[0], flow_log("fl-ours"), IDLES)) == []
    assert crowded(by_hand(None, two[0], IDLES)) == []


def test_so_is_a_third_that_comes_with_others_at_once() -> None:
    three = FlowOptions(to=("archive", "cloudwatch", "firehose"), stream="flow")
    assert sorted(name for each in crowded(bare(fleet(three)), three) for name in each) == [
        "vpc-0a",
        "vpc-0b",
        "vpc-0c",
    ]
    two = FlowOptions(to=("archive", "cloudwatch"))
    assert crowded(bare(fleet(two)), two) == []
