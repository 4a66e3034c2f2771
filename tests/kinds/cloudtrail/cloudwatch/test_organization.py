"""An organization's trail: one group and role in the management account, a stream an account."""

from __future__ import annotations

import functools
import json

import pytest

from kinds.cloudtrail.cloudwatch.streams import GROUP, set_up
from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet
from logkeep.lab.spoil import faults
from logkeep.plan import plan
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Fault, Write
from logkeep.sources import registry
from logkeep.sources.routes import all_routes
from support.worlds import ACCOUNTS, applied, asking, empty, fleet_of

MANAGEMENT, MEMBER = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{MANAGEMENT}:role/CloudTrail_CloudWatchLogs_Role"
GROUP_ARN = f"arn:aws:logs:us-east-1:{MANAGEMENT}:log-group:{GROUP}"
ROUTES = {f"cloudwatch/{account}/us-east-1" for account in (MANAGEMENT, MEMBER)}


def of_organization() -> Fleet:
    fleet = fleet_of(dict(list(ACCOUNTS.items())[:2]), organization=True)
    return asking(fleet, log_group=GROUP)


FLEET = of_organization()


@functools.cache
def healthy() -> Snapshot:
    return set_up(FLEET)


def ours(snapshot: Snapshot) -> dict[str, str]:
    """The first code of each way into the group that does not hold."""
    found = diagnose(FLEET, snapshot).routes
    mine = [route for route in found if route.name in ROUTES]
    assert {route.name for route in mine} == ROUTES
    return {r.name: r.first[1].code for r in mine if r.first}


def test_all_is_well_after_a_plan_and_the_next_is_empty() -> None:
    assert diagnose(FLEET, healthy()).summary["holds"] == 6
    assert plan(FLEET, healthy()).changes == ()


def test_one_group_and_role_for_all_accounts() -> None:
    calls = [change.call for change in plan(FLEET, empty(FLEET)).changes]
    assert calls.count("logs:CreateLogGroup") == calls.count("iam:CreateRole") == 1


def test_each_account_has_its_own_stream_beginning_with_the_organizations_id() -> None:
    hops = [r.hops[-1].arn for r in all_routes(Facts(FLEET, healthy())) if r.name in ROUTES]
    assert hops == [
        f"{GROUP_ARN}:log-stream:o-exampleorg1_{account}_CloudTrail_us-east-1"
        for account in (MANAGEMENT, MEMBER)
    ]


def test_a_policy_for_an_accounts_own_streams_does_not_do_for_an_organizations() -> None:
    own = {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"{GROUP_ARN}:log-stream:{MANAGEMENT}_CloudTrail_us-east-1*",
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [own]})
    named = {
        "RoleName": "CloudTrail_CloudWatchLogs_Role",
        "PolicyName": "LogkeepCloudTrailLogs",
        "PolicyDocument": text,
    }
    write = Write(ROLE, MANAGEMENT, "us-east-1", "iam:PutRolePolicy", named)
    effect = registry.effects()[write.call]
    snapshot = healthy().with_answers(effect(Facts(FLEET, healthy()), write))
    assert ours(snapshot) == dict.fromkeys(ROUTES, "role-refuses")
    made = plan(FLEET, snapshot)
    document = json.loads(made.changes[0].arguments["PolicyDocument"])
    assert document["Statement"][0] == own, "a statement without our Sid is not ours to change"
    assert document["Statement"][1]["Resource"] == f"{GROUP_ARN}:log-stream:o-exampleorg1_*"
    assert ours(applied(snapshot, made)) == {}


def all_faults() -> list[Fault]:
    found: dict[str, Fault] = {}
    for route in all_routes(Facts(FLEET, healthy())):
        for hop in route.hops if route.name in ROUTES else ():
            for need in hop.needs:
                found.update(
                    (repr(f.writes), f) for f in faults(Facts(FLEET, healthy()), hop, need)
                )
    return list(found.values())


@pytest.mark.parametrize("fault", all_faults(), ids=lambda fault: f"{fault.code}-{fault.says}")
def test_every_fault_is_all_accounts_and_is_mended_or_blocked(fault: Fault) -> None:
    snapshot = healthy()
    for write in fault.writes:
        effect = registry.effects()[write.call]
        snapshot = snapshot.with_answers(effect(Facts(FLEET, snapshot), write))
    assert set(ours(snapshot).values()) == {fault.code}
    made = plan(FLEET, snapshot)
    after = applied(snapshot, made)
    blocked = {name for entry in made.blocked for name in entry.routes}
    for route in diagnose(FLEET, after).routes:
        fine = route.aspects["configured"] == route.aspects["permitted"] == "holds"
        assert fine or route.name in blocked, route.first
    assert plan(FLEET, after).changes == ()
