"""Whatever the lab can break of replication, diagnose finds by its very code, and it is undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kinds.replication.staging import ARCHIVES, KEPT, UNDER_KEYS, replicated, used
from kinds.replication.worlds import PRODUCTION, SECURITY, STAGING
from lab_demo.broom import Broom
from logkeep.diagnose.diagnosis import Diagnosed, diagnose
from logkeep.lab.breaking import act
from logkeep.lab.breaking.table import Break
from logkeep.lab.kinds.replication.breaking import BREAKING
from logkeep.plan import plan
from logkeep.snapshot import Snapshot
from support.labs import Bench
from support.laws import first_code
from support.verified import compared

OF_ARCHIVE = {"replica-public", "replica-acls", "replica-expires", "replica-reader-refused",
              "replica-readers-too-many"}  # fmt: skip
"""What is asked of a replica of the archive alone."""
CONTESTED = {"replica-unlocked"}
"""What reports differ about (case RP10)."""
OF_JOBS = {b.code for b in BREAKING.breaks if b.code.startswith(("batch-", "existing-"))}
"""What only a fleet can have that wants what was there before (test_existing.py)."""
LATER = {each.code for each in BREAKING.breaks if each.hours} | {"replica-lost", "replica-differs"}
"""What shows after a while, or once it was verified (test_lab_intact)."""
HERE = [each for each in BREAKING.breaks if each.code not in LATER | OF_JOBS]


class Compared(Broom):
    """The same, of which every replica was compared while all was well."""

    def __init__(self, lab: Bench) -> None:
        super().__init__(lab)
        _, self.answers = compared(lab.fleet, lab.session)

    def collect(self) -> Snapshot:
        return super().collect().with_answers(getattr(self, "answers", {}))


@pytest.fixture(scope="module")
def broom() -> Iterator[Compared]:
    """All replicated, and the newest objects there."""
    with replicated() as lab:
        lab.mend()
        used(lab)
        lab.pass_hours(1)
        yield Compared(lab)


def place(code: str) -> tuple[str, str]:
    """The account and the route that can have it."""
    if code in OF_ARCHIVE:
        return SECURITY, ARCHIVES
    # Locked buckets keep their versions, and the rule there hands over.
    return (STAGING, KEPT) if code in OF_NOTES else (PRODUCTION, UNDER_KEYS)


OF_NOTES = {"owner-taken", "replica-unversioned"}


def routes_of(broom: Broom, snapshot: Snapshot | None = None) -> dict[str, Diagnosed]:
    """The routes of replication, without the account: a bucket that is gone is nobody's."""
    found = diagnose(broom.fleet, snapshot or broom.collect()).routes
    return {bare(each.name): each for each in found if each.source == "replication"}


def bare(name: str) -> str:
    kind, _, pair = name.split("/", 2)
    return f"{kind}/{pair}"


def spoil(broom: Broom, code: str) -> act.Broken:
    account, _ = place(code)
    return act.spoil(broom.running, broom.well, code, account, broom.session.account_client)


@pytest.mark.parametrize(
    "each",
    HERE,
    ids=lambda each: each.code,
)
def test_what_is_broken_is_found_by_its_code_and_undone(broom: Broom, each: Break) -> None:
    _, name = place(each.code)
    broken = spoil(broom, each.code)
    snapshot = broom.collect()
    broom.mend(broken)
    found = routes_of(broom, snapshot)
    spoilt = found.pop(bare(name))
    verdict = "unknown" if each.code in CONTESTED else "fails"
    assert (first_code(spoilt), spoilt.verdict) == (each.found_as, verdict), spoilt.first
    amiss = {f.code for hop in spoilt.hops for f in hop.findings if f.verdict != "holds"}
    if each.code == "rules-refused":  # it keeps a plan from mending
        made = plan(broom.fleet, snapshot)
        assert "s3:PutBucketReplication" not in {change.call for change in made.changes}
        amiss |= {obstacle.code for obstacle in made.blocked}
    assert each.code in amiss
    assert {other.verdict for other in found.values()} == {"holds"}


def test_what_stays_pending_is_late_after_a_day_and_all_is_well_after_it(broom: Broom) -> None:
    broken = spoil(broom, "replica-stale")
    used(broom.lab, "b")
    assert {route.verdict for route in routes_of(broom).values()} == {"holds", "unknown"}
    broom.lab.pass_hours(26)
    late = routes_of(broom)[bare(UNDER_KEYS)]
    broom.mend(broken)
    assert (first_code(late), late.verdict) == ("replica-stale", "fails")
    broom.lab.pass_hours(1)
    assert {route.verdict for route in routes_of(broom).values()} == {"holds"}
