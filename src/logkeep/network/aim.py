"""Where do a subnet's routes send an address?"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from logkeep.network.address import Address, is_public
from logkeep.network.values import Network, Route, RouteTable, Subnet, TargetKind

AimKind: TypeAlias = TargetKind | Literal["direct", "none", "blackhole", "unseen", "unread"]
"""A route's target; or the same subnet, no route, a dead one, or what nobody saw."""


class Aim(msgspec.Struct, frozen=True, gc=False):
    """What decides, and whether the packet crosses its subnet's edge on the way there."""

    kind: AimKind
    target: str = ""
    table: str = ""
    route: Route | None = None
    crosses: bool = True


def aim(network: Network, subnet: Subnet, dst: Address) -> Aim:
    """Where a packet in a subnet goes; within the subnet no route is asked."""
    for block in subnet.blocks:
        if block.low <= dst <= block.high:
            return Aim("direct", subnet.id, crosses=False)
    table = network.table(subnet)
    if table is None:
        return Aim("unseen", subnet.id)
    return by_table(network, table, subnet.id, dst)


def by_table(network: Network, table: RouteTable, subnet: str, dst: Address) -> Aim:
    """Where a route table sends an address: the longest prefix decides."""
    route = table.by_block.find(dst)
    for unread in table.unread:
        if _may_decide(network, unread, dst):
            return Aim("unread", unread.destination, table.id, unread)
    if route is None:
        return Aim("none", table.id, table.id)
    if not route.active:
        return Aim("blackhole", table.id, table.id, route)
    return Aim(route.kind, route.target, table.id, route, _crosses(network, route, subnet))


def _may_decide(network: Network, unread: Route, dst: Address) -> bool:
    """Whether a prefix list that nobody read may hold the address: AWS's own hold public ones."""
    if unread.kind != "vpc-endpoint":
        return True
    endpoint = network.endpoints.get(unread.target)
    of_aws = endpoint is None or endpoint.kind.lower() == "gateway"
    return is_public(dst) if of_aws else True


def _crosses(network: Network, route: Route, subnet: str) -> bool:
    """Whether what a route leads to lies in another subnet, or in none."""
    if route.kind == "network-interface":
        face = network.interfaces.get(route.target)
        return face is None or face.subnet != subnet
    if route.kind == "nat-gateway":
        nat = network.nats.get(route.target)
        return nat is None or nat.subnet != subnet
    if route.kind == "vpc-endpoint":
        endpoint = network.endpoints.get(route.target)
        return endpoint is None or subnet not in endpoint.subnets
    return True
