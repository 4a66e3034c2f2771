"""Do readers only read, and writers only write? Each is asked by name for what the other may do."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from logkeep.access.policies.speaking import layers_for
from logkeep.archive.readers import as_reader
from logkeep.policy import Context, Decision, Request, decide
from logkeep.route import Denies
from logkeep.snapshot.facts import Facts
from logkeep.value import Arn, account_of


class May(msgspec.Struct, frozen=True):
    """Somebody named who may do what it should not, or of whom it cannot be told."""

    who: str
    action: str
    decision: Decision


def besides(facts: Facts, need: Denies) -> Iterator[May]:
    """Everything of a need's actions that those named may do, or of which it cannot be told."""
    for who in need.of:
        for action in need.actions:
            found = _decided(facts, who, (action, need.resource), need.context)
            if found.outcome in ("Allowed", "Unknown"):
                yield May(who, action, found)


def writers_who_read(facts: Facts, need: Denies, key_arn: Arn) -> Iterator[May]:
    """Who of those named may write a log and read one: its object and its key (rule 4.8)."""
    ways = (
        ("s3:PutObject", need.resource),
        ("s3:GetObject", need.resource),
        ("kms:Decrypt", key_arn),
    )
    for who in need.of:
        # Whom the bucket's policy lets deliver is a writer, under which conditions ever.
        asked = ways[1:] if not who.startswith("arn:") else ways
        found = [May(who, each[0], _decided(facts, who, each, need.context)) for each in asked]
        outcomes = {each.decision.outcome for each in found}
        if outcomes <= {"Allowed", "Unknown"}:
            doubted = [each for each in found if each.decision.outcome == "Unknown"]
            yield from doubted or found[-2:]


def _decided(
    facts: Facts,
    who: str,
    asked_for: tuple[str, Arn],
    context: tuple[tuple[str, str], ...],
) -> Decision:
    asked = _request(facts, who, asked_for, context)
    return decide(asked, layers_for(facts, asked))


def _request(
    facts: Facts, who: str, asked_for: tuple[str, Arn], context: tuple[tuple[str, str], ...]
) -> Request:
    """What a person asks, or a service of which nothing is known but its name."""
    account = account_of(who)
    asked = as_reader(facts, who, account or facts.fleet.archive.account, *asked_for, context)
    if account:
        return asked
    told = {
        "aws:securetransport": "true",
        "aws:principalisawsservice": "true",
        "aws:principalservicename": who,
        **dict(context),
    }
    return msgspec.structs.replace(asked, context=Context(told))
