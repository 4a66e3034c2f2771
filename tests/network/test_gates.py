"""What each gateway, filter and state does to a packet, one at a time."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from network.walking import REACHES, Told, route, tried
from support.small import (
    EVERYTHING,
    Row,
    changed,
    eni,
    small,
    table,
    to,
    with_group,
)

BOTH = ["block-bidirectional", "block-ingress"]


@pytest.mark.parametrize("mode", BOTH)
def test_block_public_access_stops_a_public_address(mode: str) -> None:
    document = small() | {"vpc_block_public_access_options": {"InternetGatewayBlockMode": mode}}
    for ends in (("192.0.2.9", "203.0.113.10"), ("eni-web", "192.0.2.9")):
        assert tried(document, *ends) == ("blocked", None, "VPC_BLOCK_PUBLIC_ACCESS_ENABLED")


def test_block_ingress_lets_nat_gateways_and_egress_only_gateways_be() -> None:
    options = {"InternetGatewayBlockMode": "block-ingress"}
    document = small() | {"vpc_block_public_access_options": options}
    assert tried(document, "eni-app", "192.0.2.9") == REACHES
    assert tried(document, "eni-app", "2600::9") == REACHES
    options = {"InternetGatewayBlockMode": "block-bidirectional"}
    document = small() | {"vpc_block_public_access_options": options}
    assert tried(document, "eni-app", "192.0.2.9")[0] == "blocked"


def test_an_exclusion_lets_its_subnet_be() -> None:
    document = small() | {
        "vpc_block_public_access_options": {"InternetGatewayBlockMode": "block-bidirectional"},
        "vpc_block_public_access_exclusions": [
            {
                "ResourceArn": "arn:aws:ec2:us-east-1:111111111111:subnet/subnet-1",
                "InternetGatewayExclusionMode": "allow-bidirectional",
                "State": "create-complete",
            }
        ],
    }
    assert tried(document, "192.0.2.9", "203.0.113.10") == REACHES


def test_an_egress_only_gateway_lets_nothing_in() -> None:
    document = small()
    assert tried(document, "eni-app", "2600::9") == REACHES
    found = tried(document, "2600::9", "2001:db8:a:1::20")
    assert found == ("reaches", "blocked", "egress-only")


def test_a_subnet_behind_a_nat_gateway_cannot_answer_the_internet() -> None:
    """With a public address but a default route to a NAT gateway, the answer leaves by that."""
    public = {"PublicIp": "203.0.113.20"}
    document = changed(small(), "enis", "NetworkInterfaceId", "eni-app", Association=public)
    found = tried(document, "192.0.2.9", "203.0.113.20")
    assert found == ("reaches", "blocked", "nat-no-session")


def test_a_private_nat_gateway_does_not_reach_the_internet() -> None:
    document = changed(small(), "enis", "NetworkInterfaceId", "eni-nat", Association={})
    found = tried(document, "eni-app", "192.0.2.9")
    assert found == ("blocked", None, "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS")


def test_a_nat_gateway_in_a_subnet_that_routes_to_it_is_a_loop() -> None:
    document = route(small(), "rtb-1", to("0.0.0.0/0", NatGatewayId="nat-1"))
    assert tried(document, "eni-app", "192.0.2.9") == ("blocked", None, "route-loop")


def test_a_nat_gateway_that_fails_carries_nothing_and_gre_never() -> None:
    document = changed(small(), "nat_gateways", "NatGatewayId", "nat-1", State="failed")
    assert tried(document, "eni-app", "192.0.2.9") == ("blocked", None, "BAD_STATE")
    assert tried(small(), "eni-app", "192.0.2.9", "47") == ("blocked", None, "PROTOCOL_RESTRICTION")


def test_what_is_not_walked_is_unknown() -> None:
    regional = changed(
        small(), "nat_gateways", "NatGatewayId", "nat-1", AvailabilityMode="regional"
    )
    assert tried(regional, "eni-app", "192.0.2.9") == ("unknown", None, "nat-regional")
    other = route(small(), "rtb-1", to("0.0.0.0/0", LocalGatewayId="lgw-1"))
    assert tried(other, "eni-web", "192.0.2.9") == ("unknown", None, "target-unseen")


STATIC = {"Routes": [{"DestinationCidrBlock": "172.20.0.0/16"}], "VpnGatewayId": "vgw-1"}
WRITES = [{"GatewayId": "vgw-1"}]
VPNS = [
    # what writes into the table, the connection, where to, the verdict
    (WRITES, STATIC, "172.30.0.1", ("blocked", None, "NO_ROUTE_TO_DESTINATION")),
    (WRITES, STATIC, "172.20.0.1", ("unknown", None, "beyond-aws")),
    ([], STATIC, "172.30.0.1", ("unknown", None, "beyond-aws")),
    (WRITES, {"VpnGatewayId": "vgw-1"}, "172.30.0.1", ("unknown", None, "beyond-aws")),
]


@pytest.mark.parametrize(("writes", "connection", "dst", "told"), VPNS)
def test_a_vpn_gateway_leads_where_nobody_sees(
    writes: list[Row], connection: Row, dst: str, told: Told
) -> None:
    document = route(small(), "rtb-1", to("172.16.0.0/12", GatewayId="vgw-1"))
    document = changed(document, "route_tables", "RouteTableId", "rtb-1", PropagatingVgws=writes)
    document["vpn_connections"] = [{"VpnConnectionId": "vpn-1", **connection}]
    assert tried(document, "eni-web", dst) == told


def test_a_nat_gateway_refuses_what_comes_unasked() -> None:
    for dst in ("203.0.113.99", "10.0.0.99"):
        src = "192.0.2.9" if dst.startswith("203") else "eni-app"
        assert tried(small(), src, dst, "tcp", 80) == ("blocked", None, "nat-no-session")


def test_peering_is_of_two_vpcs_that_have_agreed() -> None:
    status = {"Code": "pending-acceptance"}
    peering = changed(small(), "vpc_peerings", "VpcPeeringConnectionId", "pcx-1", Status=status)
    assert tried(peering, "eni-app", "eni-db") == ("blocked", None, "BAD_STATE")
    out = route(small(), "rtb-b", to("0.0.0.0/0", VpcPeeringConnectionId="pcx-1"))
    found = tried(out, "eni-db", "192.0.2.9")
    assert found == ("blocked", None, "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR")


def test_without_a_route_back_the_answer_is_lost() -> None:
    local = {"DestinationCidrBlock": "10.9.0.0/16", "GatewayId": "local"}
    tables = [*small()["route_tables"][:2], table("rtb-b", "vpc-b", [local], "subnet-b")]
    found = tried(small() | {"route_tables": tables}, "eni-app", "eni-db")
    assert found == ("reaches", "blocked", "NO_ROUTE_TO_DESTINATION")


def test_a_vpc_of_another_account_is_unknown() -> None:
    document = small()
    document["vpcs"] = document["vpcs"][:1]
    assert tried(document, "eni-app", "10.9.0.30") == ("unknown", None, "foreign-vpc")


class Reference(NamedTuple):
    """A reference to the sender's group, in one setting, and what comes of it."""

    region: str
    status: str
    verdict: str


REFERENCES = [
    Reference("us-east-1", "active", "reaches"),
    Reference("eu-west-1", "active", "blocked"),
    Reference("us-east-1", "deleted", "blocked"),
]


@pytest.mark.parametrize("case", REFERENCES, ids=lambda case: f"{case.region}-{case.status}")
def test_a_reference_to_a_group_of_a_peer(case: Reference) -> None:
    pair = {"GroupId": "sg-app", "VpcId": "vpc-a", "PeeringStatus": case.status}
    rule = {"IpProtocol": "-1", "UserIdGroupPairs": [pair]}
    side = {"VpcId": "vpc-a", "Region": case.region}
    document = with_group(small(), "sg-db", [rule], [])
    document = changed(
        document, "vpc_peerings", "VpcPeeringConnectionId", "pcx-1", RequesterVpcInfo=side
    )
    assert tried(document, "eni-app", "eni-db")[0] == case.verdict


def test_a_default_group_admits_its_own_members_only() -> None:
    """Rule 6.4.2: inbound from itself."""
    itself = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-app"}]}
    document = with_group(small(), "sg-app", [itself], [EVERYTHING])
    assert tried(document, "eni-too", "eni-app") == REACHES
    assert tried(document, "eni-web", "eni-app")[0] == "blocked"


def test_an_appliance_leaves_it_open_unless_nothing_could_pass() -> None:
    face = eni("eni-box", "subnet-1", "10.0.0.50", "sg-web", SourceDestCheck=False)
    document = small() | {"enis": [*small()["enis"], face]}
    document = route(document, "rtb-2", to("10.0.0.0/24", NetworkInterfaceId="eni-box"))
    assert tried(document, "eni-app", "eni-web") == ("unknown", None, "appliance")
    shut = with_group(document, "sg-web", [], [EVERYTHING])
    assert tried(shut, "eni-app", "eni-web")[0] == "blocked"
    own = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.50/32"}]}
    front = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.1.0/24"}]}
    box = {"GroupId": "sg-box", "IpPermissions": [front], "IpPermissionsEgress": [EVERYTHING]}
    translated = with_group(document, "sg-web", [own], [EVERYTHING])
    translated["security_groups"] = [*translated["security_groups"], box]
    translated = changed(
        translated, "enis", "NetworkInterfaceId", "eni-box", Groups=[{"GroupId": "sg-box"}]
    )
    assert tried(translated, "eni-app", "eni-web")[0] == "unknown"


def test_an_appliance_that_checks_addresses_takes_nothing_foreign() -> None:
    face = eni("eni-box", "subnet-1", "10.0.0.50", "sg-web")
    document = small() | {"enis": [*small()["enis"], face]}
    document = route(document, "rtb-2", to("10.0.0.0/24", NetworkInterfaceId="eni-box"))
    found = tried(document, "eni-app", "eni-web")
    assert found == ("blocked", None, "ENI_SOURCE_DEST_CHECK_RESTRICTION")


def test_a_firewall_endpoint_leaves_it_open() -> None:
    endpoint = {
        "VpcEndpointId": "vpce-fw",
        "VpcId": "vpc-a",
        "VpcEndpointType": "GatewayLoadBalancer",
        "State": "available",
        "SubnetIds": ["subnet-1"],
    }
    document = small() | {"vpc_endpoints": [endpoint]}
    document = route(document, "rtb-2", to("0.0.0.0/0", GatewayId="vpce-fw"))
    # What the firewall lets by would leave by the internet gateway, with no public address.
    found = tried(document, "eni-app", "192.0.2.9")
    assert found == ("blocked", None, "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS")
    inside = route(
        small() | {"vpc_endpoints": [endpoint]}, "rtb-2", to("10.0.0.0/24", GatewayId="vpce-fw")
    )
    assert tried(inside, "eni-app", "eni-web") == ("unknown", None, "appliance")


def test_an_edge_route_table_sends_what_comes_in_through_an_appliance() -> None:
    face = eni("eni-box", "subnet-2", "10.0.1.50", "sg-web", "203.0.113.50", SourceDestCheck=False)
    edge = table("rtb-edge", "vpc-a", [to("10.0.0.0/24", NetworkInterfaceId="eni-box")])
    edge["Associations"] = [{"GatewayId": "igw-1"}]
    document = small() | {"enis": [*small()["enis"], face]}
    document["route_tables"] = [*document["route_tables"], edge]
    assert tried(document, "192.0.2.9", "203.0.113.10") == ("unknown", None, "appliance")
    private = changed(document, "enis", "NetworkInterfaceId", "eni-box", Association={})
    code = "INGRESS_RTB_NO_PUBLIC_IP"
    assert tried(private, "192.0.2.9", "203.0.113.10") == ("blocked", None, code)
    code = "INGRESS_RTB_TRAFFIC_REDIRECTION"
    assert tried(document, "eni-web", "192.0.2.9") == ("unknown", None, code)


def test_a_gateway_endpoint_carries_tcp_of_its_vpc() -> None:
    document = small() | {
        "prefix_lists": [{"PrefixListId": "pl-s3", "Cidrs": ["52.216.0.0/15"]}],
        "vpc_endpoints": [
            {"VpcEndpointId": "vpce-s3", "VpcId": "vpc-a", "VpcEndpointType": "Gateway"}
        ],
    }
    to_s3 = {"DestinationPrefixListId": "pl-s3", "GatewayId": "vpce-s3", "State": "active"}
    document = route(document, "rtb-2", to_s3)
    assert tried(document, "eni-app", "52.216.1.1", "tcp", 443) == REACHES
    found = tried(document, "eni-app", "52.216.1.1", "udp", 443)
    assert found == ("blocked", None, "VPCE_GATEWAY_PROTOCOL_RESTRICTION")
    unread = document | {"prefix_lists": []}
    assert tried(unread, "eni-app", "52.216.1.1", "tcp", 443) == ("unknown", None, "list-unseen")
    assert tried(unread, "eni-app", "eni-db") == REACHES


def test_internet_gateways_refuse_private_addresses() -> None:
    found = tried(small(), "eni-web", "172.20.0.1")
    assert found == ("blocked", None, "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS")
    found = tried(small(), "eni-web", "100.64.0.1")
    assert found == ("blocked", None, "IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS")
