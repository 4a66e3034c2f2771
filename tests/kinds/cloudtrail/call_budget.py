"""How many calls may be due about trails: the terms of the formula that bounds a collect."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from logkeep.access.enabled_regions import regions
from logkeep.access.log_group import group
from logkeep.archive import objects
from logkeep.archive.evidence import is_fresh
from logkeep.archive.streams import newest_event
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.cloudtrail import organization_trail
from logkeep.sources.cloudtrail.cloudwatch.arrival import covered, events
from logkeep.sources.cloudtrail.cloudwatch.feed import Feed, feeds
from logkeep.sources.cloudtrail.evidence import DAILY, RHYTHMS, evidence
from logkeep.sources.cloudtrail.options import TrailLogs, trail_logs
from logkeep.sources.cloudtrail.speaker import as_it_is
from logkeep.sources.cloudtrail.trails import (
    Trail,
    is_misspelt,
    leader,
    listed_in,
    trails,
)
from logkeep.sources.cloudtrail.wants import unread
from logkeep.value import AccountId, Arn, Region
from support.budget import Budget

LOOK_BACK = objects.look_back_asks(DAILY)
"""Year, month and day are descended to the last day that has anything, and that is listed."""
OF_LOG_GROUP = 6
"""Its account is entered; the group, its streams, its key, the key's policy, and the exports."""


def call_budget(facts: Facts) -> Iterator[Budget]:
    """The terms for all logs that are CloudTrail's."""
    wanted = list(trail_logs(facts.fleet))
    if not wanted:
        return
    asked = sorted({*_shared_askers(facts), *(a for logs in wanted for a in logs.accounts)})
    yield Budget(3, "once")  # the delegated administrators, and twice what the organization trusts
    yield Budget(1, "account", len(asked))
    yield Budget(1, "account-region", sum(len(_listed_in(facts, account)) for account in asked))
    yield from _of_trails(facts, wanted, asked)
    yield from _of_what_came(facts, wanted)
    yield from _of_log_groups(facts, wanted)


def _shared_askers(facts: Facts) -> set[AccountId]:
    """Who may have been asked of the organization's trail, before and after it was known whose."""
    return {facts.fleet.archive.account, organization_trail.asked(facts)}


def _listed_in(facts: Facts, account: AccountId) -> set[Region]:
    return {facts.fleet.home_region, leader(facts), *listed_in(facts, account)}


def _of_trails(facts: Facts, wanted: list[TrailLogs], asked: list[AccountId]) -> Iterator[Budget]:
    """What every own trail selects and does, and every other that may serve; and their buckets."""
    shown = {account: seen(trails(facts, account)) or () for account in asked}
    told: set[tuple[AccountId, Arn]] = {
        (account, trail.arn)
        for account in asked
        for trail in shown[account]
        if _is_own(account, trail)
    }
    followed: set[tuple[AccountId, Arn]] = set()
    for account, trail in _recorded(facts, wanted):
        askers = _shared_askers(facts) if trail.is_organization_trail else {account}
        told |= {(asker, trail.arn) for asker in askers}
        if trail.home_region in regions(facts, account):
            followed.add((account, trail.arn))
    insights = any(logs.options.insights for logs in wanted)
    tags = any(logs.options.organization is not None for logs in wanted)
    yield Budget(1 + insights + tags, "trail", len(told))
    yield Budget(1, "unrecorded-trail", len(told - followed))
    buckets = {trail.s3_bucket_name for listed in shown.values() for trail in listed}
    yield Budget(1, "other-bucket", len(buckets - {facts.fleet.archive.bucket, ""}))


def _is_own(account: AccountId, trail: Trail) -> bool:
    return f":{account}:" in trail.arn


def _recorded(facts: Facts, wanted: list[TrailLogs]) -> set[tuple[AccountId, Trail]]:
    """Each account with each trail that may serve it."""
    found: set[tuple[AccountId, Trail]] = set()
    for logs in wanted:
        shared = (
            seen(trails(facts, organization_trail.asked(facts)))
            if logs.options.organization
            else ()
        )
        for account in logs.accounts:
            listed = (*(seen(trails(facts, account)) or ()), *(shared or ()))
            found |= {(account, t) for t in listed if _may_serve(facts, logs, account, t)}
    return found


def _may_serve(facts: Facts, logs: TrailLogs, account: AccountId, trail: Trail) -> bool:
    """Whether a trail is at the archive, or may be the fleet's by its name or a slip of the pen."""
    named = trail.name in (logs.options.trail_name(account), logs.options.trail)
    at_archive = trail.s3_bucket_name == facts.fleet.archive.bucket
    return at_archive or named or is_misspelt(facts, trail)


def _of_what_came(facts: Facts, wanted: list[TrailLogs]) -> Iterator[Budget]:
    """How a trail does in every Region that it covers, and the newest of what it brought there."""
    recorded = _recorded(facts, wanted)
    places = [
        (account, trail, region)
        for account, trail in recorded
        for region in regions(facts, account)
        if as_it_is(facts, account, trail).covers(region)
    ]
    days = objects.most_asks(facts, DAILY, RHYTHMS["log"])  # two folders after midnight
    kinds = 1 + any(trail.log_file_validation_enabled for _, trail in recorded)
    yield Budget(0 if facts.fleet.regions is None else 1, "recorded-account", len(recorded))
    yield Budget(1 + days * kinds, "recorded-region", len(places))
    newest = [(trail, _newest(facts, account, trail, region)) for account, trail, region in places]
    yield Budget(LOOK_BACK, "quiet-region", sum(came is None for _, came in newest))
    alarm = facts.snapshot.taken_at - RHYTHMS["log"].patience
    told = [came for trail, came in newest if not trail.log_file_validation_enabled]
    yield Budget(1, "silent-region", sum(came is None or came < alarm for came in told))
    if unread(facts):
        yield Budget(kinds, "unread-region", len(places))


def _newest(
    facts: Facts, account: AccountId, trail: Trail, region: Region
) -> datetime.datetime | None:
    """When the newest object of the last hours came, of the kind that is looked for far back."""
    who = as_it_is(facts, account, trail)
    found = seen(
        objects.lately(facts, evidence(facts, who, "digest" if who.validated else "log", region))
    )
    return found.at if found else None


def _of_log_groups(facts: Facts, wanted: list[TrailLogs]) -> Iterator[Budget]:
    """The group of each trail that has one; and where one is wanted, of the trail yet to be made.

    Before it is known whose the organization's trail is, nobody's account is entered in vain.
    """
    guessed = [account for logs in wanted if logs.options.log_group for account in logs.accounts]
    yield Budget(2, "once", bool(guessed))
    fed = [
        trail
        for logs in wanted
        for _, trail in _recorded(facts, [logs])
        if logs.options.log_group or trail.cloud_watch_logs_log_group_arn
    ]
    yield Budget(OF_LOG_GROUP, "log-group", len(guessed) + len(fed))
    yield Budget(
        1, "silent-group", sum(len(covered(facts, feed.speaker)) for feed in _silent(facts, wanted))
    )


def _silent(facts: Facts, wanted: list[TrailLogs]) -> Iterator[Feed]:
    """The ways into log groups that are there, and where nothing came lately."""
    for logs in wanted:
        for account in logs.accounts:
            for feed in feeds(facts, logs, account):
                where = events(logs, feed)
                came = seen(newest_event(facts, where))
                silent = came is None or not is_fresh(facts, where, came)
                if seen(group(facts, feed.group)) and silent:
                    yield feed
