"""Whatever the lab can break of access logs, diagnose finds by its very code, and it is undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kinds.s3_access.staging import NAMED, begun, fleet, used
from lab_demo.broom import Broom
from logkeep.diagnose.diagnosis import Diagnosed, diagnose
from logkeep.lab.breaking.table import Break
from logkeep.lab.kinds.s3_access.breaking import BREAKING
from logkeep.snapshot import Snapshot
from support.labs import bench
from support.laws import first_code
from support.worlds import ACCOUNTS


@pytest.fixture(scope="module")
def broom() -> Iterator[Broom]:
    """A bucket that logs into the one that is named, and whose logs come."""
    with bench(ACCOUNTS, fleet(NAMED)) as lab:
        begun(lab)
        lab.mend()
        used(lab)
        yield Broom(lab)


def route_of(broom: Broom, snapshot: Snapshot) -> Diagnosed:
    (found,) = diagnose(broom.fleet, snapshot).routes
    return found


SOON = [each for each in BREAKING.breaks if not each.hours]


@pytest.mark.parametrize("each", SOON, ids=lambda each: each.code)
def test_what_is_broken_is_found_by_its_code_and_undone(broom: Broom, each: Break) -> None:
    broken = broom.spoil(each.code)
    found = route_of(broom, broom.collect())
    broom.mend(broken)
    assert first_code(found) == each.code
    assert found.verdict == ("unknown" if each.code in DOUBTED else "fails")
    assert route_of(broom, broom.collect()).verdict == "holds"


DOUBTED = {"target-encrypted", "buckets-unlisted", "accesslog-stale"}
"""What nobody can be sure of (case SL03), what could not be seen, and what proves nothing (9.6)."""


def test_a_silence_is_unknown_and_never_proven(broom: Broom) -> None:
    broken = broom.spoil("accesslog-stale")
    broom.lab.pass_hours(72)
    found = route_of(broom, broom.collect())
    assert (first_code(found), found.verdict) == ("accesslog-stale", "unknown")
    broom.mend(broken)
    broom.collect()  # which asks of the bucket, and so is logged
    broom.lab.pass_hours(4)
    assert route_of(broom, broom.collect()).verdict == "holds"
