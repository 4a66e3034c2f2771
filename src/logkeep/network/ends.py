"""Which interface or address is meant by what somebody typed?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from logkeep.network import protocols
from logkeep.network.address import Address, address, in_any, is_public, is_six, shown
from logkeep.network.packet import EPHEMERAL, End, Flow, Port
from logkeep.network.values import Interface, Network

STRANGERS: Final = ("192.0.2.1", "198.51.100.1", "203.0.113.1", "8.8.8.8", "2001:db8::1", "2600::1")
"""Addresses that may stand for anybody on the internet; the first that no rule names is taken."""
NAMED_MAX: Final = 5


class Unclear(msgspec.Struct, frozen=True):
    """What is wrong with a question, and what to do."""

    says: str
    hint: str = ""


class Meaning(msgspec.Struct, frozen=True):
    """What a text may mean: an interface, or an address, or anybody on the internet."""

    interface: Interface | None = None
    address: Address | None = None
    internet: bool = False


def named(network: Network, text: str) -> Meaning | Unclear:
    """What a text means: an id, an address, a Name tag, or `internet`."""
    if text == "internet":
        return Meaning(internet=True)
    if text.startswith("eni-"):
        face = network.interfaces.get(text)
        return Meaning(face) if face else _gone(network, text, "interface")
    if text.startswith("i-"):
        faces = [face for face in network.interfaces.values() if face.instance == text]
        return Meaning(_primary(faces)) if faces else _gone(network, text, "interface of instance")
    found = address(text)
    if found is not None:
        return _at(network, found, text)
    if "/" in text:
        return Unclear(f"`{text}` is a block and not one address", "name one address in it")
    return _by_name(network, text)


def _gone(network: Network, text: str, what: str) -> Unclear:
    """It is not among those collected; where none were, that is why."""
    if "enis" in network.missing:
        hint = "collect `aws ec2 describe-network-interfaces` too"
        return Unclear(f"no network interface was collected, so `{text}` cannot be found", hint)
    hint = "it is gone, or in an account or Region that was not collected"
    return Unclear(f"there is no {what} `{text}` in this network", hint)


def _primary(faces: Iterable[Interface]) -> Interface:
    return min(faces, key=lambda face: (face.device_index, face.id))


def _at(network: Network, found: Address, text: str) -> Meaning | Unclear:
    owners = [face for (_, own), face in network.owners.items() if own == found]
    blocks = (longest.find(found) for longest in network.delegated.values())
    owners += [face for face in blocks if face is not None and face not in owners]
    if len(owners) > 1:
        where = ", ".join(f"{face.id} in {face.vpc}" for face in owners[:NAMED_MAX])
        vpcs = len({face.vpc for face in owners})
        said = f"`{text}` is in {vpcs} VPCs, and could be {where}"
        return Unclear(said, "name the interface instead of the address")
    if owners:
        return Meaning(owners[0], found)
    return Meaning(address=found)


def _by_name(network: Network, text: str) -> Meaning | Unclear:
    instances = {each.id for each in network.instances.values() if each.name == text}
    faces = [
        face
        for face in network.interfaces.values()
        if face.name == text or (face.instance and face.instance in instances)
    ]
    who = {face.instance or face.id for face in faces}
    if len(who) > 1:
        listed = ", ".join(sorted(who)[:NAMED_MAX])
        return Unclear(f"`{text}` names {len(who)} things: {listed}", "name one by its id")
    if faces:
        return Meaning(_primary(faces))
    hint = "name an instance, an interface, an address, a Name tag, or `internet`"
    return Unclear(f"nothing in this network is called `{text}`", hint)


class PacketQuestion(msgspec.Struct, frozen=True):
    """What is sent, as somebody said it."""

    protocol: int
    dst_port: int = 0
    src_port: Port = EPHEMERAL
    icmp_type: int | None = None
    icmp_code: int = 0


def question(
    protocol: str, port: int | None, from_port: int | None, icmp: tuple[int, int] | None = None
) -> PacketQuestion | Unclear:
    """A protocol with its ports, or what is wrong with them."""
    number = protocols.number(protocol)
    if number is None or number == protocols.ANY:
        hint = "say tcp, udp, icmp, icmpv6, or a number from 0 to 255"
        return Unclear(f"`{protocol}` is no protocol", hint)
    for name, value in (("port", port), ("source port", from_port)):
        if value is not None and not 0 <= value <= 65535:
            return Unclear(f"the {name} {value} is out of range", "a port is from 0 to 65535")
        if value is not None and not protocols.has_ports(number):
            return Unclear(f"{protocols.name(number)} has no ports, and a {name} was given")
    if protocols.has_ports(number) and port is None:
        return Unclear(f"{protocols.name(number)} needs a port to go to", "give one with --port")
    type_, code = icmp or (None, 0)
    chosen: Port = EPHEMERAL if from_port is None else from_port
    return PacketQuestion(number, port or 0, chosen, type_, code)


def flow(network: Network, src: Meaning, dst: Meaning, asked: PacketQuestion) -> Flow | Unclear:
    """The flow between two ends, each at the address by which the other would know it."""
    both = [each.address for each in (src, dst) if each.address is not None]
    if len({is_six(each) for each in both}) > 1:
        return Unclear(f"{shown(both[0])} and {shown(both[1])} are not of one family")
    six = _is_six(src, dst, asked)
    start = _start(network, src, six)
    end = _end(network, dst, src, six)
    if start is None or end is None:
        family = "IPv6" if six else "IPv4"
        other = src if start is None else dst
        who = other.interface.id if other.interface else "one end"
        return Unclear(f"{who} has no {family} address, and the other end has")
    return flow_of(start, end, asked)


def flow_of(start: End, end: End, asked: PacketQuestion) -> Flow:
    """A flow; over IPv6 a ping is one of ICMPv6."""
    protocol, type_ = asked.protocol, asked.icmp_type
    if protocol == protocols.ICMP and is_six(start.address):
        protocol, type_ = protocols.ICMP_SIX, None if type_ in (None, 8) else type_
    if protocols.has_types(protocol) and type_ is None:
        type_ = protocols.ECHO[protocol]
    ports = protocols.has_ports(protocol)
    return Flow(
        start,
        end,
        protocol,
        asked.src_port if ports else 0,
        asked.dst_port if ports else 0,
        -1 if type_ is None else type_,
        asked.icmp_code,
        EPHEMERAL if ports else 0,
    )


def _is_six(src: Meaning, dst: Meaning, asked: PacketQuestion) -> bool:
    """The family of what was named by its address, else IPv4 where both ends have it."""
    for each in (dst, src):
        if each.address is not None:
            return is_six(each.address)
    if asked.protocol == protocols.ICMP_SIX:
        return True
    faces = [each.interface for each in (src, dst) if each.interface is not None]
    return any(all(is_six(own) for own in face.addresses) for face in faces)


def _own(named_: Meaning, six: bool) -> Address | None:
    if named_.address is not None:
        return named_.address if is_six(named_.address) == six else None
    assert named_.interface is not None
    return next((own for own in named_.interface.addresses if is_six(own) == six), None)


def _start(network: Network, src: Meaning, six: bool) -> End | None:
    if src.internet:
        return End(stranger(network, six), where="internet")
    own = _own(src, six)
    if own is None:
        return None
    if src.interface is not None:
        return End(own, src.interface)
    if own in network.public:
        face, private = network.public[own]
        return End(private, face)
    return End(own, where=place_of(network, own))


def place_of(network: Network, found: Address) -> str:
    """Where an address belongs that no interface has: a subnet, a VPC, the internet, a site."""
    for longest in network.subnets_by_block.values():
        subnet = longest.find(found)
        if subnet is not None:
            return subnet.id
    holding = (vpc.id for vpc in network.vpcs.values() if in_any(vpc.blocks, found))
    return next(holding, "internet" if is_public(found) else "site")


def _end(network: Network, dst: Meaning, src: Meaning, six: bool) -> End | None:
    """From the internet an interface is known by its public address, from inside by its own."""
    if dst.internet:
        return End(stranger(network, six))
    own = _own(dst, six)
    if own is None or dst.interface is None or dst.address is not None:
        return None if own is None else End(own, dst.interface)
    outside = src.internet or (src.interface is None and src.address not in network.public)
    public = dict(dst.interface.public).get(own) if outside else None
    return End(own if public is None else public, dst.interface)


def stranger(network: Network, six: bool) -> Address:
    """An address that stands for anybody on the internet: no rule, route or VPC names it."""
    found = [each for each in map(address, STRANGERS) if each is not None and is_six(each) == six]
    for each in found:
        if each not in network.public and not _is_told_apart(network, each):
            return each
    return found[-1]


def _is_told_apart(network: Network, found: Address) -> bool:
    groups = (
        rule for group in network.groups.values() for rule in (*group.inbound, *group.outbound)
    )
    acls = (entry for acl in network.acls.values() for entry in (*acl.inbound, *acl.outbound))
    for rule in (*groups, *acls):
        if rule.block is not None and rule.block.length and rule.block.holds(found):
            return True
    lists = any(in_any(blocks, found) for blocks in network.prefix_lists.values())
    return lists or any(in_any(vpc.blocks, found) for vpc in network.vpcs.values())
