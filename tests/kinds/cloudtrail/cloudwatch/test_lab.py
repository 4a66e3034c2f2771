"""Case CW01 in the lab: what CloudTrail does with a role, diagnosed, mended, and arriving."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from kinds.cloudtrail.cloudwatch.streams import GROUP
from logkeep.fleet import Fleet
from support.labs import Bench, bench, broken, route
from support.worlds import asking, fleet_of

ACCOUNTS = {"security": "111111111111", "production": "222222222222"}
PRODUCTION = "222222222222"
ROUTE = f"cloudwatch/{PRODUCTION}/us-east-1"
ROLE = "CloudTrail_CloudWatchLogs_Role"


def fleet() -> Fleet:
    made = fleet_of(ACCOUNTS, ("us-east-1",))
    return asking(made, log_group=GROUP)


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    with bench(ACCOUNTS, fleet(), regions=("us-east-1",)) as made:
        made.mend()
        act(made)
        made.pass_hours(2.2)
        yield made


def act(made: Bench) -> None:
    """Somebody does something in every account, so that there is something to tell."""
    for account in ACCOUNTS.values():
        made.client(account, "ec2").describe_regions()


def test_a_plan_sets_up_group_role_and_trail_and_events_arrive(lab: Bench) -> None:
    act(lab)
    lab.pass_hours(0.3)
    found = route(lab.diagnose(), ROUTE)
    assert found.verdict == "holds", found.first
    assert lab.plan().changes == ()


def put_role_policy(lab: Bench, document: dict[str, object]) -> None:
    iam = lab.client(PRODUCTION, "iam")
    iam.delete_role_policy(RoleName=ROLE, PolicyName="LogkeepCloudTrailLogs")
    iam.put_role_policy(RoleName=ROLE, PolicyName="byhand", PolicyDocument=json.dumps(document))


def test_a_role_that_stops_writing_is_blamed_before_the_stream(lab: Bench) -> None:
    allow = {"Effect": "Allow", "Action": "logs:*", "Resource": "arn:aws:logs:eu-west-1:*:*"}
    put_role_policy(lab, {"Version": "2012-10-17", "Statement": [allow]})
    for _ in range(3):
        act(lab)
        lab.pass_hours(1)
    act(lab)
    lab.pass_hours(0.3)
    found = broken(route(lab.diagnose(), ROUTE))
    assert [f.code for f in found] == [
        "role-refuses",
        "role-refuses",
        "loggroup-delivery-error",
        "loggroup-stale",
    ]
    assert route(lab.diagnose(), f"cloudtrail/{PRODUCTION}/us-east-1").verdict != "fails"
    made = lab.mend()
    assert [change.call for change in made.changes] == ["iam:PutRolePolicy"]
    act(lab)
    lab.pass_hours(0.3)
    assert route(lab.diagnose(), ROUTE).verdict == "holds"


def test_an_idle_account_is_not_broken(lab: Bench) -> None:
    lab.pass_hours(4)
    found = route(lab.diagnose(), ROUTE)
    assert found.aspects["permitted"] == "holds"
    assert found.aspects["arriving"] != "fails", found.first
