"""What a person reads of a plan that starts a Batch Replication job, and of a job that failed."""

from __future__ import annotations

from syrupy.assertion import SnapshotAssertion

from kinds.replication.worlds import planned, sent, shapes
from logkeep.plan import plan
from logkeep.plan.costs import costs
from logkeep.show.listing import listing_text
from logkeep.show.paint import Paint
from logkeep.show.plan import plan_text
from logkeep.snapshot.facts import Facts
from logkeep.sources.inventory import inventory

PAINT = Paint(width=80, folds=True)
FLEET, BEFORE = shapes()["what was there before"]


def test_a_plan_with_a_job(snapshot: SnapshotAssertion) -> None:
    made = plan(FLEET, BEFORE)
    billed = costs(Facts(FLEET, BEFORE), made.changes)
    assert plan_text(FLEET, made, PAINT, costs=billed) == snapshot


def test_a_list_of_jobs_that_ended_well_and_not(snapshot: SnapshotAssertion) -> None:
    well = planned(FLEET, BEFORE)
    some = {"TotalNumberOfTasks": 12, "NumberOfTasksSucceeded": 10, "NumberOfTasksFailed": 2}
    left = sent(well, ProgressSummary=some)
    texts = [
        listing_text(FLEET, inventory(Facts(FLEET, each), ("replication",)), PAINT)
        for each in (well, left)
    ]
    assert "\n\n".join(texts) == snapshot
