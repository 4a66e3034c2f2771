"""Do the events come? The newest in the stream, held against what the account is known to do.

A silent stream is a fault only where the account was active: idle is not broken (issue 4).
"""

from __future__ import annotations

import datetime
import functools

from logkeep.access.enabled_regions import regions
from logkeep.access.log_group import stream_name
from logkeep.archive import objects
from logkeep.archive.objects import Object
from logkeep.archive.streams import (
    STREAMS,
    made_at,
    newest_event,
)
from logkeep.route import Arrived, Events, Hop, Is, Rhythm
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Activity
from logkeep.sources.cloudtrail.cloudwatch.feed import Feed, trail_of
from logkeep.sources.cloudtrail.evidence import evidence
from logkeep.sources.cloudtrail.options import TrailLogs
from logkeep.sources.cloudtrail.speaker import Speaker, as_it_is
from logkeep.sources.cloudtrail.trails import (
    TrailStatus,
    status,
)
from logkeep.sources.cloudtrail.witness import LOOK_BACK, Span, active
from logkeep.value import Absent, AccountId, Arn, Json, Look, Region, Seen, Unseen

WITNESS = "archive-and-event-history"
SECOND = datetime.timedelta(seconds=1)
"""The history knows whole seconds, and the newest event itself is in it."""
LAG = datetime.timedelta(minutes=15)
"""A log file tells of what happened up to so long before it came (CloudTrail User Guide, "How
CloudTrail works": on average within about 5 minutes, which is not guaranteed)."""


@functools.cache
def rhythm(minutes: int) -> Rhythm:
    """How often events come, and how old the newest may be."""
    silence = datetime.timedelta(minutes=minutes)
    return Rhythm("event", every=silence, patience=silence, window=silence)


def events(logs: TrailLogs, found: Feed) -> Events:
    """The stream that takes an account's events, and those numbered after it (rule 1.10.3)."""
    often = rhythm(logs.options.log_group_silent_minutes)
    return Events(found.group, stream_name(found.stream), often, "numbered")


def arrival(facts: Facts, logs: TrailLogs, found: Feed) -> Arrived:
    """The need that events come, or that there are none to come."""
    return Arrived(
        "loggroup-stale",
        events(logs, found),
        since=made_at(facts, found.group),
        region=found.home_region,
        of=found.speaker.arn,
        witness=WITNESS,
    )


def heard_elsewhere(facts: Facts, hop: Hop, need: Arrived) -> Look[Activity | None]:
    """What a log in the archive or the event history tells of, since the stream fell silent."""
    where, account, arn = need.logs, hop.account, need.of
    if not isinstance(where, Events):
        return Unseen(STREAMS, "is not asked of what is no stream")
    doubt = _doubted(facts, account, arn, where.rhythm.patience)
    if doubt is not None:
        return doubt
    since = _silent_since(facts, where)
    log = _later_log(facts, account, arn, since)
    if log is not None:
        return Seen(Activity(log.at, "a log", "archive"))
    span = span_in_doubt(facts, where, account, arn)
    trail = trail_of(facts, account, arn)
    if span is None or trail is None:
        newest = f"{since:%Y-%m-%dT%H:%M:%SZ}" if since else "none"
        says = f"newest event: {newest}; the trail is off, or was started just now"
        return Unseen(STREAMS, says)
    who = as_it_is(facts, account, trail)
    looks = [active(facts, account, region, arn, span) for region in covered(facts, who)]
    done = [look.value for look in looks if isinstance(look, Seen) and look.value is not None]
    if done:
        return Seen(max(done, key=lambda each: (each.at, each.what)))
    hidden = next((look for look in looks if not isinstance(look, Seen)), None)
    return Seen(None) if hidden is None else hidden


def _doubted(
    facts: Facts, account: AccountId, arn: Arn, allowed: datetime.timedelta
) -> Unseen | None:
    """Why a silence may be none: AWS shows a stream's times up to an hour late.

    CloudWatch Logs API Reference, "LogStream": the times are eventually consistent.
    """
    look = _home_status(facts, account, arn)
    if not isinstance(look, Seen):
        return unshown(look)
    latest = look.value.latest_cloud_watch_logs_delivery_time
    if latest is None or facts.taken_at - latest > allowed:
        return None
    late = f"{latest:%Y-%m-%dT%H:%M:%SZ}"
    return Unseen(STREAMS, f"shows nothing new, while GetTrailStatus tells of {late}")


def _silent_since(facts: Facts, where: Events) -> datetime.datetime | None:
    """Since when nothing came: since the newest event, or since the group was made."""
    found = seen(newest_event(facts, where))
    return found.at if found else made_at(facts, where.group)


def _later_log(
    facts: Facts, account: AccountId, arn: Arn, since: datetime.datetime | None
) -> Object | None:
    """The account's newest log where it tells of what came after the stream fell silent."""
    log = newest_activity(facts, account, arn)
    if log is None or since is None:
        return log
    return log if log.at - since > LAG else None


def span_in_doubt(facts: Facts, where: Events, account: AccountId, arn: Arn) -> Span | None:
    """The time of which only the event history can tell whether something is missing.

    What was done so lately that it may still be on its way does not count.
    """
    allowed, taken = where.rhythm.patience, facts.taken_at
    on = seen(_home_status(facts, account, arn))
    since = _silent_since(facts, where)
    if isinstance(newest_event(facts, where), Unseen) or (since and taken - since <= allowed):
        return None
    if on is None or not on.is_logging or _doubted(facts, account, arn, allowed):
        return None
    if _later_log(facts, account, arn, since) is not None:
        return None
    end = taken - LAG
    start = since + SECOND if since else end - LOOK_BACK
    began = on.start_logging_time
    start = max(start, began) if began else start
    return (start, end) if start < end else None


def newest_activity(facts: Facts, account: AccountId, arn: Arn) -> Object | None:
    """The newest log that the trail brought of the account, of any Region: it was active then."""
    trail = trail_of(facts, account, arn)
    if trail is None or trail.s3_bucket_name != facts.fleet.archive.bucket:
        return None
    who = as_it_is(facts, account, trail)
    looks = [
        seen(objects.newest(facts, evidence(facts, who, "log", region)))
        for region in covered(facts, who)
    ]
    known = [each for each in looks if each is not None]
    return max(known, key=lambda each: (each.at, each.key), default=None)


def covered(facts: Facts, who: Speaker) -> list[Region]:
    """The Regions whose events a trail brings."""
    wanted = regions(facts, who.account) or (facts.fleet.home_region,)
    return [region for region in wanted if who.covers(region)]


def _home_status(facts: Facts, account: AccountId, arn: Arn) -> Look[TrailStatus]:
    """How the trail does at home, told by whoever may be asked about it."""
    trail = trail_of(facts, account, arn)
    if trail is None:
        return Unseen("cloudtrail:DescribeTrails", f"does not show {arn} in {account}")
    asked = as_it_is(facts, account, trail).asked
    return status(facts, arn, asked, trail.home_region)


def read_error(facts: Facts, hop: Hop, need: Is) -> Look[Json]:
    """What GetTrailStatus says stood in the way, at home or in any Region (rule 1.1.8)."""
    trail = trail_of(facts, hop.account, need.of)
    looks = [_home_status(facts, hop.account, need.of)]
    if trail is not None:
        who = as_it_is(facts, hop.account, trail)
        looks += [status(facts, need.of, hop.account, r) for r in covered(facts, who)]
    said = [s.latest_cloud_watch_logs_delivery_error for s in map(seen, looks) if s is not None]
    error = next((text for text in said if text), "")
    unseen = next((look for look in looks if not isinstance(look, Seen)), None)
    return Seen(error) if error or unseen is None else unshown(unseen)


def unshown(look: Absent | Unseen) -> Unseen:
    """A look that saw nothing, as one that could not be made."""
    return look if isinstance(look, Unseen) else Unseen(look.call, "is not there")


WITNESSES = {WITNESS: heard_elsewhere}
