"""What is worth asking AWS about CloudTrail, given what is known so far."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.archive import key, organization, series
from logkeep.facts import Facts, seen
from logkeep.fleet import Logs
from logkeep.policy import Unread
from logkeep.snapshot import Ask
from logkeep.sources.cloudtrail import requests
from logkeep.sources.cloudtrail.speaker import Speaker, speaker
from logkeep.sources.cloudtrail.trails import (
    adopted,
    described_ask,
    misspelt_candidates,
    regions,
    regions_ask,
    selectors_ask,
    status_ask,
)
from logkeep.value import AccountId, Region, Unseen


def wants(facts: Facts) -> Iterator[Ask]:
    """The questions about every account's trails, and about what they brought."""
    for logs in facts.fleet.logs:
        if logs.source == "cloudtrail":
            for account in logs.accounts:
                yield from _of_account(facts, logs, account)


def _of_account(facts: Facts, logs: Logs, account: AccountId) -> Iterator[Ask]:
    yield regions_ask(facts, account)
    for region in regions(facts, account):
        yield described_ask(account, region)
    yield from misspelt_candidates(facts, account)
    trail = seen(adopted(facts, logs, account))
    if trail is None:
        return
    yield selectors_ask(trail, account)
    yield status_ask(trail.arn, account, trail.home_region)
    who = speaker(facts, logs, account, intended=False)
    for region in regions(facts, account):
        yield status_ask(trail.arn, account, region)
        yield from _of_region(facts, who, region)


def unread(facts: Facts) -> bool:
    """Whether something that speaks on the key could not be read, so that a delivery may settle it.

    How an object lies encrypted is only asked then: the call needs the right to read logs.
    """
    rcps = organization.levels(facts, key.account(facts), "rcp")
    return isinstance(rcps, Unread) or isinstance(key.policy_text(facts), Unseen)


def _of_region(facts: Facts, who: Speaker, region: Region) -> Iterator[Ask]:
    """The newest log and digest; how far back the look goes hangs on which is the heartbeat."""
    logs = requests.series(who, "log", region)
    yield from series.asks(facts, logs, look_back=not who.validated)
    newest = [seen(series.newest(facts, logs))] if unread(facts) else []
    if who.validated:
        digests = requests.series(who, "digest", region)
        yield from series.asks(facts, digests, look_back=True)
        newest += [seen(series.newest(facts, digests))] if unread(facts) else []
    for found in newest:
        if found is not None:
            yield series.head_ask(facts, found.key)
