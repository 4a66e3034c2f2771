"""Which address is that, and does it lie in this block? IPv4 and IPv6 as one row of numbers.

An IPv4 address is its own number; an IPv6 address is its number plus 2**128. So no block of one
family ever holds an address of the other, and one comparison answers for both.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import cache
from typing import Final, Generic, TypeAlias, TypeVar

import msgspec

Address: TypeAlias = int
SIX: Final = 1 << 128
"""Where the IPv6 addresses begin."""
Value = TypeVar("Value")


def address(text: str) -> Address | None:
    """An address by its text, or None where the text is none."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return int(found) + (SIX if found.version == 6 else 0)


def shown(found: Address) -> str:
    """An address as people write it."""
    if found >= SIX:
        return str(ipaddress.IPv6Address(found - SIX))
    return str(ipaddress.IPv4Address(found))


def is_six(found: Address) -> bool:
    """Whether an address is of IPv6."""
    return found >= SIX


class Block(msgspec.Struct, frozen=True, gc=False):
    """All addresses that share their first bits."""

    low: Address
    high: Address
    length: int

    @property
    def text(self) -> str:
        """The block in CIDR notation."""
        return f"{shown(self.low)}/{self.length}"

    @property
    def shift(self) -> int:
        """How many bits of an address the block leaves open."""
        return (128 if self.low >= SIX else 32) - self.length

    def holds(self, found: Address) -> bool:
        """Whether an address lies in the block."""
        return self.low <= found <= self.high


def block(text: str) -> Block | str:
    """A block by its CIDR notation, or what is wrong with it."""
    try:
        found = ipaddress.ip_network(text)
    except ValueError:
        return _wrong(text)
    offset = SIX if found.version == 6 else 0
    low, high = int(found.network_address), int(found.broadcast_address)
    return Block(low + offset, high + offset, found.prefixlen)


def _wrong(text: str) -> str:
    try:
        meant = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return f"`{text}` is no CIDR block"
    return f"`{text}` has bits set behind its prefix; the block is `{meant}`"


def single(found: Address) -> Block:
    """The block of one address alone."""
    return Block(found, found, 128 if found >= SIX else 32)


def _blocks(*texts: str) -> tuple[Block, ...]:
    return tuple(found for found in map(block, texts) if isinstance(found, Block))


RFC1918: Final = _blocks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
RFC6598: Final = _blocks("100.64.0.0/10")
NOT_ROUTED: Final = _blocks("127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "0.0.0.0/8")
NOT_ROUTED_SIX: Final = _blocks("fc00::/7", "fe80::/10", "ff00::/8", "::/127")


def in_any(blocks: Iterable[Block], found: Address) -> bool:
    """Whether an address lies in one of the blocks."""
    return any(each.low <= found <= each.high for each in blocks)


@cache
def is_public(found: Address) -> bool:
    """Whether an address is one that the internet carries."""
    if found >= SIX:
        return not in_any(NOT_ROUTED_SIX, found)
    return not in_any((*RFC1918, *RFC6598, *NOT_ROUTED), found)


class Longest(msgspec.Struct, Generic[Value], frozen=True):
    """Values by block, found by the longest that holds an address."""

    four: tuple[tuple[int, int, dict[int, Value]], ...] = ()
    six: tuple[tuple[int, int, dict[int, Value]], ...] = ()

    def find(self, found: Address) -> Value | None:
        """The value of the longest block that holds the address."""
        for shift, _, table in self.six if found >= SIX else self.four:
            value = table.get(found >> shift)
            if value is not None:
                return value
        return None

    def find_with_length(self, found: Address) -> tuple[Value, int] | None:
        """The value of the longest block that holds the address, and the block's length."""
        for shift, length, table in self.six if found >= SIX else self.four:
            value = table.get(found >> shift)
            if value is not None:
                return value, length
        return None


def longest(rows: Iterable[tuple[Block, Value]]) -> Longest[Value]:
    """Values by block; of two for the same block the first counts."""
    families: tuple[dict[int, dict[int, Value]], dict[int, dict[int, Value]]] = ({}, {})
    for each, value in rows:
        table = families[each.low >= SIX].setdefault(each.length, {})
        table.setdefault(each.low >> each.shift, value)
    return Longest(_ordered(families[0], 32), _ordered(families[1], 128))


def _ordered(
    tables: dict[int, dict[int, Value]], bits: int
) -> tuple[tuple[int, int, dict[int, Value]], ...]:
    lengths = sorted(tables, reverse=True)
    return tuple((bits - length, length, tables[length]) for length in lengths)


def with_block(found: Longest[Value], each: Block, value: Value) -> Longest[Value]:
    """The same with one block more, which counts before another value of the same block."""
    six = each.low >= SIX
    family = found.six if six else found.four
    tables = {length: dict(table) for _, length, table in family}
    tables.setdefault(each.length, {})[each.low >> each.shift] = value
    ordered = _ordered(tables, 128 if six else 32)
    return Longest(found.four, ordered) if six else Longest(ordered, found.six)
