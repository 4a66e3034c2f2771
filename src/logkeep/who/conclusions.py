"""What follows from who holds which power: proven, broken by somebody, or not to be told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from logkeep.access import key, people
from logkeep.snapshot.facts import Facts, seen
from logkeep.value import AccountId, Arn
from logkeep.who.values import Conclusion, Copy, Held, Holder
from logkeep.words.doubts import settling


def conclude(facts: Facts, powers: Sequence[Held]) -> tuple[Conclusion, ...]:
    """Every conclusion, in the order a person asks."""
    by_name = {held.power: held for held in powers}
    return (
        writers_are_not_readers(by_name["write"], by_name["read"]),
        nobody("nobody-deletes", by_name["delete"].holders),
        *_readers(facts, by_name["read"]),
        _administrators(facts, by_name["settings"], facts.fleet.archive.account),
        _administrators(facts, by_name["key"], key.account(facts)),
        _writers(facts, by_name["write"]),
    )


def of_copies(copies: Sequence[Copy]) -> tuple[Conclusion, ...]:
    """Whether nobody deletes in the copies either; nothing where there are none."""
    if not copies:
        return ()
    deletes = [each for copy in copies for held in copy.powers if held.power == "delete"
               for each in held.holders]  # fmt: skip
    return (nobody("nobody-deletes-copies", deletes),)


def writers_are_not_readers(write: Held, read: Held) -> Conclusion:
    """Whether nobody both writes and reads."""
    name = "writers-are-not-readers"
    written, read_by = _by_principal(write), _by_principal(read)
    both = {who: (written[who], read_by[who]) for who in written if who in read_by}
    sure = [who for who, sides in both.items() if all(any(h.certain for h in s) for s in sides)]
    if sure:
        return Conclusion(name, "fails", tuple(sure))
    if both:
        doubted = (holder for sides in both.values() for side in sides for holder in side)
        return Conclusion(name, "unknown", tuple(both), settle=_settle(doubted))
    return Conclusion(name, "holds")


def _by_principal(held: Held) -> dict[str, list[Holder]]:
    """The holders of a power by name: a service holds it for each account that it serves."""
    found: dict[str, list[Holder]] = {}
    for holder in held.holders:
        found.setdefault(holder.principal, []).append(holder)
    return found


def nobody(name: str, holders: Iterable[Holder], *, but: Iterable[Arn] = ()) -> Conclusion:
    """Whether nobody but these holds a power."""
    allowed = frozenset(but)
    others = [holder for holder in holders if holder.principal not in allowed]
    sure = tuple(dict.fromkeys(holder.principal for holder in others if holder.certain))
    if sure:
        return Conclusion(name, "fails", sure)
    if others:
        who = tuple(dict.fromkeys(holder.principal for holder in others))
        return Conclusion(name, "unknown", who, settle=_settle(others))
    return Conclusion(name, "holds", tuple(sorted(allowed)))


def _settle(holders: Iterable[Holder]) -> tuple[str, ...]:
    return settling(sorted({name for holder in holders for name in holder.unknown}))


def _readers(facts: Facts, read: Held) -> tuple[Conclusion, ...]:
    """Whether those who read are those the fleet declares; nothing where it declares none.

    Whoever of another account may become a reader reads.
    """
    declared = facts.fleet.archive.readers
    if declared is None:
        return ()
    name = "readers-as-declared"
    found = nobody(name, (*read.holders, *read.behind), but=declared)
    able = {holder.principal for holder in read.by(certain=True)}
    in_doubt = {holder.principal for holder in read.by(certain=False)}
    missing = tuple(reader for reader in declared if reader not in able | in_doubt)
    if missing or found.verdict == "fails":
        who = found.who if found.verdict == "fails" else ()
        return (Conclusion(name, "fails", who, missing),)
    doubted = [holder for holder in read.by(certain=False) if holder.principal in declared]
    if doubted and found.verdict == "holds":
        who = tuple(holder.principal for holder in doubted)
        return (Conclusion(name, "unknown", who, settle=_settle(doubted)),)
    return (found,)


WHO_ADMINISTERS = "who administers the archive: name them under `[archive] administrators`"
BY_ADMINISTRATORS = {"settings": "settings-by-administrators", "key": "key-by-administrators"}


def _administrators(facts: Facts, held: Held, owner: AccountId) -> Conclusion:
    """Whether only the archive's administrators change its settings, or end or change its key.

    The owner's root user is left out: no bucket policy keeps it from that policy (rule 2.1.7),
    and a key that its account cannot get back to is lost with its last administrator (4.2).
    """
    name = BY_ADMINISTRATORS[held.power]
    others = [h for h in held.holders if not (h.kind == "root" and h.account == owner)]
    meant = people.setters if held.power == "settings" else people.administrators
    administrators = seen(meant(facts))
    if administrators is None:
        return Conclusion(name, "unknown", settle=(WHO_ADMINISTERS,))
    return nobody(name, others, but=administrators)


def _writers(facts: Facts, write: Held) -> Conclusion:
    """Whether only services write, and only on behalf of the fleet's own accounts (rule 1.4.4)."""
    own = frozenset(facts.fleet.accounts.values())
    others = [h for h in write.holders if h.kind != "service" or h.account not in own]
    return nobody("writers-of-the-fleet", others)
