"""What lies in the archive of a series of objects: the newest, found in a few listings."""

from __future__ import annotations

import datetime

import msgspec

from logkeep.access.bucket import of_bucket
from logkeep.route import Series
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts, seen
from logkeep.value import Absent, Look, Seen

WINDOW = datetime.timedelta(hours=3)
"""How far back the first look goes."""
HEARTBEAT = datetime.timedelta(hours=2)
"""Digests come hourly (rule 1.8.1); one that is an hour late is late beyond doubt."""
LOG_AGE = datetime.timedelta(hours=1)
"""Where there is no heartbeat, an hour without a log is a fair alarm (rule 1.8.1)."""


class Object(msgspec.Struct, frozen=True, rename="pascal", gc=False):
    """One object in a listing."""

    key: str
    last_modified: datetime.datetime
    size: int = 0


class Folder(msgspec.Struct, frozen=True, rename="pascal", gc=False):
    """One common prefix in a listing."""

    prefix: str


class Listing(msgspec.Struct, frozen=True, rename="pascal", gc=False):
    """One page of s3:ListObjectsV2."""

    contents: tuple[Object, ...] = ()
    common_prefixes: tuple[Folder, ...] = ()
    is_truncated: bool = False


class Head(msgspec.Struct, frozen=True):
    """What s3:HeadObject says of an object's encryption."""

    encryption: str = msgspec.field(name="ServerSideEncryption", default="")
    key_arn: str = msgspec.field(name="SSEKMSKeyId", default="")


def _list(facts: Facts, **arguments: str) -> Ask:
    question = of_bucket(facts, "s3:ListObjectsV2")
    named = (*question.arguments, *arguments.items())
    return Ask(question.account, question.region, question.call, tuple(sorted(named)))


def recent_asks(facts: Facts, series: Series) -> list[Ask]:
    """The listings of the last hours: one day's folder, or two about midnight."""
    asked, days, hour = facts.once("recent hours", lambda: _recent_hours(facts))
    who, where, call, of_whom = asked.account, asked.region, asked.call, asked.arguments
    after = ("StartAfter", f"{series.prefix}{days[0]}/{series.stem}{hour}")
    # Thousands of questions: `Bucket` and `ExpectedBucketOwner` are in order before these two.
    return [
        Ask(who, where, call, (*of_whom, ("Prefix", f"{series.prefix}{day}/"), after))
        for day in days
    ]


def _recent_hours(facts: Facts) -> tuple[Ask, tuple[str, ...], str]:
    """What each listing asks, the folders of the days to look into, and the hour to begin after."""
    taken = facts.snapshot.taken_at.astimezone(datetime.UTC)
    start = taken - WINDOW
    days = tuple(dict.fromkeys(f"{day:%Y/%m/%d}" for day in (start, taken)))
    return of_bucket(facts, "s3:ListObjectsV2"), days, f"{start:%Y%m%dT%H}"


def _of_series(listing: Listing, series: Series) -> list[Object]:
    """The objects of the series on a page; others' objects in the folder do not count."""
    stem = series.stem
    return [o for o in listing.contents if o.key.rsplit("/", 1)[-1].startswith(stem)]


def _newest_of(found: list[Object]) -> Object:
    return found[0] if len(found) == 1 else max(found, key=lambda o: (o.last_modified, o.key))


def newest(facts: Facts, series: Series) -> Look[Object]:
    """The newest object of a series: of the last hours, else of the last day that has a folder."""
    return facts.once(("newest", series), lambda: _newest(facts, series))


def _newest(facts: Facts, series: Series) -> Look[Object]:
    recent = _recent(facts, series)
    if not isinstance(recent, Absent):
        return recent
    return _of_last_day(facts, series)


def _recent(facts: Facts, series: Series) -> Look[Object]:
    """The newest object of the last hours."""
    found: list[Object] = []
    questions = recent_asks(facts, series)
    for question in questions:
        # Not remembered: `newest` is, and thousands of listings are looked at once.
        look = facts.snapshot.look(question, Listing)
        if not isinstance(look, Seen):
            return look
        found += _of_series(look.value, series)
    return Seen(_newest_of(found)) if found else Absent(questions[-1].says())


def _of_last_day(facts: Facts, series: Series) -> Look[Object]:
    """The newest object of the last day that has a folder: year, month and day are descended."""
    prefix = series.prefix
    for _ in range(3):
        look = facts.look(_list(facts, Prefix=prefix, Delimiter="/"), Listing)
        if not isinstance(look, Seen):
            return look
        if not look.value.common_prefixes:
            return Absent(_list(facts, Prefix=prefix, Delimiter="/").says())
        prefix = look.value.common_prefixes[-1].prefix
    question = _list(facts, Prefix=prefix, StartAfter=f"{prefix}{series.stem}")
    look = facts.look(question, Listing)
    if not isinstance(look, Seen):
        return look
    found = _of_series(look.value, series)
    return Seen(_newest_of(found)) if found else Absent(question.says())


def asks(facts: Facts, series: Series, *, look_back: bool) -> list[Ask]:
    """Every listing worth asking for, given what is known."""
    questions = recent_asks(facts, series)
    if not look_back or not isinstance(_recent(facts, series), Absent):
        return questions
    prefix = series.prefix
    for _ in range(3):
        questions.append(_list(facts, Prefix=prefix, Delimiter="/"))
        found = seen(facts.look(questions[-1], Listing))
        if found is None or not found.common_prefixes:
            return questions
        prefix = found.common_prefixes[-1].prefix
    return [*questions, _list(facts, Prefix=prefix, StartAfter=f"{prefix}{series.stem}")]


def head_ask(facts: Facts, key: str) -> Ask:
    """The question how an object lies there encrypted."""
    question = of_bucket(facts, "s3:HeadObject")
    named = (*question.arguments, ("Key", key))
    return Ask(question.account, question.region, question.call, tuple(sorted(named)))


def head(facts: Facts, found: Object) -> Look[Head]:
    """How an object lies there encrypted."""
    return facts.look(head_ask(facts, found.key), Head)
