"""What could a stranger be called, so that a pattern of a policy lets it in?

A policy may mean strangers by any pattern: `4444*`, `arn:aws:cloudtrail:*:4444????4444:*`, `o-a*`.
Of each pattern one account, organization or ARN that it matches is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from logkeep.policy import Policy
from logkeep.policy.pattern import glob, with_wildcards
from logkeep.policy.statement import Element
from logkeep.value import AccountId, Arn

ACCOUNT: Final = re.compile(r"(?<!\d)\d{12}(?!\d)")
ORGANIZATION_ID: Final = re.compile(r"o-[a-z0-9]{10,32}")
_DIGITS: Final = 12
_ID_CHARS: Final = len("o-") + 10


def asked(policy: Policy, service: str, key: str) -> Iterator[str]:
    """The values of a condition key that a policy's statements about a service ask for."""
    for element in _elements(policy, service):
        if element.key.lower().endswith(f"/{key}"):
            yield from element.wanted


def passes_without(policy: Policy, service: str, keys: str) -> bool:
    """Whether a condition on a key that begins so may hold where a request does not carry it."""
    for element in _elements(policy, service):
        operator, _, key = element.key.lower().partition("/")
        if key.startswith(keys) and (
            operator == "null" or operator.endswith("ifexists") or "forallvalues" in operator
        ):
            return True
    return False


def _elements(policy: Policy, service: str) -> Iterator[Element]:
    for statement in policy.statements:
        named = statement.principals
        if named is not None and (named.everyone or service in named.services):
            yield from statement.elements


def accounts_meant(operator: str, text: str) -> Iterator[AccountId]:
    """The accounts that a value of aws:SourceAccount or aws:SourceArn means, or one of them.

    A number is compared by size too, so that the ones beside it are meant as well.
    """
    found = ACCOUNT.findall(text)
    yield from found
    if "numeric" in operator.lower() and found:
        number = int(found[0])
        yield from (f"{each:0{_DIGITS}d}" for each in (number - 1, number + 1) if each > 0)
    place = _in_parts(text)[4] if text.startswith("arn:") else text
    if _is_open(place):
        yield from (each for filler in "9753" if (each := _filled(place, filler, _DIGITS)))


def organizations_meant(text: str) -> Iterator[str]:
    """The organizations that a value of aws:SourceOrgID means, or one of them."""
    lowered = text.lower()  # StringEqualsIgnoreCase
    if ORGANIZATION_ID.fullmatch(lowered):
        yield lowered
    elif _is_open(lowered):
        opened = lowered.replace("?", "o", 1) if lowered.startswith("?") else lowered
        opened = opened if opened.startswith("o") or "*" in opened[:1] else ""
        opened = f"o-{opened}" if opened.startswith("*") else opened
        for filler in "z7":
            found = _filled(opened, filler, _ID_CHARS)
            if ORGANIZATION_ID.fullmatch(found):
                yield found


def fixed_bucket(pattern: str) -> str:
    """The name of the one bucket that a pattern of aws:SourceArn means; empty where it is none.

    The ARN of a bucket tells no account (S3 User Guide, "Amazon S3 resources").
    """
    parts = _in_parts(pattern)
    is_bucket = len(parts) == 6 and parts[2] == "s3" and not parts[3] and not parts[4]
    return parts[5] if is_bucket and not set("*?$/") & set(parts[5]) else ""


def arn_of_stranger(pattern: str, other: AccountId) -> Arn:
    """An ARN that a pattern matches and that may be another account's; nothing where none may.

    A bucket's tells no account: whoever comes first may have any name that a pattern leaves open.
    """
    parts = _in_parts(pattern)
    if len(parts) < 6 or "${" in pattern:
        return ""
    if parts[4]:
        is_meant = glob(with_wildcards(parts[4])) if _is_open(parts[4]) else parts[4].__eq__
        if not is_meant(other):
            return ""
        parts[4] = other
    elif not _is_open(parts[5]):
        return ""
    return ":".join(parts).replace("*", "x").replace("?", "x")


def _in_parts(pattern: str) -> list[str]:
    """The six parts of an ARN's pattern; a star that ends it stands for those that are left out."""
    parts = pattern.split(":", 5)
    while len(parts) < 6 and parts[-1].endswith("*"):
        parts.append("*")
    return [*parts, *[""] * (5 - len(parts))]


def _is_open(part: str) -> bool:
    return any(wild in part for wild in "*?")


def _filled(pattern: str, filler: str, chars: int) -> str:
    """A text of at least so many characters that a pattern matches; nothing where there is none."""
    rest = pattern.replace("?", filler)
    lacking = max(0, chars - len(rest.replace("*", "")))
    if lacking and "*" not in rest:
        return ""
    return rest.replace("*", filler * lacking, 1).replace("*", "")
