"""Which other keys were made for the fleet, though its name for the key leads to none of them?

Two `apply` at once, or one that was killed and whose key was not found again, leave such a key: it
costs money and encrypts nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access import key
from logkeep.access.key import KeyAnswer, KeyList, KeyMetadata, Tags, of_key
from logkeep.snapshot import NOT_ASKED, Ask, ask
from logkeep.snapshot.facts import Facts, seen
from logkeep.value import Look, Seen, Unseen, parse_arn

GOING = "PendingDeletion"


def asks(facts: Facts) -> Iterator[Ask]:
    """Whose the other keys are that lie beside the archive's, a hundred at most; once it is known.

    A key that is named by its ARN was not made by Logkeep, which then makes none.
    """
    if parse_arn(facts.fleet.archive.key) or not isinstance(key.described(facts), Seen):
        return
    yield _listing(facts)
    for key_id in _others(facts):
        yield of_key(facts, "kms:ListResourceTags", key_id)
        if _is_meant(facts, key_id):
            yield of_key(facts, "kms:DescribeKey", key_id)


def found(facts: Facts) -> Iterator[KeyMetadata]:
    """The other keys that bear the fleet's tags, but for those that are on their way out."""
    for key_id in _others(facts):
        described = seen(facts.look(of_key(facts, "kms:DescribeKey", key_id), KeyAnswer))
        if described and _is_meant(facts, key_id) and described.key_metadata.key_state != GOING:
            yield described.key_metadata


def unseen(facts: Facts) -> Unseen | None:
    """What kept us from seeing whether there are any; None where nothing did."""
    looks: list[Look[object]] = [facts.look(_listing(facts), KeyList)]
    for key_id in _others(facts):
        looks.append(facts.look(of_key(facts, "kms:ListResourceTags", key_id), Tags))
        if _is_meant(facts, key_id):
            looks.append(facts.look(of_key(facts, "kms:DescribeKey", key_id), KeyAnswer))
    kept = (look for look in looks if isinstance(look, Unseen) and look.error != NOT_ASKED)
    return next(kept, None)


def _listing(facts: Facts) -> Ask:
    return ask(key.asker(facts), key.region(facts), "kms:ListKeys")


def _others(facts: Facts) -> list[str]:
    own = seen(key.described(facts))
    return [each for each in key.orphan_candidates(facts) if own and each != own.key_id]


def _is_meant(facts: Facts, key_id: str) -> bool:
    tags = seen(facts.look(of_key(facts, "kms:ListResourceTags", key_id), Tags))
    return tags is not None and key.is_meant(facts, tags)
