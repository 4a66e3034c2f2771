"""`who --archive`: who can do what with the archive, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from logkeep.access import bucket, key, people
from logkeep.access.now import will_turn
from logkeep.access.policies.speaking import grants_are_by_acl
from logkeep.archive.key_end import endings
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.samples import are_too_many
from logkeep.value import AccountId, Seen, account_of
from logkeep.who.asking import may
from logkeep.who.by_setting import deleted, handed_out
from logkeep.who.candidates import candidates
from logkeep.who.conclusions import conclude, of_copies
from logkeep.who.copies import copies
from logkeep.who.deleting import deleting
from logkeep.who.grants import are_unread
from logkeep.who.holding import holder
from logkeep.who.protections import protections
from logkeep.who.steps import steps
from logkeep.who.switches import behind
from logkeep.who.values import POWERS, TURNS, Access, Conclusion, Held, Holder, Power


def access(facts: Facts) -> Access:
    """Everyone who can write, read, decrypt, delete, change settings or the key, and why."""
    missing = tuple(_missing(facts))
    if missing:
        return _nothing_yet(facts, missing)
    powers = tuple(held(facts, power) for power in POWERS)
    copied = tuple(copies(facts))
    return Access(
        facts.fleet.name,
        facts.taken_at,
        facts.fleet.bucket_arn,
        key.arn(facts),
        powers,
        tuple(steps(facts, powers)),
        (*conclude(facts, powers), *of_copies(copied)),
        tuple(deleting(facts, powers)),
        tuple(_caveats(facts)),
        copied,
        tuple(protections(facts)),
    )


def _missing(facts: Facts) -> Iterator[str]:
    """What of the archive is not there, or not the archive's own, or could not be seen."""
    owner = bucket.owner(facts, bucket.archives(facts))
    if not isinstance(owner, Seen):
        yield f"the bucket {facts.fleet.archive.bucket}: {owner.call}"
    elif owner.value != facts.fleet.archive.account:
        yield f"the bucket {facts.fleet.archive.bucket} belongs to {owner.value}"
    described = key.described(facts)
    if not isinstance(described, Seen):
        yield f"the key {facts.fleet.archive.key}: {described.call}"


def _nothing_yet(facts: Facts, missing: tuple[str, ...]) -> Access:
    found = Conclusion("archive-there", "unknown", settle=missing)
    fleet = facts.fleet
    return Access(fleet.name, facts.taken_at, fleet.bucket_arn, "", (), (), (found,))


def held(facts: Facts, power: Power) -> Held:
    """Who has one of the powers, and by what."""
    if power.name == "key":
        power = Power(power.name, tuple((action,) for action in endings(facts)))
    found = (holder(facts, who, power) for who in candidates(facts))
    holders = tuple(each for each in found if each)
    by_setting = {"delete": deleted, "read": handed_out}.get(power.name)
    holders += tuple(by_setting(facts)) if by_setting else ()
    entering = _from_outside(behind(facts, holders)) if power.name == "read" else ()
    return Held(power.name, power.actions, holders, entering)


def _from_outside(found: Iterable[Holder]) -> tuple[Holder, ...]:
    """Those of another account than the role that reads: who enters at home is a step's matter.

    Naming a role as a reader names it as its own account's people take it, and nobody else's.
    """
    return tuple(each for each in found if each.account != account_of(each.by[-1]) or (
        each.kind == "federated"
    ))  # fmt: skip


def _caveats(facts: Facts) -> Iterator[str]:
    """What the policies alone do not settle."""
    if _root_may(facts, "s3:DeleteBucketPolicy", facts.fleet.archive.account):
        yield "root-user"
    if _root_may(facts, "kms:PutKeyPolicy", key.account(facts)):
        yield "root-user-of-key"
    if are_unread(facts):
        yield "grants-unread"
    if are_too_many(facts):
        yield "sampled"
    if grants_are_by_acl(facts):
        yield "acls-on"
    if _versioning(facts) != "Enabled":
        yield "unversioned"
    if seen(people.administrators(facts)) is None:
        yield "administrators-unknown"
    if will_turn(facts):
        yield TURNS


def _versioning(facts: Facts) -> str:
    found = seen(facts.look(bucket.of_bucket(facts, "s3:GetBucketVersioning"), bucket.Versioning))
    return found.status if found else ""


def _root_may(facts: Facts, action: str, owner: AccountId) -> bool:
    """Whether the owner's root user may take the bucket's policy away, or change the key's.

    Rules 2.1.7 and 4.2: the first whatever the bucket's policy says.
    """
    return any(
        may(facts, who, action).verdict != "fails"
        for who in candidates(facts)
        if who.kind == "root" and who.account == owner
    )
