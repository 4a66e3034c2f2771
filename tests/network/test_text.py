"""What `logkeep try ping` prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from logkeep.show.paint import seen_length
from support.command_line import Run
from support.places import ROOT
from support.small import ANYWHERE, Row, entry, small, with_acl, with_group

ECHO = {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, **ANYWHERE}
ICMP = {"IcmpTypeCode": {"Type": -1, "Code": -1}}
NARROW = [
    entry(100, False, True, "6", PortRange={"From": 443, "To": 443}),
    entry(100, True, True, "6", PortRange={"From": 32768, "To": 65535}),
]


def the_notes() -> Row:
    """The original notes' two pings: a network ACL that lets in, and nothing out."""
    shut = with_acl(small(), "acl-1", [entry(100, False, True, "1", **ICMP)])
    return with_group(shut, "sg-web", [ECHO], [])


def unseen() -> Row:
    return {key: rows for key, rows in small().items() if key != "nacls"}


def watched() -> Row:
    logs = [{"FlowLogId": "fl-1", "ResourceId": "subnet-1", "TrafficType": "ALL"}]
    return small() | {"flow_logs": logs}


TEXTS = {
    "reply-lost": (the_notes, ["198.51.100.7", "203.0.113.10"]),
    "group-refuses": (
        lambda: with_group(small(), "sg-web", [ECHO], []),
        ["eni-app", "eni-web", "--protocol", "tcp", "--port", "443"],
    ),
    "by-nat": (small, ["eni-app", "192.0.2.9", "--protocol", "tcp", "--port", "443"]),
    "by-peering": (small, ["eni-app", "eni-db", "--protocol", "udp", "--port", "53"]),
    "depends-on-port": (
        lambda: with_acl(small(), "acl-1", NARROW),
        ["198.51.100.7", "203.0.113.10", "--protocol", "tcp", "--port", "443"],
    ),
    "acls-unseen": (unseen, ["eni-app", "eni-web"]),
    "resolver": (small, ["eni-app", "10.0.0.2", "--protocol", "udp", "--port", "53"]),
    "uncaptured": (watched, ["eni-app", "eni-web"]),
    "nobody": (small, ["eni-app", "10.0.0.77"]),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_walk(name: str, logkeep: Run, tmp_path: Path, golden: SnapshotAssertion) -> None:
    made, arguments = TEXTS[name]
    path = tmp_path / "network.json"
    path.write_text(json.dumps(made()))
    said = logkeep("try", "ping", *arguments, "--network", path)
    assert said.err == ""
    assert said.out == golden


@pytest.mark.parametrize("width", [80, 60])
@pytest.mark.parametrize("name", ["reply-lost", "by-peering", "depends-on-port", "acls-unseen"])
def test_a_walk_fits(
    name: str,
    width: int,
    logkeep: Run,
    tmp_path: Path,
    golden: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    made, arguments = TEXTS[name]
    path = tmp_path / "network.json"
    path.write_text(json.dumps(made()))
    said = logkeep("try", "ping", *arguments, "--network", path)
    assert said.out == golden
    # A record is to be compared with what a flow log shows, and stays in one piece.
    prose = [line for line in said.out.splitlines() if not line.endswith(" OK")]
    assert [line for line in prose if seen_length(line) > width] == []


@pytest.mark.parametrize("name", ["reply-lost", "depends-on-port"])
def test_a_walk_as_json(name: str, logkeep: Run, tmp_path: Path, golden: SnapshotAssertion) -> None:
    made, arguments = TEXTS[name]
    path = tmp_path / "network.json"
    path.write_text(json.dumps(made()))
    assert logkeep("try", "ping", *arguments, "--network", path, "--json").out == golden


RECORDS = [
    "2 111111111111 eni-web 198.51.100.7 10.0.0.10 0 0 1 4 336 1432917027 1432917142 ACCEPT OK",
    "2 111111111111 eni-web 10.0.0.10 198.51.100.7 0 0 1 4 336 1432917094 1432917142 REJECT OK",
    "2 111111111111 eni-web - - - - - - - 1431280876 1431280934 - NODATA",
    "2 111111111111 eni-old - - - - - - - 1431280876 1431280934 - SKIPDATA",
    "interface-id pkt-srcaddr srcaddr pkt-dstaddr dstaddr flow-direction tcp-flags",
    "eni-nat 10.0.1.20 10.0.1.20 192.0.2.9 10.0.0.99 ingress 3",
    "interface-id srcaddr",
    "eni-nat",
]


def test_records(logkeep: Run, tmp_path: Path, golden: SnapshotAssertion) -> None:
    path = tmp_path / "network.json"
    path.write_text(json.dumps(the_notes()))
    arguments = [part for line in RECORDS for part in ("--record", line)]
    said = logkeep("try", "ping", *arguments, "--network", path)
    assert said.code == 2
    assert said.out == golden


def test_cases(logkeep: Run, tmp_path: Path, golden: SnapshotAssertion) -> None:
    flow = {"src": {"eni": "eni-app"}, "dst": {"eni": "eni-web"}, "protocol": "icmp"}
    rows = [
        {"id": "open", "network": small(), "flow": flow},
        {"id": "unseen", "network": unseen(), "flow": flow},
        {"id": "shut", "network": with_acl(small(), "acl-1", []), "flow": flow},
        {"id": "bad", "network": small(), "flow": flow | {"protocol": "tcp"}},
    ]
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    assert logkeep("try", "ping", "--cases", path).out == golden


def test_the_page_shows_what_is_printed(logkeep: Run, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "try-ping.md").read_text(encoding="utf-8")
    shown = page.split("```text\n")[1].split("```")[0]
    path = tmp_path / "network.json"
    path.write_text(json.dumps(the_notes()))
    said = logkeep("try", "ping", *TEXTS["reply-lost"][1], "--network", path)
    assert said.out.startswith(shown)
