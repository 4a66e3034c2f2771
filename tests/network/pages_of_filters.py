"""What AWS's pages say that network ACLs and security groups let through."""

from __future__ import annotations

from network.flows import (
    HOME,
    NACL,
    NAT,
    PEER,
    PING,
    PING_SIX,
    RA,
    SG,
    Case,
    at,
    by,
    cidr,
    filtered,
    listed,
    opened,
    out,
    ports,
    rule,
    tcp,
    udp,
)
from support.small import (
    EVERYTHING,
    acl,
    changed,
    entry,
    open_acl,
    small,
    with_group,
)


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
