"""Laws of reading evidence: under every layout the same as a look at all there is."""

from __future__ import annotations

import datetime
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.archive import objects
from logkeep.route import Bucket, Layout, Objects, Rhythm
from logkeep.snapshot import Ask, Reply, Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.value import Absent, Seen, Unseen
from support.arrivals import holding, listed
from support.examples import examples
from support.worlds import fleet_of

FLEET = fleet_of()
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)
HERE = Bucket("own-target", "222222222222", "eu-west-1")

DAILY = Layout("%Y/%m/%d/", "%Y%m%dT%H")
"""A folder a day (CloudTrail, rule 1.3; flow logs, rule 6.3.7)."""
HIVE = Layout("year=%Y/month=%m/day=%d/hour=%H/", "%Y%m%dT%H%M", is_crowded=True)
"""Folders as Hive names them, one an hour, for all flow logs of a Region (rule 6.3.7)."""
PARTITIONED = Layout("%Y/%m/%d/", "%Y-%m-%d-%H-%M-%S-")
"""S3 access logs, partitioned (rule 9.7)."""
FLAT = Layout("", "%Y-%m-%d-%H-%M-%S-")
"""S3 access logs, simple (rule 9.7)."""
BY_EVENT = Layout("%Y/%m/%d/", "%Y-%m-%d-")
"""The same by the time of events, where a name tells the day alone."""

SHAPES = {
    "a folder a day": (DAILY, "AWSLogs/222222222222/CloudTrail/eu-west-1/", "222222222222_CT_"),
    "hive": (HIVE, "f/AWSLogs/aws-account-id=222222222222/", "222222222222_vpcflowlogs_fl-1_"),
    "partitioned": (PARTITIONED, "logs/222222222222/eu-west-1/source/", ""),
    "flat": (FLAT, "access/source-", ""),
    "flat, no prefix": (FLAT, "", ""),
    "by event": (BY_EVENT, "logs/222222222222/eu-west-1/source/", ""),
}
HOURLY = Rhythm("log", every=HOUR, patience=HOUR, window=3 * HOUR)
SLOW = Rhythm("log", every=DAY, patience=2 * DAY, window=3 * DAY, best_effort=True)

MOMENTS = st.datetimes(
    datetime.datetime(2026, 1, 1), datetime.datetime(2028, 3, 2), timezones=st.just(datetime.UTC)
)
"""Over the ends of months and years, and a leap day."""
AGES = st.one_of(
    st.timedeltas(datetime.timedelta(), 4 * HOUR),
    st.timedeltas(datetime.timedelta(), 5 * DAY),
    st.timedeltas(datetime.timedelta(), 400 * DAY),
)
LAGS = st.timedeltas(datetime.timedelta(), HOUR)
"""How long after the time in its name an object comes: never longer than the look reaches back."""
NOISE = st.sampled_from(
    ["", "zzz", "2026", "2026-xx-", "0", "year=none/", "9999/", "2026/99/", "9f-1b", "20ab-cd-"]
)


class World(msgspec.Struct, frozen=True):
    """A bucket's content at a time, and where in it a series lies."""

    where: Objects
    taken: datetime.datetime
    keys: dict[str, datetime.datetime]
    ours: dict[str, datetime.datetime]
    """Of the keys those of the series, and when each came."""

    @property
    def facts(self) -> Facts:
        bare = Facts(FLEET, Snapshot(FLEET.name, self.taken, {}))
        return Facts(FLEET, Snapshot(FLEET.name, self.taken, holding(bare, self.where, self.keys)))


def named(where: Objects, at: datetime.datetime, end: str) -> str:
    """A key of the series, written by its own plain hand."""
    folder, name = at.strftime(where.layout.folder), at.strftime(where.layout.name)
    return f"{where.prefix}{folder}{where.stem}{name}{end}"


@st.composite
def worlds(draw: st.DrawFn, shape: str, rhythm: Rhythm) -> World:
    layout, prefix, stem = SHAPES[shape]
    where = Objects(HERE, prefix, stem, layout, rhythm)
    taken = draw(MOMENTS)
    ours: dict[str, datetime.datetime] = {}
    for number, age in enumerate(draw(st.lists(AGES, max_size=6))):
        at = taken - age
        came = min(at + draw(LAGS), taken)
        ours[named(where, at, f"Z_{number}.gz")] = came
    others = {f"{prefix}{noise}{stem}": taken for noise in draw(st.lists(NOISE, max_size=3))}
    near = draw(st.lists(AGES, max_size=2))
    beside = {f"{prefix}{(taken - age).strftime(layout.folder)}zz": taken for age in near}
    return World(where, taken, {**others, **beside, **ours}, ours)


def is_hidden_by_others(world: World) -> bool:
    """Whether the last folder that tells a time holds nothing of the series: no more is read."""
    timed = re.compile(re.escape(world.where.prefix) + r"(year=)?\d{4}[/-]", re.ASCII)
    others = [key for key in world.keys if key not in world.ours and timed.match(key)]
    return max(others, default="") > max(world.ours, default="")


BOTH = [(shape, rhythm) for shape in SHAPES for rhythm in (HOURLY, SLOW)]


@pytest.mark.parametrize(("shape", "rhythm"), BOTH, ids=lambda v: v if isinstance(v, str) else "")
def test_a_fresh_object_is_found_wherever_a_full_listing_has_one(
    shape: str, rhythm: Rhythm
) -> None:
    @given(worlds(shape, rhythm))
    @examples(150)
    def law(world: World) -> None:
        look = objects.newest(world.facts, world.where)
        wanted = any(world.taken - came <= rhythm.patience for came in world.ours.values())
        found = isinstance(look, Seen) and world.taken - look.value.at <= rhythm.patience
        assert found == wanted or (isinstance(look, Unseen) and is_hidden_by_others(world))

    law()


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_found_is_the_newest_of_the_last_time_that_has_any(shape: str) -> None:
    @given(worlds(shape, HOURLY))
    @examples(150)
    def law(world: World) -> None:
        look = objects.newest(world.facts, world.where)
        if isinstance(look, Unseen):
            assert is_hidden_by_others(world), look
            return
        if not world.ours:
            assert isinstance(look, Absent), look
            return
        assert isinstance(look, Seen), look
        assert look.value.key in world.ours
        # By the time in its name nothing is a day newer, whatever else lies beside it.
        newest = max(world.ours, key=lambda key: key.removeprefix(world.where.prefix))
        assert world.ours[newest] - world.ours[look.value.key] <= DAY + HOUR

    law()


@pytest.mark.parametrize("shape", SHAPES)
def test_no_more_is_read_than_a_few_pages(shape: str) -> None:
    """Whatever the bucket holds: the folders of the first look, and a page a level below it."""
    layout, prefix, _stem = SHAPES[shape]

    @given(worlds(shape, HOURLY))
    @examples(60)
    def law(world: World) -> None:
        most = objects.most_asks(world.facts, layout, HOURLY) + objects.look_back_asks(layout)
        assert len(world.facts.snapshot.answers) <= most
        for question in world.facts.snapshot.answers:
            assert question.account == HERE.account
            assert dict(question.arguments)["Prefix"].startswith(prefix)

    law()


@pytest.mark.parametrize("shape", SHAPES)
def test_hiding_a_listing_shows_nothing_newer(shape: str) -> None:
    @given(worlds(shape, HOURLY), st.data())
    @examples(100)
    def law(world: World, data: st.DataObject) -> None:
        before = objects.newest(world.facts, world.where)
        snapshot = world.facts.snapshot
        hidden = data.draw(st.sampled_from(sorted(snapshot.answers)))
        after = objects.newest(Facts(FLEET, snapshot.without([hidden])), world.where)
        if isinstance(after, Seen):
            assert isinstance(before, Seen)
            assert after.value.at <= before.value.at
        else:
            assert isinstance(after, Unseen)

    law()


def crowded(page: int, *, sorted_names: bool = True) -> World:
    """More objects than one page holds, of which only the last are fresh."""
    layout = DAILY if sorted_names else BY_EVENT
    where = Objects(HERE, "logs/", "s_", layout, HOURLY)
    taken = datetime.datetime(2026, 11, 23, 12, 30, tzinfo=datetime.UTC)
    minutes = [taken - datetime.timedelta(minutes=m) for m in range(170, 5, -5)]
    keys = {named(where, at, f"{n:03}.gz"): at for n, at in enumerate(minutes)}
    assert len(keys) > page
    return World(where, taken, keys, keys)


def answered(world: World, page: int) -> Facts:
    bare = Facts(FLEET, Snapshot(FLEET.name, world.taken, {}))
    found = holding(bare, world.where, world.keys, page)
    return Facts(FLEET, Snapshot(FLEET.name, world.taken, found))


def test_a_page_that_ends_too_early_is_asked_for_once_more_where_the_fresh_ones_lie() -> None:
    world = crowded(20)
    facts = answered(world, 20)
    look = objects.newest(facts, world.where)
    assert isinstance(look, Seen)
    assert world.taken - look.value.at <= HOUR
    assert len(facts.snapshot.answers) == 2


def test_where_no_page_reaches_to_what_may_be_fresh_nothing_is_said() -> None:
    world = crowded(10, sorted_names=False)
    look = objects.newest(answered(world, 10), world.where)
    assert isinstance(look, Unseen)
    assert objects.MORE in look.error


def test_a_listing_that_failed_is_unseen_and_one_of_no_bucket_is_absent() -> None:
    where = Objects(HERE, "logs/", "s_", DAILY, HOURLY)
    taken = datetime.datetime(2026, 11, 23, 12, 30, tzinfo=datetime.UTC)
    bare = Snapshot(FLEET.name, taken, {})
    (question,) = objects.asks(Facts(FLEET, bare), where, look_back=True)
    for error, kind in (("AccessDenied", Unseen), ("NoSuchBucket", Absent)):
        facts = Facts(FLEET, bare.with_answers({question: Reply(error=error)}))
        assert isinstance(objects.lately(facts, where), kind)


def test_the_naive_listing_is_as_s3_lists() -> None:
    """API, ListObjectsV2: sorted, after, below a prefix, folders once, at most a page in all."""
    at = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    keys = dict.fromkeys(("a/1", "a/2", "a/b/3", "a/c/4", "b"), at)

    def told(page: int = 1000, **given: str) -> tuple[list[str], list[str], bool]:
        question = Ask("", "", "s3:ListObjectsV2", tuple(given.items()))
        body = msgspec.json.decode(listed(keys, question, page).body)
        contents = [each["Key"] for each in body["Contents"]]
        return (
            contents,
            [each["Prefix"] for each in body.get("CommonPrefixes", [])],
            body.get("IsTruncated", False),
        )

    assert told() == (sorted(keys), [], False)
    assert told(Prefix="a/", Delimiter="/") == (["a/1", "a/2"], ["a/b/", "a/c/"], False)
    assert told(Prefix="a/", StartAfter="a/1") == (["a/2", "a/b/3", "a/c/4"], [], False)
    assert told(2, Prefix="a/", Delimiter="/") == (["a/1", "a/2"], [], True)
    assert told(2, Prefix="z") == ([], [], False)
