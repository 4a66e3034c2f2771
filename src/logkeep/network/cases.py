"""Reachability tests as data: one case is a network, a flow through it, and what comes of it.

The format is that of `network-paths.jsonl`: the network in AWS's own Describe answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from logkeep.network.address import Address, address, in_any, is_six, shown
from logkeep.network.ends import Unclear, flow_of, place_of, question
from logkeep.network.packet import End, Flow
from logkeep.network.read import read
from logkeep.network.reading import Unreadable
from logkeep.network.values import Interface, Network
from logkeep.value import Json

OUTSIDE = ("internet", "aws", "s3", "dynamodb")
NO_PLACE = ("", "amazon-dns", "imds")
FOREIGN = ("peer", "site")


class FlowCase(msgspec.Struct, frozen=True):
    """A flow through a network."""

    id: str
    network: Network
    flow: Flow


class Invalid(msgspec.Struct, frozen=True):
    """A case that cannot be read, by its id, and every mistake in it."""

    id: str
    mistakes: tuple[str, ...]


class _EndRow(msgspec.Struct):
    eni: str | None = None
    address: str | None = None
    where: str | None = None


class _FlowRow(msgspec.Struct):
    src: _EndRow
    dst: _EndRow
    protocol: str | int
    src_port: int | None = None
    dst_port: int | None = None
    icmp_type: int | None = None
    icmp_code: int | None = None
    nat_port: int | None = None


class _FlowCaseRow(msgspec.Struct):
    id: str
    network: dict[str, Any]
    flow: _FlowRow
    level: str = "path"


def read_case(row: Json, name: str) -> FlowCase | Invalid:
    """A case out of a line's JSON; `name` is what it is called where it has no id."""
    try:
        found = msgspec.convert(row, _FlowCaseRow)
    except msgspec.ValidationError as error:
        return Invalid(_id(row, name), (f"{str(error)[:1].lower()}{str(error)[1:]}",))
    network = read(found.network)
    if isinstance(network, Unreadable):
        return Invalid(found.id, network.mistakes)
    flow = _flow(network, found.flow, found.level)
    if isinstance(flow, Unclear):
        return Invalid(found.id, (flow.says,))
    return FlowCase(found.id, network, flow)


def _id(row: Json, name: str) -> str:
    if isinstance(row, Mapping):
        said: object = row.get("id")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        return said if isinstance(said, str) else name
    return name


def _flow(network: Network, row: _FlowRow, level: str) -> Flow | Unclear:
    icmp = None if row.icmp_type is None else (row.icmp_type, row.icmp_code or 0)
    ports = row.dst_port, row.src_port
    asked = question(str(row.protocol), *ports, icmp)
    if isinstance(asked, Unclear):
        return asked
    start, end = _start(network, row.src), _end(network, row.dst)
    if isinstance(start, Unclear) or isinstance(end, Unclear):
        return start if isinstance(start, Unclear) else end  # type: ignore[return-value]
    if is_six(start.address) != is_six(end.address):
        return Unclear(f"{shown(start.address)} and {shown(end.address)} are not of one family")
    made = flow_of(start, end, asked)
    beyond = level == "filter" or "elsewhere" in (row.src.where, row.dst.where)
    nat_port = made.nat_port if row.nat_port is None else row.nat_port
    return msgspec.structs.replace(made, beyond=beyond, nat_port=nat_port)


def _start(network: Network, row: _EndRow) -> End | Unclear:
    face = _face(network, row)
    if isinstance(face, Unclear):
        return face
    own = _address(row, face)
    if isinstance(own, Unclear) or face is not None:
        return own if isinstance(own, Unclear) else End(own, face)
    where = row.where or ""
    if where in ("internet", "elsewhere"):
        return End(own, where=where)
    if where in OUTSIDE:
        return End(own, where="internet")
    owners = [each for (_, had), each in network.owners.items() if had == own]
    if len(owners) == 1:
        return End(own, owners[0])
    if where in FOREIGN or where.startswith("subnet-") or where in network.vpcs:
        return End(own, where=where)
    if where == "vpc":
        holders = [vpc.id for vpc in network.vpcs.values() if in_any(vpc.blocks, own)]
        place = place_of(network, own)
        return End(own, where=place if place in network.subnets else next(iter(holders), "site"))
    return _unknown_place(where) if where else End(own, where=place_of(network, own))


def _end(network: Network, row: _EndRow) -> End | Unclear:
    face = _face(network, row)
    if isinstance(face, Unclear):
        return face
    own = _address(row, face)
    if isinstance(own, Unclear):
        return own
    where = row.where or ""
    places = (*OUTSIDE, *NO_PLACE, *FOREIGN, "elsewhere", "vpc")
    if where not in places and not where.startswith("subnet-") and where not in network.vpcs:
        return _unknown_place(where)
    return End(own, face)


def _unknown_place(where: str) -> Unclear:
    return Unclear(f"`where` is `{where}`, which is no place that a flow can start or end at")


def _face(network: Network, row: _EndRow) -> Interface | Unclear | None:
    if row.eni is None:
        return None
    found = network.interfaces.get(row.eni)
    return found or Unclear(f"there is no interface `{row.eni}` in the case's network")


def _address(row: _EndRow, face: Interface | None) -> Address | Unclear:
    if row.address is None:
        return face.primary if face else Unclear("an end needs an `eni` or an `address`")
    found = address(row.address)
    return Unclear(f"`{row.address}` is no address") if found is None else found
