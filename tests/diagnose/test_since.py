"""What changed between two diagnoses is told, and nothing hidden is ever told as mended."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.diagnose.diagnosis import Diagnosis, diagnose
from logkeep.diagnose.since import Since, since
from logkeep.snapshot import Ask, Snapshot
from support import scenes
from support.examples import examples
from support.worlds import ACCOUNTS

FLEET = scenes.FLEET
SCENES: dict[str, Callable[[], Snapshot]] = {
    "before": scenes.before,
    "healthy": scenes.healthy,
    "key-drops-production": scenes.key_drops_production,
    "bucket-drops-two": scenes.bucket_drops_two,
    "header-forced": scenes.header_forced,
    "staging-unassumable": scenes.staging_unassumable,
    "single-region": lambda: scenes.trail_of("staging", IsMultiRegionTrail=False),
    "tampered": scenes.tampered,
}


@functools.cache
def of(name: str) -> Diagnosis:
    return diagnose(FLEET, SCENES[name]())


def codes(found: Since, kind: str) -> set[str]:
    return {failure.code for failure in getattr(found, kind)}


@pytest.mark.parametrize("name", SCENES)
def test_nothing_changed_since_the_same_snapshot(name: str) -> None:
    assert since(of(name), of(name)).nothing


PAIRS = st.tuples(st.sampled_from(sorted(SCENES)), st.sampled_from(sorted(SCENES)))


@examples(40)
@given(PAIRS)
def test_there_and_back_are_each_others_mirror(pair: tuple[str, str]) -> None:
    there, back = since(of(pair[0]), of(pair[1])), since(of(pair[1]), of(pair[0]))
    assert there.new == back.gone
    kept = {(t.route, t.aspect, t.after, t.before) for t in back.turned}
    turned = {(t.route, t.aspect, t.before, t.after) for t in there.turned}
    # Only that a snapshot knows of no verification is told on one of the two ways alone.
    assert {t[1] for t in turned ^ kept} <= {"intact"}
    for one, other in ((there, back), (back, there)):
        assert codes(one, "mended") | codes(one, "unclear") <= codes(other, "appeared")


@examples(40)
@given(PAIRS)
def test_the_turned_aspects_are_just_those_that_stand_otherwise(pair: tuple[str, str]) -> None:
    before, now = of(pair[0]), of(pair[1])
    turned = {(t.route, t.aspect): (t.before, t.after) for t in since(before, now).turned}
    present = {route.name: route for route in now.routes}
    for route in before.routes:
        for aspect, verdict in route.aspects.items():
            after = present[route.name].aspects[aspect]
            if verdict != after and (aspect != "intact" or after == "fails"):
                assert turned[route.name, aspect] == (verdict, after)
            elif verdict == after:
                assert (route.name, aspect) not in turned


BROKEN = ["key-drops-production", "bucket-drops-two", "header-forced", "single-region"]
QUESTIONS = sorted(q for q in scenes.healthy().answers if not q.call.startswith("organizations:"))


@examples(40)
@given(st.sampled_from(BROKEN), st.sets(st.sampled_from(QUESTIONS), min_size=1, max_size=6))
def test_what_is_hidden_is_never_told_as_mended(name: str, hidden: set[Ask]) -> None:
    now = diagnose(FLEET, SCENES[name]().without(hidden))
    assert since(of(name), now).mended == ()


def test_a_break_and_its_mending_are_told_by_code_hop_and_account() -> None:
    broken = since(of("healthy"), of("key-drops-production"))
    refused = next(each for each in broken.appeared if each.code == "key-refuses")
    assert refused.role == "key"
    assert refused.accounts == (ACCOUNTS["production"],)
    assert len(refused.routes) == 2
    mended = since(of("key-drops-production"), of("healthy"))
    assert "key-refuses" in codes(mended, "mended")
    assert mended.appeared == ()
    assert mended.unclear == ()


def test_what_can_no_longer_be_seen_is_unclear() -> None:
    found = since(of("single-region"), of("staging-unassumable"))
    assert "trail-single-region" in codes(found, "unclear")
    assert found.mended == ()


def test_routes_come_and_go_with_the_regions() -> None:
    fewer = msgspec.structs.replace(FLEET, regions=("us-east-1",))
    small = diagnose(fewer, scenes.healthy())
    found = since(small, of("healthy"))
    assert len(found.new) == 3
    assert found.gone == ()
    assert since(of("healthy"), small).gone == found.new


def test_an_acceptance_that_ran_out_is_told() -> None:
    fleet = scenes.accepting("trail-single-region", "staging")
    snapshot = scenes.trail_of("staging", IsMultiRegionTrail=False)
    later = msgspec.structs.replace(
        snapshot, taken_at=snapshot.taken_at + datetime.timedelta(days=400)
    )
    found = since(diagnose(fleet, snapshot), diagnose(fleet, later))
    (expired,) = found.expired
    assert (expired.code, expired.account) == ("trail-single-region", ACCOUNTS["staging"])
    assert expired.until == datetime.date(2027, 3, 31)
    assert "trail-single-region" in codes(found, "appeared")


def test_an_earlier_snapshot_without_a_verification_makes_no_news() -> None:
    answers = scenes.healthy().answers
    unverified = scenes.healthy().without(q for q in answers if q.call == "logkeep:Verify")
    before = diagnose(FLEET, unverified)
    assert since(before, of("healthy")).nothing
    assert {t.after for t in since(before, of("tampered")).turned} == {"fails"}
