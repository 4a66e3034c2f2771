"""Flow logs in the lab: set up by Logkeep, delivered for real, broken, found and mended."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

import pytest

from kinds.vpc_flow.staging import ACCOUNT, begun, fleet
from lab_demo.broom import Broom
from logkeep.diagnose.diagnosis import Diagnosed, diagnose
from logkeep.lab.breaking.gathered import breaks
from logkeep.lab.breaking.table import Break
from logkeep.lab.kinds.vpc_flow.breaking import BREAKING
from logkeep.lab.packets.at_work import NoSuchEnd, send
from logkeep.lab.statefile import running
from logkeep.network.ends import Meaning, PacketQuestion, flow, named, question
from logkeep.network.fields import Format
from logkeep.network.packet import Flow
from logkeep.network.read import read
from logkeep.network.records import Header, Record, read_lines
from logkeep.network.values import Network
from logkeep.network.walk import walk
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.sources.network import collected
from logkeep.sources.vpc_flow import FlowOptions
from support.labs import Bench, bench
from support.laws import first_code
from support.worlds import ACCOUNTS

BOTH = FlowOptions(to=("archive", "cloudwatch"))
BUCKET = "secprod-multiaccount-logs"


class Stand:
    """A lab with flow logs, and what was made in it."""

    def __init__(self, lab: Bench) -> None:
        self.lab = lab
        self.made = begun(lab)
        lab.mend()
        lab.pass_hours(0.5)
        self.broom = Broom(lab)


@pytest.fixture(scope="module")
def stand() -> Iterator[Stand]:
    with bench(ACCOUNTS, fleet(BOTH)) as lab:
        yield Stand(lab)


def routes(stand: Stand, snapshot: Snapshot | None = None) -> dict[str, Diagnosed]:
    found = diagnose(stand.lab.fleet, snapshot or stand.lab.collect())
    return {route.name.split("/")[0]: route for route in found.routes}


def test_what_logkeep_sets_up_arrives(stand: Stand) -> None:
    found = routes(stand)
    assert {name: route.verdict for name, route in found.items()} == {
        "vpc-flow": "holds",
        "vpc-flow-cloudwatch": "holds",
    }, [(f.code, f.settle, f.evidence) for r in found.values() for h in r.hops for f in h.amiss]


def test_a_plan_made_then_is_empty(stand: Stand) -> None:
    assert stand.lab.plan().changes == ()


def test_the_files_are_as_the_reader_knows_them(stand: Stand) -> None:
    s3 = stand.lab.archive("s3")
    start = f"AWSLogs/{ACCOUNT}/vpcflowlogs/us-east-1/"
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket=BUCKET, Prefix=start)["Contents"]]
    body = s3.get_object(Bucket=BUCKET, Key=keys[0])["Body"].read()
    lines = gzip.decompress(body).decode().splitlines()
    header, *records = read_lines(lines, None)
    assert isinstance(header, Header | Format)
    read = [each for each in records if isinstance(each, Record)]
    assert len(read) == len(records)
    assert {each.text("interface-id") for each in read} == set(stand.made["faces"])


def test_a_stream_for_each_interface(stand: Stand) -> None:
    logs = stand.lab.client(ACCOUNT, "logs")
    found = logs.describe_log_streams(logGroupName="/logkeep/vpc-flow")["logStreams"]
    assert {each["logStreamName"] for each in found} == {f"{f}-all" for f in stand.made["faces"]}


OWN = [each for each in BREAKING.breaks if not each.code.startswith(("stream-", "delivery-"))]
"""Without those of Firehose streams (`test_lab_firehose.py`)."""
OF_GROUPS = [breaks()[code] for code in ("loggroup-key-refuses", "loggroup-key-disabled")]


@pytest.mark.parametrize("each", [*OWN, *OF_GROUPS], ids=lambda each: each.code)
def test_what_is_broken_is_found_by_its_code_and_mended(stand: Stand, each: Break) -> None:
    broom = stand.broom
    broom.well = Facts(broom.fleet, broom.collect())  # a flow log made anew has another id
    broken = broom.spoil(each.code)
    stand.lab.pass_hours(each.hours)
    seen = broom.collect()
    found = diagnose(broom.fleet, seen)
    codes = {first_code(route) for route in found.routes if route.verdict != "holds"}
    broom.mend(broken)
    stand.lab.mend()
    stand.lab.pass_hours(2)
    assert each.code in codes, [(r.name, r.first) for r in found.routes]
    after = routes(stand)
    assert after["vpc-flow"].verdict == "holds", after["vpc-flow"].first


def refused(call: Any, **given: Any) -> str:
    answer = call(**given)
    return "".join(each["Error"]["Code"] for each in answer["Unsuccessful"])


def test_ec2_answers_as_aws_does(stand: Stand) -> None:
    ec2 = stand.lab.client(ACCOUNT, "ec2")
    shared = {"ResourceType": "VPC", "TrafficType": "ALL", "LogDestinationType": "s3"}
    into = {"LogDestination": "arn:aws:s3:::no-such-bucket"}
    vpc = [stand.made["vpc"]]
    assert refused(ec2.create_flow_logs, ResourceIds=["vpc-gone"], **shared, **into) == (
        "InvalidResourceId.NotFound"
    )
    assert refused(ec2.create_flow_logs, ResourceIds=vpc, **shared, **into) == "400"
    there = {"LogDestination": f"arn:aws:s3:::{BUCKET}"}
    assert refused(ec2.create_flow_logs, ResourceIds=vpc, **shared, **there) == (
        "FlowLogAlreadyExists"
    )
    assert refused(ec2.delete_flow_logs, FlowLogIds=["fl-gone"]) == "InvalidFlowLogId.NotFound"
    mine = ec2.describe_flow_logs(Filters=[{"Name": "resource-id", "Values": vpc}])["FlowLogs"]
    assert {each["DeliverLogsStatus"] for each in mine} == {"SUCCESS"}


def test_an_owner_of_a_bucket_has_its_policy_written(stand: Stand) -> None:
    """Rule 6.3.4: AWS adds the two statements itself."""
    s3, ec2 = (stand.lab.client(ACCOUNT, name) for name in ("s3", "ec2"))
    s3.create_bucket(Bucket="own-flow-logs")
    made = ec2.create_flow_logs(
        ResourceType="NetworkInterface",
        ResourceIds=stand.made["faces"][:1],
        TrafficType="ALL",
        LogDestinationType="s3",
        LogDestination="arn:aws:s3:::own-flow-logs/team/",
    )
    assert made["Unsuccessful"] == []
    assert "AWSLogDeliveryWrite1" in s3.get_bucket_policy(Bucket="own-flow-logs")["Policy"]
    stand.lab.pass_hours(0.5)
    found = s3.list_objects_v2(Bucket="own-flow-logs")["Contents"]
    assert all(each["Key"].startswith(f"team/AWSLogs/{ACCOUNT}/vpcflowlogs/") for each in found)
    ec2.delete_flow_logs(FlowLogIds=made["FlowLogIds"])


def test_a_packet_that_is_sent_shows_in_the_records(stand: Stand) -> None:
    """Both interfaces take note of it, one as it goes and one as it comes (rule 6.1.5)."""
    here = running(stand.lab.lab)
    one, other = stand.made["faces"]
    sent = send(here, "admin@staging", one, other, "tcp", 8080)
    assert {each.interface for each in sent.outcome.records} == {one, other}
    stand.lab.pass_hours(0.5)
    logs = stand.lab.client(ACCOUNT, "logs")
    for face in (one, other):
        named = {"logGroupName": "/logkeep/vpc-flow", "logStreamName": f"{face}-all"}
        events = logs.get_log_events(**named)["events"]
        lines = [e["message"] for e in events if " 8080 " in e["message"]]
        noted = [each for each in sent.outcome.records if each.interface == face]
        assert len(lines) == len(noted)
        assert sorted(line.split()[-2] for line in lines) == sorted(e.action for e in noted)


@pytest.mark.parametrize(("src", "dst"), [("i-gone", "home"), ("home", "eni-gone")])
def test_a_packet_between_nobody_is_refused(stand: Stand, src: str, dst: str) -> None:
    with pytest.raises(NoSuchEnd, match="gone"):
        send(running(stand.lab.lab), "admin@staging", src, dst, "icmp", 0)


def test_logkeep_and_the_lab_agree_on_what_it_meets(stand: Stand) -> None:
    """The product's walk through what was collected, the lab's naive one through its own."""
    found = collected(Facts(stand.lab.fleet, stand.lab.collect()))
    assert found is not None
    assert found.unreached == ()
    network = read(found.document)
    assert isinstance(network, Network)
    one, other = stand.made["faces"]
    asked = question("tcp", 8080, None)
    ends = [named(network, face) for face in (one, other)]
    assert isinstance(asked, PacketQuestion)
    assert all(isinstance(end, Meaning) for end in ends)
    going = flow(network, ends[0], ends[1], asked)  # type: ignore[arg-type] # checked above
    assert isinstance(going, Flow)
    mine = walk(network, going)
    theirs = send(running(stand.lab.lab), "admin@staging", one, other, "tcp", 8080).outcome
    assert (mine.out.verdict == "reaches") == (theirs.forward == "passes")
