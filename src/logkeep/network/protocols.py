"""Which protocol is meant, by name or number, and what of it answers?"""

from __future__ import annotations

from typing import Final

ANY: Final = -1
ICMP: Final = 1
TCP: Final = 6
UDP: Final = 17
ICMP_SIX: Final = 58
NUMBERS: Final = {"icmp": ICMP, "tcp": TCP, "udp": UDP, "icmpv6": ICMP_SIX, "all": ANY, "-1": ANY}
NAMES: Final = {
    ICMP: "icmp",
    TCP: "tcp",
    UDP: "udp",
    ICMP_SIX: "icmpv6",
    ANY: "all",
    2: "igmp",
    41: "ipv6-in-ip",
    47: "gre",
    50: "esp",
    51: "ah",
    89: "ospf",
    132: "sctp",
}
ECHO: Final = {ICMP: 8, ICMP_SIX: 128}
ANSWERS: Final = {
    ICMP: {8: 0, 13: 14, 15: 16, 17: 18},
    ICMP_SIX: {128: 129, 139: 140},
}
"""The types that ask, and the type of the answer (IANA's registries of ICMP and ICMPv6)."""


def number(text: str | int) -> int | None:
    """A protocol's number by name or number; -1 is all, None no protocol."""
    said = str(text).strip().lower()
    if said in NUMBERS:
        return NUMBERS[said]
    is_short = said.isascii() and said.isdigit() and len(said) <= len("255")
    return int(said) if is_short and int(said) <= 255 else None


def name(protocol: int) -> str:
    """A protocol as people call it."""
    return NAMES.get(protocol, f"protocol {protocol}")


def has_ports(protocol: int) -> bool:
    """Whether packets of a protocol have ports, as AWS's filters see it."""
    return protocol in (TCP, UDP)


def has_types(protocol: int) -> bool:
    """Whether packets of a protocol have a type and a code."""
    return protocol in (ICMP, ICMP_SIX)
