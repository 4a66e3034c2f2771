"""The table of rule 6.5, row by row: which filter, which records, and does home see the answer?"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from logkeep.network.mend import mend
from logkeep.network.walk import walk
from logkeep.network.written import written
from support.small import (
    ANYWHERE,
    EVERYTHING,
    Row,
    entry,
    flow_in,
    network_of,
    small,
    with_acl,
    with_group,
)


class Ping(NamedTuple):
    """A ping's names in a family: the protocol, the types of question and answer, who asks."""

    protocol: str
    number: str
    question: int
    answer: int
    home: str
    target: str
    block: Row


FOUR = Ping("icmp", "1", 8, 0, "198.51.100.7", "203.0.113.10", {})
SIX = Ping("icmpv6", "58", 128, 129, "2600::7", "2001:db8:a:0::10", {"Ipv6CidrBlock": "::/0"})
ALLOW, DENY, NONE, ANY = "allow", "deny", "none", "any"
ROWS = [
    # ACL in, group in, group out, ACL out, records, answered
    (ALLOW, ALLOW, NONE, DENY, ["ingress ACCEPT", "egress REJECT"], False),
    (ALLOW, ALLOW, NONE, ALLOW, ["ingress ACCEPT", "egress ACCEPT"], True),
    (ALLOW, DENY, ANY, ALLOW, ["ingress REJECT"], False),
    (ALLOW, DENY, NONE, DENY, ["ingress REJECT"], False),
    (DENY, ALLOW, NONE, ALLOW, ["ingress REJECT"], False),
    (DENY, ALLOW, ANY, DENY, ["ingress REJECT"], False),
    (ALLOW, ALLOW, ANY, "answer", ["ingress ACCEPT", "egress ACCEPT"], True),
    (ALLOW, ALLOW, NONE, "question", ["ingress ACCEPT", "egress REJECT"], False),
    (ALLOW, ALLOW, ANY, "question", ["ingress ACCEPT", "egress REJECT"], False),
]


def screen(ping: Ping, egress: bool, which: str) -> list[Row]:
    """An ACL's rules of one side, for the ping only."""
    types = {"answer": ping.answer, "question": ping.question, ALLOW: -1, DENY: -1}
    code = {"IcmpTypeCode": {"Type": types[which], "Code": -1}}
    return [entry(100, egress, which != DENY, ping.number, **code, **ping.block)]


def rules(ping: Ping, which: str) -> list[Row]:
    if which in (DENY, NONE):
        return []
    type_ = ping.question if which == ALLOW else -1
    return [{"IpProtocol": ping.protocol, "FromPort": type_, "ToPort": -1, **ANYWHERE}]


@pytest.mark.parametrize("ping", [FOUR, SIX], ids=["icmp", "icmpv6"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(map(str, row[:4])))
def test_a_ping_to_an_instance(ping: Ping, row: tuple[str, str, str, str, list[str], bool]) -> None:
    acl_in, group_in, group_out, acl_out, records, answered = row
    entries = screen(ping, False, acl_in) + screen(ping, True, acl_out)
    document = with_acl(small(), "acl-1", entries)
    document = with_group(document, "sg-web", rules(ping, group_in), rules(ping, group_out))
    network = network_of(document)
    result = walk(network, flow_in(network, ping.home, ping.target, ping.protocol))
    found = written(result)
    assert [f"{r.flow_direction} {r.action}" for r in found] == records
    assert {(r.interface, r.srcport, r.dstport) for r in found} == {("eni-web", "0", "0")}
    assert {str(r.protocol) for r in found} == {ping.number}
    assert (result.back is not None and result.back.verdict == "reaches") == answered
    mended = mend(network, result)
    assert (mended is None) == answered
    assert mended is None or mended.passes


FROM = [
    # group out, ACL out, ACL in, records
    (ALLOW, "question", "answer", ["egress ACCEPT", "ingress ACCEPT"], True),
    (NONE, ALLOW, ALLOW, ["egress REJECT"], False),
    (ALLOW, "answer", ALLOW, ["egress REJECT"], False),
    (ALLOW, ALLOW, "question", ["egress ACCEPT", "ingress REJECT"], False),
    (ALLOW, ALLOW, DENY, ["egress ACCEPT", "ingress REJECT"], False),
]


@pytest.mark.parametrize("ping", [FOUR, SIX], ids=["icmp", "icmpv6"])
@pytest.mark.parametrize("row", FROM, ids=lambda row: "-".join(map(str, row[:3])))
def test_a_ping_from_an_instance(ping: Ping, row: tuple[str, str, str, list[str], bool]) -> None:
    group_out, acl_out, acl_in, records, answered = row
    entries = screen(ping, False, acl_in) + screen(ping, True, acl_out)
    document = with_acl(small(), "acl-1", entries)
    document = with_group(document, "sg-web", [], rules(ping, group_out))
    network = network_of(document)
    result = walk(network, flow_in(network, "eni-web", ping.home, ping.protocol))
    assert [f"{r.flow_direction} {r.action}" for r in written(result)] == records
    assert (result.back is not None and result.back.verdict == "reaches") == answered


WAYS = [
    ("eni-web", "eni-too", ["eni-web", "eni-too", "eni-too", "eni-web"]),
    ("eni-web", "eni-app", ["eni-web", "eni-app", "eni-app", "eni-web"]),
    ("eni-app", "eni-web", ["eni-app", "eni-web", "eni-web", "eni-app"]),
    ("eni-app", "192.0.2.9", ["eni-app", *["eni-nat"] * 4, "eni-app"]),
    ("eni-web", "192.0.2.9", ["eni-web", "eni-web"]),
    ("192.0.2.9", "203.0.113.10", ["eni-web", "eni-web"]),
    ("eni-app", "eni-db", ["eni-app", "eni-db", "eni-db", "eni-app"]),
    ("eni-db", "eni-web", ["eni-db", "eni-web", "eni-web", "eni-db"]),
]
SENT = [("icmp", None, None), ("tcp", 443, 50000), ("udp", 53, 50000), ("tcp", 443, None)]


@pytest.mark.parametrize("sent", SENT, ids=lambda sent: "-".join(map(str, sent)))
@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way[0]}-{way[1]}")
def test_every_interface_on_the_way_is_recorded_out_and_back(
    way: tuple[str, str, list[str]], sent: tuple[str, int | None, int | None]
) -> None:
    src, dst, interfaces = way
    network = network_of(small())
    result = walk(network, flow_in(network, src, dst, *sent))
    assert result.out.verdict == "reaches"
    assert result.back is not None
    assert result.back.verdict == "reaches"
    found = written(result)
    assert [record.interface for record in found] == interfaces
    assert {record.action for record in found} == {"ACCEPT"}


def test_within_a_subnet_no_acl_is_asked_and_between_subnets_both_are() -> None:
    document = small()
    for id_ in ("acl-1", "acl-2"):
        document = with_acl(document, id_, [])
    network = network_of(document)
    assert walk(network, flow_in(network, "eni-web", "eni-too")).out.verdict == "reaches"
    stop = walk(network, flow_in(network, "eni-web", "eni-app")).stop
    assert stop is not None
    assert (stop.id, stop.direction, stop.rule) == ("acl-1", "outbound", 32767)


def test_the_answer_of_a_nat_gateway_goes_by_ephemeral_ports_of_its_own() -> None:
    """Whatever port the client has, the NAT gateway's is any of 1024 to 65535."""
    ports = {"PortRange": {"From": 32768, "To": 65535}}
    narrow = [entry(90, False, True, "6", CidrBlock="10.0.1.0/24"), entry(100, True, True)]
    narrow.append(entry(110, False, True, "6", **ports))
    network = network_of(with_acl(small(), "acl-1", narrow))
    result = walk(network, flow_in(network, "eni-app", "192.0.2.9", "tcp", 443, 50000))
    assert result.back is not None
    assert result.back.verdict == "unknown"
    assert [(d.kind, d.id) for d in result.doubts] == [("nat-1", "32768-65535")]


def test_everything_open_is_everything_open() -> None:
    """The network that the other tests turn screws on stops nothing by itself."""
    assert small()["security_groups"][0]["IpPermissions"] == [EVERYTHING]
