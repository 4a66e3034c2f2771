"""The short form of `network-vectors.jsonl`, put into AWS's own Describe answers and back."""

from __future__ import annotations

from typing import Any

from logkeep.network.trip import Stop

TARGETS = {
    "igw": "GatewayId",
    "vgw": "GatewayId",
    "vpce": "GatewayId",
    "local": "GatewayId",
    "eigw": "EgressOnlyInternetGatewayId",
    "nat": "NatGatewayId",
    "pcx": "VpcPeeringConnectionId",
    "tgw": "TransitGatewayId",
    "eni": "NetworkInterfaceId",
}
Row = dict[str, Any]


def document(short: Row) -> Row:
    """AWS's answers for a network in the short form."""
    vpc_of = {subnet["id"]: subnet["vpc"] for subnet in short["subnets"]}
    made = {
        "vpcs": [vpc(row) for row in short["vpcs"]],
        "subnets": [subnet(row) for row in short["subnets"]],
        "route_tables": [table(row, short["subnets"]) for row in short["route_tables"]],
        "nacls": [acl(row, short["subnets"]) for row in short["nacls"]],
        "security_groups": [group(row) for row in short["security_groups"]],
        "enis": [interface(row, vpc_of) for row in short["interfaces"]],
        "internet_gateways": [gateway(row, "Internet") for row in short["internet_gateways"]],
        "nat_gateways": [nat(row, vpc_of) for row in short["nat_gateways"]],
        "vpc_peerings": [peering(row) for row in short["peerings"]],
    }
    if all(row["nacl"] is None for row in short["subnets"]):
        del made["nacls"]
    if "vpn_gateways" in short:
        made["vpn_gateways"] = [gateway(row, "Vpn") for row in short["vpn_gateways"]]
    if "vpc_endpoints" in short:
        made["vpc_endpoints"] = [endpoint(row) for row in short["vpc_endpoints"]]
    if "prefix_lists" in short:
        made["prefix_lists"] = [
            {"PrefixListId": row["id"], "Cidrs": row["cidrs"]} for row in short["prefix_lists"]
        ]
    if "transit_gateways" in short:
        made["transit_gateways"] = [
            {"TransitGatewayId": r["id"]} for r in short["transit_gateways"]
        ]
    return made


def vpc(row: Row) -> Row:
    four = [each for each in row["cidrs"] if ":" not in each]
    six = [each for each in row["cidrs"] if ":" in each]
    return {
        "VpcId": row["id"],
        **({"CidrBlock": four[0]} if four else {}),
        "CidrBlockAssociationSet": [{"CidrBlock": each} for each in four],
        "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": each} for each in six],
    }


def subnet(row: Row) -> Row:
    six = [row["ipv6_cidr"]] if row.get("ipv6_cidr") else []
    return {
        "SubnetId": row["id"],
        "VpcId": row["vpc"],
        "CidrBlock": row["cidr"],
        "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": each} for each in six],
    }


def table(row: Row, subnets: list[Row]) -> Row:
    users = [each for each in subnets if each["route_table"] == row["id"]]
    owner = row.get("vpc") or users[0]["vpc"]
    associations: list[Row] = [{"SubnetId": each["id"], "Main": False} for each in users]
    if row.get("main"):
        associations.append({"Main": True})
    return {
        "RouteTableId": row["id"],
        "VpcId": owner,
        "Associations": associations,
        "Routes": [route(each) for each in row["routes"]],
    }


def route(row: Row) -> Row:
    to = row["destination"]
    six = "DestinationIpv6CidrBlock" if ":" in to else "DestinationCidrBlock"
    key = "DestinationPrefixListId" if to.startswith("pl-") else six
    propagated = "EnableVgwRoutePropagation" if row.get("propagated") else "CreateRoute"
    origin = "CreateRouteTable" if row["target"] == "local" else propagated
    target = TARGETS[row["target"].split("-")[0]]
    state = row.get("state", "active")
    return {key: to, target: row["target"], "State": state, "Origin": origin}


def acl(row: Row, subnets: list[Row]) -> Row:
    return {
        "NetworkAclId": row["id"],
        "IsDefault": row["default"],
        "VpcId": row.get("vpc", ""),
        "Associations": [{"SubnetId": s["id"]} for s in subnets if s["nacl"] == row["id"]],
        "Entries": [entry(each) for each in row["entries"]],
    }


NUMBERS = {"tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58"}


def entry(row: Row) -> Row:
    made: Row = {
        "RuleNumber": row["number"],
        "Egress": row["egress"],
        "RuleAction": row["action"],
        "Protocol": NUMBERS.get(row["protocol"], row["protocol"]),
        "Ipv6CidrBlock" if ":" in row["cidr"] else "CidrBlock": row["cidr"],
    }
    if "ports" in row:
        made["PortRange"] = {"From": row["ports"][0], "To": row["ports"][1]}
    if "icmp" in row:
        made["IcmpTypeCode"] = {"Type": row["icmp"]["type"], "Code": row["icmp"]["code"]}
    return made


def group(row: Row) -> Row:
    return {
        "GroupId": row["id"],
        "VpcId": row.get("vpc", ""),
        "IpPermissions": [permission(each) for each in row["ingress"]],
        "IpPermissionsEgress": [permission(each) for each in row["egress"]],
    }


def permission(row: Row) -> Row:
    made: Row = {"IpProtocol": row["protocol"]}
    if "ports" in row:
        made |= {"FromPort": row["ports"][0], "ToPort": row["ports"][1]}
    if "icmp" in row:
        made |= {"FromPort": row["icmp"]["type"], "ToPort": row["icmp"]["code"]}
    if "group" in row:
        made["UserIdGroupPairs"] = [{"GroupId": row["group"]}]
    elif "prefix_list" in row:
        made["PrefixListIds"] = [{"PrefixListId": row["prefix_list"]}]
    elif ":" in row["cidr"]:
        made["Ipv6Ranges"] = [{"CidrIpv6": row["cidr"]}]
    else:
        made["IpRanges"] = [{"CidrIp": row["cidr"]}]
    return made


def interface(row: Row, vpc_of: dict[str, str]) -> Row:
    made: Row = {
        "NetworkInterfaceId": row["id"],
        "SubnetId": row["subnet"],
        "VpcId": vpc_of[row["subnet"]],
        "PrivateIpAddress": row["private_ip"],
        "InterfaceType": row.get("type", "interface"),
        "Groups": [{"GroupId": each} for each in row["groups"]],
        "SourceDestCheck": row.get("source_dest_check", True),
        "Ipv6Addresses": [{"Ipv6Address": each} for each in row.get("ipv6", [])],
    }
    if row.get("public_ip"):
        made["Association"] = {"PublicIp": row["public_ip"]}
    if row.get("instance"):
        made["Attachment"] = {"InstanceId": row["instance"]}
    return made


def gateway(row: Row, kind: str) -> Row:
    attachments = [{"VpcId": row["vpc"], "State": "available"}]
    key = "Attachments" if kind == "Internet" else "VpcAttachments"
    return {f"{kind}GatewayId": row["id"], key: attachments}


def nat(row: Row, vpc_of: dict[str, str]) -> Row:
    address = {"NetworkInterfaceId": row["interface"], "PrivateIp": row["private_ip"]}
    if row.get("public_ip"):
        address["PublicIp"] = row["public_ip"]
    return {
        "NatGatewayId": row["id"],
        "SubnetId": row["subnet"],
        "VpcId": vpc_of[row["subnet"]],
        "State": "available",
        "ConnectivityType": row.get("connectivity", "public"),
        "NatGatewayAddresses": [address],
    }


def peering(row: Row) -> Row:
    here = "us-east-1"
    one, other = row["requester"], row["accepter"]
    return {
        "VpcPeeringConnectionId": row["id"],
        "RequesterVpcInfo": {"VpcId": one["vpc"], "Region": one.get("region", here)},
        "AccepterVpcInfo": {"VpcId": other["vpc"], "Region": other.get("region", here)},
        "Status": {"Code": row["status"]},
    }


def endpoint(row: Row) -> Row:
    return {
        "VpcEndpointId": row["id"],
        "VpcEndpointType": row["type"],
        "ServiceName": row["service"],
        "VpcId": row["vpc"],
        "State": "available",
    }


WORDS = {"reaches": "passes", "blocked": "stopped", "unknown": "unknown"}
GATES = {"internet-gateway": "igw", "nat-gateway": "nat", "peering": "peering"}


def stopped_by(stop: Stop) -> str:
    """What stops a packet, in the words of the short form."""
    side = "in" if stop.direction == "inbound" else "out"
    if stop.kind == "security-group":
        return f"sg-{side}:{stop.at}"
    if stop.kind == "network-acl":
        number = "*" if stop.rule is None or stop.rule >= 32767 else stop.rule
        return f"nacl-{side}:{stop.id}#{number}"
    if stop.kind == "route" and stop.id.startswith("vgw-"):
        return f"vgw:{stop.id}"
    if stop.kind == "address":
        names = {"no-subnet": f"no-subnet:{stop.id}", "no-interface": f"no-host:{stop.id}"}
        return names.get(stop.code, "not-internet-routable")
    return f"{GATES.get(stop.kind, stop.kind)}:{stop.id}"
