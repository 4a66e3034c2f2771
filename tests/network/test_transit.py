"""What a transit gateway does to a packet."""

from __future__ import annotations

import pytest

from logkeep.network.walk import walk
from logkeep.network.written import written
from support.small import (
    EVERYTHING,
    Row,
    acl,
    changed,
    eni,
    entry,
    flow_in,
    network_of,
    small,
    subnet,
    table,
    to,
    with_acl,
    with_group,
)

TRANSIT = {"TransitGatewayId": "tgw-1"}
LOCAL = {"GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"}


def attachment(which: str, subnets: list[str], **more: object) -> Row:
    id_ = f"tgw-attach-{which}"
    row = {"TransitGatewayAttachmentId": id_, **TRANSIT, "State": "available"}
    return {**row, "VpcId": f"vpc-{which}", "SubnetIds": subnets, **more}


def associated(which: str) -> Row:
    association = {"TransitGatewayRouteTableId": "tgw-rtb-1", "State": "associated"}
    row = {"TransitGatewayAttachmentId": f"tgw-attach-{which}", **TRANSIT, "State": "available"}
    kind = {"ResourceType": "vpc", "ResourceId": f"vpc-{which}"}
    return {**row, **kind, "Association": association}


def joined() -> Row:
    """The small network with a transit gateway in the place of the peering connection."""
    document = small()
    faces = [
        eni("eni-door", "subnet-2", "10.0.1.200", "", InterfaceType="transit_gateway", Groups=[]),
        eni("eni-exit", "subnet-b", "10.9.0.200", "", InterfaceType="transit_gateway", Groups=[]),
    ]
    own = {"DestinationCidrBlock": "10.0.0.0/16", **LOCAL}
    other = {"DestinationCidrBlock": "10.9.0.0/16", **LOCAL}
    rows = [
        table("rtb-2", "vpc-a", [own, to("10.9.0.0/16", **TRANSIT)], "subnet-1", "subnet-2"),
        table("rtb-b", "vpc-b", [other, to("10.0.0.0/16", **TRANSIT)], "subnet-b"),
    ]
    spread = [{**associated(which), "State": "enabled"} for which in "ab"]
    named = {"TransitGatewayRouteTableId": "tgw-rtb-1"}
    return document | {
        "enis": [*document["enis"], *faces],
        "route_tables": rows,
        "transit_gateways": [TRANSIT],
        "tgw_vpc_attachments": [attachment("a", ["subnet-2"]), attachment("b", ["subnet-b"])],
        "tgw_attachments": [associated("a"), associated("b")],
        "tgw_route_tables": [{**named, **TRANSIT}],
        "tgw_propagations": [{**named, "TransitGatewayRouteTablePropagations": spread}],
        "tgw_static_routes": [{**named, "Routes": []}],
    }


def tried(document: Row, src: str = "eni-app", dst: str = "eni-db") -> tuple[str, str | None, str]:
    network = network_of(document)
    result = walk(network, flow_in(network, src, dst, "tcp", 443, 50000))
    stop = result.stop
    code = stop.code if stop else "".join(doubt.code for doubt in result.doubts[:1])
    return result.out.verdict, result.back.verdict if result.back else None, code


def test_it_carries_a_packet_there_and_back_and_its_own_interfaces_are_recorded() -> None:
    network = network_of(joined())
    result = walk(network, flow_in(network, "eni-app", "eni-db", "tcp", 443, 50000))
    assert result.back is not None
    assert result.back.verdict == "reaches"
    found = [(r.interface, r.srcaddr, r.dstaddr, r.pkt_srcaddr) for r in written(result)]
    # As in AWS's own example: each side shows the address of the transit gateway's interface.
    assert found[:4] == [
        ("eni-app", "10.0.1.20", "10.9.0.30", "10.0.1.20"),
        ("eni-door", "10.0.1.20", "10.0.1.200", "10.0.1.20"),
        ("eni-exit", "10.9.0.200", "10.9.0.30", "10.0.1.20"),
        ("eni-db", "10.0.1.20", "10.9.0.30", "10.0.1.20"),
    ]
    assert len(found) == 8


def test_the_attachment_needs_a_subnet_in_the_senders_zone() -> None:
    document = joined()
    document["subnets"] = [
        subnet("subnet-1", "vpc-a", "10.0.0.0/24", "az-2"), *document["subnets"][1:],
    ]  # fmt: skip
    assert tried(document, "eni-web") == ("blocked", None, "TGW_ROUTE_AZ_RESTRICTION")
    # The other way it arrives, and it is the answer that does not come back (rule 13.7).
    assert tried(document, "eni-db", "eni-web") == (
        "reaches",
        "blocked",
        "TGW_ROUTE_AZ_RESTRICTION",
    )


@pytest.mark.parametrize("mode", ["enable", "disable"])
def test_in_appliance_mode_any_of_its_subnets_may_be_the_way_in(mode: str) -> None:
    document = joined()
    more = {"SubnetId": "subnet-c", "VpcId": "vpc-b", "CidrBlock": "10.9.1.0/24"}
    document["subnets"] = [*document["subnets"], more | {"AvailabilityZoneId": "az-2"}]
    document["nacls"] = [*document["nacls"], acl("acl-c", [], "subnet-c")]
    options = {"ApplianceModeSupport": mode}
    both = attachment("b", ["subnet-b", "subnet-c"], Options=options)
    document["tgw_vpc_attachments"] = [attachment("a", ["subnet-2"]), both]
    told = {"enable": ("unknown", None, "exit-uncertain"), "disable": ("reaches", "reaches", "")}
    assert tried(document) == told[mode]


def exits(first: list[Row], second: list[Row], mode: str = "disable") -> Row:
    """The packet may come in by two subnets, in zones of which the sender is in neither."""
    document = joined()
    more = [
        subnet("subnet-c", "vpc-b", "10.9.1.0/24", "az-8"),
        subnet("subnet-d", "vpc-b", "10.9.2.0/24", "az-9"),
    ]
    document["subnets"] = [*document["subnets"], *more]
    acls = [acl("acl-c", first, "subnet-c"), acl("acl-d", second, "subnet-d")]
    document["nacls"] = [*document["nacls"], *acls]
    options = {"ApplianceModeSupport": mode}
    both = attachment("b", ["subnet-c", "subnet-d"], Options=options)
    document["tgw_vpc_attachments"] = [attachment("a", ["subnet-2"]), both]
    return document


OPENED = [entry(100, True, True), entry(100, False, True)]
TWO_EXITS = [
    ([], [], ("blocked", None, "SUBNET_ACL_RESTRICTION")),
    ([], OPENED, ("unknown", None, "exit-uncertain")),
    (OPENED, [], ("unknown", None, "exit-uncertain")),
]


@pytest.mark.parametrize(("first", "second", "told"), TWO_EXITS)
def test_only_what_every_way_in_stops_is_stopped(
    first: list[Row], second: list[Row], told: tuple[str, str | None, str]
) -> None:
    assert tried(exits(first, second)) == told


def test_a_way_in_by_the_receivers_own_subnet_meets_other_edges_than_one_beside_it() -> None:
    document = exits([], [], "enable")
    both = attachment("b", ["subnet-c", "subnet-b"], Options={"ApplianceModeSupport": "enable"})
    document["tgw_vpc_attachments"] = [attachment("a", ["subnet-2"]), both]
    shut = [entry(100, True, True)]
    document["nacls"] = [
        *(each for each in document["nacls"] if each["NetworkAclId"] not in ("acl-b", "acl-c")),
        acl("acl-b", shut, "subnet-b", "subnet-c"),
    ]
    routes = next(each for each in document["route_tables"] if each["RouteTableId"] == "rtb-b")
    routes["Associations"].append({"SubnetId": "subnet-c"})
    # By subnet-b it is there at once; by subnet-c it comes in over the edge of subnet-b.
    assert tried(document) == ("unknown", None, "exit-uncertain")


def test_the_attachments_subnet_asks_its_acl_by_the_source() -> None:
    """https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html"""
    entries = [entry(100, True, True), entry(100, False, True, CidrBlock="10.9.0.0/16")]
    document = with_acl(joined(), "acl-2", entries)
    # Even in one subnet with the attachment, what goes in is asked by its source.
    assert tried(document) == ("blocked", None, "SUBNET_ACL_RESTRICTION")
    both = [*entries, entry(110, False, True, CidrBlock="10.0.1.0/24")]
    assert tried(with_acl(joined(), "acl-2", both)) == ("reaches", "reaches", "")


ROUTES = [
    ("blackhole", [], "blocked", "TGW_RTB_BAD_STATE_ROUTE"),
    ("active", ["tgw-attach-b"], "reaches", ""),
    ("active", ["tgw-attach-a"], "blocked", "no-subnet"),
]


@pytest.mark.parametrize(("state", "attached", "verdict", "code"), ROUTES)
def test_a_static_route_counts_before_a_propagated_one(
    state: str, attached: list[str], verdict: str, code: str
) -> None:
    document = joined()
    targets = [{"TransitGatewayAttachmentId": each} for each in attached]
    route = {"DestinationCidrBlock": "10.9.0.0/16", "State": state, "Type": "static"}
    found = {"TransitGatewayRouteTableId": "tgw-rtb-1"}
    row = found | {"Routes": [{**route, "TransitGatewayAttachments": targets}]}
    result = tried(document | {"tgw_static_routes": [row]})
    if attached == ["tgw-attach-a"]:
        assert result[0] == "blocked"
    else:
        assert (result[0], result[2]) == (verdict, code)


def test_without_association_or_propagation_it_leads_nowhere() -> None:
    alone = associated("a")
    del alone["Association"]
    document = joined() | {"tgw_attachments": [alone, associated("b")]}
    assert tried(document) == ("blocked", None, "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION")
    named = {"TransitGatewayRouteTableId": "tgw-rtb-1"}
    none = [{**named, "TransitGatewayRouteTablePropagations": []}]
    document = joined() | {"tgw_propagations": none}
    assert tried(document) == ("blocked", None, "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT")


def test_what_another_account_or_bgp_writes_is_unknown() -> None:
    vpn = {
        "TransitGatewayAttachmentId": "tgw-attach-v",
        "ResourceType": "vpn",
        "ResourceId": "vpn-1",
    }
    document = joined()
    document["tgw_propagations"][0]["TransitGatewayRouteTablePropagations"].append(vpn)
    assert tried(document) == ("unknown", None, "TGW_RTB_ROUTES_ARE_UNKNOWN")
    foreign = {key: rows for key, rows in joined().items() if not key.startswith("tgw_")}
    assert tried(foreign)[0] == "unknown"


@pytest.mark.parametrize("support", ["enable", "disable"])
def test_references_to_groups_need_support_on_both_sides(support: str) -> None:
    rule = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-app"}]}
    options = {"SecurityGroupReferencingSupport": support}
    document = with_group(joined(), "sg-db", [rule], [EVERYTHING])
    document["transit_gateways"] = [{**TRANSIT, "Options": options}]
    document["tgw_vpc_attachments"] = [
        attachment("a", ["subnet-2"], Options=options),
        attachment("b", ["subnet-b"], Options=options),
    ]
    assert tried(document)[0] == ("reaches" if support == "enable" else "blocked")


def test_a_nat_gateway_serves_what_comes_by_the_transit_gateway() -> None:
    """Central egress: vpc-b leaves by the NAT gateway of vpc-a, and is answered the same way."""
    document = joined()
    own = {"DestinationCidrBlock": "10.0.0.0/16", **LOCAL}
    back = to("10.9.0.0/16", **TRANSIT)
    other = {"DestinationCidrBlock": "10.9.0.0/16", **LOCAL}
    document["route_tables"] = [
        table("rtb-1", "vpc-a", [own, back, to("0.0.0.0/0", GatewayId="igw-1")], "subnet-1"),
        table("rtb-2", "vpc-a", [own, back, to("0.0.0.0/0", NatGatewayId="nat-1")], "subnet-2"),
        table("rtb-b", "vpc-b", [other, to("0.0.0.0/0", **TRANSIT)], "subnet-b"),
    ]
    document["tgw_vpc_attachments"] = [
        attachment("a", ["subnet-2"]), attachment("b", ["subnet-b"]),
    ]  # fmt: skip
    target = [{"TransitGatewayAttachmentId": "tgw-attach-a"}]
    route = {"DestinationCidrBlock": "0.0.0.0/0", "State": "active", "Type": "static"}
    named = {"TransitGatewayRouteTableId": "tgw-rtb-1"}
    rows = [{**named, "Routes": [{**route, "TransitGatewayAttachments": target}]}]
    found = tried(document | {"tgw_static_routes": rows}, "eni-db", "192.0.2.9")
    assert found[0] == "reaches"
    assert found[1] == "reaches"


def test_a_gateway_is_no_host() -> None:
    document = changed(joined(), "enis", "NetworkInterfaceId", "eni-door", Status="in-use")
    assert tried(document, "eni-web", "10.0.1.200") == ("blocked", None, "UNSUPPORTED_COMPONENT")


@pytest.mark.parametrize("state", ["pending", "deleting"])
def test_a_route_that_is_just_changing_leaves_it_open(state: str) -> None:
    document = joined()
    to_b = [{"TransitGatewayAttachmentId": "tgw-attach-b"}]
    route = {
        "DestinationCidrBlock": "10.9.0.0/16",
        "TransitGatewayAttachments": to_b,
        "Type": "static",
        "State": state,
    }
    document["tgw_propagations"] = []
    document["tgw_static_routes"] = [{"TransitGatewayRouteTableId": "tgw-rtb-1", "Routes": [route]}]
    assert tried(document)[0] == "unknown"
    route["State"] = "active"
    assert tried(document)[0] == "reaches"


@pytest.mark.parametrize("state", ["enabling", "disabling"])
def test_so_does_a_propagation(state: str) -> None:
    document = joined()
    rows = document["tgw_propagations"][0]["TransitGatewayRouteTablePropagations"]
    rows[1]["State"] = state
    assert tried(document)[0] == "unknown"


@pytest.mark.parametrize("state", ["associating", "disassociating"])
def test_so_does_an_association(state: str) -> None:
    document = joined()
    document["tgw_attachments"][0]["Association"]["State"] = state
    assert tried(document)[0] == "unknown"
