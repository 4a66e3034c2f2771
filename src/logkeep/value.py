"""The few values everything else speaks of: ARNs, looks and verdicts."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from functools import cache
from typing import Annotated, Any, Final, Generic, Literal, TypeAlias, TypeVar

import msgspec

AccountId: TypeAlias = str
Region: TypeAlias = str
Arn: TypeAlias = str
Json: TypeAlias = Any
"""Anything JSON can say, as AWS said it."""

UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""How a text fails that should be JSON: broken, not in UTF-8, or nested too deep."""

Time: TypeAlias = Annotated[datetime.datetime, msgspec.Meta(tz=True)]
"""A time in a file, which says its zone."""

Value = TypeVar("Value")
Other = TypeVar("Other")


class Seen(msgspec.Struct, Generic[Value], frozen=True, gc=False):
    """It was looked at, and this is what is there."""

    value: Value


class Absent(msgspec.Struct, frozen=True, gc=False):
    """It was looked for by a call that completed, and it is not there."""

    call: str


class Unseen(msgspec.Struct, frozen=True, gc=False):
    """It could not be looked at: this call was refused or was never made."""

    call: str
    error: str


Look: TypeAlias = Seen[Value] | Absent | Unseen

Verdict: TypeAlias = Literal["holds", "fails", "unknown"]
"""What a check says."""
Standing: TypeAlias = Verdict | Literal["accepted", "none"]
"""How a finding, aspect or route stands: checked, known and lived with, or never asked about."""
Aspect: TypeAlias = Literal["configured", "permitted", "arriving", "intact", "protected"]
ASPECTS: tuple[Aspect, ...] = ("configured", "permitted", "arriving", "intact", "protected")

_WORST_FIRST: tuple[Standing, ...] = ("fails", "unknown", "accepted", "holds")


def all_of(standings: Iterable[Standing]) -> Standing:
    """The worst of them; where nothing was asked there is none, and never that it holds."""
    found = set(standings)
    for each in _WORST_FIRST:
        if each in found:
            return each
    return "none"


class ArnParts(msgspec.Struct, frozen=True, gc=False):
    """The six parts of an ARN without its leading `arn`."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


def parse_arn(text: str) -> ArnParts | None:
    """The parts of an ARN, or None where the text is none."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[1] or not parts[2]:
        return None
    return ArnParts(*parts[1:])


def account_of(arn: str) -> AccountId:
    """The account that an ARN names; empty where it names none, as a bucket's or a service does."""
    parts = parse_arn(arn)
    return parts.account if parts else ""


def arn_name(text: Arn) -> str:
    """The last part of an ARN's resource: a trail's, role's or key's own name."""
    return text.rsplit("/", 1)[-1] if "/" in text else text.rsplit(":", 1)[-1]


@cache
def partition_of(region: Region) -> str:
    """The partition a Region lies in."""
    prefixes = {
        "cn-": "aws-cn",
        "us-gov-": "aws-us-gov",
        "us-iso-": "aws-iso",
        "us-isob-": "aws-iso-b",
        "us-isof-": "aws-iso-f",
        "eu-isoe-": "aws-iso-e",
        "eusc-": "aws-eusc",
    }
    return next((name for start, name in prefixes.items() if region.startswith(start)), "aws")
