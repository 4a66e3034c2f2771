"""Does a policy's Condition block hold for a request? Written plainly from IAM's reference page.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" (rules 5.2.1 to 5.2.4).
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

Context = dict[str, list[str]]
"""Condition keys, lower-case, with their values; a key not listed is absent from the request."""

Test = Callable[[str, str], bool]


def as_list(value: Any) -> list[Any]:
    """A policy's value, which may stand alone or in a list."""
    if value is None:
        return []
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def as_text(value: Any) -> str:
    """A policy's scalar as the text it is compared as."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


@lru_cache(maxsize=20000)
def glob(pattern: str, ignore_case: bool = False) -> re.Pattern[str]:
    """The regular expression of a pattern with `*` and `?`."""
    parts = re.split(r"(\x00.|\*|\?)", pattern, flags=re.DOTALL)
    body = "".join(_piece(part) for part in parts)
    return re.compile(body, (re.IGNORECASE if ignore_case else 0) | re.DOTALL)


def _piece(part: str) -> str:
    if part == "*":
        return ".*"
    if part == "?":
        return "."
    return re.escape(part.removeprefix("\x00"))


def like(pattern: str, value: str) -> bool:
    """StringLike: `*` and `?` are wildcards, case counts."""
    return glob(pattern).fullmatch(value) is not None


def arn_like(pattern: str, value: str) -> bool:
    """ArnLike: the six colon-separated parts are compared one by one (rule 5.2.4)."""
    patterns, values = pattern.split(":", 5), value.split(":", 5)
    if len(patterns) != 6 or len(values) != 6:
        return False
    return all(like(p, v) for p, v in zip(patterns, values, strict=True))


def _plain(text: str) -> str:
    """A literal without the marks that keep `${*}` from being a wildcard."""
    return text.replace("\x00", "")


def _number(wanted: str, value: str, order: Callable[[float, float], bool]) -> bool:
    try:
        return order(float(value), float(_plain(wanted)))
    except ValueError:
        return False


def moment(text: str) -> datetime | None:
    """A date written as ISO 8601 or as seconds since 1970."""
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _date(wanted: str, value: str, order: Callable[[float, float], bool]) -> bool:
    left, right = moment(value), moment(_plain(wanted))
    if left is None or right is None:
        return False
    return order(left.timestamp(), right.timestamp())


def _address(wanted: str, value: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(_plain(wanted), strict=False)
    except (ValueError, TypeError):
        return False


def _binary(wanted: str, value: str) -> bool:
    try:
        return base64.b64decode(_plain(wanted), validate=True) == base64.b64decode(value)
    except (binascii.Error, ValueError):
        return False


_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "equals": lambda a, b: a == b,
    "lessthan": lambda a, b: a < b,
    "lessthanequals": lambda a, b: a <= b,
    "greaterthan": lambda a, b: a > b,
    "greaterthanequals": lambda a, b: a >= b,
}

TESTS: dict[str, Test] = {
    "stringequals": lambda wanted, value: _plain(wanted) == value,
    "stringequalsignorecase": lambda wanted, value: _plain(wanted).lower() == value.lower(),
    "stringlike": like,
    "arnequals": arn_like,
    "arnlike": arn_like,
    "bool": lambda wanted, value: _plain(wanted).lower() == value.lower(),
    "ipaddress": _address,
    "binaryequals": _binary,
}


def _ordered(kind: str, compare: Callable[..., bool]) -> None:
    for name, order in _ORDERS.items():
        TESTS[kind + name] = lambda wanted, value, order=order: compare(wanted, value, order)


_ordered("numeric", _number)
_ordered("date", _date)

NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
}


def known_operator(name: str) -> bool:
    """Whether IAM knows a condition operator of this name."""
    base = _base(name)[1]
    return base == "null" or base in TESTS or base in NEGATED


def _base(name: str) -> tuple[str, str, bool]:
    """A set prefix, the operator itself in lower case, and whether it says IfExists."""
    prefix, _, rest = name.lower().rpartition(":")
    if rest.endswith("ifexists"):
        return prefix, rest.removesuffix("ifexists"), True
    return prefix, rest, False


_VARIABLE = re.compile(r"\$\{([^}]*)\}")


def fill(text: str, context: Context, version: str) -> str | None:
    """Put the request's values into `${…}`; None where one has no value.

    Only version 2012-10-17 knows variables. One without value equals nothing (IAM User Guide,
    "Variables and tags", "Policy variables with no value").
    """
    if version != "2012-10-17" or "${" not in text:
        return text
    found = {name: _variable(name, context) for name in _VARIABLE.findall(text)}
    if None in found.values():
        return None
    return _VARIABLE.sub(lambda match: found[match.group(1)] or "", text)


def _variable(name: str, context: Context) -> str | None:
    if name in ("*", "?", "$"):
        return "\x00" + name
    key, comma, default = name.partition(",")
    values = context.get(key.strip().lower(), [])
    if len(values) == 1:
        return "".join("\x00" + c if c in "*?" else c for c in values[0])
    if comma and not values:
        return default.strip().strip("'")
    return None


def holds(block: dict[str, Any], context: Context, version: str = "2012-10-17") -> bool:
    """Whether every operator and every key of a Condition block is satisfied."""
    return all(
        _key_holds(operator, key, as_list(values), context, version)
        for operator, keys in block.items()
        for key, values in keys.items()
    )


def _key_holds(operator: str, key: str, wanted: list[Any], context: Context, version: str) -> bool:
    prefix, base, if_exists = _base(operator)
    values = context.get(key.lower())
    if base == "null":
        return any(as_text(w).lower() == str(not values).lower() for w in wanted)
    if if_exists and values is None:
        return True
    filled = [fill(as_text(w), context, version) for w in wanted]
    return _values_hold(prefix, base, [text for text in filled if text is not None], values)


def _values_hold(prefix: str, base: str, wanted: list[str], values: list[str] | None) -> bool:
    negated = base in NEGATED
    test = TESTS.get(NEGATED.get(base, base))
    if test is None:
        return False

    def one(value: str) -> bool:
        return any(test(w, value) for w in wanted) != negated

    if prefix == "forallvalues":
        return all(one(value) for value in values or [])
    if prefix == "foranyvalue":
        return any(one(value) for value in values or [])
    if not values:
        return negated
    if negated:
        return all(one(value) for value in values)
    return any(one(value) for value in values)
