"""What a plan may cost: units and known counts, of the archive and of every kind of log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from logkeep.plan.plan import Plan
from logkeep.snapshot.change import Change
from logkeep.snapshot.entries import after_all
from logkeep.snapshot.facts import Facts
from logkeep.sources import sources
from logkeep.sources.registry import calls
from logkeep.words.cost import Cost


def with_costs(before: Facts, made: Plan) -> Plan:
    """The plan with what it may cost beside it."""
    return msgspec.structs.replace(made, costs=costs(before, made.changes))


def costs(before: Facts, changes: Sequence[Change]) -> tuple[Cost, ...]:
    """What may be billed once these changes are made, and was not before."""
    if not changes:
        return ()
    answers = after_all(calls(), before.snapshot.answers, changes)
    after = Facts(before.fleet, before.snapshot.with_answers(answers))
    own = (source.costs(before, after, changes) for source in sources().values())
    return (*_of_archive(changes), *(cost for found in own for cost in found))


def _of_archive(changes: Sequence[Change]) -> Iterator[Cost]:
    keys = [change for change in changes if change.call == "kms:CreateKey"]
    if keys:
        accounts = tuple(dict.fromkeys(change.account for change in keys))
        yield Cost("key", "key", "AWS KMS pricing", count=len(keys), per="month", accounts=accounts)
