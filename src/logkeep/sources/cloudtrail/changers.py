"""Who changed a bucket or key lately, by the event history of its account and Region?

The history shows 50 events of one name at a time, the newest first (rule 1.1.2): what lies before
them is asked for by an earlier end, some times, and then it is said how far back it reaches.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Final

import msgspec

from logkeep.archive.lately import ActorKind, EventHistory, Lately, RecentChange, Watched
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts
from logkeep.value import Look, Seen, Time, Unseen

KEPT: Final = datetime.timedelta(days=90)
PAGES_MAX: Final = 4


class Who(msgspec.Struct, frozen=True):
    """What is kept of a record's userIdentity."""

    type: str = ""
    arn: str = ""
    account_id: str = msgspec.field(name="accountId", default="")
    invoked_by: str = msgspec.field(name="invokedBy", default="")
    issuer: str = ""


class Changed(msgspec.Struct, frozen=True):
    """An event by which something was changed."""

    name: str = msgspec.field(name="EventName", default="")
    at: Time | None = msgspec.field(name="EventTime", default=None)
    error: str | None = msgspec.field(name="errorCode", default=None)
    who: Who = Who()
    changed: tuple[str, ...] = ()


class Page(msgspec.Struct, frozen=True):
    """One page of the history, the newest first."""

    events: tuple[Changed, ...] = msgspec.field(name="Events", default=())
    more: bool = False


def wants(facts: Facts, of: Watched) -> Iterator[Ask]:
    """The pages of each kind of change, as far as the ones before are known."""
    for event in of.events:
        for question, _ in _pages(facts, of, event):
            yield question


def _pages(facts: Facts, of: Watched, event: str) -> Iterator[tuple[Ask, Look[Page]]]:
    """One page after the other, to the last, to one that was not seen, or to the bound."""
    end = facts.taken_at
    for _ in range(PAGES_MAX):
        times = {"StartTime": _text(facts.taken_at - KEPT), "EndTime": _text(end)}
        question = ask(of.account, of.region, "cloudtrail:LookupEvents", EventName=event, **times)
        page = facts.look(question, Page)
        yield question, page
        oldest = _oldest(page.value) if isinstance(page, Seen) and page.value.more else None
        if oldest is None or oldest >= end:
            return
        end = oldest


def _oldest(page: Page) -> datetime.datetime | None:
    return min((each.at for each in page.events if each.at is not None), default=None)


def _text(at: datetime.datetime) -> str:
    return f"{at.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"


def lately(facts: Facts, of: Watched) -> Look[Lately]:
    """Every change of a resource that the history shows, and how far back."""
    since = facts.taken_at - KEPT
    made: set[RecentChange] = set()
    for event in of.events:
        last: Page | None = None
        for question, look in _pages(facts, of, event):
            if not isinstance(look, Seen):
                return look if isinstance(look, Unseen) else Unseen(question.says(), "is not there")
            last = look.value
            made.update(_made(of, event, last))
        if last is not None and last.more:
            since = max(since, _oldest(last) or facts.taken_at)
    return Seen(Lately(tuple(sorted(made, reverse=True)), since))


def _made(of: Watched, event: str, page: Page) -> Iterator[RecentChange]:
    for each in page.events:
        ours = each.name == event and not set(of.names).isdisjoint(each.changed)
        if ours and not each.error and each.at is not None:
            by, kind = _by(each.who)
            yield RecentChange(each.at, event, by, kind)


def _by(who: Who) -> tuple[str, ActorKind]:
    """Who it was: a session is its role's (CloudTrail User Guide, "userIdentity element")."""
    match who.type:
        case "AssumedRole" | "Role" if who.issuer:
            return who.issuer, "role"
        case "IAMUser" if who.arn:
            return who.arn, "user"
        case "Root" if who.arn:
            return who.arn, "root"
        case "FederatedUser" if who.issuer:
            return who.issuer, "root" if who.issuer.endswith(":root") else "user"
        case "AWSService" if who.invoked_by:
            return who.invoked_by, "service"
        case "AWSAccount" if who.account_id:
            return who.account_id, "account"
        case _:
            return who.arn or who.type, "unknown"


HISTORY: Final = EventHistory(wants, lately)
