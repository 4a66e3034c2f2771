"""What is worth asking AWS about CloudTrail, given what is known so far."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access import accounts, key, organization
from logkeep.access.default_encryption import bucket_key
from logkeep.access.enabled_regions import regions, regions_ask
from logkeep.archive import objects
from logkeep.policy import Unread
from logkeep.snapshot import NOT_ASKED, Ask
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.sources.cloudtrail import organization_trail, witness
from logkeep.sources.cloudtrail.cloudwatch import wants as cloudwatch
from logkeep.sources.cloudtrail.evidence import evidence
from logkeep.sources.cloudtrail.insights import insights_asks
from logkeep.sources.cloudtrail.notices import folder_asks
from logkeep.sources.cloudtrail.options import TrailLogs
from logkeep.sources.cloudtrail.retired import replaced, tags_ask
from logkeep.sources.cloudtrail.speaker import Speaker, as_it_is
from logkeep.sources.cloudtrail.trails import (
    Trail,
    adopted,
    described_ask,
    listed_in,
    misspelt_candidates,
    selectors_ask,
    serving,
    status_ask,
    trails,
)
from logkeep.value import AccountId, Region, Unseen


def wants(facts: Facts, logs: tuple[TrailLogs, ...]) -> Iterator[Ask]:
    """The questions about every account's trails, and about what they brought."""
    for each in logs:
        yield from _of_organization(facts, each)
        for account in each.accounts:
            yield from _of_account(facts, each, account)
            yield from cloudwatch.wants(facts, each, account)


def _of_organization(facts: Facts, logs: TrailLogs) -> Iterator[Ask]:
    """What is asked once for all accounts, where an organization's trail is wanted or serves."""
    if not logs.options.organization and not _is_served(facts, logs):
        return
    yield from organization_trail.delegates_asks(facts)
    yield organization_trail.trusted_ask(facts)
    asked = organization_trail.asked(facts)
    yield regions_ask(facts, asked)
    for region in listed_in(facts, asked):
        yield described_ask(asked, region)
    if logs.options.organization is not None:
        yield from accounts.members_asks(facts)
        yield from (tags_ask(account, trail) for account, trail in replaced(facts, logs))


def _is_served(facts: Facts, logs: TrailLogs) -> bool:
    return any(t.is_organization_trail for a in logs.accounts for t in serving(facts, a))


def _of_account(facts: Facts, logs: TrailLogs, account: AccountId) -> Iterator[Ask]:
    yield regions_ask(facts, account)
    for region in listed_in(facts, account):
        yield described_ask(account, region)
    yield from misspelt_candidates(facts, account)
    yield from folder_asks(facts, account)
    yield from _of_others(facts, account)
    for trail in _to_ask_about(facts, logs, account):
        who = as_it_is(facts, account, trail)
        yield selectors_ask(trail, who.asked)
        yield from insights_asks(logs, trail, who.asked)
        yield status_ask(trail.arn, who.asked, trail.home_region)
        for region in regions(facts, account):
            if who.covers(region):
                yield status_ask(trail.arn, account, region)
                yield from _of_region(facts, who, region)
                yield from witness.asks(facts, who, region)


def _to_ask_about(facts: Facts, logs: TrailLogs, account: AccountId) -> tuple[Trail, ...]:
    """The trail that the fleet adopts, and every other at the archive."""
    first = [seen(adopted(facts, logs, account))]
    if logs.options.organization:
        first.append(seen(organization_trail.adopted(facts, logs)))
    chosen = [trail for trail in first if trail is not None]
    known = {trail.arn: trail for trail in (*chosen, *serving(facts, account))}
    return tuple(known.values())


def _of_others(facts: Facts, account: AccountId) -> Iterator[Ask]:
    """What every trail of the account selects and does, in its home Region alone.

    An organization's trail is asked about where it is owned, so once and not in every member; five
    trails a Region bound the rest (rule 1.1.9).
    """
    for trail in seen(trails(facts, account)) or ():
        if f":{account}:" in trail.arn:
            yield selectors_ask(trail, account)
            yield status_ask(trail.arn, account, trail.home_region)


@remembered
def unread(facts: Facts) -> bool:
    """Whether something that speaks on the key is not known, so that a delivery may settle it.

    How an object lies encrypted is only asked then: the call needs the right to read logs. With a
    Bucket Key it is not documented what all CloudTrail asks (rules 1.5f, 12.10).
    """
    if seen(bucket_key(facts)):
        return True
    rcps = organization.levels(facts, key.account(facts), "rcp")
    looks = (rcps, key.policy_text(facts))
    return any(isinstance(x, Unread | Unseen) and x.error != NOT_ASKED for x in looks)


def _of_region(facts: Facts, who: Speaker, region: Region) -> Iterator[Ask]:
    """The newest log and digest; how far back the look goes hangs on which is the heartbeat."""
    logs = evidence(facts, who, "log", region)
    yield from objects.asks(facts, logs, look_back=not who.validated)
    newest = [seen(objects.newest(facts, logs))] if unread(facts) else []
    if who.validated:
        digests = evidence(facts, who, "digest", region)
        yield from objects.asks(facts, digests, look_back=True)
        newest += [seen(objects.newest(facts, digests))] if unread(facts) else []
    for found in newest:
        if found is not None:
            yield objects.head_ask(facts, logs.bucket, found.key)
