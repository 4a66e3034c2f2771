"""Laws of the verdict on arrival: what is hidden, late, lost or only said shows nothing."""

from __future__ import annotations

import datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.diagnose.check.arrival import NOTHING_TELLS, arrived
from logkeep.diagnose.check.finding import Finding
from logkeep.route import Arrived, Bucket, Events, Evidence, Hop, Layout, Objects, Rhythm, Status
from logkeep.snapshot import Ask, Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.value import Unseen
from support.arrivals import came
from support.examples import examples
from support.worlds import NOW, fleet_of

FLEET = fleet_of()
HOUR = datetime.timedelta(hours=1)
MINUTE = datetime.timedelta(minutes=1)
HOP = Hop("arn:aws:s3:::target", "logs", "222222222222", "eu-west-1", ())
BUCKET = Bucket("target", "222222222222", "eu-west-1")
GROUP = "arn:aws:logs:us-east-1:222222222222:log-group:/aws/route53/acme.example"
LAYOUTS = (Layout("%Y/%m/%d/", "%Y%m%dT%H"), Layout("", "%Y-%m-%d-%H-%M-%S-"))
VERSIONING = ask(
    BUCKET.account, BUCKET.region, "s3:GetBucketVersioning", Bucket=BUCKET.name,
    ExpectedBucketOwner=BUCKET.account,
)  # fmt: skip
SAYS = Status("bucket.versioning", works=("Enabled",), fails=("Suspended",))
"""Some setting that says one thing or another: what it is of does not matter here."""


class Scene(msgspec.Struct, frozen=True):
    """A need, and what came when."""

    need: Arrived
    answers: dict[Ask, Reply]
    ages: dict[str, datetime.timedelta | None] = {}

    def verdict(self, *hidden: Ask) -> Finding:
        snapshot = Snapshot(FLEET.name, NOW, self.answers).without(hidden)
        return arrived(Facts(FLEET, snapshot), HOP, self.need)


def seen(need: Arrived, **ages: datetime.timedelta | None) -> Scene:
    """The newest log and heartbeat as old as that; None is that none ever came."""
    answers: dict[Ask, Reply] = {}
    for name, where in (("logs", need.logs), ("heartbeat", need.heartbeat)):
        if where is not None:
            age = ages.get(name)
            facts = Facts(FLEET, Snapshot(FLEET.name, NOW, {}))
            answers |= came(facts, where, None if age is None else NOW - age)
    return Scene(need, answers, ages)


def said(scene: Scene, value: str) -> Scene:
    """The same where the service says so of itself."""
    need = msgspec.structs.replace(scene.need, status=SAYS)
    return Scene(need, {**scene.answers, VERSIONING: reply({"Status": value})})


def rhythm(**more: bool | datetime.timedelta) -> Rhythm:
    return Rhythm("log", every=HOUR, patience=2 * HOUR, window=3 * HOUR, **more)  # type: ignore[arg-type]


def logs(**more: bool | datetime.timedelta) -> Objects:
    return Objects(BUCKET, "logs/", "s_", LAYOUTS[0], rhythm(**more))


BEAT = Objects(BUCKET, "beats/", "b_", LAYOUTS[0], Rhythm("beat", HOUR, 2 * HOUR, 3 * HOUR, True))

PLACES = st.one_of(
    st.builds(Objects, st.just(BUCKET), st.sampled_from(("", "logs/", "a/b-")),
              st.sampled_from(("", "s_")), st.sampled_from(LAYOUTS), st.just(rhythm())),
    st.builds(Events, st.just(GROUP), st.sampled_from(("", "Z1/")), st.just(rhythm())),
)  # fmt: skip
AGES = st.one_of(
    st.none(), st.timedeltas(datetime.timedelta(), 4 * HOUR),
    st.timedeltas(datetime.timedelta(), 90 * 24 * HOUR),
)  # fmt: skip
SETTLING = st.sampled_from((datetime.timedelta(), HOUR, 3 * HOUR))
SINCE = st.one_of(st.none(), AGES.map(lambda age: None if age is None else NOW - age))


@st.composite
def scenes(draw: st.DrawFn, *, lossy: bool = False, settled: bool = False) -> Scene:
    """Any need, and anything that came or did not."""
    often = rhythm(
        steady=draw(st.booleans()),
        best_effort=lossy or draw(st.booleans()),
        settling=datetime.timedelta() if settled else draw(SETTLING),
    )
    where: Evidence | None = draw(PLACES.map(lambda p: msgspec.structs.replace(p, rhythm=often)))
    beat = None if lossy else draw(st.sampled_from((None, BEAT)))
    need = Arrived("stale", where, beat, since=draw(SINCE))
    return seen(need, logs=draw(AGES), heartbeat=draw(AGES))


@given(scenes(), st.sampled_from(("Enabled", "Suspended", "")), st.data())
@examples(300)
def test_hiding_any_answer_heals_nothing_and_breaks_nothing(
    scene: Scene, status: str, data: st.DataObject
) -> None:
    whole = said(scene, status) if status else scene
    before = whole.verdict()
    after = whole.verdict(data.draw(st.sampled_from(sorted(whole.answers))))
    assert after.verdict != "holds" or before.verdict == "holds"
    assert after.verdict != "fails" or before.verdict == "fails"


@given(scenes(lossy=True))
@examples(200)
def test_that_nothing_came_of_what_may_be_lost_proves_nothing(scene: Scene) -> None:
    need = scene.need
    assert need.logs is not None
    found = seen(need).verdict()
    assert found.verdict == "unknown"
    assert found.settle


@given(scenes(settled=True))
@examples(200)
def test_who_speaks_as_it_did_gets_no_better_by_waiting(scene: Scene) -> None:
    """The clock moves and nothing new comes: what is not shown now is not shown later."""
    need = scene.need

    def later(by: datetime.timedelta) -> Finding:
        ages = {name: None if age is None else age + by for name, age in scene.ages.items()}
        since = None if need.since is None else need.since - by
        return seen(msgspec.structs.replace(need, since=since), **ages).verdict()

    order = {"holds": 0, "unknown": 1, "fails": 2}
    verdicts = [order[later(n * HOUR).verdict] for n in range(5)]
    assert verdicts == sorted(verdicts)


@pytest.mark.parametrize(
    ("where", "age", "verdict"),
    [
        (logs(), 119 * MINUTE, "holds"),
        (logs(), 121 * MINUTE, "unknown"),
        (logs(), None, "unknown"),
        (logs(steady=True), 121 * MINUTE, "fails"),
        (logs(steady=True), None, "fails"),
        (logs(steady=True, best_effort=True), None, "unknown"),
        (Events(GROUP, "Z1/", rhythm()), 119 * MINUTE, "holds"),
        (Events(GROUP, "", rhythm(steady=True)), 121 * MINUTE, "fails"),
    ],
)
def test_only_what_is_steady_fails_by_its_silence(
    where: Evidence, age: datetime.timedelta | None, verdict: str
) -> None:
    found = seen(Arrived("stale", where), logs=age).verdict()
    assert found.verdict == verdict
    assert bool(found.settle) == (verdict == "unknown")


def test_a_kind_says_itself_what_would_settle_its_silence() -> None:
    own = Arrived("stale", logs(), settle="a server access log is best effort; wait a day")
    assert seen(own).verdict().settle == own.settle
    assert seen(Arrived("stale", logs())).verdict().settle == NOTHING_TELLS


@pytest.mark.parametrize(
    ("status", "alone", "fresh", "stale"),
    [("Enabled", "unknown", "holds", "unknown"), ("Suspended", "fails", "fails", "fails")],
)
def test_a_status_says_that_it_fails_and_never_alone_that_it_works(
    status: str, alone: str, fresh: str, stale: str
) -> None:
    assert said(Scene(Arrived("stale", None), {}), status).verdict().verdict == alone
    assert said(seen(Arrived("stale", logs()), logs=HOUR), status).verdict().verdict == fresh
    assert said(seen(Arrived("stale", logs())), status).verdict().verdict == stale


def test_a_status_suffices_only_where_the_kind_says_so_and_nothing_else_can_be_looked_at() -> None:
    trusted = msgspec.structs.replace(SAYS, suffices=True)
    working = {VERSIONING: reply({"Status": "Enabled"})}
    assert Scene(Arrived("stale", None, status=trusted), working).verdict().verdict == "holds"
    dead = seen(Arrived("stale", logs(steady=True), status=trusted))
    assert Scene(dead.need, dead.answers | working).verdict().verdict == "fails"
    assert Scene(dead.need, working).verdict().verdict == "unknown"


def test_within_the_time_that_a_change_takes_the_answer_is_not_yet() -> None:
    """Access logs follow a change within about an hour (rule 9.6)."""
    changed = Arrived("stale", logs(settling=HOUR, best_effort=True), since=NOW - 30 * MINUTE)
    for age, verdict in ((None, "unknown"), (40 * MINUTE, "unknown"), (20 * MINUTE, "holds")):
        found = seen(changed, logs=age).verdict()
        assert found.verdict == verdict
        assert verdict == "holds" or "the first log" in found.settle
    long_ago = msgspec.structs.replace(changed, since=NOW - 61 * MINUTE)
    assert seen(long_ago, logs=70 * MINUTE).verdict().verdict == "holds"


def test_who_began_just_now_is_given_time() -> None:
    begun = Arrived("stale", logs(steady=True), since=NOW - HOUR)
    assert seen(begun).verdict().verdict == "unknown"
    assert seen(msgspec.structs.replace(begun, since=NOW - 3 * HOUR)).verdict().verdict == "fails"


@pytest.mark.parametrize("beat", [None, BEAT])
def test_a_silence_whose_beginning_is_hidden_is_unknown(beat: Objects | None) -> None:
    """It may have begun just now, when nothing is due yet."""
    silent = seen(Arrived("stale", logs(steady=True), beat))
    assert silent.verdict().verdict == "fails"
    hidden = Unseen("cloudtrail:GetTrailStatus", "AccessDenied")
    need = msgspec.structs.replace(silent.need, hidden=hidden)
    assert Scene(need, silent.answers).verdict().verdict == "unknown"
