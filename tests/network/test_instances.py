"""What an instance's state, addresses and groups, and AWS's own services, do to a packet."""

from __future__ import annotations

import pytest

from logkeep.network.written import written
from network.walking import REACHES, route, tried, walked
from support.small import (
    ANYWHERE,
    changed,
    eni,
    entry,
    small,
    to,
    with_acl,
    with_group,
)


def test_an_instance_that_is_stopped_and_an_interface_of_nobody() -> None:
    attachment = {"InstanceId": "i-1", "DeviceIndex": 0}
    document = changed(small(), "enis", "NetworkInterfaceId", "eni-web", Attachment=attachment)
    document["instances"] = [{"InstanceId": "i-1", "State": {"Name": "stopped"}}]
    for ends in (("eni-app", "eni-web"), ("eni-web", "eni-app")):
        assert tried(document, *ends) == ("blocked", None, "BAD_STATE")
    loose = changed(small(), "enis", "NetworkInterfaceId", "eni-web", Status="available")
    assert tried(loose, "eni-app", "eni-web") == ("blocked", None, "BAD_STATE")


SERVICES = [
    ("10.0.0.2", "udp", 53),
    ("10.0.0.2", "tcp", 53),
    ("169.254.169.253", "udp", 53),
    ("fd00:ec2::253", "udp", 53),
    ("169.254.169.254", "tcp", 80),
    ("169.254.169.123", "udp", 123),
]


@pytest.mark.parametrize(("address", "protocol", "port"), SERVICES)
def test_no_filter_stops_awss_own_services_and_no_record_shows_them(
    address: str, protocol: str, port: int
) -> None:
    shut = with_acl(with_group(small(), "sg-web", [], []), "acl-1", [])
    result = walked(shut, "eni-web", address, protocol, port)
    assert result.out.verdict == "reaches"
    assert result.out.passages == ()
    assert tried(shut, "eni-web", address, "tcp", 8080)[0] == "unknown"


def test_a_secondary_address_is_recorded_as_the_primary_one() -> None:
    more = [{"PrivateIpAddress": "10.0.1.20", "Primary": True}, {"PrivateIpAddress": "10.0.1.21"}]
    document = changed(small(), "enis", "NetworkInterfaceId", "eni-app", PrivateIpAddresses=more)
    result = walked(document, "eni-web", "10.0.1.21")
    assert result.out.verdict == "reaches"
    record = written(result)[1]
    assert (record.dstaddr, record.pkt_dstaddr) == ("10.0.1.20", "10.0.1.21")


def test_a_block_delegated_to_an_interface_is_its_own() -> None:
    prefix = [{"Ipv4Prefix": "10.0.1.64/28"}]
    document = changed(small(), "enis", "NetworkInterfaceId", "eni-app", Ipv4Prefixes=prefix)
    assert tried(document, "eni-web", "10.0.1.70") == REACHES
    assert tried(document, "eni-web", "10.0.1.90") == ("blocked", None, "no-interface")


def test_a_second_block_of_a_vpc_is_local_too() -> None:
    blocks = [{"CidrBlock": "10.0.0.0/16"}, {"CidrBlock": "100.64.0.0/16"}]
    document = changed(small(), "vpcs", "VpcId", "vpc-a", CidrBlockAssociationSet=blocks)
    more = {"SubnetId": "subnet-3", "VpcId": "vpc-a", "CidrBlock": "100.64.0.0/24"}
    document["subnets"] = [*document["subnets"], more]
    document["enis"] = [*document["enis"], eni("eni-pod", "subnet-3", "100.64.0.5", "sg-app")]
    default = changed(document, "nacls", "NetworkAclId", "acl-1", IsDefault=True)
    main = [*default["route_tables"][0]["Associations"], {"Main": True}]
    default = changed(default, "route_tables", "RouteTableId", "rtb-1", Associations=main)
    assert tried(default, "eni-web", "eni-pod") == REACHES


def test_a_lambda_interface_that_is_closed_to_the_internet() -> None:
    document = changed(small(), "enis", "NetworkInterfaceId", "eni-web", DenyAllIgwTraffic=True)
    for ends in (("192.0.2.9", "203.0.113.10"), ("eni-web", "192.0.2.9")):
        assert tried(document, *ends) == ("blocked", None, "closed-to-internet")


PROTOCOLS = [
    # what a rule says of ICMP, the type and code that are sent, and whether it covers them
    ((8, -1), True),
    ((-1, -1), True),
    ((8, 0), True),
    ((8, 1), False),
    ((0, -1), False),
    ((3, 9), False),
]


@pytest.mark.parametrize(("said", "passes"), PROTOCOLS, ids=str)
def test_icmp_of_a_group_is_a_type_and_a_code(said: tuple[int, int], passes: bool) -> None:
    """Rule 6.4.5: FromPort is the type, ToPort the code, and no range."""
    rule = {"IpProtocol": "icmp", "FromPort": said[0], "ToPort": said[1], **ANYWHERE}
    document = with_group(small(), "sg-web", [rule], [])
    assert (tried(document, "eni-app", "eni-web")[0] == "reaches") == passes
    code = {"IcmpTypeCode": {"Type": said[0], "Code": said[1]}}
    entries = [entry(1, False, True, "1", **code), entry(100, True, True)]
    document = with_acl(small(), "acl-1", entries)
    assert (tried(document, "eni-app", "eni-web")[0] == "reaches") == passes


def test_a_lower_number_decides_whatever_the_order_of_the_answer() -> None:
    entries = [entry(200, False, True), entry(90, False, False, "6"), entry(100, True, True)]
    document = with_acl(small(), "acl-1", entries)
    stop = walked(document, "eni-app", "eni-web", "tcp", 443).stop
    assert stop is not None
    assert (stop.kind, stop.rule) == ("network-acl", 90)


def test_of_two_routes_to_one_block_the_static_one_counts() -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html"""
    written_by = {"GatewayId": "vgw-1", "Origin": "EnableVgwRoutePropagation", "State": "active"}
    ways = [
        {"DestinationCidrBlock": "192.0.2.0/24", **written_by},
        to("192.0.2.0/24", GatewayId="igw-1"),
    ]
    assert tried(route(small(), "rtb-1", *ways), "eni-web", "192.0.2.9") == REACHES
