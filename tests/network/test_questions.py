"""Questions that cannot be answered: a clear sentence each, and exit code 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logkeep.network.coverage import Hiding, coverage
from logkeep.network.ends import named
from logkeep.network.mend import mend
from logkeep.network.values import Network
from logkeep.network.walk import walk
from support.command_line import Run
from support.small import Row, changed, flow_in, network_of, small, with_acl, with_group

RECORD = "2 123456789010 eni-1 10.0.0.1 10.0.0.2 49152 443 6 10 840 1439387263 1439387264 ACCEPT"
BAD = [
    (["eni-old", "eni-web"], "there is no interface `eni-old` in this network"),
    (["i-old", "eni-web"], "there is no interface of instance `i-old` in this network"),
    (["nobody", "eni-web"], "nothing in this network is called `nobody`"),
    (["10.0.0.0/24", "eni-web"], "is a block and not one address"),
    (["eni-app", "eni-web", "--protocol", "tcp"], "tcp needs a port to go to"),
    (["eni-app", "eni-web", "--protocol", "tcp", "--port", "70000"], "port 70000 is out of range"),
    (
        ["eni-app", "eni-web", "--protocol", "udp", "--port", "53", "--from-port", "-1"],
        "source port -1 is out of range",
    ),
    (["eni-app", "eni-web", "--port", "80"], "icmp has no ports"),
    (["eni-app", "eni-web", "--protocol", "tpc"], "`tpc` is no protocol"),
    (["eni-app", "eni-web", "--protocol", "300"], "`300` is no protocol"),
    (["2600::1", "10.0.0.10"], "not of one family"),
    (["eni-too", "2001:db8:a:0::10"], "eni-too has no IPv6 address"),
    (["eni-app"], "a ping takes a SRC and a DST"),
    (["--record", RECORD], "the record is cut, or none: 13 of the 14 fields"),
    (["--record", RECORD.replace("443", "99999") + " OK"], "dstport is `99999`, which is no port"),
    (["--record", "x", "--format", "${srcadr} ${dstaddr}"], "unknown field `srcadr`"),
    (["--record", "x", "--format", "srcaddr srcaddr"], "names `srcaddr` twice"),
    (["--record", RECORD, "eni-app"], "brings its own ends"),
    (["--cases", "none.jsonl"], "no such file"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path, small())


def write(folder: Path, document: Row) -> Path:
    found = folder / "network.json"
    found.write_text(json.dumps(document), encoding="utf-8")
    return found


@pytest.mark.parametrize(("arguments", "says"), BAD, ids=[says for _, says in BAD])
def test_a_bad_question(arguments: list[str], says: str, logkeep: Run, path: Path) -> None:
    network = [] if arguments[0].startswith("--") else ["--network", path]
    said = logkeep("try", "ping", *arguments, *network)
    assert said.code == 2
    assert said.out == ""
    assert says in said.err


def test_an_address_in_two_vpcs_asks_which(logkeep: Run, tmp_path: Path) -> None:
    document = changed(
        small(), "enis", "NetworkInterfaceId", "eni-db", PrivateIpAddress="10.0.0.10"
    )
    said = logkeep("try", "ping", "10.0.0.10", "eni-app", "--network", write(tmp_path, document))
    assert said.code == 2
    assert "`10.0.0.10` is in 2 VPCs" in said.err
    assert "eni-web in vpc-a" in said.err
    assert "eni-db in vpc-b" in said.err


MISTAKES = [
    (changed(small(), "vpcs", "VpcId", "vpc-a", CidrBlock="10.0.0.1/16"), "10.0.0.0/16"),
    (changed(small(), "subnets", "SubnetId", "subnet-1", CidrBlock="10.0/x"), "is no CIDR block"),
    (small() | {"enis": [{"SubnetId": "subnet-1"}]}, "enis[0]"),
    (small() | {"nacls": {}}, "nacls: should be a list"),
    (changed(small(), "enis", "NetworkInterfaceId", "eni-web", PrivateIpAddress="x"), "no address"),
    (
        with_acl(small(), "acl-1", [{"RuleNumber": 1, "RuleAction": "allow", "Protocol": "999"}]),
        "`999` is no protocol",
    ),
]


@pytest.mark.parametrize(("document", "says"), MISTAKES, ids=[says for _, says in MISTAKES])
def test_a_network_that_cannot_be_read(
    document: Row, says: str, logkeep: Run, tmp_path: Path
) -> None:
    network = write(tmp_path, document)
    said = logkeep("try", "ping", "eni-app", "eni-web", "--network", network)
    assert said.code == 2
    assert says in said.err


def test_all_mistakes_of_a_network_are_told_at_once(logkeep: Run, tmp_path: Path) -> None:
    document = changed(small(), "vpcs", "VpcId", "vpc-a", CidrBlock="10.0.0.1/16")
    document = changed(document, "subnets", "SubnetId", "subnet-1", CidrBlock="10.0.0.7/24")
    network = write(tmp_path, document)
    said = logkeep("try", "ping", "eni-app", "eni-web", "--network", network)
    assert "10.0.0.1/16" in said.err
    assert "10.0.0.7/24" in said.err


def test_a_bad_case_is_named_and_the_others_run(logkeep: Run, tmp_path: Path) -> None:
    good = {
        "id": "good",
        "network": small(),
        "flow": {"src": {"eni": "eni-app"}, "dst": {"eni": "eni-web"}, "protocol": "icmp"},
    }
    gone = good | {"id": "gone", "flow": good["flow"] | {"src": {"eni": "eni-old"}}}
    host = changed(small(), "vpcs", "VpcId", "vpc-a", CidrBlock="10.0.0.1/16")
    bits = good | {"id": "bits", "network": host}
    path = tmp_path / "cases.jsonl"
    rows = [json.dumps(row) for row in (gone, bits, good)]
    path.write_text("\n".join(["{", *rows]), encoding="utf-8")
    said = logkeep("try", "ping", "--cases", path, "--json")
    assert said.code == 2
    found = [json.loads(line) for line in said.out.splitlines()]
    assert [row["id"] for row in found] == ["line 1", "gone", "bits", "good"]
    assert [row["got"]["verdict"] for row in found] == ["invalid"] * 3 + ["reaches"]
    assert "eni-old" in found[1]["reason"]
    assert "10.0.0.0/16" in found[2]["reason"]


def test_ends_are_found_by_every_name(logkeep: Run, tmp_path: Path) -> None:
    tags = [{"Key": "Name", "Value": "web"}]
    document = changed(small(), "enis", "NetworkInterfaceId", "eni-web", TagSet=tags)
    attachment = {"InstanceId": "i-app", "DeviceIndex": 0}
    document = changed(document, "enis", "NetworkInterfaceId", "eni-app", Attachment=attachment)
    document["instances"] = [{"InstanceId": "i-app", "Tags": [{"Key": "Name", "Value": "app"}]}]
    network = write(tmp_path, document)
    for src in ("eni-app", "i-app", "app", "10.0.1.20"):
        for dst in ("eni-web", "web", "10.0.0.10", "internet"):
            said = logkeep("try", "ping", src, dst, "--network", network, "--json")
            assert said.code == 0, said
            found = json.loads(said.out)
            assert found["source"]["interface"] == "eni-app"


def test_a_name_of_two_asks_which() -> None:
    tags = [{"Key": "Name", "Value": "node"}]
    document = changed(small(), "enis", "NetworkInterfaceId", "eni-web", TagSet=tags)
    document = changed(document, "enis", "NetworkInterfaceId", "eni-app", TagSet=tags)
    found = named(network_of(document), "node")
    assert "names 2 things" in getattr(found, "says", "")


MEMBERS = {
    "vpcs": "Vpcs",
    "subnets": "Subnets",
    "route_tables": "RouteTables",
    "nacls": "NetworkAcls",
    "security_groups": "SecurityGroups",
    "enis": "NetworkInterfaces",
    "internet_gateways": "InternetGateways",
    "nat_gateways": "NatGateways",
    "vpc_peerings": "VpcPeeringConnections",
}


def test_raw_answers_of_several_accounts_make_one_network(logkeep: Run, tmp_path: Path) -> None:
    """A folder of `aws ec2 describe-…` answers: vpc-a's account, and vpc-b's."""
    document = small()
    for name, member in MEMBERS.items():
        for account, vpc in (("one", "vpc-a"), ("two", "vpc-b")):
            shared = name in ("security_groups", "vpc_peerings", "internet_gateways")
            key = "nacls" if name == "nacls" else name
            rows = [row for row in document[key] if shared or row.get("VpcId") == vpc]
            folder = tmp_path / "answers" / account / "us-east-1"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.json").write_text(json.dumps({member: rows}))
    said = logkeep("try", "ping", "eni-app", "eni-web", "--network", tmp_path / "answers", "--json")
    assert json.loads(said.out)["verdict"] == "reaches"


SCREWS = {
    "group": lambda d: with_group(d, "sg-web", [], []),
    "acl": lambda d: with_acl(d, "acl-1", []),
    "both": lambda d: with_acl(with_group(d, "sg-app", [], []), "acl-2", []),
}


ENDS = [("eni-app", "eni-web"), ("eni-web", "eni-app"), ("192.0.2.9", "203.0.113.10")]


@pytest.mark.parametrize("name", SCREWS)
@pytest.mark.parametrize(
    "ends", [("eni-app", "eni-web"), ("eni-web", "eni-app"), ("192.0.2.9", "203.0.113.10")]
)
def test_with_the_changes_proposed_it_passes(name: str, ends: tuple[str, str]) -> None:
    network: Network = network_of(SCREWS[name](small()))
    found = walk(network, flow_in(network, *ends, "tcp", 443, 50000))
    mended = mend(network, found)
    stopped = found.stop is not None
    assert (mended is not None) == stopped
    assert mended is None or mended.passes


def test_coverage_of_every_interface() -> None:
    logs = [
        {"FlowLogId": "fl-1", "ResourceId": "subnet-1", "TrafficType": "ALL"},
        {"FlowLogId": "fl-2", "ResourceId": "eni-web", "TrafficType": "REJECT"},
        {"FlowLogId": "fl-3", "ResourceId": "vpc-b", "TrafficType": "ACCEPT"},
    ]
    found = coverage(network_of(small() | {"flow_logs": logs}))
    assert found is not None
    assert found.uncaptured == ("eni-app",)
    assert found.doubled == ("eni-web",)
    assert found.hiding == (Hiding("eni-db", "REJECT"),)
    assert coverage(network_of(small())) is None
    halves = [
        {"FlowLogId": f"fl-{traffic}", "ResourceId": "vpc-b", "TrafficType": traffic}
        for traffic in ("ACCEPT", "REJECT")
    ]
    both = coverage(network_of(small() | {"flow_logs": halves}))
    assert both is not None
    assert both.doubled == both.hiding == ()
