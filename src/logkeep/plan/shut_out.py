"""Who may change the archive's settings or key today, and would not any more after a plan?

A Deny of ours leaves out the archive's administrators alone. Whatever else looks after the bucket
today (Control Tower's role, a pipeline's) is told before it is shut out: by the policies who may,
and by the event history who did.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, assert_never

import msgspec

from logkeep.access import bucket, key, people
from logkeep.archive.lately import ActorKind, Lately, RecentChange, latest_of_each
from logkeep.snapshot.change import Change
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.lately import lately
from logkeep.value import Absent, Arn, Look, Seen, Time, Unseen
from logkeep.who.asking import Answer, holds
from logkeep.who.candidates import Candidate, people_of
from logkeep.who.values import POWERS, Power

CLOSED: Final = {"settings": "s3:PutBucketPolicy", "key": "kms:PutKeyPolicy"}
"""What our statements close to others than administrators, and the call that writes each."""


class ShutOut(msgspec.Struct, frozen=True):
    """Somebody who loses by a plan what it may do today."""

    principal: str
    """An ARN; of what changed the archive lately also a service's name or an account's id."""
    actions: tuple[str, ...]
    """Nothing where it changed the archive, and what it may do today cannot be told."""
    kind: ActorKind = "unknown"
    last: RecentChange | None = None
    """The latest change that it made, as the event history shows it."""


class HistoryRead(msgspec.Struct, frozen=True):
    """How far the event history tells who changed what a plan closes."""

    since: Time | None = None
    unread: tuple[str, ...] = ()
    """The calls that did not bring it, each with its error."""


def history_read(facts: Facts) -> HistoryRead | None:
    """Whether the history was read; nothing where it was not asked."""
    looks = lately(facts)
    if not looks:
        return None
    since = max((look.value.since for look in looks if isinstance(look, Seen)), default=None)
    unread = [f"{look.call}: {look.error}" for look in looks if isinstance(look, Unseen)]
    return HistoryRead(since, tuple(dict.fromkeys(unread)))


def closes(facts: Facts, changes: Iterable[Change]) -> frozenset[str]:
    """The powers over the archive whose policies a plan writes."""
    ours = (facts.fleet.bucket_arn, key.arn(facts))
    written = {change.call for change in changes if change.address in ours}
    return frozenset(name for name, call in CLOSED.items() if call in written)


def shut_out(before: Facts, after: Facts, changes: Iterable[Change]) -> tuple[ShutOut, ...]:
    """Every user and role of the archive's account that loses any of it, and who else did it."""
    if not isinstance(bucket.owner(before, bucket.archives(before)), Seen):
        return ()
    powers = [power for power in POWERS if power.name in closes(before, changes)]
    if not powers:
        return ()
    made = _made(lately(before))
    lost: dict[str, dict[str, None]] = {}
    for power in powers:
        for who, actions in _losing(before, after, power):
            lost.setdefault(who, {}).update(dict.fromkeys(actions))
    kinds: dict[Arn, ActorKind] = {arn: "user" if ":user/" in arn else "role" for arn in lost}
    able = [ShutOut(arn, tuple(lost[arn]), kinds[arn], made.get(arn)) for arn in lost]
    others = [
        ShutOut(by, (), each.kind, each)
        for by, each in made.items()
        if by not in lost and _may_lose(before, each, powers)
    ]
    return tuple(sorted((*able, *others), key=_place))


def _place(each: ShutOut) -> tuple[bool, float, str]:
    """Who did something goes first, the latest before the others."""
    at = each.last.at.timestamp() if each.last else 0.0
    return each.last is None, -at, each.principal


def _made(looks: Iterable[Look[Lately]]) -> Mapping[str, RecentChange]:
    """The latest change of everybody who made one."""
    return latest_of_each(
        made for look in looks if isinstance(look, Seen) for made in look.value.made
    )


def _may_lose(facts: Facts, made: RecentChange, powers: Iterable[Power]) -> bool:
    """Whether somebody who changed the archive, and is not known to be able to, may lose it.

    Who is no user or role of the account is met by every Deny of ours, whatever lets it in; the
    root user is left out of the key's alone.
    """
    if made.by in (seen(people.administrators(facts)) or ()):
        return False
    match made.kind:
        case "role" | "user":
            there = people.exists(facts, made.by)
            return not isinstance(there, Absent) and _in_doubt(facts, made.by, powers)
        case "root":
            return any(power.name == "settings" for power in powers)
        case "service" | "account" | "unknown":
            return True
        case _:
            assert_never(made.kind)


def _in_doubt(facts: Facts, principal: Arn, powers: Iterable[Power]) -> bool:
    """Whether it cannot be told if a user or role may do it today."""
    found = people_of(facts, facts.fleet.archive.account)
    mine = next((each for each in found if each.principal == principal), None)
    return mine is None or any(holds(facts, mine, p).verdict == "unknown" for p in powers)


def _losing(before: Facts, after: Facts, power: Power) -> Iterator[tuple[Arn, list[str]]]:
    account = before.fleet.archive.account
    then: dict[str, Candidate] = {each.principal: each for each in people_of(after, account)}
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
