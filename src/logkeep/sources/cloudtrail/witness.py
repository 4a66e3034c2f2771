"""The event history as a witness: was anything done that should have left a log by now?

Every account has it without any trail (rule 1.1.1), two calls a second (rule 1.1.2), so it is
asked only where a verdict hangs on it: where no log came of late, and no digest tells why.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import msgspec

from logkeep.archive import evidence
from logkeep.route import Arrived, Evidence, Hop
from logkeep.snapshot import NOT_ASKED, Ask, ask
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Activity
from logkeep.sources.cloudtrail import organization_trail
from logkeep.sources.cloudtrail.coverage import ANYTHING, Domain, left_out
from logkeep.sources.cloudtrail.evidence import evidence as objects_of
from logkeep.sources.cloudtrail.selectors import rules_of
from logkeep.sources.cloudtrail.speaker import Speaker
from logkeep.sources.cloudtrail.trails import Selectors, Trail, leader, selectors, status, trails
from logkeep.value import AccountId, Arn, Look, Region, Seen, Time, Unseen

EVENT_HISTORY = "event-history"
LOOK_BACK = datetime.timedelta(hours=24)
"""How far back activity counts where no log ever came."""
OURS = "logkeep"
"""How Logkeep calls itself: in its user agent, and as the session of the role it assumes."""
GLOBAL_SOURCES = frozenset(
    f"{name}.amazonaws.com"
    for name in ("iam", "sts", "cloudfront", "organizations", "route53", "account", "shield", "waf")
)
"""Services whose events only trails with global service events get, in their one Region (1.11)."""


class HistoryEvent(msgspec.Struct, frozen=True, rename="pascal"):
    """An event of the history, as far as it is kept."""

    event_name: str = ""
    event_source: str = ""
    event_time: Time | None = None
    read_only: str = ""
    username: str = ""
    user_agent: str = msgspec.field(name="userAgent", default="")
    event_type: str = msgspec.field(name="eventType", default="")
    error_code: str | None = msgspec.field(name="errorCode", default=None)


class History(msgspec.Struct, frozen=True):
    """One page of the event history, the newest first."""

    events: tuple[HistoryEvent, ...] = msgspec.field(name="Events", default=())
    more: bool = False


def history_ask(
    account: AccountId, region: Region, start: datetime.datetime, end: datetime.datetime
) -> Ask:
    """The question what was done in an account and Region within a time."""
    times = {"StartTime": _text(start), "EndTime": _text(end)}
    return ask(account, region, "cloudtrail:LookupEvents", **times)


def _text(at: datetime.datetime) -> str:
    return f"{at.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"


def asks(facts: Facts, who: Speaker, region: Region) -> Iterator[Ask]:
    """The question to the witness where the arrival of a Region's logs hangs on the answer."""
    on = seen(status(facts, who.arn, who.asked, who.home_region))
    if who.validated or on is None or not on.is_logging:
        return
    span = silence(facts, who.account, region, who.arn, objects_of(facts, who, "log", region))
    if isinstance(span, Seen) and span.value is not None:
        yield history_ask(who.account, region, *span.value)


Span = tuple[datetime.datetime, datetime.datetime]


def silence(
    facts: Facts, account: AccountId, region: Region, arn: Arn, logs: Evidence
) -> Look[Span | None]:
    """Since when no log came of which one should have come by now; None where that is not long."""
    newest = evidence.last(facts, logs)
    if isinstance(newest, Unseen):
        return newest
    end = facts.taken_at - logs.rhythm.patience
    start = newest.at if newest else end - LOOK_BACK
    found = seen(status(facts, arn, account, region))
    began = found.start_logging_time if found else None
    start = max(start, began) if began else start
    return Seen((start, end) if start < end else None)


def witness(facts: Facts, hop: Hop, need: Arrived) -> Look[Activity | None]:
    """What was done since the newest log, or None where nothing was: then the Region is idle.

    Only what the trail selects counts, older than logs take to come, and not made by Logkeep.
    """
    if need.logs is None:
        return Unseen("s3:ListObjectsV2", NOT_ASKED)
    span = silence(facts, hop.account, need.region, need.of, need.logs)
    if not isinstance(span, Seen):
        return span
    if span.value is None:
        return Unseen("cloudtrail:GetTrailStatus", "logging began within the hour; wait for a log")
    return active(facts, hop.account, need.region, need.of, span.value)


def active(
    facts: Facts, account: AccountId, region: Region, arn: Arn, span: Span
) -> Look[Activity | None]:
    """The newest event of a time that a trail selects and that Logkeep did not cause."""
    trail = next((t for t in seen(trails(facts, account)) or () if t.arn == arn), None)
    if trail is None:
        return Unseen("cloudtrail:DescribeTrails", f"does not show {arn} in {account}")
    asked = organization_trail.asked(facts) if trail.is_organization_trail else account
    chosen = selectors(facts, trail, asked)
    question = history_ask(account, region, *span)
    look = facts.look(question, History)
    if not isinstance(look, Seen):
        return look if isinstance(look, Unseen) else Unseen(look.call, "is not there")
    if not isinstance(chosen, Seen):
        return chosen if isinstance(chosen, Unseen) else Unseen(chosen.call, "is not there")
    for event in look.value.events:
        if _counts(facts, trail, chosen.value, region, event) and event.event_time is not None:
            return Seen(Activity(event.event_time, f"{event.event_source} {event.event_name}"))
    if look.value.more:
        return Unseen(question.says(), "shows one page, and no event of it counts")
    return Seen(None)


def _counts(
    facts: Facts, trail: Trail, chosen: Selectors, region: Region, event: HistoryEvent
) -> bool:
    """Whether the trail should have recorded an event that somebody else than Logkeep made."""
    if OURS in event.user_agent.lower() or event.username == OURS:
        return False
    is_global = region == leader(facts) and event.event_source in GLOBAL_SOURCES
    if is_global and not trail.include_global_service_events:
        return False
    scope = {
        "eventCategory": Domain(("Management",)),
        "readOnly": Domain((event.read_only,)),
        "eventSource": Domain((event.event_source,)),
        "eventName": Domain((event.event_name,)),
        "eventType": Domain((event.event_type,)) if event.event_type else ANYTHING,
        "errorCode": Domain((event.error_code,)),
    }
    return left_out(rules_of(chosen), scope) is None


WITNESSES = {EVENT_HISTORY: witness}
