"""Are the replicas what the source holds, by what `logkeep verify` has compared?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Final

from logkeep.access import any_bucket, bucket
from logkeep.access.bucket import of_bucket
from logkeep.access.replicas import CONFIGURATION, replication
from logkeep.access.uploads import ASKED, key_asks
from logkeep.archive.copies import (
    BucketFiles,
    Compared,
    Comparing,
    Comparison,
    CopyReport,
    CopySummary,
    copies_ask,
    standing,
)
from logkeep.archive.standing import accepted_codes
from logkeep.route import Hop, Is
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.replication import pairs
from logkeep.sources.replication.arrival import wish_of
from logkeep.sources.replication.comparing import compared
from logkeep.sources.replication.expiring import CALL, expiries
from logkeep.sources.replication.judging import Pair
from logkeep.sources.replication.options import Replications
from logkeep.sources.replication.pairs import Wish, wishes
from logkeep.storage.rules import Replication, Rule
from logkeep.value import Json, Look, Seen, Unseen
from logkeep.words.plain import count

ALIKE: Final = "as in the source"
TOLD_MAX: Final = 5


def to_verify(facts: Facts, logs: tuple[Replications, ...]) -> Iterator[Ask]:
    """What a comparison wants to know: where both buckets are, the rules, and what expires."""
    for wish in wishes(facts, logs):
        finding = [each for at in (wish.source, wish.destination)
                   for each in any_bucket.asks(facts, at.name)]  # fmt: skip
        yield from finding
        if any(question not in facts.snapshot.answers for question in finding):
            continue
        yield from bucket.asks(facts, wish.source, (*ASKED, CONFIGURATION))
        yield from key_asks(facts, pairs.source_key(facts, wish))
        yield of_bucket(facts, CALL, wish.destination)


def comparisons(facts: Facts, logs: tuple[Replications, ...]) -> Iterator[Comparison]:
    """Every pair of buckets that the fleet asks for, and how it is compared."""
    for wish in wishes(facts, logs):
        keys = (pairs.source_key(facts, wish), pairs.replica_key(facts, wish))
        yield Comparison(
            wish.route,
            wish.source.account,
            wish.source.region,
            wish.source,
            wish.destination,
            tuple(each for each in keys if each),
            partial(_run, facts, wish),
        )


def _run(facts: Facts, wish: Wish, buckets: BucketFiles, comparing: Comparing) -> CopyReport:
    return compared(buckets, _pair(facts, wish), wish.filter, wish.route, comparing)


def _pair(facts: Facts, wish: Wish) -> Pair:
    found = replication(facts, wish.source)
    rules = found.rules if isinstance(found, Replication) else ()
    own = pairs.rule_of(facts, wish)
    elsewhere = not isinstance(found, Replication) or any(_may_take(r, wish) for r in rules)
    return Pair(
        wish.source,
        wish.destination,
        under_keys=own is None or own.kms_selected or pairs.under_key(facts, wish),
        copies_markers=own is None or pairs.takes_markers(facts, wish),
        goes_elsewhere=elsewhere,
        comes_back=any(
            each.destination.name == wish.source.name
            for each in pairs.of_source(facts, wish.destination.name)
        ),
        expiries=seen(expiries(facts, wish.destination)),
        now=facts.taken_at,
    )


def _may_take(rule: Rule, wish: Wish) -> bool:
    """Whether a rule may take some of the same objects to another bucket."""
    ours, its = wish.filter.prefix, rule.filter.prefix
    overlaps = ours.startswith(its) or its.startswith(ours)
    return rule.destination != wish.destination.name and overlaps


def _copy_of(facts: Facts, wish: Wish) -> CopySummary | None:
    question = copies_ask(wish.route, wish.source.account, wish.source.region)
    return seen(facts.glance(question, CopySummary)) if facts.is_answered(question) else None


def stands(facts: Facts, wish: Wish) -> Compared:
    """How a pair of buckets stands."""
    accepted = accepted_codes(facts.fleet, wish.source.account, facts.taken_at)
    return standing(_copy_of(facts, wish), facts.taken_at, accepted)


def need(facts: Facts, wish: Wish) -> Is:
    """Each replica is as its source."""
    code = stands(facts, wish).code
    return Is("replication.copies", ALIKE, code, "intact", wish.source.region, wish.route)


def read(facts: Facts, _hop: Hop, need: Is) -> Look[Json]:
    """Whether the replicas are as their sources, by what was compared last."""
    wish = wish_of(facts, need)
    if wish is None:
        return Unseen("logkeep verify", "no such replication is asked for")
    found = stands(facts, wish)
    if found.verdict == "holds":
        return Seen(ALIKE)
    if found.verdict == "unknown":
        return Unseen("logkeep verify", found.says)
    compared = _copy_of(facts, wish)
    kinds = Counter(each.kind for each in compared.faults) if compared else Counter[str]()
    return Seen(", ".join(f"{count(n, 'object')} {SAID[kind]}" for kind, n in kinds.items()))


SAID: Final = {
    "replica-lost": "lost in the replica",
    "replica-differs": "other than in the source",
    "replica-uncompared": "that could not be compared",
}


def tells(facts: Facts, _hop: Hop, need: Is) -> dict[str, Json]:
    """As evidence: when how much was compared, and what was found."""
    wish = wish_of(facts, need)
    compared = _copy_of(facts, wish) if wish else None
    if compared is None:
        return {}
    found: dict[str, Json] = {"compared": "some folders" if compared.sampled else "every version"}
    if compared.compared_at is not None:
        found["at"] = f"{compared.compared_at:%Y-%m-%dT%H:%M:%SZ}"
        found["alike"] = compared.counts.alike
    if compared.faults:
        found["faults"] = [
            {"key": each.key, "version": each.version, "says": each.says}
            for each in compared.faults[:TOLD_MAX]
        ]
    return found
