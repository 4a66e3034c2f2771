"""The archive as `logkeep list` tells it: the bucket with its owner, Region, key and readers."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access import bucket, key
from logkeep.snapshot.facts import Facts
from logkeep.value import Absent, Look, Seen
from logkeep.words.listed import Item, Said, not_read


def inventory(facts: Facts) -> Iterator[Item]:
    """The one bucket of the archive, whether or not it is there yet."""
    archive = facts.fleet.archive
    yield Item(
        archive.account,
        facts.fleet.archive_region,
        archive.bucket,
        facts.fleet.bucket_arn,
        "fleet",
        (_owner(facts), _region(facts), *_key(facts), _readers(facts)),
    )


def _owner(facts: Facts) -> Said:
    look = bucket.owner(facts, bucket.archives(facts))
    match look:
        case Seen(owner) if owner == bucket.ANOTHER_ACCOUNT:
            return Said("owner", owner, ("another account",))
        case Seen(owner):
            return Said("owner", owner, (owner,))
        case Absent():
            return Said("owner", None, ("nobody: there is no such bucket",))
        case _:
            return Said("owner", None, unread=not_read(look))


def _region(facts: Facts) -> Said:
    """Where the bucket lies; a bucket that is not there or another's is not asked about."""
    owner = bucket.owner(facts, bucket.archives(facts))
    if not isinstance(owner, Seen):
        return _behind("region", owner)
    if owner.value == bucket.ANOTHER_ACCOUNT:
        return Said("region", None, unread="s3:GetBucketLocation: the bucket is another account's")
    look = bucket.region(facts)
    if isinstance(look, Seen):
        return Said("region", look.value, (look.value,))
    return Said("region", None, unread=not_read(look))


def _behind(name: str, look: Look[str]) -> Said:
    """What cannot be said of a thing that is not there, or may not be."""
    unread = "" if isinstance(look, Absent | Seen) else not_read(look)
    return Said(name, None, () if unread else ("none",), unread)


def _key(facts: Facts) -> Iterator[Said]:
    """The key that the fleet names, by its ARN, and its state."""
    look = key.described(facts)
    match look:
        case Seen(found):
            yield Said("key", found.arn, (found.arn,))
            yield Said("key_state", found.key_state, (found.key_state,))
        case Absent():
            yield Said("key", None, (f"none yet of the name {facts.fleet.archive.key}",))
            yield Said("key_state", None, ("none",))
        case _:
            yield Said("key", None, unread=not_read(look))
            yield Said("key_state", None, unread=not_read(look))


def _readers(facts: Facts) -> Said:
    """Who may read by the fleet file; who can read in truth is what `who --archive` tells."""
    readers = facts.fleet.archive.readers
    if readers is None:
        return Said("readers", None, ("the fleet file names none",))
    return Said("readers", list(readers), readers or ("nobody",))
