"""Who could delete logs in one step more?

The Deny that keeps the logs stands in the bucket's policy, so whoever may change that policy can
take it away, delete, and put it back. Object Lock in compliance mode alone stands above it, or a
policy of the organization that keeps these people from the change (rules 2.3.5, 5.1.6).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from logkeep.archive.judged_actions import DELETES
from logkeep.snapshot.facts import Facts
from logkeep.who.by_new_point import by_new_point
from logkeep.who.candidates import Candidate, candidates
from logkeep.who.through_services import as_root
from logkeep.who.values import Held, Step

STEPS: Final = ("s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutLifecycleConfiguration")
"""Taking the policy away helps whom nothing else denies; a lifecycle has AWS delete."""


def deleting(facts: Facts, powers: tuple[Held, ...]) -> Iterator[Step]:
    """Every way in which somebody who may not delete could come to delete."""
    by_name = {held.power: held for held in powers}
    deletes = {each.principal for each in by_name["delete"].by(certain=True)}
    on = facts.fleet.bucket_arn
    for who in by_name["settings"].holders:
        if who.principal in deletes:
            continue
        if not who.certain:
            yield Step(who.principal, STEPS[0], on, False, None, who.unknown, who.kind)
        by_action = {reason.action: reason for reason in reversed(who.reasons)}
        for action in STEPS:
            reason = by_action.get(action)
            if reason is not None and not (action == STEPS[1] and STEPS[0] in by_action):
                yield Step(who.principal, action, on, True, reason, (), who.kind)
    may = {each.principal for each in by_name["delete"].holders}
    for who in candidates(facts):
        if who.principal not in may:
            yield from _by_points(facts, who)
    yield from as_root(facts, on)


def _by_points(facts: Facts, who: Candidate) -> Iterator[Step]:
    """The access points by which any delete passes: the first step of each kind."""
    found = (step for action in DELETES for step in by_new_point(facts, who, action))
    yield from {step.by: step for step in reversed(tuple(found))}.values()
