"""In which shape does AWS describe a network? The members of its answers that a packet meets."""

from __future__ import annotations

import msgspec


class Shape(msgspec.Struct, frozen=True, rename="pascal"):
    """A member of an answer; members that are not listed do not matter here."""


class Tag(Shape, frozen=True):
    """A tag."""

    key: str = ""
    value: str = ""


class CidrState(Shape, frozen=True):
    """Whether a block is associated."""

    state: str = "associated"


class CidrAssociation(Shape, frozen=True):
    """A block of a VPC or subnet."""

    cidr_block: str = ""
    ipv6_cidr_block: str = ""
    cidr_block_state: CidrState = CidrState()
    ipv6_cidr_block_state: CidrState = CidrState()


class BlockStates(Shape, frozen=True):
    """VPC Block Public Access, as a VPC or subnet shows it."""

    internet_gateway_block_mode: str = ""


class VpcRow(Shape, frozen=True):
    """A row of DescribeVpcs."""

    vpc_id: str
    cidr_block: str = ""
    owner_id: str = ""
    cidr_block_association_set: tuple[CidrAssociation, ...] = ()
    ipv6_cidr_block_association_set: tuple[CidrAssociation, ...] = ()
    block_public_access_states: BlockStates = BlockStates()
    tags: tuple[Tag, ...] = ()


class SubnetRow(Shape, frozen=True):
    """A row of DescribeSubnets."""

    subnet_id: str
    vpc_id: str
    cidr_block: str = ""
    owner_id: str = ""
    availability_zone: str = ""
    availability_zone_id: str = ""
    ipv6_cidr_block_association_set: tuple[CidrAssociation, ...] = ()
    block_public_access_states: BlockStates = BlockStates()
    tags: tuple[Tag, ...] = ()


class RouteRow(Shape, frozen=True):
    """A route."""

    destination_cidr_block: str = ""
    destination_ipv6_cidr_block: str = ""
    destination_prefix_list_id: str = ""
    gateway_id: str = ""
    egress_only_internet_gateway_id: str = ""
    nat_gateway_id: str = ""
    vpc_peering_connection_id: str = ""
    transit_gateway_id: str = ""
    network_interface_id: str = ""
    instance_id: str = ""
    local_gateway_id: str = ""
    carrier_gateway_id: str = ""
    core_network_arn: str = ""
    odb_network_arn: str = ""
    origin: str = ""
    state: str = "active"


class TableAssociation(Shape, frozen=True):
    """What a route table is used for."""

    main: bool = False
    subnet_id: str = ""
    gateway_id: str = ""
    association_state: CidrState = CidrState()


class PropagatingVgw(Shape, frozen=True):
    """A virtual private gateway that writes its routes into the table."""

    gateway_id: str = ""


class TableRow(Shape, frozen=True):
    """A row of DescribeRouteTables."""

    route_table_id: str
    vpc_id: str = ""
    associations: tuple[TableAssociation, ...] = ()
    routes: tuple[RouteRow, ...] = ()
    propagating_vgws: tuple[PropagatingVgw, ...] = ()


class PortRange(Shape, frozen=True):
    """Ports of a rule."""

    from_: int = msgspec.field(default=-1, name="From")
    to: int = -1


class IcmpTypeCode(Shape, frozen=True):
    """Type and code of a rule."""

    type: int = -1
    code: int = -1


class EntryRow(Shape, frozen=True):
    """A rule of a network ACL."""

    rule_number: int
    rule_action: str
    protocol: str | int = "-1"
    egress: bool = False
    cidr_block: str = ""
    ipv6_cidr_block: str = ""
    port_range: PortRange | None = None
    icmp_type_code: IcmpTypeCode | None = None


class AclAssociation(Shape, frozen=True):
    """The subnet of a network ACL."""

    subnet_id: str = ""


class AclRow(Shape, frozen=True):
    """A row of DescribeNetworkAcls."""

    network_acl_id: str
    vpc_id: str = ""
    is_default: bool = False
    associations: tuple[AclAssociation, ...] = ()
    entries: tuple[EntryRow, ...] = ()


class IpRange(Shape, frozen=True):
    """A block in a rule."""

    cidr_ip: str = ""


class Ipv6Range(Shape, frozen=True):
    """An IPv6 block in a rule."""

    cidr_ipv6: str = ""


class ListRef(Shape, frozen=True):
    """A prefix list in a rule."""

    prefix_list_id: str = ""


class GroupPair(Shape, frozen=True):
    """A group in a rule."""

    group_id: str = ""
    user_id: str = ""
    peering_status: str = ""


class Permission(Shape, frozen=True):
    """A rule of a security group."""

    ip_protocol: str | int
    from_port: int | None = None
    to_port: int | None = None
    ip_ranges: tuple[IpRange, ...] = ()
    ipv6_ranges: tuple[Ipv6Range, ...] = ()
    prefix_list_ids: tuple[ListRef, ...] = ()
    user_id_group_pairs: tuple[GroupPair, ...] = ()


class GroupRow(Shape, frozen=True):
    """A row of DescribeSecurityGroups."""

    group_id: str
    vpc_id: str = ""
    group_name: str = ""
    owner_id: str = ""
    ip_permissions: tuple[Permission, ...] = ()
    ip_permissions_egress: tuple[Permission, ...] = ()


class Association(Shape, frozen=True):
    """A public address."""

    public_ip: str = ""


class PrivateAddress(Shape, frozen=True):
    """A private address of an interface."""

    private_ip_address: str = ""
    primary: bool = False
    association: Association = Association()


class Ipv6Address(Shape, frozen=True):
    """An IPv6 address of an interface."""

    ipv6_address: str = ""


class Ipv4Prefix(Shape, frozen=True):
    """A block delegated to an interface."""

    ipv4_prefix: str = ""


class Ipv6Prefix(Shape, frozen=True):
    """An IPv6 block delegated to an interface."""

    ipv6_prefix: str = ""


class InterfaceAttachment(Shape, frozen=True):
    """What an interface belongs to."""

    instance_id: str = ""
    device_index: int = 0
    status: str = "attached"


class GroupId(Shape, frozen=True):
    """A group of an interface."""

    group_id: str = ""


class InterfaceRow(Shape, frozen=True):
    """A row of DescribeNetworkInterfaces."""

    network_interface_id: str
    subnet_id: str = ""
    vpc_id: str = ""
    owner_id: str = ""
    interface_type: str = "interface"
    private_ip_address: str = ""
    private_ip_addresses: tuple[PrivateAddress, ...] = ()
    ipv6_addresses: tuple[Ipv6Address, ...] = ()
    ipv6_address: str = ""
    ipv4_prefixes: tuple[Ipv4Prefix, ...] = ()
    ipv6_prefixes: tuple[Ipv6Prefix, ...] = ()
    association: Association = Association()
    attachment: InterfaceAttachment | None = None
    groups: tuple[GroupId, ...] | None = None
    source_dest_check: bool = True
    status: str = ""
    deny_all_igw_traffic: bool = False
    tag_set: tuple[Tag, ...] = ()


class InstanceState(Shape, frozen=True):
    """Whether an instance runs."""

    name: str = ""


class MetadataOptions(Shape, frozen=True):
    """Whether an instance may ask for its metadata."""

    http_endpoint: str = "enabled"


class InstanceRow(Shape, frozen=True):
    """An instance of DescribeInstances."""

    instance_id: str
    state: InstanceState = InstanceState()
    metadata_options: MetadataOptions = MetadataOptions()
    tags: tuple[Tag, ...] = ()
