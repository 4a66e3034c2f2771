"""Networks made at random for laws: a few VPCs with everything that a packet may meet."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

Row = dict[str, Any]
SERVERS = ("52.216.1.7", "8.8.8.8", "192.0.2.77")
BLOCKS = ("0.0.0.0/0", "0.0.0.0/0", "10.0.0.0/8", "10.0.1.0/24", "10.1.0.0/16", "192.0.2.0/24")
SIX_BLOCKS = ("::/0", "2001:db8::/32", "2001:db8:1::/56")
PORTS = (22, 443, 32768, 40000, 50000)
RANGES = ((0, 65535), (22, 22), (443, 443), (1024, 65535), (32768, 60999), (0, 442))
LIST = "pl-1"
TRANSIT = "tgw-1"


class Asked(NamedTuple):
    """A flow: an interface or `internet`, an address, and what is sent."""

    start: str
    src: str
    dst: str
    protocol: int
    src_port: int
    dst_port: int
    icmp_type: int


def network(dice: random.Random) -> Row:
    """A network with all its lists."""
    count = dice.randint(1, 3)
    world: Row = {
        "vpcs": [vpc(index) for index in range(count)],
        "subnets": [],
        "route_tables": [],
        "nacls": [],
        "security_groups": [],
        "enis": [],
        "internet_gateways": [],
        "nat_gateways": [],
        "vpc_peerings": peerings(dice, count),
        "vpc_endpoints": [],
        "prefix_lists": [{"PrefixListId": LIST, "Cidrs": ["52.216.0.0/15", "8.8.8.0/24"]}],
        "transit_gateways": [{"TransitGatewayId": TRANSIT}],
        "tgw_vpc_attachments": [],
        "tgw_attachments": [],
        "tgw_route_tables": [
            {"TransitGatewayRouteTableId": "tgw-rtb-1", "TransitGatewayId": TRANSIT}
        ],
        "tgw_propagations": [],
        "tgw_static_routes": [],
    }
    for index in range(count):
        fill(dice, world, index)
    for index in range(count):
        tables(dice, world, index, count)
    transit(dice, world, count)
    return world


def vpc(index: int) -> Row:
    six = f"2001:db8:{index}::/56"
    return {
        "VpcId": f"vpc-{index}",
        "CidrBlock": f"10.{index}.0.0/16",
        "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": six}],
    }


def peerings(dice: random.Random, count: int) -> list[Row]:
    made: list[Row] = []
    for one in range(count):
        for other in range(one + 1, count):
            regions = ("us-east-1", dice.choice(("us-east-1", "us-east-1", "eu-west-1")))
            made.append(
                {
                    "VpcPeeringConnectionId": f"pcx-{one}{other}",
                    "Status": {"Code": dice.choice(("active", "active", "active", "deleted"))},
                    "RequesterVpcInfo": {"VpcId": f"vpc-{one}", "Region": regions[0]},
                    "AccepterVpcInfo": {"VpcId": f"vpc-{other}", "Region": regions[1]},
                }
            )
    return made


def fill(dice: random.Random, world: Row, index: int) -> None:
    groups = [f"sg-{index}{n}" for n in range(3)]
    every = [f"sg-{i}{n}" for i in range(len(world["vpcs"])) for n in range(3)]
    world["security_groups"] += [group(dice, id_, every) for id_ in groups]
    acls = [acl(dice, f"acl-{index}{n}", f"vpc-{index}") for n in range(2)]
    world["nacls"] += acls
    if dice.random() < 0.9:
        there = {"VpcId": f"vpc-{index}", "State": "available"}
        gateway = {"InternetGatewayId": f"igw-{index}", "Attachments": [there]}
        world["internet_gateways"].append(gateway)
    for number in range(dice.randint(1, 3)):
        id_ = f"subnet-{index}{number}"
        world["subnets"].append(subnet(dice, id_, index, number))
        dice.choice(acls)["Associations"].append({"SubnetId": id_})
        for host in range(dice.randint(1, 2)):
            world["enis"].append(interface(dice, index, number, host, groups))
    if dice.random() < 0.7:
        nat(dice, world, index)
    if dice.random() < 0.5:
        world["vpc_endpoints"].append(
            {
                "VpcEndpointId": f"vpce-{index}",
                "VpcEndpointType": "Gateway",
                "VpcId": f"vpc-{index}",
                "State": "available",
            }
        )


def subnet(dice: random.Random, id_: str, index: int, number: int) -> Row:
    six = f"2001:db8:{index}:{number + 1}::/64"
    return {
        "SubnetId": id_,
        "VpcId": f"vpc-{index}",
        "CidrBlock": f"10.{index}.{number}.0/24",
        "AvailabilityZoneId": dice.choice(("az-1", "az-2")),
        "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": six}],
    }


def interface(dice: random.Random, index: int, number: int, host: int, groups: list[str]) -> Row:
    last = 10 + host
    own = f"10.{index}.{number}.{last}"
    made: Row = {
        "NetworkInterfaceId": f"eni-{index}{number}{host}",
        "SubnetId": f"subnet-{index}{number}",
        "VpcId": f"vpc-{index}",
        "OwnerId": "111111111111",
        "InterfaceType": "interface",
        "PrivateIpAddress": own,
        "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": own}],
        "Ipv6Addresses": [{"Ipv6Address": f"2001:db8:{index}:{number + 1}::{last}"}],
        "Groups": [{"GroupId": each} for each in dice.sample(groups, dice.randint(1, 2))],
    }
    if dice.random() < 0.5:
        made["Association"] = {"PublicIp": f"203.0.113.{index * 40 + number * 8 + host}"}
    return made


def nat(dice: random.Random, world: Row, index: int) -> None:
    there = [s for s in world["subnets"] if s["VpcId"] == f"vpc-{index}"]
    home = dice.choice(there)
    own = home["CidrBlock"].replace(".0/24", ".99")
    public = dice.random() < 0.8
    world["enis"].append(
        {
            "NetworkInterfaceId": f"eni-nat{index}",
            "SubnetId": home["SubnetId"],
            "VpcId": f"vpc-{index}",
            "OwnerId": "111111111111",
            "InterfaceType": "nat_gateway",
            "Description": f"Interface for NAT Gateway nat-{index}",
            "PrivateIpAddress": own,
            "Groups": [],
            "SourceDestCheck": False,
            **({"Association": {"PublicIp": f"203.0.113.{200 + index}"}} if public else {}),
        }
    )
    address = {"NetworkInterfaceId": f"eni-nat{index}", "PrivateIp": own}
    world["nat_gateways"].append(
        {
            "NatGatewayId": f"nat-{index}",
            "VpcId": f"vpc-{index}",
            "SubnetId": home["SubnetId"],
            "State": "available",
            "ConnectivityType": "public" if public else "private",
            "NatGatewayAddresses": [address],
        }
    )


def group(dice: random.Random, id_: str, every: list[str]) -> Row:
    rules = [permission(dice, every) for _ in range(dice.randint(1, 3))]
    outbound = [permission(dice, every) for _ in range(dice.randint(0, 2))]
    if dice.random() < 0.7:
        everything = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
        outbound.append({"IpProtocol": "-1", **everything})
    return {"GroupId": id_, "IpPermissions": rules, "IpPermissionsEgress": outbound}


def permission(dice: random.Random, every: list[str]) -> Row:
    protocol = dice.choice(("-1", "tcp", "tcp", "udp", "icmp", "icmpv6", "47"))
    made: Row = {"IpProtocol": protocol}
    if protocol in ("tcp", "udp"):
        made["FromPort"], made["ToPort"] = dice.choice(RANGES)
    if protocol in ("icmp", "icmpv6"):
        kinds = ((8, -1), (8, 0), (-1, -1), (0, -1), (128, -1), (3, 4))
        made["FromPort"], made["ToPort"] = dice.choice(kinds)
    kind = dice.randrange(5)
    if kind < 2:
        made["IpRanges"] = [{"CidrIp": dice.choice(BLOCKS)}]
        made["Ipv6Ranges"] = [{"CidrIpv6": dice.choice(SIX_BLOCKS)}]
    elif kind == 2:
        made["PrefixListIds"] = [{"PrefixListId": LIST}]
    else:
        made["UserIdGroupPairs"] = [{"GroupId": dice.choice(every)}]
    return made


def acl(dice: random.Random, id_: str, vpc_id: str) -> Row:
    entries = [entry(dice, egress) for egress in (False, True) for _ in range(dice.randint(0, 3))]
    for egress in (False, True):
        if dice.random() < 0.75:
            allow = {"Egress": egress, "Protocol": "-1", "RuleAction": "allow"}
            entries.append({"RuleNumber": 900, "CidrBlock": "0.0.0.0/0", **allow})
            entries.append({"RuleNumber": 901, "Ipv6CidrBlock": "::/0", **allow})
        deny = {"Egress": egress, "Protocol": "-1", "RuleAction": "deny"}
        entries.append({"RuleNumber": 32767, "CidrBlock": "0.0.0.0/0", **deny})
    dice.shuffle(entries)
    return {"NetworkAclId": id_, "VpcId": vpc_id, "Associations": [], "Entries": entries}


def entry(dice: random.Random, egress: bool) -> Row:
    protocol = dice.choice(("-1", "6", "6", "17", "1", "58"))
    made: Row = {
        "RuleNumber": dice.randint(1, 800),
        "Egress": egress,
        "Protocol": protocol,
        "RuleAction": dice.choice(("allow", "allow", "deny")),
    }
    if protocol in ("6", "17"):
        low, high = dice.choice(RANGES)
        made["PortRange"] = {"From": low, "To": high}
    if protocol in ("1", "58"):
        type_, code = dice.choice(((-1, -1), (8, -1), (0, -1), (128, 0), (129, -1), (3, 4)))
        made["IcmpTypeCode"] = {"Type": type_, "Code": code}
    six = protocol == "58" or dice.random() < 0.2
    made["Ipv6CidrBlock" if six else "CidrBlock"] = dice.choice(SIX_BLOCKS if six else BLOCKS)
    return made


def tables(dice: random.Random, world: Row, index: int, count: int) -> None:
    there = [s["SubnetId"] for s in world["subnets"] if s["VpcId"] == f"vpc-{index}"]
    for number in range(2):
        mine = [] if number == 0 else [each for each in there if dice.random() < 0.6]
        associations: list[Row] = [{"SubnetId": each} for each in mine]
        world["route_tables"].append(
            {
                "RouteTableId": f"rtb-{index}{number}",
                "VpcId": f"vpc-{index}",
                "Associations": associations if number else [{"Main": True}],
                "Routes": routes(dice, world, index, count),
            }
        )


def routes(dice: random.Random, world: Row, index: int, count: int) -> list[Row]:
    local = {"GatewayId": "local", "State": "active", "Origin": "CreateRouteTable"}
    made: list[Row] = [
        {"DestinationCidrBlock": f"10.{index}.0.0/16", **local},
        {"DestinationIpv6CidrBlock": f"2001:db8:{index}::/56", **local},
    ]
    exits: list[Row] = [{}]
    for each in world["internet_gateways"]:
        if each["Attachments"][0]["VpcId"] == f"vpc-{index}":
            exits += [{"GatewayId": each["InternetGatewayId"]}] * 3
            made.append({"DestinationIpv6CidrBlock": "::/0", **exits[-1], "State": "active"})
    for each in world["nat_gateways"]:
        if each["VpcId"] == f"vpc-{index}":
            exits += [{"NatGatewayId": each["NatGatewayId"]}] * 2
    gates = [each for each in exits if "NatGatewayId" in each]
    if gates and dice.random() < 0.3:
        made = [row for row in made if row.get("DestinationIpv6CidrBlock") != "::/0"]
        made.append({"DestinationIpv6CidrBlock": "::/0", **gates[0], "State": "active"})
    default = dice.choice(exits)
    if default:
        state = dice.choice(("active",) * 9 + ("blackhole",))
        made.append({"DestinationCidrBlock": "0.0.0.0/0", "State": state, **default})
    for other in range(count):
        if other != index and dice.random() < 0.8:
            made += [to_peer(dice, index, other)]
    if any(e["VpcId"] == f"vpc-{index}" for e in world["vpc_endpoints"]) and dice.random() < 0.7:
        made.append({"DestinationPrefixListId": LIST, "GatewayId": f"vpce-{index}"})
    return made


def to_peer(dice: random.Random, index: int, other: int) -> Row:
    pair = f"pcx-{min(index, other)}{max(index, other)}"
    to = {"VpcPeeringConnectionId": pair} if dice.random() < 0.6 else {"TransitGatewayId": TRANSIT}
    if dice.random() < 0.2 and "VpcPeeringConnectionId" in to:
        return {"DestinationIpv6CidrBlock": f"2001:db8:{other}::/56", **to, "State": "active"}
    block = dice.choice((f"10.{other}.0.0/16", f"10.{other}.0.0/24", "10.0.0.0/8"))
    return {"DestinationCidrBlock": block, **to, "State": "active"}


def transit(dice: random.Random, world: Row, count: int) -> None:
    spread: list[Row] = []
    for index in range(count):
        there = [s["SubnetId"] for s in world["subnets"] if s["VpcId"] == f"vpc-{index}"]
        id_ = f"tgw-attach-{index}"
        row = {"TransitGatewayAttachmentId": id_, "TransitGatewayId": TRANSIT}
        world["tgw_vpc_attachments"].append(
            {
                **row,
                "VpcId": f"vpc-{index}",
                "State": "available",
                "SubnetIds": [dice.choice(there)],
            }
        )
        association = {"TransitGatewayRouteTableId": "tgw-rtb-1", "State": "associated"}
        kind = {"ResourceType": "vpc", "ResourceId": f"vpc-{index}", "State": "available"}
        world["tgw_attachments"].append({**row, **kind, "Association": association})
        if dice.random() < 0.8:
            spread.append({**row, **kind, "State": "enabled"})
    table = {"TransitGatewayRouteTableId": "tgw-rtb-1"}
    world["tgw_propagations"].append({**table, "TransitGatewayRouteTablePropagations": spread})
    static = [
        {
            "DestinationCidrBlock": f"10.{index}.{number}.0/24",
            "State": dice.choice(("active", "blackhole")),
            "Type": "static",
            "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": f"tgw-attach-{index}"}],
        }
        for index in range(count)
        for number in range(2)
        if dice.random() < 0.2
    ]
    world["tgw_static_routes"].append({**table, "Routes": static})


def asked(dice: random.Random, world: Row) -> Asked:
    """A flow from an interface, or from the internet."""
    senders = [e for e in world["enis"] if e["InterfaceType"] == "interface"]
    one, other = dice.choice(senders), dice.choice(world["enis"])
    six = dice.random() < 0.2 and other["InterfaceType"] == "interface"
    protocol = dice.choice((6, 6, 6, 17, 1, 1, 47))
    if six and protocol == 1:
        protocol = 58
    types = {1: (8, 8, 8, 0, 3), 58: (128, 128, 3)}
    icmp = dice.choice(types[protocol]) if protocol in types else -1
    ports = (dice.choice(PORTS), dice.choice(PORTS[:3])) if protocol in (6, 17) else (0, 0)
    if six:
        to = dice.choice((other["Ipv6Addresses"][0]["Ipv6Address"], "2600::9"))
        own = one["Ipv6Addresses"][0]["Ipv6Address"]
        strange = dice.random() < 0.2 and to != "2600::9"
        start = "internet" if strange else one["NetworkInterfaceId"]
        return Asked(start, "2600::7" if strange else own, to, protocol, *ports, icmp)
    public = other.get("Association", {}).get("PublicIp", other["PrivateIpAddress"])
    index = len(world["vpcs"]) - 1
    lost = dice.choice((f"10.{index}.0.77", f"10.{index}.200.1", "172.20.0.1", *SERVERS))
    to = dice.choice((other["PrivateIpAddress"],) * 3 + (public, lost))
    if dice.random() < 0.25:
        inside = to if to not in SERVERS else public
        to = dice.choice((public, inside))
        return Asked("internet", "198.51.100.7", to, protocol, *ports, icmp)
    return Asked(one["NetworkInterfaceId"], one["PrivateIpAddress"], to, protocol, *ports, icmp)
