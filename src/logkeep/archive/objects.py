"""The newest object of a series in any bucket, under any layout of keys, found in few listings."""

from __future__ import annotations

import datetime
import functools
import re
from typing import NamedTuple, TypeAlias

import msgspec

from logkeep.access.bucket import of_bucket
from logkeep.route import Bucket, Layout, Objects, Rhythm
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts, remembered
from logkeep.value import Absent, Look, Seen, Time, Unseen

HOUR = datetime.timedelta(hours=1)
FOLDERS_MOST = 4
"""How many folders are looked into one by one, before the last that is there is looked for."""
MORE = "shows more than one page, and nothing fresh on it"
OLDER = "shows none of these, and what is older was not looked for"


class Object(msgspec.Struct, frozen=True, rename="pascal", gc=False):
    """One object in a listing."""

    key: str
    last_modified: Time
    size: int = 0

    @property
    def at(self) -> datetime.datetime:
        """When it came."""
        return self.last_modified


class CommonPrefix(msgspec.Struct, frozen=True, rename="pascal", gc=False):
    """One common prefix in a listing."""

    prefix: str


class ListedPage(msgspec.Struct, frozen=True, rename="pascal", gc=False):
    """One page of s3:ListObjectsV2."""

    contents: tuple[Object, ...] = ()
    common_prefixes: tuple[CommonPrefix, ...] = ()
    is_truncated: bool = False


class Head(msgspec.Struct, frozen=True):
    """What s3:HeadObject says of an object's encryption."""

    encryption: str = msgspec.field(name="ServerSideEncryption", default="")
    key_arn: str = msgspec.field(name="SSEKMSKeyId", default="")


Looked: TypeAlias = tuple[list[Ask], Look[Object]]
"""What was asked for an object, and what came of it."""


def newest(facts: Facts, where: Objects) -> Look[Object]:
    """The newest object: of the last hours, else of the last day that has any.

    Absent is that none is there at all; unseen may mean that only what is older was not looked
    for, which `lately` tells.
    """
    return whenever(facts, where, lately(facts, where))


def whenever(facts: Facts, where: Objects, late: Look[Object]) -> Look[Object]:
    """The same, given what came of the look at the time on which freshness hangs."""
    return _of_last_day(facts, where)[1] if isinstance(late, Absent) else late


def lately(facts: Facts, where: Objects) -> Look[Object]:
    """The newest object of the time on which freshness hangs."""
    look = _lately(facts, where)[1]
    if not isinstance(look, Absent):
        return look
    is_short = _window(facts, where.layout, where.rhythm).is_short
    return _of_last_day(facts, where)[1] if is_short else look


def asks(facts: Facts, where: Objects, *, look_back: bool) -> list[Ask]:
    """Every listing worth asking for, given what is known."""
    asked, look = _lately(facts, where)
    is_short = _window(facts, where.layout, where.rhythm).is_short
    if (look_back or is_short) and isinstance(look, Absent):
        asked += _of_last_day(facts, where)[0]
    return asked


def most_asks(facts: Facts, layout: Layout, rhythm: Rhythm) -> int:
    """How many listings the first look may take where no page of them is full."""
    return len(_window(facts, layout, rhythm).folders)


def look_back_asks(layout: Layout) -> int:
    """How many listings it takes to find what is older."""
    return len(_levels(layout)[1]) + 1


def _is_fresh(facts: Facts, found: Object, rhythm: Rhythm) -> bool:
    """Whether it came so lately that no look further back could change anything."""
    return facts.taken_at - found.at <= rhythm.patience


def head_ask(facts: Facts, bucket: Bucket, key: str) -> Ask:
    """The question how an object lies there encrypted."""
    question = _about(facts, bucket, "s3:HeadObject")
    named = (*question.arguments, ("Key", key))
    return Ask(question.account, question.region, question.call, named)


def head(facts: Facts, bucket: Bucket, found: Object) -> Look[Head]:
    """How an object lies there encrypted."""
    return facts.look(head_ask(facts, bucket, found.key), Head)


@remembered
def _about(facts: Facts, bucket: Bucket, call: str) -> Ask:
    """A question about a bucket, put by its owner and to its owner only (rule 10.7)."""
    return of_bucket(facts, call, bucket)


def _lately(facts: Facts, where: Objects) -> Looked:
    """The newest folder first, and no further than until something fresh is found."""
    about, window = _of_series(facts, where.bucket, where.layout, where.rhythm)
    asked: list[Ask] = []
    found: list[Object] = []
    for folder, names in window.folders:
        above = f"{where.prefix}{folder}"
        start = f"{above}{where.stem}"
        prefix = start if where.layout.is_crowded else above
        for name in names:
            asked.append(_page_ask(about, prefix, f"{start}{name}"))
            # Not remembered: most of thousands of listings are looked at once.
            look = facts.glance(asked[-1], ListedPage)
            if not isinstance(look, Seen):
                return asked, look
            found += _named(look.value, start, where.layout.name)
            if found and _is_fresh(facts, best := _newest_of(found), where.rhythm):
                return asked, Seen(best)
            if not look.value.is_truncated:
                break
        else:
            return asked, Unseen(asked[-1].says(), MORE)
    return asked, Seen(_newest_of(found)) if found else Absent(asked[-1].says())


@remembered
def _of_series(facts: Facts, bucket: Bucket, layout: Layout, rhythm: Rhythm) -> tuple[Ask, _Window]:
    """What is asked, and for which time, where thousands of series are alike."""
    return _about(facts, bucket, "s3:ListObjectsV2"), _window(facts, layout, rhythm)


def _page_ask(about: Ask, prefix: str, after: str) -> Ask:
    """The listing of one folder's objects from a name on."""
    # Thousands of questions: `Bucket` and `ExpectedBucketOwner` are in order before these two.
    named = (*about.arguments, ("Prefix", prefix), ("StartAfter", after))
    return Ask(about.account, about.region, about.call, named)


class _Window(NamedTuple):
    """Where objects of the last hours lie."""

    folders: tuple[tuple[str, tuple[str, ...]], ...]
    """Each folder, the newest first, with the name after which to begin; and with a later one,
    where a page may not reach to what is fresh."""
    is_short: bool
    """Whether there are more folders than are looked into one by one."""


@remembered
def _window(facts: Facts, layout: Layout, rhythm: Rhythm) -> _Window:
    taken = facts.taken_at.astimezone(datetime.UTC)
    start, fresh = taken - rhythm.window, taken - rhythm.patience
    times = (max(taken - n * HOUR, start) for n in range(int(rhythm.window / HOUR) + 2))
    folders = dict.fromkeys(at.strftime(layout.folder) for at in times)
    first, name = start.strftime(layout.folder), start.strftime(layout.name)
    last, later = fresh.strftime(layout.folder), fresh.strftime(layout.name)
    looked: list[tuple[str, tuple[str, ...]]] = []
    for folder in [*folders][:FOLDERS_MOST]:
        begins = name if folder == first else ""
        again = (later,) if folder == last and later > begins else ()
        looked.append((folder, (begins, *again)))
    return _Window(tuple(looked), len(folders) > FOLDERS_MOST)


def _named(listing: ListedPage, start: str, form: str) -> list[Object]:
    """The objects on a page that are named as theirs are; a folder may hold others besides."""
    tells, at = _reading(form), len(start)
    return [o for o in listing.contents if o.key.startswith(start) and tells.match(o.key, at)]


def _newest_of(found: list[Object]) -> Object:
    return found[0] if len(found) == 1 else max(found, key=lambda o: (o.last_modified, o.key))


_DIGITS = {"%Y": r"\d{4}"} | dict.fromkeys(("%m", "%d", "%H", "%M", "%S"), r"\d{2}")
"""What may tell a time in a key: all that sorts as time goes on, the longest first."""


@functools.cache
def _reading(form: str) -> re.Pattern[str]:
    """What a form may have written; raises KeyError for a directive that does not sort."""
    parts = enumerate(re.split("(%.)", form))
    return re.compile("".join(_DIGITS[p] if n % 2 else re.escape(p) for n, p in parts), re.ASCII)


def _of_last_day(facts: Facts, where: Objects) -> Looked:
    """The newest of what is older: year, month and day are descended to the last that is there."""
    between, forms = _levels(where.layout)
    is_flat = not where.layout.folder
    begin = prefix = f"{where.prefix}{where.stem}" if is_flat else where.prefix
    # Whatever else lies beside flat keys shall not fill the page, so the century is named.
    taken = facts.taken_at.astimezone(datetime.UTC)
    century = f"{taken:%Y}"[:2] if is_flat else ""
    asked: list[Ask] = []
    for level, form in enumerate(forms, 1):
        above = prefix + century if prefix == begin else prefix
        asked.append(_list(facts, where.bucket, Prefix=above, Delimiter=between))
        look = facts.look(asked[-1], ListedPage)
        if not isinstance(look, Seen):
            return asked, look
        now = f"{begin}{taken.strftime(''.join(forms[:level]))}"
        last = _last_below(look.value, prefix, form, now)
        if not last:
            sure = prefix == begin and not look.value.is_truncated
            says = asked[-1].says()
            return asked, Absent(says) if sure else Unseen(says, OLDER)
        prefix = last
    if not forms:
        return asked, Unseen(f"s3:ListObjectsV2(Prefix={begin})", OLDER)
    if is_flat:
        asked.append(_list(facts, where.bucket, Prefix=prefix))
    else:
        about = _about(facts, where.bucket, "s3:ListObjectsV2")
        start = f"{prefix}{where.stem}"
        asked.append(_page_ask(about, start if where.layout.is_crowded else prefix, start))
    look = facts.look(asked[-1], ListedPage)
    if not isinstance(look, Seen):
        return asked, look
    start = begin if is_flat else f"{prefix}{where.stem}"
    found = _named(look.value, start, where.layout.name)
    return asked, Seen(_newest_of(found)) if found else Unseen(asked[-1].says(), OLDER)


def _last_below(listing: ListedPage, above: str, form: str, now: str) -> str:
    """The last folder that a form may have written by now; none is nothing."""
    tells, at = _reading(form), len(above)
    found = (each.prefix for each in listing.common_prefixes)
    timed = (p for p in found if p <= now and p.startswith(above) and tells.fullmatch(p, at))
    return max(timed, default="")


@functools.cache
def _levels(layout: Layout) -> tuple[str, tuple[str, ...]]:
    """What parts the levels of a layout's times, and the form of each, the longest time first."""
    if layout.folder:
        return "/", tuple(f"{part}/" for part in layout.folder.split("/")[:-1])
    parted = re.match(r"%Y([^%\w])", layout.name)
    if parted is None:
        return "", ()
    between = parted[1]
    return between, tuple(re.findall(f"%[YmdH]{re.escape(between)}", layout.name))


def _list(facts: Facts, bucket: Bucket, **arguments: str) -> Ask:
    question = _about(facts, bucket, "s3:ListObjectsV2")
    named = (*question.arguments, *arguments.items())
    return Ask(question.account, question.region, question.call, tuple(sorted(named)))
