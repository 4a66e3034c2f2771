"""VPC flow logs in every account of a big fleet: four VPCs each, all recorded, all delivering."""

from __future__ import annotations

from typing import Any

import msgspec

from kinds.vpc_flow.worlds import face
from logkeep.fleet import Fleet, Logs
from logkeep.plan import plan
from logkeep.snapshot import Ask, Reply, Snapshot, reply
from logkeep.sources.vpc_flow import FlowOptions
from logkeep.sources.vpc_flow.calls import CALLS
from logkeep.sources.wants import wants
from support.worlds import answered, applied, with_arrivals

VPCS = 4
FACES = 2


def with_flow_logs(fleet: Fleet, snapshot: Snapshot) -> tuple[Fleet, Snapshot]:
    """The fleet asking for flow logs too, and what is found once they are set up."""
    everyone = tuple(fleet.accounts.values())
    wanted = Logs("vpc-flow", everyone, FlowOptions())
    fleet = msgspec.structs.replace(fleet, logs=(*fleet.logs, wanted))
    before = _known(fleet, snapshot)
    after = _known(fleet, applied(before, plan(fleet, before)))
    return fleet, _known(fleet, with_arrivals(fleet, after))


def _known(fleet: Fleet, snapshot: Snapshot) -> Snapshot:
    for _ in range(20):
        new = {q: _said(fleet, q) for q in wants(fleet)(snapshot) if q not in snapshot.answers}
        if not new:
            return snapshot
        snapshot = snapshot.with_answers(new)
    raise AssertionError("the questions never end")


def _said(fleet: Fleet, question: Ask) -> Reply:
    call = CALLS.get(question.call)
    if call is None:
        return answered(fleet, question)
    place = (fleet.regions or ()).index(question.region)
    rows: list[dict[str, Any]] = []
    vpc = f"vpc-{question.account}-{place}"
    if place < VPCS and question.call == "ec2:DescribeVpcs":
        rows = [{"VpcId": vpc, "OwnerId": question.account}]
    if place < VPCS and question.call == "ec2:DescribeNetworkInterfaces":
        rows = [
            face(f"eni-{question.account}-{place}-{each}", vpc, f"subnet-{place}")
            for each in range(FACES)
        ]
    return reply({call.keeps[0]: rows})
