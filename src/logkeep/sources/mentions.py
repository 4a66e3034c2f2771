"""Whose are the buckets that settings of the fleet name, and does their policy silence the writer?

Bucket names are shared by everybody: a name that is wrong by a letter, or that its owner gave up,
is a stranger's to take (rules 10.5, 11 row 31). Each kind of log says which settings name one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from logkeep.access import any_bucket, bucket
from logkeep.access.bucket import of_bucket
from logkeep.access.uploads import bucket_of
from logkeep.archive.mention import Hidden, Mention
from logkeep.archive.spelling import distance, misspells
from logkeep.policy import Policy
from logkeep.snapshot import NOT_ASKED, Ask
from logkeep.snapshot.facts import Facts, remembered
from logkeep.sources import sources
from logkeep.storage.writers import Silenced, demands, silences
from logkeep.value import Absent, AccountId, Json, Seen, Unseen
from logkeep.words.notice import Notice, not_seen

OUTSIDE: Final = "bucket-outside"
ALIKE: Final = "bucket-alike"
SILENCED: Final = "encryption-silences"


@remembered
def mentions(facts: Facts) -> tuple[Mention, ...]:
    """Every setting of the fleet that is seen to name a bucket; what all accounts show, once."""
    found = (each for each in _all(facts) if isinstance(each, Mention) and each.bucket)
    return tuple({(each.arn, each.what, each.bucket): each for each in found}.values())


def _all(facts: Facts) -> Iterator[Mention | Hidden]:
    for source in sources().values():
        yield from source.mentions(facts, facts.fleet.logs_of(source.name))


def asks(facts: Facts) -> Iterator[Ask]:
    """Whose the buckets are that are not the archive; of the fleet's own, where and what policy."""
    for name, first in _first_of_each(facts).items():
        if name == facts.fleet.archive.bucket:
            continue
        yield _head(facts, name)
        there = facts.look(_head(facts, name), dict[str, Json])
        if isinstance(there, Absent) or (isinstance(there, Unseen) and there.error == NOT_ASKED):
            continue
        yield bucket.listing(facts, _asker(facts, first))
        if any_bucket.listed(facts, name) is None:
            yield from any_bucket.asks(facts, name)
        elif first.writer is not None:
            yield from any_bucket.asks_about(facts, name)
            at = any_bucket.find(facts, name)
            if at is not None:
                yield of_bucket(facts, "s3:GetBucketPolicy", at)


def _head(facts: Facts, name: str) -> Ask:
    """The question whether anybody has a bucket of this name, put by the archive's account."""
    return bucket.head(bucket.of_name(facts, name))


@remembered
def _first_of_each(facts: Facts) -> dict[str, Mention]:
    found: dict[str, Mention] = {}
    for each in mentions(facts):
        found.setdefault(each.bucket, each)
    return found


def _asker(facts: Facts, mention: Mention) -> AccountId:
    """Who is asked: whose setting it is, or the archive's account where that is no fleet's."""
    fleet = facts.fleet
    return mention.account if fleet.has(mention.account) else fleet.archive.account


def notices(facts: Facts) -> Iterator[Notice]:
    """What each setting names that is not the fleet's, is nearly the archive, or refuses it."""
    for hidden in (each for each in _all(facts) if isinstance(each, Hidden)):
        yield not_seen(OUTSIDE, hidden.account, hidden.look)
    for each in mentions(facts):
        if each.bucket == facts.fleet.archive.bucket:
            continue
        if any_bucket.listed(facts, each.bucket) is None:
            yield _outside(facts, each)
        else:
            yield from _alike(facts, each)
            yield from _silenced(facts, each)


def _outside(facts: Facts, mention: Mention) -> Notice:
    hidden = any_bucket.not_listed(facts)
    there = facts.look(_head(facts, mention.bucket), dict[str, Json])
    if hidden and not isinstance(there, Absent):
        return not_seen(OUTSIDE, *next(iter(hidden.items())))
    archive = facts.fleet.archive.bucket
    near = archive if misspells(mention.bucket, archive) else ""
    evidence = _evidence(mention) | {
        "exists": not isinstance(there, Absent),
        "alike": near or any_bucket.nearest(facts, mention.bucket) or None,
    }
    return Notice(OUTSIDE, mention.account, mention.region, mention.arn, evidence)


def _alike(facts: Facts, mention: Mention) -> Iterator[Notice]:
    """A bucket of the fleet's that is one letter from the archive: it may not be what is meant."""
    archive = facts.fleet.archive.bucket
    if distance(mention.bucket, archive) == 1:
        evidence = _evidence(mention) | {"alike": archive}
        yield Notice(ALIKE, mention.account, mention.region, mention.arn, evidence)


def _silenced(facts: Facts, mention: Mention) -> Iterator[Notice]:
    """A policy whose demands on encryption refuse what writes by this setting (rule 2.2.12)."""
    at = any_bucket.find(facts, mention.bucket)
    if at is None or mention.writer is None:
        return
    text = bucket.policy_text(facts, at)
    if not isinstance(text, Seen):
        return
    policy = facts.policy(text.value, "resource", f"bucket policy of {at.name}")
    if isinstance(policy, Policy):
        found: Silenced = silences(tuple(demands(policy)), bucket_of(facts, at), mention.writer)
        if found.verdict == "silenced" and found.statement:
            by = found.statement
            evidence = _evidence(mention) | {
                "statement": by.sid or f"number {by.index + 1}",
                "writer": mention.writer.name,
                "is_inferred": mention.writer.is_inferred,
            }
            yield Notice(SILENCED, mention.account, mention.region, mention.arn, evidence)


def _evidence(mention: Mention) -> dict[str, Json]:
    return {"what": mention.what, "setting": mention.setting, "bucket": mention.bucket}
