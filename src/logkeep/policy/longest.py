"""Is a document longer than any policy that AWS holds? Then it is none, and is not gone through.

What a policy lets each of its principals do takes as many steps as it has principals times
statements: the quotas bound that where there are many. White space is not counted, as IAM does.
"""

from __future__ import annotations

from typing import Final

import msgspec

from logkeep.policy.resource_kinds import BUCKET, KEY, LOG_GROUP
from logkeep.policy.values import Kind

MANAGED: Final = 6_144
"""Of a managed policy, of which twenty at most are attached ("IAM and AWS STS quotas")."""
CONTROL: Final = 10_240
"""Of a service control policy, the larger of the two kinds ("Quotas for AWS Organizations")."""

LONGEST: Final[dict[Kind, int]] = {
    "identity": 10_240 + 20 * MANAGED,
    "boundary": MANAGED,
    "session": 2 * MANAGED,
    "trust": 2 * 4_096,
    "key": KEY.limit,
    "resource": LOG_GROUP.limit * (LOG_GROUP.several + 1),  # and the group's own
    "endpoint": BUCKET.limit,
    "scp": 2 * CONTROL,
    "rcp": 2 * CONTROL,
}
"""The most letters of a policy, or of all that are read as one: where the quota may be raised, or
the pages differ, twice of what they say."""


FEW: Final = 100
"""So many statements are gone through at any length."""


class _Head(msgspec.Struct):
    statements: list[msgspec.Raw] = msgspec.field(name="Statement", default_factory=list)


_HEAD: Final = msgspec.json.Decoder(_Head)


def too_long(document: str, kind: Kind) -> str:
    """What is wrong with a document by its length; empty where nothing is."""
    most = LONGEST[kind]
    if len(document) <= most:
        return ""
    try:
        statements = _HEAD.decode(document).statements
        length = len(msgspec.json.format(document, indent=-1))
    except (msgspec.DecodeError, RecursionError):  # no policy, whatever its length
        return ""
    if len(statements) <= FEW or length <= most:
        return ""
    return f"is {length:,} letters long, and AWS holds no {kind} policy of more than {most:,}"
