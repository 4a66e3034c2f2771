"""Do the records come? Idle is not broken, silence where records used to come is (6.2.7-6.3.7)."""

from __future__ import annotations

import datetime

import msgspec
import pytest

from kinds.vpc_flow.test_cases import BUCKET, BY_GROUP, ROUTE, TO_GROUP, by_hand, route
from kinds.vpc_flow.worlds import (
    ACCOUNT,
    HOME,
    IDLE,
    VPC,
    face,
    fleet,
    flow_log,
    flow_logs,
    known_more,
    listed,
    to_group,
)
from logkeep.access import bucket
from logkeep.diagnose.check.finding import Finding
from logkeep.diagnose.diagnosis import Diagnosed
from logkeep.fleet import Fleet
from logkeep.plan import plan
from logkeep.route import Arrived
from logkeep.snapshot import Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.routes import all_routes
from support.arrivals import came, stamp
from support.worlds import NOW, applied

OLD = datetime.timedelta(hours=9)
INTERFACES = ask(ACCOUNT, HOME, "ec2:DescribeNetworkInterfaces")


def finding(found: Diagnosed, code: str) -> Finding:
    return next(f for hop in found.hops for f in hop.findings if f.code == code)


def when(now: Snapshot, at: datetime.datetime | None, of: Fleet, name: str = ROUTE) -> Snapshot:
    """The newest record of a route came then, or none ever did."""
    some = Facts(of, now)
    mine = next(each for each in all_routes(some) if each.name == name)
    needs = [n for hop in mine.hops for n in hop.needs if isinstance(n, Arrived)]
    for need in needs:
        assert need.logs is not None
        now = now.with_answers(came(some, need.logs, at))
    return known_more(of, now)


def test_records_that_come_hold() -> None:
    assert finding(route(fleet(), by_hand()), "flowlog-stale").verdict == "holds"


def test_silence_where_records_came_is_broken() -> None:
    silent = when(by_hand(), NOW - OLD, fleet())
    found = finding(route(fleet(), silent), "flowlog-stale")
    assert found.verdict == "fails"
    assert found.evidence["told_by"] == "DescribeNetworkInterfaces"


def test_silence_from_the_start_is_unknown() -> None:
    """The first file comes with the first packet (rule 6.3.1)."""
    found = finding(route(fleet(), when(by_hand(), None, fleet())), "flowlog-stale")
    assert found.verdict == "unknown"
    assert "first packet" in found.settle or "first packet" in str(found.evidence)


@pytest.mark.parametrize("status", ["available", ""])
def test_a_vpc_without_an_interface_in_use_is_idle(status: str) -> None:
    unused = [face("eni-0a1", VPC, "subnet-0a1", Status=status)] if status else []
    now = when(by_hand(), NOW - OLD, fleet())
    idle = now.with_answers(listed(HOME, INTERFACES.call, "NetworkInterfaces", unused))
    found = finding(route(fleet(), known_more(fleet(), idle)), "flowlog-stale")
    assert (found.verdict, found.evidence["idle"]) == ("holds", True)


def test_interfaces_that_were_not_seen_make_silence_unknown() -> None:
    now = when(by_hand(), NOW - OLD, fleet()).with_answers({INTERFACES: Reply(error="Denied")})
    assert finding(route(fleet(), now), "flowlog-stale").verdict == "unknown"


def test_a_flow_log_made_just_now_waits() -> None:
    made = flow_log("fl-0aa", CreationTime=stamp(NOW - datetime.timedelta(minutes=5)))
    now = when(by_hand(None, made), None, fleet())
    assert finding(route(fleet(), now), "flowlog-stale").verdict == "unknown"


def test_the_delivery_status_alone_tells() -> None:
    """Rule 6.2.9: FlowLogStatus stays ACTIVE."""
    row = flow_log("fl-0aa", DeliverLogsStatus="FAILED", DeliverLogsErrorMessage="Rate limited")
    found = finding(route(fleet(), by_hand(None, row)), "flowlog-failed")
    assert (found.verdict, found.evidence["is"]) == ("fails", "Rate limited")


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({}, "AWSLogs/333333333333/vpcflowlogs/us-east-1/2026/11/23/333333333333_vpcflowlogs_"),
        (
            {"HiveCompatiblePartitions": True, "PerHourPartition": True},
            "AWSLogs/aws-account-id=333333333333/aws-service=vpcflowlogs/aws-region=us-east-1/"
            "year=2026/month=11/day=23/hour=03/333333333333_vpcflowlogs_",
        ),
    ],
)
def test_files_are_looked_for_where_they_lie(options: dict[str, bool], key: str) -> None:
    """Rule 6.3.7."""
    row = flow_log("fl-0aa", DestinationOptions={"FileFormat": "plain-text", **options})
    now = by_hand(None, row)
    asked = [q for q in now.answers if q.call == "s3:ListObjectsV2" and "vpcflowlogs" in str(q)]
    mine = [dict(q.arguments).get("Prefix", "") for q in asked]
    assert any(key.startswith(prefix) for prefix in mine)
    assert route(fleet(), now).aspects["arriving"] == "holds"
    mended = applied(now, plan(fleet(), now))
    assert route(fleet(), mended).verdict == "holds", "the policy names that folder too"


def test_a_folder_is_asked_about_as_it_is() -> None:
    row = flow_log("fl-0aa", LogDestination=f"arn:aws:s3:::{BUCKET}/team/")
    now = by_hand(None, row)
    first = route(fleet(), now).first
    assert first is not None
    assert (first[1].code, first[1].verdict) == ("bucket-refuses", "fails")
    assert "/team/AWSLogs/333333333333/vpcflowlogs/" in str(first[1].evidence)
    assert route(fleet(), applied(now, plan(fleet(), now))).verdict == "holds"


def test_a_bucket_younger_than_the_flow_log_is_unknown_until_a_file_comes() -> None:
    """Rule 6.3.6."""
    now = by_hand()
    listing = bucket.listing(Facts(fleet(), now), "111111111111")
    body = msgspec.json.decode(now.answers[listing].body)
    for each in body["Buckets"]:
        each["CreationDate"] = stamp(NOW - datetime.timedelta(days=1))
    young = now.with_answers({listing: reply(body)})
    assert finding(route(fleet(), young), "flowlog-pinned").verdict == "holds"
    silent = when(young, NOW - datetime.timedelta(days=2), fleet())
    assert finding(route(fleet(), silent), "flowlog-pinned").verdict == "unknown"


def test_an_idle_vpc_into_a_log_group_holds() -> None:
    wanted = fleet(TO_GROUP)
    now = by_hand(wanted, to_group("fl-0aa"), to_group("fl-0bb", IDLE))
    idle = when(now, None, wanted, BY_GROUP.replace(VPC, IDLE))
    name = BY_GROUP.replace(VPC, IDLE)
    assert finding(route(wanted, idle, name), "flowlog-stale").verdict == "holds"
    silent = when(now, NOW - OLD, wanted, BY_GROUP)
    assert finding(route(wanted, silent, BY_GROUP), "flowlog-stale").verdict == "fails"


def test_a_flow_log_that_is_not_there_is_not_fine() -> None:
    now = known_more(fleet(), by_hand().with_answers(flow_logs()))
    assert route(fleet(), now).aspects["arriving"] == "unknown"
