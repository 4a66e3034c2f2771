"""Flows through the small network with something changed, and the pages that speak of them."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from support.small import (
    EVERYTHING,
    LOCAL,
    Row,
    acl,
    changed,
    eni,
    group,
    open_acl,
    small,
    subnet,
    table,
    to,
    with_acl,
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
