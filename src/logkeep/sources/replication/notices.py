"""Does a rule send objects to a bucket that nobody of the fleet has, perhaps by a slip of the pen?

Rule 11, row 31: bucket names are shared by everybody, and a stranger may hold the one beside yours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from logkeep.access import any_bucket
from logkeep.access.bucket import Bucket
from logkeep.access.replicas import replication
from logkeep.fleet import Fleet
from logkeep.snapshot.facts import Facts
from logkeep.sources.replication.options import Replications
from logkeep.sources.replication.pairs import arn_of, wishes
from logkeep.storage.rules import Replication, Rule
from logkeep.words.notice import Notice, not_seen
from logkeep.words.notices import Alike, NoticeWords
from logkeep.words.plain import clean, few

OUTSIDE: Final = "replication-outside"


def notices(facts: Facts, logs: tuple[Replications, ...]) -> Iterator[Notice]:
    """Every rule of a replicated bucket whose destination is in no account of the fleet."""
    for source in dict.fromkeys(wish.source for wish in wishes(facts, logs)):
        found = replication(facts, source)
        for rule in found.rules if isinstance(found, Replication) else ():
            if rule.enabled and any_bucket.listed(facts, rule.destination) is None:
                yield _outside(facts, source, rule)


def _outside(facts: Facts, source: Bucket, rule: Rule) -> Notice:
    hidden = any_bucket.not_listed(facts)
    if hidden:
        return not_seen(OUTSIDE, *next(iter(hidden.items())))
    near = any_bucket.nearest(facts, rule.destination)
    evidence = {"bucket": source.name, "destination": rule.destination, "alike": near or None}
    return Notice(OUTSIDE, source.account, source.region, arn_of(facts, source), evidence)


def _says(_fleet: Fleet, alike: Alike) -> str:
    lines = sorted({_of_one(each) for each in alike})
    return few(lines, 3)


def _of_one(notice: Notice) -> str:
    def told(name: str) -> str:
        return clean(str(notice.evidence.get(name) or ""))

    near = f", while the fleet has `{told('alike')}`" if told("alike") else ""
    whose = "which is in no account of the fleet"
    return f"`{told('bucket')}` is replicated into `{told('destination')}`, {whose}{near}"


def _unseen(_fleet: Fleet, _alike: Alike) -> str:
    return "whether objects are replicated out of the fleet could not be seen"


def _advice(_fleet: Fleet, _alike: Alike) -> str:
    return "if that is not meant, switch the rule off: whoever holds the name gets the objects"


def _sameness(notice: Notice) -> tuple[str, ...]:
    return notice.code, notice.settle


NOTICES = {OUTSIDE: NoticeWords(_says, _unseen, _advice, _sameness)}
