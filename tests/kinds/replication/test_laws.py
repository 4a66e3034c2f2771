"""Laws 1 to 3 and their sister over replication, in each of the four shapes of rule 3.3."""

from __future__ import annotations

import functools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinds.replication.worlds import (
    HOME,
    SECURITY,
    SOURCE,
    fleet,
    known,
    owned,
    pair,
    planned,
    shapes,
)
from logkeep.access.bucket import Bucket, head
from logkeep.diagnose.diagnosis import diagnose
from logkeep.plan import plan
from logkeep.snapshot import Reply
from logkeep.sources.wants import wants
from support.examples import examples
from support.laws import (
    World,
    any_fault,
    every_fault_is_found,
    every_fault_is_mended,
    first_code,
    hiding_breaks_nothing,
    hiding_heals_nothing,
)
from support.worlds import fleet_of

SHAPES = tuple(shapes())


def test_a_source_that_is_gone_is_the_first_broken_link() -> None:
    """Nobody lists it, and nobody has it: whose its role would be is only a guess."""
    of = fleet(pair())
    (found,) = diagnose(of, known(of, owned([]))).routes
    assert first_code(found) == "replication-source-missing"
    hidden = known(of, owned([])).with_answers(
        {head(Bucket(SOURCE, SECURITY, HOME)): Reply(error="403", message="Forbidden")}
    )
    (found,) = diagnose(of, hidden).routes
    assert found.verdict != "holds"


@functools.cache
def world(name: str) -> World:
    fleet, before = shapes()[name]
    return World(fleet, lambda of: planned(of, before), ("repli", "existing"))


@pytest.mark.parametrize("name", SHAPES)
def test_laws_1_and_2_from_nothing(name: str) -> None:
    fleet, before = shapes()[name]
    made = plan(fleet, before)
    assert made.blocked == ()
    after = planned(fleet, before)
    assert {route.verdict for route in diagnose(fleet, after).routes} == {"holds"}
    assert plan(fleet, after).changes == ()
    last = made.changes[-1]
    is_existing = any(each.call == "s3control:CreateJob" for each in made.changes)
    # What speaks is pointed last, and what was there goes by it.
    assert last.call == ("s3control:CreateJob" if is_existing else "s3:PutBucketReplication")
    assert [each.call for each in made.changes].count("s3control:CreateJob") == is_existing


@pytest.mark.parametrize("name", SHAPES)
def test_laws_1_and_2_from_every_fault(name: str, subtests: pytest.Subtests) -> None:
    every_fault_is_mended(world(name), subtests)


@pytest.mark.parametrize("name", SHAPES)
def test_law_3(name: str, subtests: pytest.Subtests) -> None:
    every_fault_is_found(world(name), subtests)


@pytest.mark.parametrize("name", SHAPES)
def test_hiding_breaks_nothing(name: str, subtests: pytest.Subtests) -> None:
    one = world(name)
    others = msgspec.structs.replace(one.fleet, logs=fleet_of().logs)
    own = set(wants(one.fleet)(one.healthy)) - set(wants(others)(one.healthy))
    hiding_breaks_nothing(one, sorted(own), subtests)


@examples(40)
@given(data=st.data())
def test_hiding_heals_nothing(data: st.DataObject) -> None:
    one, each = data.draw(any_fault(*(world(name) for name in SHAPES)))
    questions = sorted(one.broken(each)[0].answers)
    hiding_heals_nothing(one, each, data.draw(st.sampled_from(questions)))
