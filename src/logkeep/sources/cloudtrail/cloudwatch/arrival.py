"""Do the events come? The newest in the stream, held against what the account is known to do.

A silent stream is a fault only where the account was active: idle is not broken (issue 4).
"""

from __future__ import annotations

import datetime

from logkeep.archive import series
from logkeep.archive.series import Object
from logkeep.facts import Facts, seen
from logkeep.fleet import Logs
from logkeep.route import Hop, Is
from logkeep.sources.cloudtrail import requests
from logkeep.sources.cloudtrail.cloudwatch.feed import trail_of
from logkeep.sources.cloudtrail.cloudwatch.groups import (
    STREAMS,
    group,
    made_at,
    newest_event,
    unshown,
)
from logkeep.sources.cloudtrail.settings import logs_of
from logkeep.sources.cloudtrail.speaker import Speaker, as_it_is
from logkeep.sources.cloudtrail.trails import Status, regions, status
from logkeep.value import AccountId, Arn, Json, Look, Region, Seen, Unseen

FRESH = "fresh"
LAG = datetime.timedelta(minutes=15)
"""A log file tells of what happened up to so long before it came (CloudTrail User Guide, "How
CloudTrail works": on average within about 5 minutes, which is not guaranteed)."""


def silence(logs: Logs | None) -> datetime.timedelta:
    """How old the newest event may be."""
    return datetime.timedelta(minutes=logs.log_group_silent_minutes if logs else 60)


def read_events(facts: Facts, hop: Hop, need: Is) -> Look[Json]:
    """`fresh`, or how long the stream was silent while the account was active."""
    look = newest_event(facts, hop.arn)
    if not isinstance(look, Seen):
        return unshown(look)
    allowed = silence(logs_of(facts, hop.account))
    taken = facts.snapshot.taken_at
    newest = look.value
    if newest is not None and taken - newest <= allowed:
        return Seen(FRESH)
    began = made_at(facts, hop.arn)
    if newest is None and began is not None and taken - began <= allowed:
        return Unseen(STREAMS, "shows no event yet, for the group was made just now")
    late = _shown_late(facts, hop, need, allowed)
    return late or _silent(facts, hop, need, newest, began)


def _shown_late(facts: Facts, hop: Hop, need: Is, allowed: datetime.timedelta) -> Unseen | None:
    """Why an old newest event may not be the newest: AWS shows a stream's times up to an hour late.

    CloudWatch Logs API Reference, "LogStream": the times are eventually consistent.
    """
    look = _home_status(facts, hop, need.of)
    if not isinstance(look, Seen):
        return unshown(look)
    told = look.value.latest_cloud_watch_logs_delivery_time
    if told is None or facts.snapshot.taken_at - told > allowed:
        return None
    return Unseen(STREAMS, f"shows nothing new, while GetTrailStatus tells of {_text(told)}")


def _silent(
    facts: Facts,
    hop: Hop,
    need: Is,
    newest: datetime.datetime | None,
    began: datetime.datetime | None,
) -> Look[Json]:
    """Silence is a fault where the account did something after the newest event."""
    since = newest or began
    active = newest_activity(facts, hop.account, need.of)
    if active is not None and (since is None or active.last_modified - since > LAG):
        told = {"newest_event": _text(newest) if newest else None}
        return Seen({**told, "newest_log": _text(active.last_modified)})
    known = _text(newest) if newest else "none"
    return Unseen(
        STREAMS,
        f"newest event: {known}; nothing read shows that the account was active since. "
        "Its event history (cloudtrail:LookupEvents) would tell, or a newer log in the archive",
    )


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


def _home_status(facts: Facts, hop: Hop, arn: Arn) -> Look[Status]:
    """How the trail does at home, told by whoever may be asked about it."""
    trail = trail_of(facts, hop.account, arn)
    if trail is None:
        return Unseen("cloudtrail:DescribeTrails", f"does not show {arn} in {hop.account}")
    asked = as_it_is(facts, hop.account, trail).asked
    return status(facts, arn, asked, trail.home_region)


def read_error(facts: Facts, hop: Hop, need: Is) -> Look[Json]:
    """What GetTrailStatus says stood in the way, at home or in any Region (rule 1.1.8)."""
    trail = trail_of(facts, hop.account, need.of)
    looks = [_home_status(facts, hop, need.of)]
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
