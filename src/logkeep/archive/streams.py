"""The newest event in streams of a log group, found in one listing."""

from __future__ import annotations

import datetime
import re
from bisect import bisect_left
from collections.abc import Iterable

import msgspec

from logkeep.access.log_group import group, group_name
from logkeep.route import Events
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, map_look, remembered, seen
from logkeep.value import Absent, Arn, Look, Seen, Time, Unseen, parse_arn

STREAMS = "logs:DescribeLogStreams"


class LogStream(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """A stream as logs:DescribeLogStreams shows it; its times come up to an hour late."""

    log_stream_name: str
    last_event_timestamp: int = 0
    last_ingestion_time: int = 0

    @property
    def newest(self) -> int:
        """Of the time of an event and of its coming the later one counts: both are shown late."""
        return max(self.last_event_timestamp, self.last_ingestion_time)


class LogStreams(msgspec.Struct, frozen=True, rename="camel"):
    """The answer of logs:DescribeLogStreams."""

    log_streams: tuple[LogStream, ...] = ()


class NewestEvent(msgspec.Struct, frozen=True, gc=False):
    """The newest event of some streams."""

    at: Time
    stream: str


def made_at(facts: Facts, arn: Arn) -> datetime.datetime | None:
    """When a log group was made, as far as is known."""
    found = seen(group(facts, arn))
    return time_of(found.creation_time) if found and found.creation_time else None


MILLISECONDS_MAX = 32_503_680_000_000
"""The year 3000, beyond which no calendar need reach to see that a time is in the future."""


def time_of(milliseconds: int) -> datetime.datetime:
    """A time of CloudWatch Logs."""
    within = min(max(milliseconds, 0), MILLISECONDS_MAX)
    return datetime.datetime.fromtimestamp(within / 1000, datetime.UTC)


def streams_ask(where: Events) -> Ask:
    """The question when the newest event came; for any stream of the group one answer tells.

    A listing in the order of events takes no prefix (CloudWatch Logs API, DescribeLogStreams).
    """
    name = {"logGroupName": group_name(where.group)}
    begins = where.stream if where.listed is None else where.listed
    if begins:
        return _about(where.group, **name, logStreamNamePrefix=begins)
    if where.stream:
        return _about(where.group, **name)
    newest_first = {"descending": "true", "limit": "1", "orderBy": "LastEventTime"}
    return _about(where.group, **name, **newest_first)


def _about(arn: Arn, **arguments: str) -> Ask:
    parts = parse_arn(arn)
    account, region = (parts.account, parts.region) if parts else ("", "")
    return ask(account, region, STREAMS, **arguments)


def newest_event(facts: Facts, where: Events) -> Look[NewestEvent]:
    """The newest event of the streams wanted; absent where none of them shows any."""
    question = streams_ask(where)
    look = _streams(facts, question)
    if isinstance(look, Absent):
        return Unseen(look.call, "the log group is not there")
    if isinstance(look, Unseen):
        return look
    begun = _beginning(look.value, where.stream)
    numbered = re.compile(re.escape(where.stream) + r"(_\d+)?")
    if where.ends == "numbered":
        begun = (s for s in begun if numbered.fullmatch(s.log_stream_name))
    newest = max(begun, key=lambda s: (s.newest, s.log_stream_name), default=None)
    if newest is None or not newest.newest:
        return Absent(question.says())
    return Seen(NewestEvent(time_of(newest.newest), newest.log_stream_name))


@remembered
def _streams(facts: Facts, question: Ask) -> Look[list[LogStream]]:
    """The streams of one listing, by name: thousands of instances may write into one group."""
    return map_look(
        facts.look(question, LogStreams),
        lambda found: sorted(found.log_streams, key=lambda s: s.log_stream_name),
    )


def _beginning(streams: list[LogStream], start: str) -> Iterable[LogStream]:
    """The streams whose names begin so."""
    at = bisect_left(streams, start, key=lambda s: s.log_stream_name)
    while at < len(streams) and streams[at].log_stream_name.startswith(start):
        yield streams[at]
        at += 1
