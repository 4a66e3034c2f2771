"""What AWS says of the streams that CloudTrail writes in a log group."""

from __future__ import annotations

import datetime
import re

import msgspec

from logkeep.access.log_group import group, group_name, stream_name
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, map_look, seen
from logkeep.value import Absent, Arn, Look, Unseen, parse_arn

STREAMS = "logs:DescribeLogStreams"


class LogStream(msgspec.Struct, frozen=True, rename="camel"):
    """A stream as logs:DescribeLogStreams shows it; its times come up to an hour late."""

    log_stream_name: str
    last_event_timestamp: int = 0
    last_ingestion_time: int = 0


class LogStreams(msgspec.Struct, frozen=True, rename="camel"):
    """The answer of logs:DescribeLogStreams."""

    log_streams: tuple[LogStream, ...] = ()


def streams_ask(stream: Arn) -> Ask:
    """The question which streams there are whose names begin as this one's does."""
    parts = parse_arn(stream)
    account, region = (parts.account, parts.region) if parts else ("", "")
    names = {"logGroupName": group_name(stream), "logStreamNamePrefix": stream_name(stream)}
    return ask(account, region, STREAMS, **names)


def newest_event(facts: Facts, stream: Arn) -> Look[datetime.datetime | None]:
    """When the newest event came into a stream or into those numbered after it (rule 1.10.3)."""
    name = re.compile(re.escape(stream_name(stream)) + r"(_\d+)?")
    look = facts.look(streams_ask(stream), LogStreams)
    return map_look(
        look,
        lambda found: _newest([s for s in found.log_streams if name.fullmatch(s.log_stream_name)]),
    )


def _newest(streams: list[LogStream]) -> datetime.datetime | None:
    """Of the time of an event and of its coming the later one counts: both are shown late."""
    times = [max(each.last_event_timestamp, each.last_ingestion_time) for each in streams]
    return time_of(max(times, default=0))


def time_of(milliseconds: int) -> datetime.datetime | None:
    """A time of CloudWatch Logs; None where it says none."""
    if not milliseconds:
        return None
    return datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC)


def made_at(facts: Facts, arn: Arn) -> datetime.datetime | None:
    """When a log group was made, as far as is known."""
    found = seen(group(facts, arn))
    return time_of(found.creation_time) if found else None


def unshown(look: Absent | Unseen) -> Unseen:
    """A look that saw nothing, as one that could not be made."""
    return look if isinstance(look, Unseen) else Unseen(look.call, "is not there")
