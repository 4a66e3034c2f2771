"""A fleet of any size that is all well: one account's answers, told again for every other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from logkeep.fleet import Fleet
from logkeep.snapshot import Ask, Reply, Snapshot, reply
from support.worlds import ACCOUNTS, fleet_of, known_more, well

MODEL = ACCOUNTS["production"]
"""The account whose answers are told again."""


def large(
    accounts: int,
    regions: int,
    more: Callable[[Fleet, Snapshot], tuple[Fleet, Snapshot]] | None = None,
) -> tuple[Fleet, Snapshot]:
    """A fleet of so many accounts and Regions, set up and delivering in all of them.

    `more` may set up further kinds of log in the two accounts that all others are like.
    """
    names = tuple(f"{place}-{number}" for place in ("us-east", "eu-west", "ap-south")
                  for number in range(1, 9))[:regions]  # fmt: skip
    two = fleet_of({"security": ACCOUNTS["security"], "production": MODEL}, names)
    small = known_more(two, well(two))  # everything is answered that a collect would ask
    if more is not None:
        two, small = more(two, small)
    others = [f"{400_000_000_000 + number:012d}" for number in range(accounts - 2)]
    named = {f"account-{number}": account for number, account in enumerate(others)}
    fleet = fleet_of({"security": ACCOUNTS["security"], "production": MODEL, **named}, names)
    everyone = tuple(fleet.accounts.values())
    logs = tuple(msgspec.structs.replace(each, accounts=everyone) for each in two.logs)
    fleet = msgspec.structs.replace(fleet, logs=logs)
    answers = {ask: _widened(ask, found, others) for ask, found in small.answers.items()}
    for account in others:
        answers.update(_told_again(small, account))
    return fleet, Snapshot(small.fleet, small.taken_at, answers)


def _told_again(small: Snapshot, account: str) -> Iterator[tuple[Ask, Reply]]:
    for question, found in small.answers.items():
        about = (question.account, *(value for _, value in question.arguments))
        if any(MODEL in value for value in about):
            arguments = tuple((n, v.replace(MODEL, account)) for n, v in question.arguments)
            asker = question.account.replace(MODEL, account)
            body = bytes(found.body).replace(MODEL.encode(), account.encode())
            yield (
                Ask(asker, question.region, question.call, arguments),
                Reply(msgspec.Raw(body), found.error, found.message),
            )


def _widened(question: Ask, found: Reply, others: list[str]) -> Reply:
    """The archive's policies, with every account where the model stands."""
    if question.call not in ("s3:GetBucketPolicy", "kms:GetKeyPolicy") or found.error:
        return found
    body = msgspec.json.decode(found.body)
    policy = msgspec.json.decode(body["Policy"])
    return reply({**body, "Policy": msgspec.json.encode(_lists(policy, others)).decode()})


def _lists(value: Any, others: list[str]) -> Any:
    """The value with every list that names the model naming the others too."""
    if isinstance(value, dict):
        return {name: _lists(inner, others) for name, inner in value.items()}
    if not isinstance(value, list):
        return value
    more = [v.replace(MODEL, o) for v in value if isinstance(v, str) and MODEL in v for o in others]
    return [*(_lists(inner, others) for inner in value), *more]
