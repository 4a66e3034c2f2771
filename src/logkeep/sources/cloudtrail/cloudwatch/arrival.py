"""Do the events come? The newest in the stream, held against what the account is known to do.

A silent stream is a fault only where the account was active: idle is not broken (issue 4).
"""

from __future__ import annotations

import datetime
from typing import NamedTuple

from logkeep.access.log_group import group
from logkeep.archive import series
from logkeep.archive.series import Object
from logkeep.route import Hop, Is
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.cloudtrail import requests
from logkeep.sources.cloudtrail.cloudwatch.feed import trail_of
from logkeep.sources.cloudtrail.cloudwatch.groups import (
    STREAMS,
    made_at,
    newest_event,
    unshown,
)
from logkeep.sources.cloudtrail.options import TrailLogs
from logkeep.sources.cloudtrail.settings import logs_of
from logkeep.sources.cloudtrail.speaker import Speaker, as_it_is
from logkeep.sources.cloudtrail.trails import Status, regions, status
from logkeep.sources.cloudtrail.witness import LOOK_BACK, Span, active
from logkeep.value import AccountId, Arn, Json, Look, Region, Seen, Unseen

COMPLETE = "none missing"
SECOND = datetime.timedelta(seconds=1)
"""The history knows whole seconds, and the newest event itself is in it."""
LAG = datetime.timedelta(minutes=15)
"""A log file tells of what happened up to so long before it came (CloudTrail User Guide, "How
CloudTrail works": on average within about 5 minutes, which is not guaranteed)."""


def silence(logs: TrailLogs | None) -> datetime.timedelta:
    """How old the newest event may be."""
    return datetime.timedelta(minutes=logs.options.log_group_silent_minutes if logs else 60)


def read_events(facts: Facts, hop: Hop, need: Is) -> Look[Json]:
    """`none missing`, or since when the stream is silent although the account was active."""
    place = (hop.arn, hop.account, need.of)
    known = _told_by_stream(facts, *place)
    return _told_by_others(facts, *place, known) if isinstance(known, Silence) else known


class Silence(NamedTuple):
    """A stream that is silent for longer than it may be."""

    newest: datetime.datetime | None
    """The newest event; None where none ever came."""
    since: datetime.datetime | None
    """Since when nothing came: since the newest event, or since the group was made."""


def _told_by_stream(
    facts: Facts, stream: Arn, account: AccountId, arn: Arn
) -> Look[Json] | Silence:
    """What the stream itself and the trail's status say; a silence is held against more."""
    look = newest_event(facts, stream)
    if not isinstance(look, Seen):
        return unshown(look)
    allowed = silence(logs_of(facts, account))
    taken, newest = facts.snapshot.taken_at, look.value
    if newest is not None and taken - newest <= allowed:
        return Seen(COMPLETE)
    began = made_at(facts, stream)
    if newest is None and began is not None and taken - began <= allowed:
        return Unseen(STREAMS, "shows no event yet, for the group was made just now")
    return _doubted(facts, account, arn, allowed) or Silence(newest, newest or began)


def _doubted(
    facts: Facts, account: AccountId, arn: Arn, allowed: datetime.timedelta
) -> Unseen | None:
    """Why a silence may be none: AWS shows a stream's times up to an hour late.

    CloudWatch Logs API Reference, "LogStream": the times are eventually consistent.
    """
    look = _home_status(facts, account, arn)
    if not isinstance(look, Seen):
        return unshown(look)
    told = look.value.latest_cloud_watch_logs_delivery_time
    if told is None or facts.snapshot.taken_at - told > allowed:
        return None
    return Unseen(STREAMS, f"shows nothing new, while GetTrailStatus tells of {_text(told)}")


def _told_by_others(
    facts: Facts, stream: Arn, account: AccountId, arn: Arn, found: Silence
) -> Look[Json]:
    """Silence is a fault where a log or the history tells of something done since."""
    newest = _text(found.newest) if found.newest else None
    log = _later_log(facts, account, arn, found)
    if log is not None:
        return Seen({"newest_event": newest, "newest_log": _text(log.last_modified)})
    span = span_in_doubt(facts, stream, account, arn)
    trail = trail_of(facts, account, arn)
    if span is None or trail is None:
        return Unseen(
            STREAMS, f"newest event: {newest or 'none'}; the trail is off, or was started just now"
        )
    who = as_it_is(facts, account, trail)
    looks = [active(facts, account, region, arn, span) for region in covered(facts, who)]
    done = [look.value for look in looks if isinstance(look, Seen) and look.value is not None]
    if done:
        first = max(done, key=lambda each: (each.at, each.what))
        return Seen({"newest_event": newest, "done": first.what, "at": _text(first.at)})
    hidden = next((look for look in looks if not isinstance(look, Seen)), None)
    return Seen(COMPLETE) if hidden is None else unshown(hidden)


def _later_log(facts: Facts, account: AccountId, arn: Arn, found: Silence) -> Object | None:
    """The account's newest log where it tells of what came after the stream fell silent."""
    log = newest_activity(facts, account, arn)
    if log is None or found.since is None:
        return log
    return log if log.last_modified - found.since > LAG else None


def span_in_doubt(facts: Facts, stream: Arn, account: AccountId, arn: Arn) -> Span | None:
    """The time of which only the event history can tell whether something is missing.

    What was done so lately that it may still be on its way does not count.
    """
    found = _told_by_stream(facts, stream, account, arn)
    on = seen(_home_status(facts, account, arn))
    if not isinstance(found, Silence) or on is None or not on.is_logging:
        return None
    if _later_log(facts, account, arn, found) is not None:
        return None
    end = facts.snapshot.taken_at - LAG
    start = found.since + SECOND if found.since else end - LOOK_BACK
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
        seen(series.newest(facts, requests.series(who, "log", region)))
        for region in covered(facts, who)
    ]
    known = [each for each in looks if each is not None]
    return max(known, key=lambda each: (each.last_modified, each.key), default=None)


def covered(facts: Facts, who: Speaker) -> list[Region]:
    """The Regions whose events a trail brings."""
    wanted = regions(facts, who.account) or (facts.fleet.home_region,)
    return [region for region in wanted if who.covers(region)]


def _home_status(facts: Facts, account: AccountId, arn: Arn) -> Look[Status]:
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


def read_key(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    """Which key the log group has, where the group itself could not be seen."""
    look = group(facts, hop.arn)
    return Seen(look.value.kms_key_id) if isinstance(look, Seen) else unshown(look)


def _text(time: datetime.datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
