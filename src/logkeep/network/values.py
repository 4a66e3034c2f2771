"""What a network consists of, as far as a packet meets it."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from logkeep.network.address import Address, Block, Longest

TargetKind: TypeAlias = Literal[
    "local",
    "internet-gateway",
    "egress-only-internet-gateway",
    "nat-gateway",
    "peering",
    "transit-gateway",
    "vpn-gateway",
    "network-interface",
    "vpc-endpoint",
    "other",
]
"""What a route may lead to; `other` is a target whose way on nothing here can tell."""

BlockMode: TypeAlias = Literal["off", "block-bidirectional", "block-ingress", "unseen", ""]
"""`unseen` is that nobody could look; nothing is that nobody said."""
"""A mode of VPC Block Public Access; empty where nobody said."""


class SecurityGroupRule(msgspec.Struct, frozen=True, gc=False):
    """One thing that a security group admits: a protocol, its ports, and one kind of peer.

    For ICMP `low` is the type and `high` the code, and -1 is any (rule 6.4.5).
    """

    group: str
    protocol: int
    low: int
    high: int
    block: Block | None = None
    prefix_list: str = ""
    reference: str = ""
    reference_works: bool = True
    odd: bool = False
    """No rule that AWS would take: whether it admits anything cannot be told."""


class Ruleset(msgspec.Struct, frozen=True):
    """The rules of all groups of an interface, by the protocol of the packet."""

    inbound: dict[int, tuple[SecurityGroupRule, ...]]
    outbound: dict[int, tuple[SecurityGroupRule, ...]]
    unseen: tuple[str, ...]
    """Groups that nobody described."""


class SecurityGroup(msgspec.Struct, frozen=True):
    """A security group."""

    id: str
    vpc: str
    name: str
    inbound: tuple[SecurityGroupRule, ...]
    outbound: tuple[SecurityGroupRule, ...]
    account: str = ""


class NetworkAclEntry(msgspec.Struct, frozen=True, gc=False):
    """One rule of a network ACL; for ICMP `low` is the type and `high` the code, -1 any."""

    number: int
    allow: bool
    protocol: int
    low: int
    high: int
    block: Block


class Acl(msgspec.Struct, frozen=True):
    """A network ACL, its rules in the order in which they decide."""

    id: str
    vpc: str
    default: bool
    inbound: tuple[NetworkAclEntry, ...]
    outbound: tuple[NetworkAclEntry, ...]


class Route(msgspec.Struct, frozen=True, gc=False):
    """One line of a route table."""

    destination: str
    kind: TargetKind
    target: str
    active: bool = True
    propagated: bool = False


class RouteTable(msgspec.Struct, frozen=True):
    """A route table of a VPC; `unread` are routes to prefix lists whose entries nobody saw."""

    id: str
    vpc: str
    routes: tuple[Route, ...]
    by_block: Longest[Route]
    unread: tuple[Route, ...] = ()


class Vpc(msgspec.Struct, frozen=True):
    """A VPC with the blocks of its addresses."""

    id: str
    account: str
    blocks: tuple[Block, ...]
    block_mode: BlockMode = ""
    name: str = ""


class Subnet(msgspec.Struct, frozen=True):
    """A subnet; `zone` is the Availability Zone's id, which all accounts share, else its name."""

    id: str
    vpc: str
    account: str
    zone: str
    blocks: tuple[Block, ...]
    block_mode: BlockMode = ""
    name: str = ""


class Interface(msgspec.Struct, frozen=True):
    """A network interface; `groups` is None where nobody said which it has."""

    id: str
    account: str
    vpc: str
    subnet: str
    kind: str
    addresses: tuple[Address, ...]
    """Its own addresses: the primary IPv4 first, then secondary ones, then IPv6."""
    prefixes: tuple[Block, ...] = ()
    public: tuple[tuple[Address, Address], ...] = ()
    """Each of its private addresses that has a public one, and that one."""
    groups: tuple[str, ...] | None = ()
    source_dest_check: bool = True
    attached: bool = True
    changes: bool = False
    """Whether it is being attached or detached just now."""
    closed_to_internet: bool = False
    instance: str = ""
    device_index: int = 0
    name: str = ""

    @property
    def primary(self) -> Address:
        """The address that a flow-log record shows for it (rule 6.2.4)."""
        return self.addresses[0]

    def has(self, found: Address) -> bool:
        """Whether an address is the interface's own."""
        return found in self.addresses or any(each.holds(found) for each in self.prefixes)


class Instance(msgspec.Struct, frozen=True, gc=False):
    """An instance: whether it runs, and whether it answers at its metadata address."""

    id: str
    state: str
    metadata: bool = True
    name: str = ""


class Gateway(msgspec.Struct, frozen=True, gc=False):
    """An internet, egress-only or VPN gateway and the VPCs it is attached to."""

    id: str
    vpcs: tuple[str, ...]


class Nat(msgspec.Struct, frozen=True, gc=False):
    """A NAT gateway; a regional one has no subnet, and addresses in each zone."""

    id: str
    vpc: str
    subnet: str
    public: bool
    state: str
    interfaces: tuple[str, ...]
    regional: bool = False


class Side(msgspec.Struct, frozen=True, gc=False):
    """One end of a peering connection."""

    vpc: str
    account: str
    region: str


class Peering(msgspec.Struct, frozen=True, gc=False):
    """A VPC peering connection."""

    id: str
    status: str
    requester: Side
    accepter: Side


class Endpoint(msgspec.Struct, frozen=True, gc=False):
    """A VPC endpoint; a gateway's has no interfaces."""

    id: str
    vpc: str
    kind: str
    service: str
    state: str
    interfaces: tuple[str, ...]
    subnets: tuple[str, ...]


class Vpn(msgspec.Struct, frozen=True, gc=False):
    """A VPN connection; what one with BGP leads to, its description does not say."""

    id: str
    gateway: str
    state: str
    static: bool
    blocks: tuple[Block, ...]


class Attachment(msgspec.Struct, frozen=True):
    """What a transit gateway is attached to; `table` is None where nobody said, empty for none."""

    id: str
    gateway: str
    kind: str
    resource: str
    state: str
    subnets: tuple[str, ...] | None = None
    table: str | None = None
    group_references: bool = False
    appliance_mode: bool = False


class TransitRoute(msgspec.Struct, frozen=True, gc=False):
    """One line of a transit gateway's route table."""

    destination: str
    attachments: tuple[str, ...]
    active: bool


class TransitTable(msgspec.Struct, frozen=True):
    """A transit gateway's route table; `doubt` says what of its routes nobody saw, if anything."""

    id: str
    gateway: str
    by_block: Longest[TransitRoute]
    doubt: str = ""


class FlowLog(msgspec.Struct, frozen=True, gc=False):
    """A flow log: what it captures, and which traffic."""

    id: str
    resource: str
    traffic: str
    active: bool


class Exclusion(msgspec.Struct, frozen=True, gc=False):
    """A VPC or subnet that VPC Block Public Access leaves out."""

    resource: str
    mode: str


class Network(msgspec.Struct, frozen=True):
    """Everything that was described, by id, with what finds it fast.

    `missing` names the lists that nobody collected: what they would hold is unknown, not absent.
    """

    missing: frozenset[str]
    vpcs: dict[str, Vpc] = {}
    subnets: dict[str, Subnet] = {}
    tables: dict[str, RouteTable] = {}
    acls: dict[str, Acl] = {}
    groups: dict[str, SecurityGroup] = {}
    interfaces: dict[str, Interface] = {}
    instances: dict[str, Instance] = {}
    internet_gateways: dict[str, Gateway] = {}
    vpn_gateways: dict[str, Gateway] = {}
    nats: dict[str, Nat] = {}
    peerings: dict[str, Peering] = {}
    endpoints: dict[str, Endpoint] = {}
    prefix_lists: dict[str, tuple[Block, ...]] = {}
    vpns: dict[str, Vpn] = {}
    attachments: dict[tuple[str, str], Attachment] = {}
    """By transit gateway and id: both ends of a peering have the same id."""
    transit_tables: dict[str, TransitTable] = {}
    transit_references: frozenset[str] = frozenset()
    """The transit gateways that hand on security group references."""
    flow_logs: dict[str, FlowLog] = {}
    block_mode: BlockMode = ""
    exclusions: tuple[Exclusion, ...] = ()
    owners: dict[tuple[str, Address], Interface] = {}
    """Each address of each VPC with the interface that has it."""
    delegated: dict[str, Longest[Interface]] = {}
    """The blocks of each VPC that were delegated to an interface."""
    public: dict[Address, tuple[Interface, Address]] = {}
    """Each public address with the interface and private address it stands for."""
    subnets_by_block: dict[str, Longest[Subnet]] = {}
    table_of_subnet: dict[str, str] = {}
    main_table: dict[str, str] = {}
    table_of_gateway: dict[str, str] = {}
    propagating: frozenset[str] = frozenset()
    """The virtual private gateways that write their routes into a table."""
    acl_of_subnet: dict[str, str] = {}
    nat_of_interface: dict[str, str] = {}
    rulesets: dict[tuple[str, ...], Ruleset] = {}
    """The rules of each set of groups that an interface has."""
    transit_interfaces: dict[str, Interface] = {}
    """By subnet: the interface of a transit gateway's attachment there."""
    shared: dict[str, str] = {}
    """The VPCs that a participant described, with their owners, who alone see all that is there."""

    def may_hold_more(self, vpc: str) -> bool:
        """Whether there may be interfaces in a VPC that nobody collected."""
        return "enis" in self.missing or vpc in self.shared

    def owner(self, vpc: str, found: Address) -> Interface | None:
        """The interface of a VPC that has an address."""
        owner = self.owners.get((vpc, found))
        if owner is None and vpc in self.delegated:
            return self.delegated[vpc].find(found)
        return owner

    def table_id(self, subnet: Subnet) -> str:
        """The route table of a subnet: its own, else its VPC's main one."""
        return self.table_of_subnet.get(subnet.id) or self.main_table.get(subnet.vpc, "")

    def table(self, subnet: Subnet) -> RouteTable | None:
        """The route table of a subnet, where it was described."""
        return self.tables.get(self.table_id(subnet))

    def acl(self, subnet: str) -> Acl | None:
        """The network ACL of a subnet."""
        id_ = self.acl_of_subnet.get(subnet)
        return self.acls.get(id_) if id_ else None
