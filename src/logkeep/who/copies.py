"""Who could read or destroy the archive's logs through a replica of them?

Whoever administers the bucket that takes the replicas has what lies there, and the role that S3
replicates by reads every log. Copies out of the fleet are told as readers (`by_setting`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from logkeep.access import any_bucket, bucket, key
from logkeep.access.bucket import Bucket
from logkeep.access.replicas import replication
from logkeep.access.uploads import key_arn
from logkeep.archive.judged_actions import DELETES, FORGES, SETTINGS
from logkeep.archive.key_end import ENDINGS, OF_ALIAS
from logkeep.policy.catalogue import Action, find_action
from logkeep.snapshot.facts import Facts, seen
from logkeep.storage.rules import Replication, Rule
from logkeep.value import Arn, account_of
from logkeep.who.anything import who
from logkeep.who.values import Copy, Held, Holder

OBJECT: Final = "AWSLogs/any-log"
READS: Final = ("s3:GetObject", "s3:GetObjectVersion")


def copies(facts: Facts) -> Iterator[Copy]:
    """Every bucket of the fleet that a rule of the archive replicates to."""
    found = replication(facts, bucket.archives(facts))
    rules = found.rules if isinstance(found, Replication) else ()
    names: set[str] = set()
    for rule in rules:
        at = any_bucket.find(facts, rule.destination) if rule.enabled else None
        if at is not None and at.name not in names and isinstance(found, Replication):
            names.add(at.name)
            yield _copy(facts, at, rule, found.role)


def _copy(facts: Facts, at: Bucket, rule: Rule, role: Arn) -> Copy:
    arn = f"arn:{facts.fleet.partition}:s3:::{at.name}"
    named = key_arn(rule.replica_key, at, account_of(role)) if rule.kms_selected else ""
    described = seen(key.described(facts, named)) if named else None
    under = described.arn if described else named
    an_object = f"{arn}/{OBJECT}"
    reads = _merged(facts, "read", READS, an_object)
    powers = [
        _merged(facts, "write", FORGES, an_object),
        _both(reads, _merged(facts, "decrypt", ("kms:Decrypt",), under)) if under else reads,
        _merged(facts, "delete", DELETES, an_object),
        _merged(facts, "settings", SETTINGS, arn),
    ]
    if under:
        endings = (each for each in ENDINGS if each not in OF_ALIAS)
        powers.append(_merged(facts, "key", endings, under))
    return Copy(arn, at.account, at.region, under, role, tuple(powers))


def _merged(facts: Facts, name: str, actions: Iterable[str], resource: Arn) -> Held:
    """Whoever may do any of these, with all that lets it."""
    listed = tuple(actions)
    found: dict[tuple[str, str], Holder] = {}
    for action in listed:
        known = find_action(action)
        held = who(facts, known, resource, direct=True) if isinstance(known, Action) else None
        for each in held.holders if held else ():
            place = (each.principal, each.account)
            before = found.get(place)
            found[place] = _together(before, each) if before else each
    return Held(name, listed, tuple(found.values()))


def _together(one: Holder, other: Holder) -> Holder:
    """What may be done in one way or another; a way that is certain settles it."""
    certain = one.certain or other.certain
    reasons = tuple(dict.fromkeys((*one.reasons, *other.reasons)))
    unknown = () if certain else tuple(dict.fromkeys((*one.unknown, *other.unknown)))
    return msgspec.structs.replace(one, certain=certain, reasons=reasons, unknown=unknown)


def _both(reads: Held, decrypts: Held) -> Held:
    """Whoever may read the object and use its key (rule 4.8)."""
    able = {(each.principal, each.account): each for each in decrypts.holders}
    found: list[Holder] = []
    for each in reads.holders:
        also = able.get((each.principal, each.account))
        if also is not None:
            certain = each.certain and also.certain
            reasons = tuple(dict.fromkeys((*each.reasons, *also.reasons)))
            doubts = () if certain else tuple(dict.fromkeys((*each.unknown, *also.unknown)))
            found.append(
                msgspec.structs.replace(each, certain=certain, reasons=reasons, unknown=doubts)
            )
    return Held("read", (*reads.actions, *decrypts.actions), tuple(found))
