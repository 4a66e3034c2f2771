"""Who may change the archive's settings or key today, and would not any more after a plan?

A Deny of ours leaves out the archive's administrators alone. Whatever else looks after the bucket
today (Control Tower's role, a pipeline's) is told before it is shut out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from logkeep.access import bucket, key
from logkeep.snapshot.change import Change
from logkeep.snapshot.facts import Facts
from logkeep.value import Arn, Seen
from logkeep.who.asking import Answer, holds
from logkeep.who.candidates import people_of
from logkeep.who.values import POWERS, Power

CLOSED: Final = {"settings": "s3:PutBucketPolicy", "key": "kms:PutKeyPolicy"}
"""What our statements close to others than administrators, and the call that writes each."""


class ShutOut(msgspec.Struct, frozen=True):
    """Somebody who loses by a plan what it may do today."""

    principal: Arn
    actions: tuple[str, ...]


def shut_out(before: Facts, after: Facts, changes: Iterable[Change]) -> tuple[ShutOut, ...]:
    """Every user and role of the archive's account that loses any of it."""
    if not isinstance(bucket.owner(before, bucket.archives(before)), Seen):
        return ()
    ours = (before.fleet.bucket_arn, key.arn(before))
    written = {change.call for change in changes if change.address in ours}
    lost: dict[Arn, dict[str, None]] = {}
    for power in (p for p in POWERS if CLOSED.get(p.name) in written):
        for who, actions in _losing(before, after, power):
            lost.setdefault(who, {}).update(dict.fromkeys(actions))
    return tuple(ShutOut(who, tuple(actions)) for who, actions in lost.items())


def _losing(before: Facts, after: Facts, power: Power) -> Iterator[tuple[Arn, list[str]]]:
    account = before.fleet.archive.account
    then = {each.principal: each for each in people_of(after, account)}
    for who in people_of(before, account):
        later = then.get(who.principal)
        if who.kind not in ("user", "role") or later is None:
            continue
        had = _actions(holds(before, who, power))
        left = _actions(holds(after, later, power)) if had else set[str]()
        if had - left:
            yield who.principal, sorted(had - left)


def _actions(found: Answer) -> set[str]:
    return {reason.action for reason in found.reasons} if found.verdict == "holds" else set()
