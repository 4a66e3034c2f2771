"""`logkeep list replication` on the command line: each rule, and what could not be read."""

from __future__ import annotations

import json

from kinds.replication.worlds import (
    COPY,
    HOME,
    PRODUCTION,
    SOURCE,
    bare,
    fleet,
    pair,
    planned,
    sent,
    shapes,
)
from logkeep.access.bucket import Bucket, of_bucket
from logkeep.access.replicas import CONFIGURATION
from logkeep.diagnose.diagnosis import diagnose
from logkeep.plan import plan
from logkeep.show.diagnosis import Around, diagnosis_text
from logkeep.show.listing import listing_json, listing_text
from logkeep.show.paint import Paint
from logkeep.snapshot import Reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.inventory import FleetInventory, inventory

FLEET = fleet(pair())
WELL = planned(FLEET, bare(FLEET))


def listed(*, hidden: bool = False) -> FleetInventory:
    at = Bucket(SOURCE, PRODUCTION, HOME)
    question = of_bucket(Facts(FLEET, WELL), CONFIGURATION, at)
    snapshot = WELL.with_answers({question: Reply(error="AccessDenied")}) if hidden else WELL
    return inventory(Facts(FLEET, snapshot), ("replication",))


def test_each_rule_is_told() -> None:
    text = listing_text(FLEET, listed(), Paint(), wide=True)
    for says in (f"{SOURCE} → {COPY}, the fleet's", "every object", "left behind",
                 "none: objects under SSE-KMS stay behind", "role/logkeep-replication-app-logs",
                 "replication: 1"):  # fmt: skip
        assert says in text
    (item,) = listing_json(listed())["replication"]
    assert (item["enabled"], item["delete_markers"], item["key"]) == (True, False, None)
    assert json.dumps(item)


def test_what_could_not_be_read_is_said() -> None:
    found = listed(hidden=True)
    assert not found.complete
    assert "AccessDenied" in listing_text(FLEET, found, Paint())


def test_a_plan_leaves_no_doubt_of_the_job_that_it_starts() -> None:
    """A job of S3 has no policy of its own that could refuse its tags."""
    of, before = shapes()["what was there before"]
    made = plan(of, before)
    assert not [each for each in made.doubts if "s3control:CreateJob" in each.calls]


def test_a_job_under_way_is_told_as_such() -> None:
    of, before = shapes()["what was there before"]
    under_way = sent(planned(of, before), Status="Active")
    said = " ".join(diagnosis_text(of, diagnose(of, under_way), Paint(), Around()).split())
    assert "the S3 Batch Replication job has the status under way" in said
    assert "`logkeep list replication` tells how far it is" in said
