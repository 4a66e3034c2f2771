"""A VPC that its owner shares with another account: recorded by the owner's flow logs (13.6)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kinds.vpc_flow.worlds import ACCOUNT, FACE, HOME, face, flow_log, flow_logs, healthy, listed
from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet, Logs
from logkeep.snapshot import Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.inventory import inventory
from logkeep.sources.vpc_flow import FlowOptions
from support.worlds import fleet_of

OWNER, STRANGER = "222222222222", "999999999999"
SHARED = "vpc-0shared"
GUEST = "eni-0guest"


def fleet() -> Fleet:
    """Staging and production are to record their networks."""
    found = fleet_of()
    wanted = Logs("vpc-flow", (ACCOUNT, OWNER), FlowOptions())
    return msgspec.structs.replace(found, logs=(*found.logs, wanted))


def shared_by(owner: str, *logs: dict[str, Any]) -> Snapshot:
    """An interface of staging in a VPC that another account shares, and that one's flow logs."""
    guest = {**face(GUEST, SHARED, "subnet-0shared")}
    own = {"VpcId": "vpc-0a", "OwnerId": ACCOUNT, "CidrBlock": "10.0.0.0/16"}
    theirs = {"VpcId": SHARED, "OwnerId": owner, "CidrBlock": "10.8.0.0/16"}
    now = healthy().with_answers(
        {
            **listed(HOME, "ec2:DescribeVpcs", "Vpcs", [own, theirs]),
            **listed(HOME, "ec2:DescribeNetworkInterfaces", "NetworkInterfaces", [
                face(FACE, "vpc-0a", "subnet-0a1"), guest]),
            **flow_logs(flow_log("fl-own")),
        }
    )  # fmt: skip
    if owner != OWNER:
        return now
    return now.with_answers({ask(OWNER, HOME, "ec2:DescribeFlowLogs"): reply({"FlowLogs": logs})})


def captured(now: Snapshot) -> tuple[Any, str]:
    (faces,) = inventory(Facts(fleet(), now), ["interfaces"]).sections
    (guest,) = (item for item in faces.items if item.name == GUEST)
    (said,) = (each for each in guest.said if each.name == "captured_by")
    return said.value, said.unread


def test_the_owners_flow_log_records_the_guests_interface() -> None:
    assert captured(shared_by(OWNER, flow_log("fl-owner", SHARED))) == (["fl-owner"], "")


def test_where_the_owner_has_none_nothing_records_it() -> None:
    assert captured(shared_by(OWNER)) == ([], "")


@pytest.mark.parametrize("hidden", [True, False])
def test_where_the_owners_were_not_seen_nobody_knows(*, hidden: bool) -> None:
    now = shared_by(OWNER if hidden else STRANGER)
    question = ask(OWNER, HOME, "ec2:DescribeFlowLogs")
    now = now.with_answers({question: Reply(error="UnauthorizedOperation")})
    value, why = captured(now)
    assert value is None
    assert (OWNER if hidden else STRANGER) in why


def test_the_guest_needs_no_flow_log_on_it() -> None:
    now = shared_by(STRANGER)
    assert not [r for r in diagnose(fleet(), now).routes if SHARED in r.name]
