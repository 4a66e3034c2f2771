"""What AWS's pages say of packets, as reachability tests run by the public command.

Each case is the small network with something changed, a flow, and what AWS's page says of it. They
are in the format of `network-paths.jsonl`, so that `try ping --cases` reads them.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from network.flows import (
    BPA,
    EC2,
    ENDPOINT,
    HOME,
    IGW,
    NAT,
    NLB,
    PEER,
    PL_ROUTE,
    PRIVATELINK,
    RA,
    ROUTES,
    S3,
    SIX,
    TGW,
    Case,
    at,
    by,
    cidr,
    fenced,
    grown,
    listed,
    opened,
    out,
    routed,
    rule,
    static,
    tcp,
    transit,
    udp,
    with_gateway_endpoint,
    with_interface_endpoint,
    without_route,
)
from network.pages_of_filters import acls, groups
from support.command_line import Run
from support.small import (
    EVERYTHING,
    Row,
    changed,
    eni,
    entry,
    small,
    to,
    with_acl,
    with_group,
)


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
