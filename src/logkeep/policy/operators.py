"""The condition operators as data: how each reads a value, and how it compares.

IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

import base64
import binascii
import datetime
import ipaddress
import operator
import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from logkeep.policy.pattern import ANY_ONE, ANY_RUN, GlobSet, glob
from logkeep.policy.truth import Truth

Reading: TypeAlias = Truth | None
"""Whether a value of the request compares; None where one side cannot be read as the type."""
Comparison: TypeAlias = Callable[[str], Reading]


class Operator(NamedTuple):
    """One family of operators: how to compare with a list of values, and whether to negate."""

    compile: Callable[[Sequence[str]], Comparison]
    """From the policy's values, wildcards marked if `wild`, to the comparison with any of them."""
    negated: bool = False
    wild: bool = False
    variables: bool = False
    """Only strings and ARNs take policy variables ("Variables and tags")."""


def _equals(values: Sequence[str]) -> Comparison:
    return frozenset(values).__contains__


def _equals_ignoring_case(values: Sequence[str]) -> Comparison:
    lowered = frozenset(value.lower() for value in values)
    return lambda got: got.lower() in lowered


def _like(values: Sequence[str]) -> Comparison:
    return GlobSet(values).accepts


def is_plain(value: str) -> bool:
    """Return whether a pattern has no wildcards."""
    return ANY_RUN not in value and ANY_ONE not in value


def _arn_like(values: Sequence[str]) -> Comparison:
    """Compare six colon parts one by one, so that no `*` crosses a colon in the first five."""
    exact = frozenset(v for v in values if is_plain(v) and v.count(":") >= 5)
    index: dict[str, tuple[Comparison, ...]] = {}
    for value in values:
        parts = value.split(":", 5)
        if len(parts) == 6 and not is_plain(value):
            account = parts[4] if is_plain(parts[4]) else ""
            index[account] = (*index.get(account, ()), _arn_parts(parts))
    anywhere = index.pop("", ())

    def like(got: str) -> Reading:
        if got in exact:
            return True
        parts = got.split(":", 5)
        if len(parts) != 6:
            return None
        candidates = (*index.get(parts[4], ()), *anywhere) if parts[4] else anywhere
        return any(matches(got) for matches in candidates)

    return like


def _arn_parts(pattern: Sequence[str]) -> Comparison:
    plain = tuple((i, part) for i, part in enumerate(pattern) if is_plain(part))
    wild = tuple((i, glob(part)) for i, part in enumerate(pattern) if not is_plain(part))

    def matches(got: str) -> bool:
        parts = got.split(":", 5)
        return all(parts[i] == part for i, part in plain) and all(m(parts[i]) for i, m in wild)

    return matches


_Read: TypeAlias = Callable[[str], Any]
_Holds: TypeAlias = Callable[[Any, Any], bool]


def _typed(
    read: _Read, holds: _Holds, read_got: _Read | None = None
) -> Callable[[Sequence[str]], Comparison]:
    """Compare values of a type.

    What AWS makes of a policy's value of another form than its page describes, nobody knows.
    """
    of_request = read_got or read

    def compile_values(values: Sequence[str]) -> Comparison:
        wanted = [value for value in map(read, values) if value is not None]
        # A mere word is none of these types in any reading, and matches nothing.
        odd = not_as_documented([value for value in values if not value.isalpha()], read)
        otherwise: Reading = False if len(wanted) == len(values) else odd or None

        def compare(got: str) -> Reading:
            value = of_request(got)
            if value is None:
                return odd or None
            return any(holds(value, want) for want in wanted) or otherwise

        return compare

    return compile_values


def not_as_documented(
    values: Sequence[str], read: Callable[[str], object | None]
) -> frozenset[str] | Literal[False]:
    """Return the doubt about those of a policy's values that are not of the type's form."""
    odd = frozenset(f"how AWS reads `{value[:80]}`" for value in values if read(value) is None)
    return odd or False


_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?\Z", re.ASCII)


def read_plain_number(text: str) -> Decimal | None:
    """Return an integer or decimal number, as IAM's page on condition operators writes them."""
    return Decimal(text) if _NUMBER.match(text) else None


def read_number(text: str) -> Decimal | None:
    """Return a request's number, however it is written."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


_EPOCH: Final = re.compile(r"\d{9,11}(\.\d+)?\Z", re.ASCII)
"""Seconds; of fewer digits it may be a year or a day, and of more milliseconds."""
_W3C: Final = re.compile(
    r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?\Z", re.ASCII
)
_MILLISECONDS: Final = re.compile(r"\d{13}\Z", re.ASCII)


def read_plain_date(text: str) -> Decimal | None:
    """Return seconds since 1970 of a date as IAM's page writes them: W3C's form of ISO 8601, with
    its zone, or seconds."""
    return read_date(text) if _EPOCH.match(text) or _W3C.match(text) else None


@lru_cache(maxsize=4096)
def read_date(text: str) -> Decimal | None:
    """Return seconds since 1970 of an ISO 8601 date or of epoch seconds; both are valid."""
    if _NUMBER.match(text) and len(text.lstrip("-")) != 4:
        return Decimal(text)
    try:
        moment = datetime.datetime.fromisoformat(f"{text}-01-01" if len(text) == 4 else text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    since = aware - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return Decimal(since // datetime.timedelta(microseconds=1)) / 1_000_000


def read_request_date(text: str) -> Decimal | None:
    """Return a request's date; thirteen digits there can only be milliseconds, not a far year."""
    return Decimal(text) / 1000 if _MILLISECONDS.match(text) else read_date(text)


_BOOLS: Final = {"true": True, "false": False}


def read_bool(text: str) -> bool | None:
    """Return a boolean in any case."""
    return _BOOLS.get(text.lower())


def _same_bool(values: Sequence[str]) -> Comparison:
    """Look the text up among the spellings there are: of the types, this one is everywhere."""
    wanted = {read_bool(value) for value in values}
    odd = not_as_documented(values, read_bool)
    answers: dict[str, Reading] = {text: value in wanted or odd for text, value in _BOOLS.items()}
    return lambda got: answers.get(got) if got in answers else answers.get(got.lower())


def read_binary(text: str) -> bytes | None:
    """Return the bytes of a Base64 text."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


_CIDR: Final = re.compile(r"[0-9A-Fa-f:.]+(/\d{1,3})?\Z", re.ASCII)


@lru_cache(maxsize=65536)
def read_network(text: str) -> _Network | None:
    """Return an address or CIDR range, version 4 or 6, in any spelling.

    An IPv4 address written as one of IPv6 is none: AWS's page does not say that it would be met.
    """
    try:
        found = ipaddress.ip_network(text, strict=False) if _CIDR.match(text) else None
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Network) and found.network_address.ipv4_mapped:
        return None
    return found


def _within(got: _Network, want: _Network) -> bool:
    if isinstance(got, ipaddress.IPv4Network):
        return isinstance(want, ipaddress.IPv4Network) and got.subnet_of(want)
    return isinstance(want, ipaddress.IPv6Network) and got.subnet_of(want)


def _ordered(name: str, read: _Read, read_got: _Read) -> dict[str, Operator]:
    """Return the six comparisons of a type that has an order."""
    ways: dict[str, _Holds] = {
        "Equals": operator.eq,
        "LessThan": operator.lt,
        "LessThanEquals": operator.le,
        "GreaterThan": operator.gt,
        "GreaterThanEquals": operator.ge,
    }
    found = {f"{name}{way}": Operator(_typed(read, ways[way], read_got)) for way in ways}
    return {**found, f"{name}NotEquals": found[f"{name}Equals"]._replace(negated=True)}


_EQUALS: Final = Operator(_equals, variables=True)
_IGNORING_CASE: Final = Operator(_equals_ignoring_case, variables=True)
_LIKE: Final = Operator(_like, wild=True, variables=True)
_ARN: Final = Operator(_arn_like, wild=True, variables=True)
_IP: Final = Operator(_typed(read_network, _within))

OPERATORS: Final[dict[str, Operator]] = {
    "StringEquals": _EQUALS,
    "StringNotEquals": _EQUALS._replace(negated=True),
    "StringEqualsIgnoreCase": _IGNORING_CASE,
    "StringNotEqualsIgnoreCase": _IGNORING_CASE._replace(negated=True),
    "StringLike": _LIKE,
    "StringNotLike": _LIKE._replace(negated=True),
    "ArnEquals": _ARN,
    "ArnLike": _ARN,
    "ArnNotEquals": _ARN._replace(negated=True),
    "ArnNotLike": _ARN._replace(negated=True),
    **_ordered("Numeric", read_plain_number, read_number),
    **_ordered("Date", read_plain_date, read_request_date),
    "Bool": Operator(_same_bool),
    "BinaryEquals": Operator(_typed(read_binary, operator.eq)),
    "IpAddress": _IP,
    "NotIpAddress": _IP._replace(negated=True),
}
NULL: Final = "Null"
"""The one operator that asks whether a key is there at all; it takes no suffix and no prefix."""
