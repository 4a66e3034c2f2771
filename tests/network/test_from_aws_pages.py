"""What AWS's pages say of packets, as reachability tests run by the public command.

Each case is the small network with something changed, a flow, and what AWS's page says of it. They
are in the format of `network-paths.jsonl`, so that `try ping --cases` reads them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from support.command_line import Run
from support.small import (
    EVERYTHING,
    LOCAL,
    Row,
    acl,
    changed,
    eni,
    entry,
    group,
    open_acl,
    small,
    subnet,
    table,
    to,
    with_acl,
    with_group,
)

S3 = "52.216.1.1"
HOME = "198.51.100.7"


class Case(NamedTuple):
    """A flow through a network, and what the page says of it."""

    id: str
    page: str
    network: Row
    src: Row
    dst: Row
    asked: Row
    verdict: str
    blocked_by: Row | None = None
    reply: str | None = None


def at(id_: str, address: str = "") -> Row:
    return {"eni": id_, **({"address": address} if address else {})}


def out(address: str) -> Row:
    return {"address": address, "where": "internet"}


def tcp(port: int, from_port: int | None = 50000) -> Row:
    return {"protocol": "tcp", "dst_port": port, "src_port": from_port}


def udp(port: int, from_port: int | None = 50000) -> Row:
    return {"protocol": "udp", "dst_port": port, "src_port": from_port}


PING: Row = {"protocol": "icmp", "icmp_type": 8, "icmp_code": 0}
PING_SIX: Row = {"protocol": "icmpv6", "icmp_type": 128, "icmp_code": 0}


def by(kind: str, id_: str = "", direction: str = "", rule: int | None = None) -> Row:
    found = {"kind": kind, "id": id_, "direction": direction, "rule": rule}
    return {key: value for key, value in found.items() if value not in ("", None)}


def rule(protocol: str, low: int, high: int, **more: Any) -> Row:
    return {"IpProtocol": protocol, "FromPort": low, "ToPort": high, **more}


def cidr(block: str) -> Row:
    return {"Ipv6Ranges": [{"CidrIpv6": block}]} if ":" in block else {
        "IpRanges": [{"CidrIp": block}]}  # fmt: skip


def ports(low: int, high: int) -> Row:
    return {"PortRange": {"From": low, "To": high}}


def routed(document: Row, id_: str, *routes: Row) -> Row:
    """The table with these routes before its own of the same block."""
    (old,) = (row for row in document["route_tables"] if row["RouteTableId"] == id_)
    keys = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    new = {row.get(key) for row in routes for key in keys} - {None}
    kept = [row for row in old["Routes"] if not {row.get(key) for key in keys} & new]
    return changed(document, "route_tables", "RouteTableId", id_, Routes=[*routes, *kept])


def without_route(document: Row, id_: str, block: str) -> Row:
    (old,) = (row for row in document["route_tables"] if row["RouteTableId"] == id_)
    kept = [row for row in old["Routes"] if row.get("DestinationCidrBlock") != block]
    return changed(document, "route_tables", "RouteTableId", id_, Routes=kept)


def grown(document: Row, name: str, *rows: Row) -> Row:
    return document | {name: [*document.get(name, []), *rows]}


def with_gateway_endpoint(policy: Row | None = None, state: str = "available") -> Row:
    row = {
        "VpcEndpointId": "vpce-s3",
        "VpcEndpointType": "Gateway",
        "VpcId": "vpc-a",
        "ServiceName": "com.amazonaws.us-east-1.s3",
        "State": state,
        "RouteTableIds": ["rtb-2"],
        "PolicyDocument": json.dumps(policy or {}),
    }
    entries = [{"Cidr": "52.216.0.0/15"}]
    document = grown(small(), "vpc_endpoints", row)
    document = grown(document, "prefix_lists", {"PrefixListId": "pl-s3", "Entries": entries})
    route = {"DestinationPrefixListId": "pl-s3", "GatewayId": "vpce-s3", "State": "active"}
    return routed(document, "rtb-2", route)


def with_interface_endpoint(inbound: list[Row]) -> Row:
    document = grown(small(), "security_groups", group("sg-vpce", inbound, [EVERYTHING]))
    face = eni("eni-vpce", "subnet-1", "10.0.0.50", "sg-vpce", InterfaceType="vpc_endpoint")
    return grown(document, "enis", face)


def listed(*blocks: str) -> Row:
    entries = [{"Cidr": each} for each in blocks]
    return grown(small(), "prefix_lists", {"PrefixListId": "pl-1", "Entries": entries})


PL_ROUTE = {"DestinationPrefixListId": "pl-1", "State": "active", "Origin": "CreateRoute"}
NACL = "Amazon VPC User Guide, “Control subnet traffic with network access control lists”"
ROUTES = "Amazon VPC User Guide, “Configure route tables”, route priority"
SG = "Amazon VPC User Guide, “Security group rules”"
PEER = "Amazon VPC Peering Guide, “How VPC peering connections work”"
TGW = "Amazon VPC Transit Gateways, “How transit gateways work”"
NAT = "Amazon VPC User Guide, “NAT gateways”"
ENDPOINT = "AWS PrivateLink Guide, “Gateway endpoints”"
PRIVATELINK = "AWS PrivateLink Guide, “Access an AWS service using an interface VPC endpoint”"
RA = "Reachability Analyzer, “Explanation codes”"
SIX = "Amazon VPC User Guide, “Compare IPv4 and IPv6”"
IGW = "Amazon VPC User Guide, “Enable internet access using internet gateways”"
BPA = "Amazon VPC User Guide, “Block public access to VPCs and subnets”"
NLB = "Network Load Balancers, “Update the security groups for your Network Load Balancer”"
EC2 = "Amazon EC2 User Guide, “Elastic network interfaces”"


def filtered(id_: str, *entries: Row) -> Row:
    return with_acl(small(), id_, list(entries))


def opened(egress: bool, *entries: Row) -> list[Row]:
    """Everything one way, and these entries the other."""
    other = [each for each in open_acl() if each["Egress"] == egress]
    return [*other, *entries]


def acls() -> list[Case]:
    web, app = at("eni-web", "10.0.0.10"), at("eni-app", "10.0.1.20")
    ephemeral = entry(100, egress=False, allow=True, protocol="6", **ports(1024, 65535))
    low = entry(100, egress=False, allow=True, protocol="6", **ports(32768, 61000))
    return [
        Case("default-acl-of-a-subnet-that-no-association-names", NACL,
             small() | {"nacls": [{**acl("acl-default", open_acl()), "IsDefault": True}]},
             web, app, tcp(443), "reaches", None, "reaches"),
        Case("custom-acl-without-rules-denies", NACL, filtered("acl-2"), web, app, tcp(443),
             "blocked", by("network-acl", "acl-2", "inbound", 32767)),
        Case("ipv6-falls-to-the-ipv6-default-deny", "Amazon VPC User Guide, “Amazon VPC quotas”",
             filtered("acl-2", *[e for e in open_acl() if "CidrBlock" in e]),
             at("eni-web", "2001:db8:a:0::10"), at("eni-app", "2001:db8:a:1::20"), tcp(443),
             "blocked", by("network-acl", "acl-2", "inbound", 32768)),
        Case("ipv6-entry-by-its-number", NACL,
             filtered("acl-2", *open_acl(), entry(50, egress=False, allow=False,
                      protocol="58", Ipv6CidrBlock="2001:db8:a::/48",
                      IcmpTypeCode={"Type": -1, "Code": -1})),
             at("eni-web", "2001:db8:a:0::10"), at("eni-app", "2001:db8:a:1::20"), PING_SIX,
             "blocked", by("network-acl", "acl-2", "inbound", 50)),
        Case("nat-subnet-denies-ephemeral-answers", NACL,
             filtered("acl-1", *opened(True, entry(100, egress=False, allow=True,
                      protocol="6", **ports(443, 443)))),
             app, out(HOME), tcp(443), "reaches", by("network-acl", "acl-1", "inbound", 32767),
             "blocked"),
        Case("nat-subnet-allows-a-part-of-the-nat-gateways-ports", NAT,
             filtered("acl-1", *opened(True, entry(90, egress=False, allow=True, protocol="6",
                      **ports(443, 443)), low)),
             app, out(HOME), tcp(443), "reaches", None, "unknown"),
        Case("nat-subnet-allows-all-ephemeral-ports", NAT,
             filtered("acl-1", *opened(True, entry(90, egress=False, allow=True, protocol="6",
                      **ports(443, 443)), ephemeral)),
             app, out(HOME), tcp(443), "reaches", None, "reaches"),
        Case("private-subnet-denies-the-answer-from-the-nat", NACL,
             filtered("acl-2", *opened(True, entry(100, egress=False, allow=True,
                      CidrBlock="10.0.0.0/16"))),
             app, out(HOME), tcp(443), "reaches", by("network-acl", "acl-2", "inbound", 32767),
             "blocked"),
        Case("answer-to-a-neighbour-on-low-ports-only", NACL,
             filtered("acl-2", *opened(False, entry(100, egress=True, allow=True, protocol="6",
                      **ports(1024, 65535)))),
             web, app, tcp(443, 50000), "reaches", None, "reaches"),
        Case("udp-answer-needs-its-own-rule", NACL,
             filtered("acl-2", *opened(False, entry(100, egress=True, allow=True, protocol="6",
                      **ports(1024, 65535)))),
             web, app, udp(53), "reaches", by("network-acl", "acl-2", "outbound", 32767),
             "blocked"),
        Case("protocol-number-gre", NACL,
             filtered("acl-2", *open_acl(), entry(40, egress=False, allow=False, protocol="47")),
             web, app, {"protocol": 47}, "blocked", by("network-acl", "acl-2", "inbound", 40)),
        Case("echo-reply-is-type-0", NACL,
             filtered("acl-2", *opened(False, entry(100, egress=True, allow=True, protocol="1",
                      IcmpTypeCode={"Type": 8, "Code": -1}))),
             web, app, PING, "reaches", by("network-acl", "acl-2", "outbound", 32767), "blocked"),
        Case("an-acl-does-not-act-within-a-subnet", NACL, filtered("acl-1"), web,
             at("eni-too", "10.0.0.11"), tcp(22), "reaches", None, "reaches"),
        Case("acls-cannot-block-the-resolver", NACL, filtered("acl-2"), app,
             {"address": "10.0.0.2", "where": "amazon-dns"}, udp(53), "reaches", None, "reaches"),
    ]  # fmt: skip


def groups() -> list[Case]:
    web, app, db = (at(f"eni-{name}") for name in ("web", "app", "db"))
    reference = {"UserIdGroupPairs": [{"GroupId": "sg-web", "UserId": "111111111111"}]}
    from_peer = {**reference["UserIdGroupPairs"][0], "VpcId": "vpc-a",
                 "VpcPeeringConnectionId": "pcx-1", "PeeringStatus": "active"}  # fmt: skip
    only = [rule("tcp", 443, 443, **reference)]
    peered = [rule("tcp", 5432, 5432, UserIdGroupPairs=[from_peer])]
    far = changed(with_group(small(), "sg-db", peered, [EVERYTHING]), "vpc_peerings",
                  "VpcPeeringConnectionId", "pcx-1", AccepterVpcInfo={
                      "VpcId": "vpc-b", "Region": "eu-west-1"})  # fmt: skip
    own = {"UserIdGroupPairs": [{"GroupId": "sg-app", "UserId": "111111111111"}]}
    itself = with_group(small(), "sg-app", [{"IpProtocol": "-1", **own}], [EVERYTHING])
    ping_only = [rule("icmp", 8, -1, **cidr("0.0.0.0/0"))]
    return [
        Case("reference-to-a-group-within-a-vpc", SG,
             with_group(small(), "sg-app", only, []), web, app, tcp(443), "reaches", None,
             "reaches"),
        Case("reference-over-peering-in-one-region", PEER,
             with_group(small(), "sg-db", peered, []), web, db, tcp(5432), "reaches", None,
             "reaches"),
        Case("reference-over-peering-between-regions", PEER, far, web, db, tcp(5432), "blocked",
             by("security-group", "sg-db", "inbound")),
        Case("reference-to-oneself", SG, itself, at("eni-too"), app, tcp(8080), "reaches", None,
             "reaches"),
        Case("reference-to-oneself-lets-no-stranger-in", SG, itself, web, app, tcp(8080),
             "blocked", by("security-group", "sg-app", "inbound")),
        Case("no-outbound-rule", RA, with_group(small(), "sg-app", [EVERYTHING], []), app,
             out(HOME), tcp(443), "blocked", {**by("security-group", "sg-app", "outbound"),
             "code": "SG_HAS_NO_RULES"}),
        Case("an-answer-needs-no-rule", SG, with_group(small(), "sg-app", [EVERYTHING], []), web,
             app, tcp(22), "reaches", None, "reaches"),
        Case("ipv4-rule-does-not-cover-ipv6", SG,
             with_group(small(), "sg-app", [{"IpProtocol": "-1", **cidr("0.0.0.0/0")}], []),
             at("eni-web", "2001:db8:a:0::10"), at("eni-app", "2001:db8:a:1::20"), tcp(443),
             "blocked", by("security-group", "sg-app", "inbound")),
        Case("ping-allowed-does-not-allow-timestamp", SG,
             with_group(small(), "sg-app", ping_only, []), web, app,
             {"protocol": "icmp", "icmp_type": 13, "icmp_code": 0}, "blocked",
             by("security-group", "sg-app", "inbound")),
        Case("icmp-rule-says-nothing-of-icmpv6", SG,
             with_group(small(), "sg-app", [rule("icmp", -1, -1, **cidr("0.0.0.0/0"), **cidr(
                 "::/0"))], []), at("eni-web", "2001:db8:a:0::10"),
             at("eni-app", "2001:db8:a:1::20"), PING_SIX, "blocked",
             by("security-group", "sg-app", "inbound")),
        Case("protocol-number-in-a-group", SG,
             with_group(small(), "sg-app", [{"IpProtocol": "50", **cidr("10.0.0.0/16")}], []),
             web, app, {"protocol": 50}, "reaches", None, "reaches"),
        Case("customer-prefix-list-in-a-group", SG,
             with_group(listed("198.51.100.0/24"), "sg-web", [rule("tcp", 443, 443,
                 PrefixListIds=[{"PrefixListId": "pl-1"}])], []), out(HOME),
             out("203.0.113.10"), tcp(443), "reaches", None, "reaches"),
        Case("customer-prefix-list-without-the-address", SG,
             with_group(listed("198.51.100.128/25"), "sg-web", [rule("tcp", 443, 443,
                 PrefixListIds=[{"PrefixListId": "pl-1"}])], []), out(HOME),
             out("203.0.113.10"), tcp(443), "blocked", by("security-group", "sg-web", "inbound")),
        Case("a-neighbour-by-its-public-address-is-no-member", SG,
             with_group(small(), "sg-web", [rule("tcp", 443, 443, UserIdGroupPairs=[{
                 "GroupId": "sg-app", "UserId": "111111111111"}])], [EVERYTHING]), app,
             out("203.0.113.10"), tcp(443), "blocked", by("security-group", "sg-web", "inbound")),
    ]  # fmt: skip


def fenced() -> Row:
    """The small network with a firewall's interface in a subnet of its own."""
    local = {"DestinationCidrBlock": "10.0.0.0/16", **LOCAL}
    document = grown(small(), "subnets", subnet("subnet-fw", "vpc-a", "10.0.2.0/24"))
    document = grown(document, "route_tables", table("rtb-fw", "vpc-a", [local], "subnet-fw"))
    document = grown(document, "nacls", acl("acl-fw", open_acl(), "subnet-fw"))
    face = eni("eni-fw", "subnet-fw", "10.0.2.77", "sg-web", SourceDestCheck=False)
    return grown(document, "enis", face)


def static(block: str, which: str = "") -> Row:
    """A static route of the transit gateway; to nothing it is a blackhole."""
    found = [{"TransitGatewayAttachmentId": f"tgw-attach-{which}", "ResourceId": f"vpc-{which}",
              "ResourceType": "vpc"}]  # fmt: skip
    live = {"State": "active", "TransitGatewayAttachments": found}
    return {"DestinationCidrBlock": block, "Type": "static",
            **(live if which else {"State": "blackhole"})}  # fmt: skip


def transit(*routes: Row) -> Row:
    """A transit gateway in the place of the peering; its table has these routes alone."""
    gateway = {"TransitGatewayId": "tgw-1"}
    document = routed(small(), "rtb-2", to("10.9.0.0/16", **gateway))
    document = routed(document, "rtb-b", to("10.0.0.0/16", **gateway))
    own = {"a": "subnet-2", "b": "subnet-b"}
    named = {"TransitGatewayRouteTableId": "tgw-rtb-1"}
    doors = [{"TransitGatewayAttachmentId": f"tgw-attach-{k}", **gateway, "State": "available",
              "VpcId": f"vpc-{k}", "SubnetIds": [v]} for k, v in own.items()]  # fmt: skip
    all_ = [{"TransitGatewayAttachmentId": f"tgw-attach-{k}", **gateway, "State": "available",
             "ResourceType": "vpc", "ResourceId": f"vpc-{k}",
             "Association": {**named, "State": "associated"}} for k in own]  # fmt: skip
    return document | {
        "transit_gateways": [gateway],
        "tgw_vpc_attachments": doors,
        "tgw_attachments": all_,
        "tgw_route_tables": [{**named, **gateway}],
        "tgw_propagations": [{**named, "TransitGatewayRouteTablePropagations": []}],
        "tgw_static_routes": [{**named, "Routes": list(routes)}],
    }


def ways() -> list[Case]:
    web, app, db = (at(f"eni-{name}") for name in ("web", "app", "db"))
    narrow = routed(small(), "rtb-2", to("198.51.100.0/24", VpcPeeringConnectionId="pcx-1"))
    guarded = fenced()
    override = routed(guarded, "rtb-1", {"DestinationCidrBlock": "10.0.0.0/16",
                      "NetworkInterfaceId": "eni-fw", "State": "active"})  # fmt: skip
    more_specific = routed(guarded, "rtb-1", to("10.0.1.0/24", NetworkInterfaceId="eni-fw"))
    checked = changed(more_specific, "enis", "NetworkInterfaceId", "eni-fw", SourceDestCheck=True)
    circle = routed(guarded, "rtb-fw", to("10.0.1.0/24", NetworkInterfaceId="eni-fw"))
    circle = routed(circle, "rtb-1", to("10.0.1.0/24", NetworkInterfaceId="eni-fw"))
    gwlb = {"VpcEndpointId": "vpce-gw", "VpcEndpointType": "GatewayLoadBalancer",
            "VpcId": "vpc-a", "State": "available", "SubnetIds": ["subnet-fw"]}  # fmt: skip
    inspected = routed(guarded, "rtb-fw", to("0.0.0.0/0", NatGatewayId="nat-1"))
    inspected = routed(inspected, "rtb-2", to("0.0.0.0/0", GatewayId="vpce-gw"))
    twins = changed(small(), "vpcs", "VpcId", "vpc-b", CidrBlock="10.0.0.0/16")
    twins = changed(twins, "subnets", "SubnetId", "subnet-b", CidrBlock="10.0.0.0/24")
    twins = changed(twins, "enis", "NetworkInterfaceId", "eni-db", PrivateIpAddress="10.0.0.30")
    foreign = {"GroupId": "sg-theirs", "UserId": "999999999999",
               "VpcPeeringConnectionId": "pcx-1", "PeeringStatus": "active"}  # fmt: skip
    faces = [e for e in small()["enis"] if e["NetworkInterfaceId"] != "eni-db"]
    db_face = eni("eni-db", "subnet-b", "10.9.0.30", "sg-db")
    del db_face["Groups"]
    unseen = with_group(small(), "sg-app", [rule("tcp", 443, 443, UserIdGroupPairs=[foreign])],
                        [EVERYTHING]) | {"enis": [*faces, db_face]}  # fmt: skip
    dead = to("10.9.0.0/16", VpcPeeringConnectionId="pcx-1") | {"State": "blackhole"}
    waiting = changed(small(), "vpc_peerings", "VpcPeeringConnectionId", "pcx-1",
                      Status={"Code": "pending-acceptance"})  # fmt: skip
    return [
        Case("peering-without-a-return-route", PEER,
             without_route(small(), "rtb-b", "10.0.0.0/16"), app, db, tcp(443), "reaches",
             by("route", "rtb-b"), "blocked"),
        Case("peering-is-no-way-to-the-internet", PEER, narrow, app, out(HOME), tcp(443),
             "blocked", by("peering", "pcx-1")),
        Case("peering-not-accepted", PEER, waiting, app, db, tcp(443), "blocked",
             by("peering", "pcx-1")),
        Case("peering-deleted-leaves-a-blackhole", PEER, routed(small(), "rtb-2", dead), app, db,
             tcp(443), "blocked", by("route", "rtb-2")),
        Case("prefix-list-route-decides-by-its-entries", ROUTES,
             routed(listed("198.51.100.0/24"), "rtb-2", {**PL_ROUTE, "GatewayId": "igw-1"}), app,
             out(HOME), tcp(443), "blocked", by("internet-gateway", "igw-1")),
        Case("prefix-list-route-without-the-address", ROUTES,
             routed(listed("192.0.2.0/24"), "rtb-2", {**PL_ROUTE, "GatewayId": "igw-1"}), app,
             out(HOME), tcp(443), "reaches", None, "reaches"),
        Case("a-static-route-counts-before-a-prefix-lists", ROUTES,
             routed(listed("198.51.100.0/24"), "rtb-2", {**PL_ROUTE, "GatewayId": "igw-1"},
                    to("198.51.100.0/24", NatGatewayId="nat-1")), app, out(HOME), tcp(443),
             "reaches", None, "reaches"),
        Case("prefix-list-that-nobody-read", ROUTES,
             routed(small(), "rtb-2", {**PL_ROUTE, "GatewayId": "igw-1"}), app, out(HOME),
             tcp(443), "unknown"),
        Case("longest-prefix", ROUTES,
             routed(small(), "rtb-1", to("198.51.100.0/25", VpcPeeringConnectionId="pcx-1")),
             web, out(HOME), tcp(443), "blocked", by("peering", "pcx-1")),
        Case("local-route-to-an-appliance", ROUTES, override, web, app,
             tcp(443), "unknown"),
        Case("more-specific-route-within-the-vpc", ROUTES,
             more_specific, web, app, tcp(443), "unknown"),
        Case("more-specific-route-and-a-checking-appliance", EC2,
             checked, web, app, tcp(443), "blocked",
             by("network-interface", "eni-fw", "inbound")),
        Case("gateway-load-balancer-endpoint", RA,
             grown(inspected, "vpc_endpoints", gwlb), app, out(HOME), tcp(443), "unknown"),
        Case("an-appliance-whose-routes-lead-back-to-it", ROUTES, circle, web, app, tcp(443),
             "blocked", by("route")),
        Case("the-peers-block-is-ones-own", PEER, twins, web, db, tcp(443), "blocked",
             by("address", "subnet-1")),
        Case("within-a-subnet-no-route-is-asked", ROUTES,
             routed(small(), "rtb-1", to("10.0.0.0/24", NetworkInterfaceId="eni-web")), web,
             at("eni-too"), tcp(443), "reaches", None, "reaches"),
        Case("a-dead-route-to-a-nat-gateway", ROUTES, routed(small(), "rtb-2", to(
             "0.0.0.0/0", NatGatewayId="nat-gone") | {"State": "blackhole"}), app, out(HOME),
             tcp(443), "blocked", by("route", "rtb-2")),
        Case("a-peer-that-nobody-collected", PEER, small() | {"vpcs": small()["vpcs"][:1]}, app,
             {"address": "10.9.0.30", "where": "peer"}, tcp(443), "unknown"),
        Case("a-group-of-a-peer-that-nobody-collected", PEER, unseen, at("eni-db"), app,
             tcp(443), "unknown"),
        Case("a-virtual-private-gateway-leads-out-of-sight", RA,
             routed(small(), "rtb-2", to("192.168.0.0/16", GatewayId="vgw-1")), app,
             {"address": "192.168.1.1", "where": "site"}, tcp(443), "unknown"),
        Case("transit-gateway-without-a-route", TGW, transit(), app, db, tcp(443), "blocked",
             by("route", "tgw-rtb-1")),
        Case("transit-gateway-by-a-static-route", TGW, transit(static("10.9.0.0/16", "b"),
             static("10.0.0.0/16", "a")), app, db, tcp(443), "reaches", None, "reaches"),
        Case("transit-gateway-without-a-way-back", TGW, transit(static("10.9.0.0/16", "b")), app,
             db, tcp(443), "reaches", by("route", "tgw-rtb-1"), "blocked"),
        Case("transit-gateway-blackhole", TGW, transit(static("10.9.0.0/16"),
             static("10.0.0.0/16", "a")), app, db, tcp(443), "blocked", by("route", "tgw-rtb-1")),
        Case("transit-gateway-longest-prefix", TGW, transit(static("10.9.0.0/16", "b"),
             static("10.9.0.0/24"), static("10.0.0.0/16", "a")), app, db, tcp(443), "blocked",
             by("route", "tgw-rtb-1")),
        Case("transit-gateway-whose-tables-nobody-read", TGW,
             {k: v for k, v in transit().items() if k != "tgw_static_routes"}, app, db, tcp(443),
             "unknown"),
        Case("no-route", ROUTES, without_route(small(), "rtb-2", "0.0.0.0/0"), app, out(HOME),
             tcp(443), "blocked", by("route", "rtb-2")),
        Case("a-carrier-gateway-is-not-walked", RA,
             routed(small(), "rtb-2", to("0.0.0.0/0", CarrierGatewayId="cagw-1")), app, out(HOME),
             tcp(443), "unknown"),
        Case("a-local-gateway-is-not-walked", RA,
             routed(small(), "rtb-2", to("0.0.0.0/0", LocalGatewayId="lgw-1")), app, out(HOME),
             tcp(443), "unknown"),
    ]  # fmt: skip


def doors() -> list[Case]:
    web, app, db = (at(f"eni-{name}") for name in ("web", "app", "db"))
    endpoint, bucket = with_gateway_endpoint(), {"address": S3, "where": "s3"}
    https = [rule("tcp", 443, 443, **cidr("10.0.0.0/16"))]
    to_list = [rule("tcp", 443, 443, PrefixListIds=[{"PrefixListId": "pl-s3"}])]
    deny = {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]}
    two = eni("eni-two", "subnet-1", "10.0.0.12", "sg-web", PrivateIpAddresses=[
        {"PrivateIpAddress": "10.0.0.12", "Primary": True},
        {"PrivateIpAddress": "10.0.0.13", "Primary": False,
         "Association": {"PublicIp": "203.0.113.13"}}])  # fmt: skip
    nlb = eni("eni-nlb", "subnet-1", "10.0.0.60", "", "203.0.113.60",
              InterfaceType="network_load_balancer", Groups=[])  # fmt: skip
    alb = eni("eni-alb", "subnet-1", "10.0.0.61", "sg-db", "203.0.113.61",
              RequesterId="amazon-elb", Description="ELB app/web/0123456789abcdef")  # fmt: skip
    parted = small() | {"vpc_block_public_access_options": {
        "InternetGatewayBlockMode": "block-ingress"}}  # fmt: skip
    whole = small() | {"vpc_block_public_access_options": {
        "InternetGatewayBlockMode": "block-bidirectional"}}  # fmt: skip
    no_key = {"IgwAttachment": [{"InternetGatewayId": "igw-1", "Attachments": []}]}
    return [
        Case("gateway-endpoint-by-its-prefix-list", ENDPOINT,
             with_group(endpoint, "sg-app", [], to_list), app, bucket, tcp(443), "reaches", None,
             "reaches"),
        Case("gateway-endpoint-policy-stops-no-packet", ENDPOINT, with_gateway_endpoint(deny), app,
             bucket, tcp(443), "reaches", None, "reaches"),
        Case("gateway-endpoint-and-an-acl-without-the-answer", ENDPOINT,
             with_acl(endpoint, "acl-2", opened(True, entry(100, egress=False, allow=True,
                      CidrBlock="10.0.0.0/16"))), app, bucket, tcp(443), "reaches",
             by("network-acl", "acl-2", "inbound", 32767), "blocked"),
        Case("gateway-endpoint-takes-no-udp", RA, endpoint, app, bucket, udp(443), "blocked",
             by("vpc-endpoint", "vpce-s3")),
        Case("gateway-endpoint-in-another-table", ENDPOINT, endpoint, web, bucket, tcp(443),
             "reaches", None, "reaches"),
        Case("interface-endpoint-lets-https-in", PRIVATELINK, with_interface_endpoint(https), app,
             at("eni-vpce"), tcp(443), "reaches", None, "reaches"),
        Case("interface-endpoint-group-refuses", PRIVATELINK, with_interface_endpoint([]), app,
             at("eni-vpce"), tcp(443), "blocked", by("security-group", "sg-vpce", "inbound")),
        Case("interface-endpoint-from-a-peer", PRIVATELINK, with_interface_endpoint([EVERYTHING]),
             db, at("eni-vpce"), tcp(443), "reaches", None, "reaches"),
        Case("egress-only-gateway-out", SIX, small(), at("eni-app", "2001:db8:a:1::20"),
             out("2600:1f00::1"), tcp(443), "reaches", None, "reaches"),
        Case("nat-gateway-is-for-ipv4", SIX,
             routed(small(), "rtb-2", to("::/0", NatGatewayId="nat-1")),
             at("eni-app", "2001:db8:a:1::20"), out("2600:1f00::1"), tcp(443), "blocked",
             by("nat-gateway", "nat-1")),
        Case("nat-gateway-translates-the-well-known-prefix", NAT,
             routed(small(), "rtb-2", to("64:ff9b::/96", NatGatewayId="nat-1")),
             at("eni-app", "2001:db8:a:1::20"), out("64:ff9b::c633:6407"), tcp(443), "unknown"),
        Case("public-subnet-without-a-public-address", IGW, small(), at("eni-too"), out(HOME),
             tcp(443), "blocked", by("internet-gateway", "igw-1", "outbound")),
        Case("secondary-address-with-its-own-public-one", EC2, grown(small(), "enis", two),
             out(HOME), out("203.0.113.13"), tcp(443), "reaches", None, "reaches"),
        Case("primary-address-without-one", EC2, grown(small(), "enis", two),
             at("eni-two", "10.0.0.12"), out(HOME), tcp(443), "blocked",
             by("internet-gateway", "igw-1", "outbound")),
        Case("gateway-without-attachment", IGW,
             small() | {"internet_gateways": no_key["IgwAttachment"]}, web, out(HOME), tcp(443),
             "blocked", by("internet-gateway", "igw-1", "outbound")),
        Case("network-load-balancer-without-groups", NLB, grown(small(), "enis", nlb), out(HOME),
             out("203.0.113.60"), tcp(443), "reaches", None, "reaches"),
        Case("application-load-balancers-group", NLB,
             with_group(grown(small(), "enis", alb), "sg-db", [rule("tcp", 80, 80, **cidr(
                 "0.0.0.0/0"))], [EVERYTHING]), out(HOME), out("203.0.113.61"), tcp(443),
             "blocked", by("security-group", "sg-db", "inbound")),
        Case("nat-gateway-takes-nothing-unasked", NAT, small(), out(HOME), out("203.0.113.99"),
             tcp(443), "blocked", by("nat-gateway", "nat-1", "inbound")),
        Case("nat-gateway-knows-three-protocols", NAT, small(), app, out(HOME), {"protocol": 47},
             "blocked", by("nat-gateway", "nat-1")),
        Case("block-ingress-lets-nat-be", BPA, parted, app, out(HOME), tcp(443), "reaches", None,
             "reaches"),
        Case("block-ingress-closes-the-door", BPA, parted, out(HOME), out("203.0.113.10"),
             tcp(443), "blocked", by("vpc-block-public-access", "vpc-a", "inbound")),
        Case("block-bidirectional-closes-nat-too", BPA, whole, app, out(HOME), tcp(443),
             "blocked", by("vpc-block-public-access", "vpc-a", "outbound")),
        Case("block-bidirectional-lets-peers-be", BPA, whole, app, db, tcp(443), "reaches", None,
             "reaches"),
        Case("source-check-of-a-foreign-address", EC2, small(), at("eni-app", "10.0.1.99"), web,
             tcp(443), "blocked", by("network-interface", "eni-app", "outbound")),
    ]  # fmt: skip


CASES = [*acls(), *groups(), *ways(), *doors()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_packet_meets_what_the_page_says(case: Case, logkeep: Run, tmp_path: Path) -> None:
    flow = {"src": case.src, "dst": case.dst, **case.asked}
    line = {"id": case.id, "source": case.page, "network": case.network, "flow": flow}
    path = tmp_path / "cases.jsonl"
    path.write_text(f"{json.dumps(line)}\n", encoding="utf-8")
    said = logkeep("try", "ping", "--cases", path, "--json")
    assert said.code == 0, said
    found = json.loads(said.out)
    got = found["got"]
    assert got["verdict"] == case.verdict, told(found)
    assert case.reply in (None, got["reply"]), told(found)
    stop = got["blocked_by"] or {}
    wanted = case.blocked_by or {}
    assert {key: stop.get(key) for key in wanted} == wanted, told(found)
    assert wanted or not stop, told(found)
    assert found["settle"] or "unknown" not in (got["verdict"], got["reply"]), told(found)


def told(found: Row) -> str:
    return json.dumps({name: found.get(name) for name in ("got", "reason", "settle")})
