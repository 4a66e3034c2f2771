"""What is worth asking AWS about the way into CloudWatch Logs, given what is known so far."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access.log_group import group, group_ask
from logkeep.archive import exports, log_group_key
from logkeep.archive.streams import streams_ask
from logkeep.route import Events
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.cloudtrail.cloudwatch.arrival import covered, events, span_in_doubt
from logkeep.sources.cloudtrail.cloudwatch.feed import Feed, feeds
from logkeep.sources.cloudtrail.options import TrailLogs
from logkeep.sources.cloudtrail.organization_trail import UNKNOWN
from logkeep.sources.cloudtrail.witness import history_ask
from logkeep.value import AccountId, parse_arn


def wants(facts: Facts, logs: TrailLogs, account: AccountId) -> Iterator[Ask]:
    """The questions about an account's log groups, their keys and their streams."""
    for found in feeds(facts, logs, account):
        if found.speaker.owner == UNKNOWN.management:
            continue  # the organization is not known yet, so nobody knows whose group it is
        yield group_ask(found.group)
        yield from exports.asks(facts, [place_of(found)])
        shown = seen(group(facts, found.group))
        if shown is None:
            continue
        where = events(logs, found)
        yield streams_ask(where)
        yield from _witnesses(facts, found, where)
        yield from log_group_key.asks(facts, found.group)


def place_of(feed: Feed) -> exports.Place:
    """The account and Region of the log group that a trail sends to."""
    parts = parse_arn(feed.group)
    return (parts.account, parts.region) if parts else ("", "")


def _witnesses(facts: Facts, found: Feed, where: Events) -> Iterator[Ask]:
    """The event history of every Region, where only it can tell silence from idleness (1.1.2)."""
    who = found.speaker
    span = span_in_doubt(facts, where, who.account, who.arn)
    if span is not None:
        yield from (history_ask(who.account, region, *span) for region in covered(facts, who))
