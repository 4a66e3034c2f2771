"""Are the newest objects of a bucket in its replica, and if not, what does S3 say of them?

A listing shows no status, and `s3:HeadObject` takes a permission that Logkeep does without: what
lies in the destination under the same key has arrived. Keys that tell the time sort by it, so the
last folder of each level leads to the newest.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Final

import msgspec

from logkeep.access import bucket
from logkeep.access.bucket import Bucket
from logkeep.access.replicas import object_question
from logkeep.route import Hop, Is
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.replication.options import SOURCE
from logkeep.sources.replication.pairs import Wish, wishes
from logkeep.value import Json, Look, Seen, Time, Unseen

LEVELS_MAX: Final = 16
NEWEST: Final = 3
"""How many of the newest objects are looked at."""
PATIENCE: Final = datetime.timedelta(days=1)
"""Most replicate within 15 minutes, and it "can take up to hours" (S3 guide, replication)."""
REPLICATED: Final = "replicated"
EMPTY: Final = "no object yet"
LATE: Final = "PENDING for more than a day"
WORKS: Final = (REPLICATED,)
FAILS: Final = ("FAILED", LATE)


class Object(msgspec.Struct, frozen=True, rename="pascal"):
    """An object in a listing."""

    key: str
    last_modified: Time
    size: int = 0


class CommonPrefix(msgspec.Struct, frozen=True, rename="pascal"):
    """A folder in a listing."""

    prefix: str


class ListedPage(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3:ListObjectsV2, one page of it."""

    contents: tuple[Object, ...] = ()
    common_prefixes: tuple[CommonPrefix, ...] = ()


def listing_ask(at: Bucket, prefix: str, *, by_folder: bool) -> Ask:
    """The question what lies under a prefix, at one level or below."""
    named = {"Bucket": at.name, "Prefix": prefix, "ExpectedBucketOwner": at.account}
    if by_folder:
        named["Delimiter"] = "/"
    return ask(at.account, at.region, "s3:ListObjectsV2", **named)


def newest(
    facts: Facts, at: Bucket, prefix: str, *, oldest: bool = False
) -> Look[tuple[Object, ...]] | Ask:
    """The newest objects in the last folder, or the oldest in the first.

    The question that would tell where it was not put.
    """
    for _ in range(LEVELS_MAX):
        question = listing_ask(at, prefix, by_folder=True)
        if not facts.is_answered(question):
            return question
        look = facts.look(question, ListedPage)
        if not isinstance(look, Seen):
            return look
        folders = look.value.common_prefixes
        if not folders:
            found = sorted(look.value.contents, key=lambda each: each.last_modified)
            return Seen(tuple(found[:NEWEST] if oldest else found[-NEWEST:]))
        prefix = folders[0 if oldest else -1].prefix
    return Seen(())


def asks(facts: Facts, wish: Wish, *, oldest: bool = False) -> Iterator[Ask]:
    """The questions that show whether the newest objects have arrived, or the oldest."""
    names = seen(bucket.owned_names(facts, wish.source.account)) or ()
    if wish.source.name not in names:
        return
    found = newest(facts, wish.source, wish.filter.prefix, oldest=oldest)
    if isinstance(found, Ask):
        yield found
    for each in found.value if isinstance(found, Seen) else ():
        question = listing_ask(wish.destination, each.key, by_folder=False)
        yield question
        look = facts.look(question, ListedPage)
        if isinstance(look, Seen) and not _is_there(look.value, each):
            yield object_question("s3:HeadObject", wish.source, each.key)


def _is_there(listing: ListedPage, wanted: Object) -> bool:
    return any((each.key, each.size) == (wanted.key, wanted.size) for each in listing.contents)


def wish_of(facts: Facts, need: Is) -> Wish | None:
    """The pair of buckets whose replicas a need is of."""
    every = wishes(facts, facts.fleet.logs_of(SOURCE))
    return next((each for each in every if each.route == need.of), None)


def statuses(facts: Facts, wish: Wish, *, oldest: bool = False) -> Iterator[tuple[str, str]]:
    """The newest objects by key, each with what became of it, as far as it was seen."""
    found = newest(facts, wish.source, wish.filter.prefix, oldest=oldest)
    for each in found.value if isinstance(found, Seen) else ():
        look = _of_one(facts, wish, each)
        if isinstance(look, Seen):
            yield each.key, look.value


def read(facts: Facts, _hop: Hop, need: Is) -> Look[Json]:
    """What became of the newest objects: the worst of it."""
    wish = wish_of(facts, need)
    if wish is None:
        return Unseen("s3:GetBucketReplication", "no such replication is asked for")
    return worst(facts, wish)


def worst(facts: Facts, wish: Wish, *, oldest: bool = False) -> Look[Json]:
    """What became of the newest objects, or of the oldest: the worst of it."""
    found = newest(facts, wish.source, wish.filter.prefix, oldest=oldest)
    if isinstance(found, Ask):
        return Unseen(found.says(), "was not asked")
    if not isinstance(found, Seen):
        return found
    if not found.value:
        return Seen(EMPTY)
    looks = [_of_one(facts, wish, each) for each in found.value]
    unseen = next((look for look in looks if not isinstance(look, Seen)), None)
    said = {look.value for look in looks if isinstance(look, Seen)}
    for worst in FAILS:
        if worst in said:
            return Seen(worst)
    if unseen is not None:
        return unseen
    return Seen(REPLICATED if said == {REPLICATED} else min(said - {REPLICATED}))


def _of_one(facts: Facts, wish: Wish, wanted: Object) -> Look[str]:
    listing = facts.look(listing_ask(wish.destination, wanted.key, by_folder=False), ListedPage)
    if isinstance(listing, Seen) and _is_there(listing.value, wanted):
        return Seen(REPLICATED)
    if not isinstance(listing, Seen):
        return listing
    question = object_question("s3:HeadObject", wish.source, wanted.key)
    head = facts.look(question, dict[str, Json])
    if not isinstance(head, Seen):
        return head
    status = str(head.value.get("ReplicationStatus") or "not marked for replication")
    if status == "PENDING" and facts.taken_at - wanted.last_modified > PATIENCE:
        return Seen(LATE)
    return Seen(REPLICATED if status in ("COMPLETED", "COMPLETE") else status)
