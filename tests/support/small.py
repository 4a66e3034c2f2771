"""A small network to turn screws on: two subnets, gateways, and a VPC beside it."""

from __future__ import annotations

from typing import Any

from logkeep.network.ends import Unclear, flow, named, question
from logkeep.network.packet import Flow
from logkeep.network.read import read
from logkeep.network.values import Network

Row = dict[str, Any]
ANYWHERE: Row = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
EVERYTHING: Row = {"IpProtocol": "-1", **ANYWHERE}
LOCAL = {"GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"}


def entry(number: int, egress: bool, allow: bool, protocol: str = "-1", **more: Any) -> Row:
    block = {} if "Ipv6CidrBlock" in more else {"CidrBlock": "0.0.0.0/0"}
    action = "allow" if allow else "deny"
    fixed = {"RuleNumber": number, "Egress": egress, "RuleAction": action, "Protocol": protocol}
    return {**fixed, **block, **more}


def open_acl() -> list[Row]:
    both = (False, True)
    four = [entry(100, egress, allow=True) for egress in both]
    return four + [entry(101, egress, allow=True, Ipv6CidrBlock="::/0") for egress in both]


def acl(id_: str, entries: list[Row], *subnets: str) -> Row:
    associations = [{"SubnetId": each} for each in subnets]
    return {
        "NetworkAclId": id_,
        "VpcId": "vpc-a",
        "Entries": entries,
        "Associations": associations,
    }


def group(id_: str, inbound: list[Row], outbound: list[Row]) -> Row:
    return {"GroupId": id_, "IpPermissions": inbound, "IpPermissionsEgress": outbound}


def eni(id_: str, subnet: str, own: str, groups: str, public: str = "", **more: Any) -> Row:
    vpc = "vpc-b" if subnet == "subnet-b" else "vpc-a"
    association = {"Association": {"PublicIp": public}} if public else {}
    return {
        "NetworkInterfaceId": id_,
        "SubnetId": subnet,
        "VpcId": vpc,
        "OwnerId": "111111111111",
        "PrivateIpAddress": own,
        "Groups": [{"GroupId": groups}],
        "InterfaceType": "interface",
        **association,
        **more,
    }


def table(id_: str, vpc: str, routes: list[Row], *subnets: str) -> Row:
    associations: list[Row] = [{"SubnetId": each} for each in subnets]
    return {"RouteTableId": id_, "VpcId": vpc, "Associations": associations, "Routes": routes}


def to(block: str, **target: str) -> Row:
    six = "DestinationIpv6CidrBlock" if ":" in block else "DestinationCidrBlock"
    return {six: block, "State": "active", "Origin": "CreateRoute", **target}


def subnet(id_: str, vpc: str, block: str, zone: str = "az-1") -> Row:
    six = f"2001:db8:{'b' if vpc == 'vpc-b' else 'a'}:{1 if id_ == 'subnet-2' else 0}::/64"
    return {
        "SubnetId": id_,
        "VpcId": vpc,
        "CidrBlock": block,
        "AvailabilityZoneId": zone,
        "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": six}],
    }


def vpc(id_: str, block: str) -> Row:
    six = f"2001:db8:{id_[-1]}::/56"
    return {
        "VpcId": id_,
        "CidrBlock": block,
        "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": six}],
    }


def small() -> Row:
    """vpc-a with a public subnet (web, a NAT gateway) and a private one (app); vpc-b with db."""
    ways = [
        {"DestinationCidrBlock": "10.0.0.0/16", **LOCAL},
        {"DestinationIpv6CidrBlock": "2001:db8:a::/56", **LOCAL},
        to("10.9.0.0/16", VpcPeeringConnectionId="pcx-1"),
    ]
    gateway = [to("0.0.0.0/0", GatewayId="igw-1"), to("::/0", GatewayId="igw-1")]
    private = [
        to("0.0.0.0/0", NatGatewayId="nat-1"),
        to("::/0", EgressOnlyInternetGatewayId="eigw-1"),
    ]
    back = [
        {"DestinationCidrBlock": "10.9.0.0/16", **LOCAL},
        to("10.0.0.0/16", VpcPeeringConnectionId="pcx-1"),
    ]
    nat = {"NetworkInterfaceId": "eni-nat", "PrivateIp": "10.0.0.99"}
    peer = {"Region": "us-east-1"}
    attached = [{"VpcId": "vpc-a", "State": "available"}]
    return {
        "vpcs": [vpc("vpc-a", "10.0.0.0/16"), vpc("vpc-b", "10.9.0.0/16")],
        "subnets": [
            subnet("subnet-1", "vpc-a", "10.0.0.0/24"),
            subnet("subnet-2", "vpc-a", "10.0.1.0/24"),
            subnet("subnet-b", "vpc-b", "10.9.0.0/24"),
        ],
        "route_tables": [
            table("rtb-1", "vpc-a", [*ways, *gateway], "subnet-1"),
            table("rtb-2", "vpc-a", [*ways, *private], "subnet-2"),
            table("rtb-b", "vpc-b", back, "subnet-b"),
        ],
        "nacls": [
            acl("acl-1", open_acl(), "subnet-1"),
            acl("acl-2", open_acl(), "subnet-2"),
            acl("acl-b", open_acl(), "subnet-b"),
        ],
        "security_groups": [
            group("sg-web", [EVERYTHING], [EVERYTHING]),
            group("sg-app", [EVERYTHING], [EVERYTHING]),
            group("sg-db", [EVERYTHING], [EVERYTHING]),
        ],
        "enis": [
            eni("eni-web", "subnet-1", "10.0.0.10", "sg-web", "203.0.113.10", **six("a:0", 10)),
            eni("eni-too", "subnet-1", "10.0.0.11", "sg-app"),
            eni("eni-app", "subnet-2", "10.0.1.20", "sg-app", **six("a:1", 20)),
            eni("eni-db", "subnet-b", "10.9.0.30", "sg-db"),
            eni("eni-nat", "subnet-1", "10.0.0.99", "", "203.0.113.99", **NAT),
        ],
        "instances": [],
        "internet_gateways": [{"InternetGatewayId": "igw-1", "Attachments": attached}],
        "egress_only_internet_gateways": [
            {"EgressOnlyInternetGatewayId": "eigw-1", "Attachments": attached}
        ],
        "nat_gateways": [
            {
                "NatGatewayId": "nat-1",
                "VpcId": "vpc-a",
                "SubnetId": "subnet-1",
                "State": "available",
                "NatGatewayAddresses": [nat],
            }
        ],
        "vpc_peerings": [
            {
                "VpcPeeringConnectionId": "pcx-1",
                "Status": {"Code": "active"},
                "RequesterVpcInfo": {"VpcId": "vpc-a", **peer},
                "AccepterVpcInfo": {"VpcId": "vpc-b", **peer},
            }
        ],
        "vpc_endpoints": [],
        "prefix_lists": [],
        "vpc_block_public_access_options": {"InternetGatewayBlockMode": "off"},
    }


NAT = {"InterfaceType": "nat_gateway", "Groups": [], "SourceDestCheck": False}


def six(where: str, last: int) -> Row:
    vpc_, number = where.split(":")
    return {"Ipv6Addresses": [{"Ipv6Address": f"2001:db8:{vpc_}:{number}::{last}"}]}


def with_acl(document: Row, id_: str, entries: list[Row]) -> Row:
    return changed(document, "nacls", "NetworkAclId", id_, Entries=entries)


def with_group(document: Row, id_: str, inbound: list[Row], outbound: list[Row]) -> Row:
    rules = {"IpPermissions": inbound, "IpPermissionsEgress": outbound}
    return changed(document, "security_groups", "GroupId", id_, **rules)


def changed(document: Row, list_: str, key: str, id_: str, **members: Any) -> Row:
    """The document with members of one row changed."""
    rows = [row | members if row[key] == id_ else row for row in document[list_]]
    return document | {list_: rows}


def network_of(document: Row) -> Network:
    found = read(document)
    assert isinstance(found, Network), found
    return found


def flow_in(
    network: Network,
    src: str,
    dst: str,
    protocol: str = "icmp",
    port: int | None = None,
    from_port: int | None = None,
) -> Flow:
    asked = question(protocol, port, from_port)
    assert not isinstance(asked, Unclear), asked
    ends = [named(network, src), named(network, dst)]
    one, other = (end for end in ends if not isinstance(end, Unclear))
    found = flow(network, one, other, asked)
    assert not isinstance(found, Unclear), found
    return found
